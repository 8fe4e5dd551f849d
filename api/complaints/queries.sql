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
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(category)s::text IS NULL OR c.category = %(category)s)
   AND (%(restaurant_id)s::int IS NULL OR c.restaurant_id = %(restaurant_id)s)
   AND (%(status)s::text IS NULL OR c.status = %(status)s)
   AND (%(match_state)s::text IS NULL OR c.match_state = %(match_state)s)
   AND (%(from_at)s::timestamptz IS NULL OR c.received_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR c.received_at < %(to_at)s)
 ORDER BY c.received_at DESC, c.complaint_id DESC
 LIMIT %(count_max)s;

-- count_by_month --
-- Complaints by Asia/Shanghai month of their receipt, all and without repeated ones; fume apart. "To date" counts
-- as far into a month as now is into the present one.
SELECT to_char(m.month, 'YYYY-MM') AS month,
       count(*) FILTER (WHERE m.counted)::int AS complaint_count,
       count(*) FILTER (WHERE m.counted AND m.is_first)::int AS deduplicated,
       count(*) FILTER (WHERE m.counted AND m.to_date)::int AS count_to_date,
       count(*) FILTER (WHERE m.counted AND m.is_first AND m.to_date)::int AS deduplicated_to_date,
       count(*) FILTER (WHERE m.is_fume)::int AS fume_count,
       count(*) FILTER (WHERE m.is_fume AND m.is_first)::int AS fume_deduplicated
  FROM complaint c
  LEFT JOIN town w USING (town_id)
 CROSS JOIN LATERAL (
         SELECT c.received_at AT TIME ZONE 'Asia/Shanghai' AS local_at,
                %(now)s::timestamptz AT TIME ZONE 'Asia/Shanghai' AS local_now
       ) AS l
 CROSS JOIN LATERAL (
         SELECT date_trunc('month', l.local_at) AS month,
                l.local_at - date_trunc('month', l.local_at)
                  <= l.local_now - date_trunc('month', l.local_now) AS to_date,
                c.duplicate_of IS NULL AS is_first,
                c.category = 'fume' AS is_fume,
                (%(category)s::text IS NULL OR c.category = %(category)s)
                  AND NOT (%(exclude_fume)s::boolean AND c.category = 'fume') AS counted
       ) AS m
 WHERE c.received_at >= %(first_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.received_at < %(end_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.received_at <= %(now)s
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
 GROUP BY m.month
 ORDER BY m.month;

-- count_open_restaurants --
-- Restaurants in business now: what complaints are related to.
SELECT count(*)::int
  FROM restaurant r
  JOIN town w USING (town_id)
 WHERE r.status = 'open' AND (%(town)s::text IS NULL OR w.code = %(town)s);
