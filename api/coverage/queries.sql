-- select_coverage --
-- Restaurants by stage, for the county (town_id NULL) and each town; every stage is a part of the one before.
WITH heard AS (
  SELECT device_id, max(received_at) AS received_at, max(good_received_at) AS good_received_at
    FROM series_state
   GROUP BY device_id
), restaurant_device AS (
  SELECT t.restaurant_id,
         d.status IN ('active', 'maintenance') AND d.commissioned_at <= %(now)s AS commissioned,
         h.received_at > %(now)s - w.heard_within AS heard,
         h.good_received_at > %(now)s - w.heard_within AS heard_good
    FROM device d
    JOIN trap t USING (trap_id)
    LEFT JOIN heard h USING (device_id)
   CROSS JOIN LATERAL (
           SELECT greatest(3 * d.report_interval_s * INTERVAL '1 second', INTERVAL '30 minutes') AS heard_within
         ) AS w
   WHERE d.status <> 'retired'
), restaurant_stage AS (
  SELECT restaurant_id,
         bool_or(commissioned) AS commissioned,
         bool_or(commissioned AND heard) AS online,
         bool_or(commissioned AND heard_good) AS reporting_good
    FROM restaurant_device
   GROUP BY restaurant_id
), counted AS (
  SELECT r.town_id,
         count(*) AS registered,
         count(*) FILTER (WHERE r.status = 'open' AND r.needs_trap) AS should_connect,
         count(s.restaurant_id) FILTER (WHERE r.status = 'open' AND r.needs_trap) AS installed,
         count(*) FILTER (WHERE r.status = 'open' AND r.needs_trap AND s.commissioned) AS commissioned,
         count(*) FILTER (WHERE r.status = 'open' AND r.needs_trap AND s.online) AS online,
         count(*) FILTER (WHERE r.status = 'open' AND r.needs_trap AND s.reporting_good) AS reporting_good
    FROM restaurant r
    LEFT JOIN restaurant_stage s USING (restaurant_id)
   GROUP BY r.town_id
)
SELECT w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       coalesce(sum(c.registered), 0)::int AS registered,
       coalesce(sum(c.should_connect), 0)::int AS should_connect,
       coalesce(sum(c.installed), 0)::int AS installed,
       coalesce(sum(c.commissioned), 0)::int AS commissioned,
       coalesce(sum(c.online), 0)::int AS online,
       coalesce(sum(c.reporting_good), 0)::int AS reporting_good
  FROM town w
  LEFT JOIN counted c USING (town_id)
 GROUP BY GROUPING SETS ((), (w.town_id, w.code, w.name, w.name_en))
 ORDER BY w.town_id NULLS FIRST;

-- select_register_version --
-- Which register the numbers are about: how many restaurants, and when one of them last changed.
SELECT count(*)::int AS restaurant_count, max(updated_at) AS updated_at FROM restaurant;

-- select_data_age --
-- When any device was last heard, and when the newest good value was received.
SELECT max(received_at) AS received_at, max(good_received_at) AS good_received_at FROM series_state;

-- select_uncovered --
-- Restaurants that should connect and do not deliver good data, with the first stage they miss and since when.
WITH heard AS (
  SELECT device_id, max(received_at) AS received_at, max(good_received_at) AS good_received_at
    FROM series_state
   GROUP BY device_id
), restaurant_device AS (
  SELECT t.restaurant_id,
         d.status <> 'retired' AS installed,
         d.status IN ('active', 'maintenance') AND d.commissioned_at <= %(now)s AS commissioned,
         h.received_at > %(now)s - w.heard_within AS heard,
         h.good_received_at > %(now)s - w.heard_within AS heard_good,
         d.created_at, d.updated_at, d.commissioned_at, h.received_at, h.good_received_at
    FROM device d
    JOIN trap t USING (trap_id)
    LEFT JOIN heard h USING (device_id)
   CROSS JOIN LATERAL (
           SELECT greatest(3 * d.report_interval_s * INTERVAL '1 second', INTERVAL '30 minutes') AS heard_within
         ) AS w
), restaurant_stage AS (
  SELECT restaurant_id,
         coalesce(bool_or(installed), false) AS installed,
         coalesce(bool_or(commissioned), false) AS commissioned,
         coalesce(bool_or(commissioned AND heard), false) AS online,
         coalesce(bool_or(commissioned AND heard_good), false) AS reporting_good,
         max(updated_at) FILTER (WHERE NOT installed) AS retired_at,
         min(created_at) FILTER (WHERE installed) AS installed_at,
         min(commissioned_at) FILTER (WHERE commissioned) AS commissioned_at,
         max(received_at) FILTER (WHERE commissioned) AS received_at,
         max(good_received_at) FILTER (WHERE commissioned) AS good_received_at
    FROM restaurant_device
   GROUP BY restaurant_id
), restaurant_trap AS (
  SELECT restaurant_id, min(created_at) AS trapped_at FROM trap GROUP BY restaurant_id
), missing AS (
  SELECT r.restaurant_id, r.register_no, r.name AS restaurant_name, r.restaurant_type, r.address,
         r.lon_deg, r.lat_deg, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
         CASE WHEN t.restaurant_id IS NULL THEN 'no_trap'
              WHEN s.installed IS NOT TRUE THEN 'no_device'
              WHEN NOT s.commissioned THEN 'not_commissioned'
              WHEN NOT s.online THEN 'silent'
              ELSE 'bad_data' END AS reason,
         CASE WHEN t.restaurant_id IS NULL THEN r.created_at
              WHEN s.installed IS NOT TRUE THEN greatest(t.trapped_at, s.retired_at)
              WHEN NOT s.commissioned THEN s.installed_at
              WHEN NOT s.online THEN coalesce(s.received_at, s.commissioned_at)
              ELSE coalesce(s.good_received_at, s.commissioned_at) END AS since
    FROM restaurant r
    JOIN town w USING (town_id)
    LEFT JOIN restaurant_trap t USING (restaurant_id)
    LEFT JOIN restaurant_stage s USING (restaurant_id)
   WHERE r.status = 'open'
     AND r.needs_trap
     AND s.reporting_good IS NOT TRUE
     AND r.restaurant_id > %(after_id)s
     AND (%(town)s::text IS NULL OR w.code = %(town)s)
)
SELECT *
  FROM missing
 WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
 ORDER BY restaurant_id
 LIMIT %(count_max)s;
