-- select_closures --
-- A page of closures, the last told first; one alone where closure_id is given.
SELECT c.closure_id, c.restaurant_id, r.name AS restaurant_name, w.code AS town_code, c.closed_from, c.closed_to,
       c.reason, c.created_at
  FROM closure c
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
 WHERE c.closure_id < %(before_id)s
   AND (%(closure_id)s::bigint IS NULL OR c.closure_id = %(closure_id)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(restaurant_id)s::int IS NULL OR c.restaurant_id = %(restaurant_id)s)
   AND (%(from_at)s::timestamptz IS NULL OR c.closed_to > %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR c.closed_from < %(to_at)s)
 ORDER BY c.closure_id DESC
 LIMIT %(count_max)s;
