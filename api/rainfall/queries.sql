-- select_rainfall --
-- A page of hours of rain, newest first.
SELECT r.town_id, w.code AS town_code, r.hour, r.rain_mm, r.updated_at
  FROM rainfall r
  JOIN town w USING (town_id)
 WHERE (r.hour, r.town_id) < (to_timestamp_us(%(before_us)s::bigint), %(before_id)s::bigint)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(from_at)s::timestamptz IS NULL OR r.hour >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR r.hour < %(to_at)s)
 ORDER BY r.hour DESC, r.town_id DESC
 LIMIT %(count_max)s;
