-- select_complaints --
-- A page of complaints, newest first by the time they were received; one alone where complaint_id is given.
SELECT c.complaint_id, c.source, c.external_ref, c.received_at, c.channel, c.category, c.description,
       c.restaurant_id, r.name AS restaurant_name, w.code AS town_code, w.name AS town_name,
       w.name_en AS town_name_en, c.address, c.lon_deg, c.lat_deg, c.is_position_area, c.status, c.closed_at,
       c.status_note, c.service_code, c.restaurant_name AS named_restaurant, c.match_state, c.match_score,
       c.match_reasons, c.duplicate_of, c.duplicate_reason, c.duplicate_score, c.ticket_id,
       c.complaint_import_id AS import_id, c.created_at, c.updated_at
  FROM complaint c
  LEFT JOIN restaurant r USING (restaurant_id)
  LEFT JOIN town w ON w.town_id = c.town_id
 WHERE (c.received_at, c.complaint_id) < (to_timestamp_us(%(before_us)s::bigint), %(before_id)s::bigint)
   AND (%(complaint_id)s::bigint IS NULL OR c.complaint_id = %(complaint_id)s)
   AND (%(town)s::text IS NULL OR c.town_id = (SELECT town_id FROM town WHERE code = %(town)s))
   AND (%(category)s::text IS NULL OR c.category = %(category)s)
   AND (%(restaurant_id)s::int IS NULL OR c.restaurant_id = %(restaurant_id)s)
   AND (%(status)s::text IS NULL OR c.status = %(status)s)
   AND (%(match_state)s::text IS NULL OR c.match_state = %(match_state)s)
   AND (%(from_at)s::timestamptz IS NULL OR c.received_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR c.received_at < %(to_at)s)
 ORDER BY c.received_at DESC, c.complaint_id DESC
 LIMIT %(count_max)s;

