-- select_due --
-- What is due at restaurants: tickets with somebody on the way, pump-outs, silent devices, checks. Of a town or of some
-- restaurants; those that stand on an open plan only where asked.
WITH place AS (
  SELECT r.restaurant_id, r.status, r.needs_trap, r.permit_valid_to, r.lon_deg, r.lat_deg
    FROM restaurant r
   WHERE r.status <> 'closed'
     AND (%(town_id)s::int IS NULL OR r.town_id = %(town_id)s)
     AND (%(restaurant_ids)s::int[] IS NULL OR r.restaurant_id = ANY (%(restaurant_ids)s))
     AND (%(on_plan)s OR NOT EXISTS (SELECT FROM inspection_stop s
                                      WHERE s.restaurant_id = r.restaurant_id AND s.state = 'planned'))
), going AS (
  SELECT k.ticket_id, k.trap_id, k.restaurant_id, k.problem, k.severity, c.due_at,
         k.severity = 'red' OR c.is_late AS is_urgent
    FROM ticket k
   CROSS JOIN LATERAL (
           SELECT min(l.due_at) AS due_at,
                  coalesce(bool_or(l.breached_at IS NOT NULL OR l.due_at <= %(now)s), false) AS is_late
             FROM ticket_clock l WHERE l.ticket_id = k.ticket_id AND l.state = 'running'
         ) AS c
   WHERE k.state IN ('dispatched', 'in_progress', 'reported') AND k.restaurant_id IN (SELECT restaurant_id FROM place)
), pump_out_due AS (
  SELECT t.trap_id, a.severity,
         last.pumped_at + t.cleaning_interval_days * INTERVAL '1 day' + closed.span AS due_at
    FROM place r
    JOIN trap t USING (restaurant_id)
    LEFT JOIN alert a ON a.rule_code = 'R07' AND a.trap_id = t.trap_id AND a.status = 'firing'
    LEFT JOIN LATERAL (
           SELECT p.pumped_at FROM pump_out p
            WHERE p.trap_id = t.trap_id
              AND EXISTS (SELECT FROM pump_out_confirmation c WHERE c.pump_out_id = p.pump_out_id AND c.party = 'hauler')
              AND EXISTS (SELECT FROM pump_out_confirmation c WHERE c.pump_out_id = p.pump_out_id AND c.party <> 'hauler')
            ORDER BY p.pumped_at DESC LIMIT 1
         ) AS last ON true
   CROSS JOIN LATERAL (
           SELECT coalesce(sum(least(c.closed_to, %(now)s) - greatest(c.closed_from, last.pumped_at)), INTERVAL '0') AS span
             FROM closure c
            WHERE c.restaurant_id = r.restaurant_id AND c.closed_to > last.pumped_at AND c.closed_from < %(now)s
         ) AS closed
   WHERE r.status = 'open'
), check_due AS (
  SELECT t.trap_id, last.inspected_at + %(check_interval_days)s * INTERVAL '1 day' AS due_at,
         CASE WHEN last.inspected_at IS NULL THEN 'never_inspected'
              WHEN last.inspected_at + %(check_interval_days)s * INTERVAL '1 day' <= %(due_by)s THEN 'interval'
              WHEN r.permit_valid_to <= %(day)s AND r.permit_valid_to > last.inspected_at::date THEN 'permit_ran_out'
         END AS reason
    FROM place r
    JOIN trap t USING (restaurant_id)
   CROSS JOIN LATERAL (SELECT max(i.inspected_at) AS inspected_at FROM inspection i WHERE i.trap_id = t.trap_id) AS last
   WHERE r.status = 'open' AND r.needs_trap
), due AS (
  SELECT 'ticket' AS duty, ticket_id AS number, trap_id, ticket_id, NULL::int AS device_id, problem AS reason, severity,
         due_at, is_urgent
    FROM going
   UNION ALL
  SELECT 'pump_out', trap_id, trap_id, NULL, NULL, 'interval', severity, due_at, false
    FROM pump_out_due p
   WHERE (due_at <= %(due_by)s OR severity <> 'blue')  -- blue is the reminder before it is due
     AND NOT EXISTS (SELECT FROM going g WHERE g.trap_id = p.trap_id AND g.problem = 'clean_out')
   UNION ALL
  SELECT 'device', d.device_id, d.trap_id, NULL, d.device_id, 'silent', a.severity, NULL, false
    FROM alert a
    JOIN device d USING (device_id)
   WHERE a.rule_code = 'R14' AND a.status = 'firing' AND d.trap_id IS NOT NULL
   UNION ALL
  SELECT 'check', trap_id, trap_id, NULL, NULL, reason, NULL, due_at, false
    FROM check_due WHERE reason IS NOT NULL
)
SELECT r.restaurant_id, r.lon_deg, r.lat_deg, d.duty || ':' || d.number, d.duty, d.trap_id, d.ticket_id, d.device_id,
       d.reason, d.severity, d.due_at, d.is_urgent
  FROM due d
  JOIN trap t USING (trap_id)
  JOIN place r USING (restaurant_id)
 ORDER BY r.restaurant_id, d.duty DESC, d.number;

