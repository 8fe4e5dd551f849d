-- select_complaints --
-- A page of complaints, newest first by the time they were received; one alone where complaint_id is given.
SELECT c.complaint_id, c.source, c.external_ref, c.received_at, c.channel, c.category, c.description,
       c.restaurant_id, r.name AS restaurant_name, w.code AS town_code, w.name AS town_name,
       w.name_en AS town_name_en, c.address, c.lon_deg, c.lat_deg, c.duplicate_of, c.created_at
  FROM complaint c
  LEFT JOIN restaurant r USING (restaurant_id)
  LEFT JOIN town w ON w.town_id = c.town_id
 WHERE (c.received_at, c.complaint_id) < (to_timestamp_us(%(before_us)s::bigint), %(before_id)s::bigint)
   AND (%(complaint_id)s::bigint IS NULL OR c.complaint_id = %(complaint_id)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(category)s::text IS NULL OR c.category = %(category)s)
   AND (%(restaurant_id)s::int IS NULL OR c.restaurant_id = %(restaurant_id)s)
   AND (%(from_at)s::timestamptz IS NULL OR c.received_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR c.received_at < %(to_at)s)
 ORDER BY c.received_at DESC, c.complaint_id DESC
 LIMIT %(count_max)s;

-- insert_complaint --
-- A complaint; without a town of its own it belongs to its restaurant's.
INSERT INTO complaint (source, external_ref, received_at, channel, category, description, restaurant_id, town_id,
                       address, lon_deg, lat_deg, duplicate_of, created_at)
VALUES (%(source)s, %(external_ref)s, %(received_at)s, %(channel)s, %(category)s, %(description)s,
        %(restaurant_id)s,
        coalesce(%(town_id)s::int, (SELECT town_id FROM restaurant WHERE restaurant_id = %(restaurant_id)s)),
        %(address)s, %(lon_deg)s, %(lat_deg)s, %(duplicate_of)s, %(now)s)
RETURNING complaint_id;
