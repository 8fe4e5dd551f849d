-- select_openings --
-- Opening windows by restaurant.
SELECT restaurant_id, opening_windows FROM restaurant WHERE restaurant_id = ANY (%(restaurant_ids)s);

-- select_works --
-- Work at traps in a stretch of time: trap, from, to, since when it was known.
SELECT trap_id, least(planned_from, coalesce(opened_at, planned_from)),
       CASE state WHEN 'planned' THEN planned_to
                  ELSE coalesce(checked_out_at, closed_at)
                       + CASE kind WHEN 'pump_out' THEN INTERVAL '2 hours' ELSE INTERVAL '0' END END,
       greatest(created_at, opened_known_at)
  FROM job
 WHERE trap_id = ANY (%(trap_ids)s)
   AND planned_from <= %(to_at)s AND (state = 'open' OR coalesce(closed_at, planned_to) >= %(from_at)s)
   AND (state <> 'closed' OR opened_at IS NOT NULL);

-- select_dips --
-- Dip measurements of traps.
SELECT trap_id, inspected_at, fog_mm, solids_mm FROM inspection
 WHERE trap_id = ANY (%(trap_ids)s) AND inspected_at >= %(from_at)s AND inspected_at <= %(to_at)s;
