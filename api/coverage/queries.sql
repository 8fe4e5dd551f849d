-- select_coverage --
-- Restaurants by stage, for the county (town_id NULL) and each town; every stage is a part of the one before.
WITH funnel AS (
  SELECT town_id, restaurant_type, stage, restaurant_count AS n,
         CASE stage WHEN 'not_required' THEN 0 WHEN 'no_trap' THEN 1 WHEN 'no_device' THEN 1 WHEN 'not_commissioned' THEN 2
                    WHEN 'silent' THEN 3 WHEN 'bad_data' THEN 4 WHEN 'good' THEN 5 END AS depth
    FROM coverage_count
   WHERE %(restaurant_type)s::text IS NULL OR restaurant_type = %(restaurant_type)s
)
SELECT w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       coalesce(sum(f.n), 0)::int AS registered,
       coalesce(sum(f.n) FILTER (WHERE f.depth >= 1), 0)::int AS should_connect,
       coalesce(sum(f.n) FILTER (WHERE f.depth >= 2), 0)::int AS installed,
       coalesce(sum(f.n) FILTER (WHERE f.depth >= 3), 0)::int AS commissioned,
       coalesce(sum(f.n) FILTER (WHERE f.depth >= 4), 0)::int AS online,
       coalesce(sum(f.n) FILTER (WHERE f.depth >= 5), 0)::int AS reporting_good
  FROM town w
  LEFT JOIN funnel f USING (town_id)
 GROUP BY GROUPING SETS ((), (w.town_id, w.code, w.name, w.name_en))
 ORDER BY w.town_id NULLS FIRST;

-- select_coverage_by_type --
-- The same by type of restaurant, for the county.
SELECT restaurant_type,
       sum(restaurant_count)::int AS registered,
       coalesce(sum(restaurant_count) FILTER (WHERE stage <> 'not_required'), 0)::int AS should_connect,
       coalesce(sum(restaurant_count) FILTER (WHERE stage NOT IN ('not_required', 'no_trap', 'no_device')), 0)::int AS installed,
       coalesce(sum(restaurant_count) FILTER (WHERE stage IN ('silent', 'bad_data', 'good')), 0)::int AS commissioned,
       coalesce(sum(restaurant_count) FILTER (WHERE stage IN ('bad_data', 'good')), 0)::int AS online,
       coalesce(sum(restaurant_count) FILTER (WHERE stage = 'good'), 0)::int AS reporting_good
  FROM coverage_count
 GROUP BY restaurant_type
 ORDER BY restaurant_type;

-- select_state --
-- Which moment the counts are of, and the register and the data that they rest on.
SELECT as_of, restaurant_count, register_updated_at, received_at, good_received_at FROM coverage_state;

-- select_uncovered --
-- Restaurants that should connect and do not deliver good data, with the first stage they miss and since when.
SELECT r.restaurant_id, r.register_no, r.name AS restaurant_name, r.restaurant_type, r.address,
       r.lon_deg, r.lat_deg, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       c.stage AS reason, c.since
  FROM (SELECT restaurant_id, town_id, stage, since
          FROM restaurant_coverage
         WHERE stage NOT IN ('not_required', 'good')
           AND restaurant_id > %(after_id)s
           AND (%(town_id)s::int IS NULL OR town_id = %(town_id)s)
           AND (%(reason)s::text IS NULL OR stage = %(reason)s)
         ORDER BY restaurant_id
         LIMIT %(count_max)s) AS c
  JOIN restaurant r USING (restaurant_id)
  JOIN town w ON w.town_id = c.town_id
 ORDER BY c.restaurant_id;

-- select_town_id --
-- The number of a town.
SELECT town_id FROM town WHERE code = %(town)s;

-- select_history --
-- Frozen days or months in order, the newest revision of each (or all), added up over the towns and types asked for.
-- (For whoever is limited to towns coverage_freeze is a view: no key of it stands for its columns in a GROUP BY.)
SELECT f.starts_on, f.revision, f.as_of, f.restaurant_count, f.register_updated_at, f.reason, f.frozen_by, f.frozen_at, sums.*
  FROM coverage_freeze f
 CROSS JOIN LATERAL (
   SELECT coalesce(sum(z.registered), 0)::int AS registered, coalesce(sum(z.should_connect), 0)::int AS should_connect,
          coalesce(sum(z.installed), 0)::int AS installed, coalesce(sum(z.commissioned), 0)::int AS commissioned,
          coalesce(sum(z.online), 0)::int AS online, coalesce(sum(z.reporting_good), 0)::int AS reporting_good,
          coalesce(sum(z.expected_reports), 0) AS expected_reports, coalesce(sum(z.received_reports), 0) AS received_reports,
          coalesce(sum(z.valid_reports), 0) AS valid_reports, coalesce(sum(z.in_service_h), 0) AS in_service_h,
          coalesce(sum(z.online_h), 0) AS online_h, coalesce(sum(z.working_h), 0) AS working_h,
          coalesce(sum(z.maintenance_h), 0) AS maintenance_h
     FROM coverage_frozen z
    WHERE z.coverage_freeze_id = f.coverage_freeze_id
      AND (%(town_id)s::int IS NULL OR z.town_id = %(town_id)s)
      AND (%(restaurant_type)s::text IS NULL OR z.restaurant_type = %(restaurant_type)s)) AS sums
 WHERE f.span = %(span)s AND f.starts_on >= %(first)s AND f.starts_on <= %(last)s
   AND (%(all_revisions)s OR NOT EXISTS (
         SELECT FROM coverage_freeze n
          WHERE n.span = f.span AND n.starts_on = f.starts_on AND n.revision > f.revision))
 ORDER BY f.starts_on, f.revision;

-- select_device_days --
-- What was expected and came of devices on a day, those that miss most first.
SELECT d.day, d.device_id, v.uid AS device_uid, r.restaurant_id, r.name AS restaurant_name, w.code AS town_code,
       d.report_interval_s, d.report_count, d.in_service_s / d.report_interval_s AS expected_reports,
       d.received_s / d.report_interval_s AS received_reports, d.valid_s / d.report_interval_s AS valid_reports,
       d.in_service_s / 3600 AS in_service_h, d.online_s / 3600 AS online_h, d.working_s / 3600 AS working_h,
       d.maintenance_s / 3600 AS maintenance_h
  FROM device_day d
  JOIN device v USING (device_id)
  JOIN restaurant r ON r.restaurant_id = d.restaurant_id
  JOIN town w ON w.town_id = r.town_id
 WHERE d.day >= %(first)s AND d.day <= %(last)s
   AND (d.day, d.device_id) > (%(after_day)s, %(after_id)s)
   AND (%(device_id)s::int IS NULL OR d.device_id = %(device_id)s)
   AND (%(restaurant_id)s::int IS NULL OR d.restaurant_id = %(restaurant_id)s)
   AND (%(town_id)s::int IS NULL OR r.town_id = %(town_id)s)
 ORDER BY d.day, d.device_id
 LIMIT %(count_max)s;
