-- refresh_stages --
-- Bring the present stage of every restaurant up to date; only what changed is written. A device counts as heard within
-- three report intervals, half an hour at least. Returns when anything was heard last.
WITH heard AS MATERIALIZED (
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
), present AS (
  SELECT r.restaurant_id, r.town_id, r.restaurant_type, p.stage,
         CASE p.stage
           WHEN 'not_required' THEN r.created_at
           WHEN 'no_trap' THEN r.created_at
           WHEN 'no_device' THEN greatest(t.trapped_at, s.retired_at)
           WHEN 'not_commissioned' THEN s.installed_at
           WHEN 'silent' THEN coalesce(s.received_at, s.commissioned_at)
           WHEN 'bad_data' THEN coalesce(s.good_received_at, s.commissioned_at)
           WHEN 'good' THEN s.commissioned_at
         END AS since
    FROM restaurant r
    LEFT JOIN restaurant_trap t USING (restaurant_id)
    LEFT JOIN restaurant_stage s USING (restaurant_id)
   CROSS JOIN LATERAL (
           SELECT CASE WHEN r.status <> 'open' OR NOT r.needs_trap THEN 'not_required'
                       WHEN t.restaurant_id IS NULL THEN 'no_trap'
                       WHEN s.installed IS NOT TRUE THEN 'no_device'
                       WHEN NOT s.commissioned THEN 'not_commissioned'
                       WHEN NOT s.online THEN 'silent'
                       WHEN NOT s.reporting_good THEN 'bad_data'
                       ELSE 'good' END AS stage
         ) AS p
), written AS (
  INSERT INTO restaurant_coverage AS c (restaurant_id, town_id, restaurant_type, stage, since)
  SELECT p.restaurant_id, p.town_id, p.restaurant_type, p.stage, p.since
    FROM present p
    LEFT JOIN restaurant_coverage k USING (restaurant_id)
   WHERE (k.town_id, k.restaurant_type, k.stage, k.since)
         IS DISTINCT FROM (p.town_id, p.restaurant_type, p.stage, p.since)
  ON CONFLICT (restaurant_id) DO UPDATE
     SET town_id = excluded.town_id, restaurant_type = excluded.restaurant_type, stage = excluded.stage,
         since = excluded.since
)
SELECT max(received_at), max(good_received_at) FROM heard;

-- clear_counts --
-- Before they are counted anew.
DELETE FROM coverage_count;

-- count_stages --
-- Restaurants by town, type and stage.
INSERT INTO coverage_count (town_id, restaurant_type, stage, restaurant_count)
SELECT town_id, restaurant_type, stage, count(*) FROM restaurant_coverage GROUP BY town_id, restaurant_type, stage;

-- save_state --
-- Which moment the present stages are of; the register's version is how many restaurants there are and their last change.
INSERT INTO coverage_state (as_of, duration_ms, restaurant_count, register_updated_at, received_at, good_received_at)
SELECT %(now)s, %(duration_ms)s, count(*), max(updated_at), %(received_at)s, %(good_received_at)s FROM restaurant
ON CONFLICT (only_one) DO UPDATE
   SET as_of = excluded.as_of, duration_ms = excluded.duration_ms, restaurant_count = excluded.restaurant_count,
       register_updated_at = excluded.register_updated_at, received_at = excluded.received_at,
       good_received_at = excluded.good_received_at;

-- select_refreshed --
-- When the present stages were computed last, and how long that took.
SELECT as_of, duration_ms FROM coverage_state;

-- select_device_ranges --
-- Device numbers that bound ranges of so many devices.
SELECT min(device_id), max(device_id)
  FROM (SELECT device_id, (row_number() OVER (ORDER BY device_id) - 1) / %(count_max)s AS part FROM device) AS p
 GROUP BY part ORDER BY 1;

