-- select_roll_call --
-- A page of devices in service by their last sign of life, those that were never heard first.
SELECT d.device_id, d.uid AS device_uid, d.status AS device_status, d.report_interval_s, d.commissioned_at,
       t.trap_id, t.code AS trap_code, r.restaurant_id, r.name AS restaurant_name,
       w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, g.uid AS gateway, g.online AS gateway_online,
       s.received_at, s.good_received_at, s.is_silent,
       y.day AS counted_day, y.in_service_s / y.report_interval_s AS expected_reports,
       y.received_s / y.report_interval_s AS received_reports
  FROM device d
  JOIN trap t USING (trap_id)
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
  LEFT JOIN gateway g ON g.gateway_id = d.gateway_id
 CROSS JOIN LATERAL (
         SELECT max(received_at) AS received_at, max(good_received_at) AS good_received_at,
                coalesce(max(received_at) < %(now)s - greatest(3 * d.report_interval_s, 1800) * INTERVAL '1 second', true)
                  AS is_silent
           FROM series_state WHERE device_id = d.device_id
       ) AS s
  LEFT JOIN LATERAL (
         SELECT day, in_service_s, received_s, report_interval_s
           FROM device_day WHERE device_id = d.device_id ORDER BY day DESC LIMIT 1
       ) AS y ON true
 WHERE d.status IN ('active', 'maintenance')
   AND d.commissioned_at IS NOT NULL
   AND r.status = 'open'
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(silent)s::boolean IS NULL OR s.is_silent = %(silent)s)
   AND (coalesce(s.received_at, to_timestamp_us(0)), d.device_id) > (to_timestamp_us(%(after_us)s), %(after_id)s)
 ORDER BY coalesce(s.received_at, to_timestamp_us(0)), d.device_id
 LIMIT %(count_max)s;

-- count_roll_call --
-- Devices in service and how many of them are silent, for the county (town_code NULL) and each town.
SELECT w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, count(d.device_id)::int AS device_count,
       (count(d.device_id) FILTER (WHERE d.is_silent))::int AS silent_count
  FROM town w
  LEFT JOIN (
         SELECT d.device_id, r.town_id,
                coalesce((SELECT max(received_at) FROM series_state s WHERE s.device_id = d.device_id)
                         < %(now)s - greatest(3 * d.report_interval_s, 1800) * INTERVAL '1 second', true) AS is_silent
           FROM device d
           JOIN trap t USING (trap_id)
           JOIN restaurant r USING (restaurant_id)
          WHERE d.status IN ('active', 'maintenance') AND d.commissioned_at IS NOT NULL AND r.status = 'open'
       ) AS d USING (town_id)
 GROUP BY GROUPING SETS ((), (w.town_id, w.code, w.name, w.name_en))
 ORDER BY w.town_id NULLS FIRST;
