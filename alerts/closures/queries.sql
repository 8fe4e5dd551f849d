-- insert_closure --
-- A closed span; no row comes back if it is there already.
INSERT INTO closure (restaurant_id, closed_from, closed_to, reason, created_at)
VALUES (%(restaurant_id)s, %(closed_from)s, %(closed_to)s, %(reason)s, %(now)s)
ON CONFLICT (restaurant_id, closed_from, closed_to) DO NOTHING
RETURNING closure_id;

-- has_restaurant --
-- Whether there is such a restaurant.
SELECT 1 FROM restaurant WHERE restaurant_id = %(restaurant_id)s;

-- select_closures --
-- Closed spans of restaurants that overlap [from_at, to_at), by restaurant and beginning.
SELECT restaurant_id, closed_from, closed_to, created_at
  FROM closure
 WHERE restaurant_id = ANY (%(restaurant_ids)s) AND closed_from < %(to_at)s AND closed_to > %(from_at)s
 ORDER BY restaurant_id, closed_from, closure_id;
