-- select_marks --
-- Every trap with a position, the stage of its restaurant and its worst open alert (0: none, 4: red).
SELECT t.trap_id, t.code, r.lon_deg, r.lat_deg, coalesce(c.stage, 'not_commissioned') AS stage,
       coalesce(a.severity, 0) AS severity
  FROM trap t
  JOIN restaurant r USING (restaurant_id)
  LEFT JOIN restaurant_coverage c USING (restaurant_id)
  LEFT JOIN (SELECT trap_id, max(array_position(ARRAY['blue', 'yellow', 'orange', 'red'], severity)) AS severity
               FROM alert WHERE status = 'firing' GROUP BY trap_id) AS a USING (trap_id)
 WHERE r.lon_deg IS NOT NULL AND r.lat_deg IS NOT NULL
   AND (%(town)s::text IS NULL OR r.town_id = (SELECT town_id FROM town WHERE code = %(town)s))
 ORDER BY t.trap_id;