-- compute_device_days --
-- What was expected and came of a range of devices on one county day. A report stands for the time since the one before it,
-- up to one and a half intervals; after a longer gap for one interval: jitter costs nothing, a lost report costs one. Heard
-- means within three intervals, half an hour at least, of a reception, by our own clock.
WITH change AS (
  SELECT device_id, at, status, trap_id, report_interval_s, commissioned_at,
         lead(at) OVER (PARTITION BY device_id ORDER BY at) AS next_at
    FROM device_status_change
   WHERE device_id BETWEEN %(first_id)s AND %(last_id)s AND at < %(ends_at)s
), part AS (
  SELECT device_id, at, trap_id, status, report_interval_s,
         greatest(at, %(starts_at)s, CASE WHEN status = 'active' THEN commissioned_at END) AS starts_at,
         least(coalesce(next_at, %(ends_at)s), %(ends_at)s) AS ends_at
    FROM change
   WHERE status IN ('active', 'maintenance') AND commissioned_at IS NOT NULL
), service AS (
  SELECT p.device_id, t.restaurant_id, p.report_interval_s,
         sum(p.span_s) FILTER (WHERE p.status = 'active') OVER w AS in_service_s,
         sum(p.span_s) FILTER (WHERE p.status = 'maintenance') OVER w AS maintenance_s,
         min(p.starts_at) FILTER (WHERE p.status = 'active') OVER w AS starts_at,
         max(p.ends_at) FILTER (WHERE p.status = 'active') OVER w AS ends_at,
         row_number() OVER (PARTITION BY p.device_id ORDER BY p.at DESC) AS n
    FROM (SELECT *, extract(epoch FROM ends_at - starts_at)::float8 AS span_s FROM part WHERE ends_at > starts_at) AS p
    JOIN trap t USING (trap_id)
  WINDOW w AS (PARTITION BY p.device_id)
), device_service AS MATERIALIZED (
  SELECT device_id, restaurant_id, report_interval_s::float8 AS interval_s,
         greatest(3.0 * report_interval_s, 1800.0) AS heard_s,
         coalesce(in_service_s, 0) AS in_service_s, coalesce(maintenance_s, 0) AS maintenance_s, starts_at, ends_at
    FROM service WHERE n = 1
), arrived AS MATERIALIZED (
  SELECT r.device_id, r.measured_at, r.received_at, r.quality = 0 AS is_good
    FROM reading r
   WHERE r.device_id BETWEEN %(first_id)s AND %(last_id)s
     AND r.measured_at >= %(starts_at)s - INTERVAL '1 day' AND r.measured_at < %(ends_at)s
), report AS (
  SELECT a.device_id, a.measured_at AS at, bool_or(a.is_good) AS is_good
    FROM arrived a JOIN device_service s USING (device_id)
   WHERE a.measured_at >= s.starts_at AND a.measured_at < s.ends_at
   GROUP BY a.device_id, a.measured_at
), reception AS (
  SELECT a.device_id, a.received_at AS at, bool_or(a.is_good) AS is_good
    FROM arrived a JOIN device_service s USING (device_id)
   WHERE a.received_at >= s.starts_at - s.heard_s * INTERVAL '1 second' AND a.received_at < s.ends_at
   GROUP BY a.device_id, a.received_at
), covered AS (
  SELECT g.device_id, g.good_only,
         count(*) AS report_count,
         sum(CASE WHEN g.gap_s <= 1.5 * s.interval_s THEN g.gap_s ELSE s.interval_s END)
           + min(CASE WHEN g.tail_s <= 1.5 * s.interval_s THEN g.tail_s ELSE 0 END) AS covered_s
    FROM (
           SELECT r.device_id, k.good_only,
                  extract(epoch FROM r.at - coalesce(lag(r.at) OVER w, s.starts_at))::float8 AS gap_s,
                  extract(epoch FROM s.ends_at - max(r.at) OVER (PARTITION BY r.device_id, k.good_only))::float8 AS tail_s
             FROM report r
             JOIN device_service s USING (device_id)
            CROSS JOIN (VALUES (false), (true)) AS k (good_only)
            WHERE r.is_good OR NOT k.good_only
           WINDOW w AS (PARTITION BY r.device_id, k.good_only ORDER BY r.at)
         ) AS g
    JOIN device_service s USING (device_id)
   GROUP BY g.device_id, g.good_only
), heard AS (
  SELECT g.device_id, g.good_only,
         sum(extract(epoch FROM least(g.next_at, g.at + s.heard_s * INTERVAL '1 second', s.ends_at)
                                - greatest(g.at, s.starts_at)))
           FILTER (WHERE least(g.next_at, g.at + s.heard_s * INTERVAL '1 second', s.ends_at) > greatest(g.at, s.starts_at))
           ::float8 AS heard_s
    FROM (
           SELECT r.device_id, r.at, k.good_only,
                  lead(r.at) OVER (PARTITION BY r.device_id, k.good_only ORDER BY r.at) AS next_at
             FROM reception r CROSS JOIN (VALUES (false), (true)) AS k (good_only)
            WHERE r.is_good OR NOT k.good_only
         ) AS g
    JOIN device_service s USING (device_id)
   GROUP BY g.device_id, g.good_only
)
INSERT INTO device_day (day, device_id, restaurant_id, report_interval_s, report_count, in_service_s, maintenance_s,
                        received_s, valid_s, online_s, working_s, computed_at)
SELECT %(day)s, s.device_id, s.restaurant_id, s.interval_s, coalesce(c.report_count, 0), s.in_service_s, s.maintenance_s,
       least(coalesce(c.covered_s, 0), s.in_service_s), least(coalesce(v.covered_s, 0), s.in_service_s),
       least(coalesce(o.heard_s, 0), s.in_service_s), least(coalesce(g.heard_s, 0), s.in_service_s), %(now)s
  FROM device_service s
  LEFT JOIN covered c ON c.device_id = s.device_id AND NOT c.good_only
  LEFT JOIN covered v ON v.device_id = s.device_id AND v.good_only
  LEFT JOIN heard o ON o.device_id = s.device_id AND NOT o.good_only
  LEFT JOIN heard g ON g.device_id = s.device_id AND g.good_only
