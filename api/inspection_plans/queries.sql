-- select_plans --
-- A page of plans, newest first; one alone where its number is given.
SELECT p.inspection_plan_id, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, p.day, p.inspector,
       p.state, p.start_lon_deg, p.start_lat_deg, p.stop_count_max, p.check_interval_days, p.due_restaurant_count,
       s.stop_count, s.visited_count, s.skipped_count, s.way_m, s.unlocated_count, p.cancel_reason, p.created_by,
       p.created_at, p.started_at, p.ended_at
  FROM inspection_plan p
  JOIN town w USING (town_id)
 CROSS JOIN LATERAL (
         SELECT count(*) AS stop_count, count(*) FILTER (WHERE state = 'visited') AS visited_count,
                count(*) FILTER (WHERE state = 'skipped') AS skipped_count, coalesce(sum(leg_m), 0) AS way_m,
                count(*) FILTER (WHERE lon_deg IS NULL) AS unlocated_count
           FROM inspection_stop WHERE inspection_plan_id = p.inspection_plan_id
       ) AS s
 WHERE p.inspection_plan_id < %(before_id)s
   AND (%(inspection_plan_id)s::bigint IS NULL OR p.inspection_plan_id = %(inspection_plan_id)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(day)s::date IS NULL OR p.day = %(day)s)
   AND (%(state)s::text IS NULL OR p.state = %(state)s)
 ORDER BY p.inspection_plan_id DESC
 LIMIT %(count_max)s;

-- select_stops --
-- The stops of a plan in the order to drive.
SELECT s.inspection_stop_id, s.place, s.restaurant_id, r.name AS restaurant_name, r.address, s.lon_deg, s.lat_deg,
       s.leg_m, s.is_urgent, s.state, s.note, s.settled_by, s.settled_at
  FROM inspection_stop s
  JOIN restaurant r USING (restaurant_id)
 WHERE s.inspection_plan_id = %(inspection_plan_id)s
 ORDER BY s.place;

-- select_items --
-- The items of a plan's stops as they are on record.
SELECT i.inspection_stop_id, i.key, i.duty, i.trap_id, i.ticket_id, i.device_id, i.reason, i.severity, i.due_at,
       i.is_listed, i.outcome, i.note, i.result
  FROM inspection_item i
  JOIN inspection_stop s USING (inspection_stop_id)
 WHERE s.inspection_plan_id = %(inspection_plan_id)s
 ORDER BY i.inspection_stop_id, i.key;