-- select_town --
-- The number of a town.
SELECT town_id FROM town WHERE code = %(code)s;

-- insert_plan --
-- A plan before its stops.
INSERT INTO inspection_plan (town_id, day, inspector, state, start_lon_deg, start_lat_deg, stop_count_max,
                             check_interval_days, due_restaurant_count, created_by, created_at)
VALUES (%(town_id)s, %(day)s, %(inspector)s, 'planned', %(start_lon_deg)s, %(start_lat_deg)s, %(stop_count_max)s,
        %(check_interval_days)s, %(due_restaurant_count)s, %(created_by)s, %(now)s)
RETURNING inspection_plan_id;

-- insert_stop --
-- One stop of a plan.
INSERT INTO inspection_stop (inspection_plan_id, place, restaurant_id, lon_deg, lat_deg, leg_m, is_urgent, state)
VALUES (%(inspection_plan_id)s, %(place)s, %(restaurant_id)s, %(lon_deg)s, %(lat_deg)s, %(leg_m)s, %(is_urgent)s, 'planned')
RETURNING inspection_stop_id;

-- save_item --
-- One item of a stop: as it was listed, or how it ended.
INSERT INTO inspection_item (inspection_stop_id, key, duty, trap_id, ticket_id, device_id, reason, severity, due_at,
                             is_listed, outcome, note, result)
VALUES (%(inspection_stop_id)s, %(key)s, %(duty)s, %(trap_id)s, %(ticket_id)s, %(device_id)s, %(reason)s, %(severity)s,
        %(due_at)s, %(is_listed)s, %(outcome)s, %(note)s, %(result)s)
ON CONFLICT (inspection_stop_id, key) DO UPDATE
   SET outcome = excluded.outcome, note = excluded.note, result = excluded.result;

-- lock_plan --
-- A plan, held until the transaction ends.
SELECT inspection_plan_id, town_id, day, inspector, state, check_interval_days
  FROM inspection_plan WHERE inspection_plan_id = %(inspection_plan_id)s FOR UPDATE;

-- update_plan --
-- Write where a plan stands; when it began stays.
UPDATE inspection_plan
   SET state = %(state)s, cancel_reason = %(cancel_reason)s,
       started_at = CASE WHEN %(state)s = 'under_way' THEN coalesce(started_at, %(now)s) ELSE started_at END,
       ended_at = CASE WHEN %(state)s IN ('done', 'cancelled') THEN %(now)s END
 WHERE inspection_plan_id = %(inspection_plan_id)s;

-- select_stop --
-- One stop of a plan.
SELECT inspection_stop_id, restaurant_id, state
  FROM inspection_stop
 WHERE inspection_plan_id = %(inspection_plan_id)s AND inspection_stop_id = %(inspection_stop_id)s;

-- select_items --
-- What was listed for a stop.
SELECT key, duty, trap_id, ticket_id, device_id, reason, severity, due_at, false
  FROM inspection_item WHERE inspection_stop_id = %(inspection_stop_id)s ORDER BY key;

-- settle_stops --
-- One stop of a plan, or all that are left.
UPDATE inspection_stop
   SET state = %(state)s, note = %(note)s, settled_by = %(settled_by)s, settled_at = %(now)s
 WHERE inspection_plan_id = %(inspection_plan_id)s AND state = 'planned'
   AND (%(inspection_stop_id)s::bigint IS NULL OR inspection_stop_id = %(inspection_stop_id)s);

-- count_planned_stops --
-- Stops of a plan that are left.
SELECT count(*) FROM inspection_stop WHERE inspection_plan_id = %(inspection_plan_id)s AND state = 'planned';

-- select_visits --
-- Stops that were visited in [from_at, to_at), in the order in which they were driven to.
SELECT s.inspection_plan_id, p.start_lon_deg, p.start_lat_deg, s.lon_deg, s.lat_deg,
       coalesce(i.duties, '{}'), coalesce(i.outcomes, '{}')
  FROM inspection_stop s
  JOIN inspection_plan p USING (inspection_plan_id)
  JOIN town w USING (town_id)
  LEFT JOIN LATERAL (
         SELECT array_agg(duty ORDER BY key) AS duties, array_agg(outcome ORDER BY key) AS outcomes
           FROM inspection_item WHERE inspection_stop_id = s.inspection_stop_id
       ) AS i ON true
 WHERE s.state = 'visited' AND s.settled_at >= %(from_at)s AND s.settled_at < %(to_at)s
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
 ORDER BY s.inspection_plan_id, s.settled_at, s.place;