ON CONFLICT (device_id, day) DO UPDATE
   SET restaurant_id = excluded.restaurant_id, report_interval_s = excluded.report_interval_s,
       report_count = excluded.report_count, in_service_s = excluded.in_service_s, maintenance_s = excluded.maintenance_s,
       received_s = excluded.received_s, valid_s = excluded.valid_s, online_s = excluded.online_s,
       working_s = excluded.working_s, computed_at = excluded.computed_at
 WHERE (device_day.report_interval_s, device_day.report_count, device_day.in_service_s, device_day.maintenance_s,
        device_day.received_s, device_day.valid_s, device_day.online_s, device_day.working_s)
       IS DISTINCT FROM
       (excluded.report_interval_s, excluded.report_count, excluded.in_service_s, excluded.maintenance_s,
        excluded.received_s, excluded.valid_s, excluded.online_s, excluded.working_s);

-- select_last_frozen --
-- The newest revision of a day or month.
SELECT coverage_freeze_id, span, starts_on, revision
  FROM coverage_freeze WHERE span = %(span)s AND starts_on = %(starts_on)s ORDER BY revision DESC LIMIT 1;

-- select_newest_day --
-- The last day that was frozen, else the day before the first device was entered.
SELECT coalesce((SELECT max(starts_on) FROM coverage_freeze WHERE span = 'day'),
                (SELECT (min(created_at) AT TIME ZONE 'Asia/Shanghai')::date - 1 FROM device));

-- freeze --
-- A new revision, with the moment of the present funnel or of an earlier freeze's.
INSERT INTO coverage_freeze (span, starts_on, revision, as_of, restaurant_count, register_updated_at, reason, frozen_by, frozen_at)
SELECT %(span)s, %(starts_on)s, %(revision)s, coalesce(f.as_of, s.as_of), coalesce(f.restaurant_count, s.restaurant_count),
       coalesce(f.register_updated_at, s.register_updated_at), %(reason)s, %(frozen_by)s, %(now)s
  FROM (SELECT 1) AS one
  LEFT JOIN coverage_state s ON %(with_present)s
  LEFT JOIN coverage_freeze f ON f.coverage_freeze_id = %(funnel_of)s
RETURNING coverage_freeze_id;

-- fill --
-- Counts of the present funnel or of an earlier freeze's (or none), and sums of the span's device-days.
WITH funnel AS (
  SELECT town_id, restaurant_type,
         sum(restaurant_count) AS registered,
         sum(restaurant_count) FILTER (WHERE stage <> 'not_required') AS should_connect,
         sum(restaurant_count) FILTER (WHERE stage IN ('not_commissioned', 'silent', 'bad_data', 'good')) AS installed,
         sum(restaurant_count) FILTER (WHERE stage IN ('silent', 'bad_data', 'good')) AS commissioned,
         sum(restaurant_count) FILTER (WHERE stage IN ('bad_data', 'good')) AS online,
         sum(restaurant_count) FILTER (WHERE stage = 'good') AS reporting_good
    FROM coverage_count WHERE %(with_present)s
   GROUP BY town_id, restaurant_type
  UNION ALL
  SELECT town_id, restaurant_type, registered, should_connect, installed, commissioned, online, reporting_good
    FROM coverage_frozen WHERE coverage_freeze_id = %(funnel_of)s
), sums AS (
  SELECT r.town_id, r.restaurant_type,
         sum(d.in_service_s / d.report_interval_s) AS expected_reports,
         sum(d.received_s / d.report_interval_s) AS received_reports,
         sum(d.valid_s / d.report_interval_s) AS valid_reports,
         sum(d.in_service_s) / 3600 AS in_service_h,
         sum(d.online_s) / 3600 AS online_h,
         sum(d.working_s) / 3600 AS working_h,
         sum(d.maintenance_s) / 3600 AS maintenance_h
    FROM device_day d JOIN restaurant r USING (restaurant_id)
   WHERE d.day >= %(first)s AND d.day < %(end)s AND r.status <> 'suspended'
   GROUP BY r.town_id, r.restaurant_type
)
INSERT INTO coverage_frozen
SELECT %(coverage_freeze_id)s, town_id, restaurant_type, coalesce(f.registered, 0), coalesce(f.should_connect, 0),
       coalesce(f.installed, 0), coalesce(f.commissioned, 0), coalesce(f.online, 0), coalesce(f.reporting_good, 0),
       coalesce(s.expected_reports, 0), coalesce(s.received_reports, 0), coalesce(s.valid_reports, 0),
       coalesce(s.in_service_h, 0), coalesce(s.online_h, 0), coalesce(s.working_h, 0), coalesce(s.maintenance_h, 0)
  FROM funnel f FULL JOIN sums s USING (town_id, restaurant_type);

-- have_same_sums --
-- Whether the device-days of two freezes add up to the same.
SELECT NOT EXISTS (
  SELECT town_id, restaurant_type, expected_reports, received_reports, valid_reports, in_service_h, online_h, working_h,
         maintenance_h
    FROM coverage_frozen WHERE coverage_freeze_id IN (%(one_id)s, %(other_id)s)
   GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING count(*) = 1
);
