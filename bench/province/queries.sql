-- skip_triggers --
-- The rows below refer to each other by construction; millions of look-ups and notices would only prove it again.
SET session_replication_role = replica;

-- draw --
-- A repeatable number in [0, 1) for the n-th thing and one of its traits.
CREATE FUNCTION pg_temp.draw(n bigint, trait int) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, trait) & 1048575) / 1048576.0;

-- load_towns --
-- Towns; the first ones will be the largest.
INSERT INTO town (code, name, name_en) SELECT 't' || n, '第' || n || '镇', 'Town ' || n FROM generate_series(1, %(towns)s) AS n;

-- load_gateways --
-- A gateway for every 16 restaurants.
INSERT INTO gateway (gateway_id, uid, town_id, online, status_at, created_at) OVERRIDING SYSTEM VALUE
SELECT n, 'gw-' || n, 1 + floor(%(towns)s * pg_temp.draw(n, 1) ^ 1.5), pg_temp.draw(n, 2) < 0.97, %(now)s, %(now)s
  FROM generate_series(1, %(restaurants)s / 16 + 1) AS n;

-- load_restaurants --
-- Restaurants, entered within five years; one in ten is not in business.
INSERT INTO restaurant (restaurant_id, register_no, name, restaurant_type, status, needs_trap, town_id, address, lon_deg, lat_deg,
                        opening_windows, created_at, updated_at) OVERRIDING SYSTEM VALUE
SELECT n, 'R' || n, '餐厅' || n, (ARRAY['small', 'small', 'small', 'large', 'canteen', 'night_market'])[1 + floor(6 * pg_temp.draw(n, 3))::int],
       CASE WHEN d < 0.06 THEN 'suspended' WHEN d < 0.10 THEN 'closed' ELSE 'open' END, pg_temp.draw(n, 5) < 0.97,
       1 + floor(%(towns)s * pg_temp.draw(n, 6) ^ 1.5), '环城路' || n || '号', 120 + pg_temp.draw(n, 7), 30 + pg_temp.draw(n, 8),
       '[{"days": "mo-su", "from": "10:00", "to": "21:00"}]',
       %(now)s - 1800 * pg_temp.draw(n, 9) * INTERVAL '1 day', %(now)s - 30 * pg_temp.draw(n, 9) * INTERVAL '1 day'
  FROM generate_series(1, %(restaurants)s) AS n
 CROSS JOIN LATERAL (SELECT pg_temp.draw(n, 4) AS d) AS s;

-- load_traps --
-- A trap each, of the same number; one in twenty restaurants has a second.
INSERT INTO trap (trap_id, code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT n, 'T' || n, CASE WHEN n > %(restaurants)s THEN (n - %(restaurants)s) * 20 ELSE n END, 450, 600, 900, 0.75, %(now)s, %(now)s
  FROM generate_series(1, %(restaurants)s + %(restaurants)s / 20) AS n;

-- load_devices --
-- Three devices a restaurant; two restaurants in a hundred have theirs unclaimed, two have not commissioned them, some devices are
-- retired or in maintenance.
INSERT INTO device (device_id, uid, gateway_id, trap_id, model, status, commissioned_at, mount_height_mm, created_at, updated_at)
OVERRIDING SYSTEM VALUE
SELECT (r - 1) * 3 + k, 'dev-' || (r - 1) * 3 + k, r / 16 + 1, CASE WHEN s.status <> 'unclaimed' THEN r END, 'EM310-UDL', s.status,
       CASE WHEN s.status <> 'unclaimed' AND pg_temp.draw(r, 25) > 0.02 THEN %(now)s - 900 * pg_temp.draw(r, 10) * INTERVAL '1 day' END, 1200,
       %(now)s - 900 * pg_temp.draw(r, 10) * INTERVAL '1 day', %(now)s
  FROM generate_series(1, %(restaurants)s) AS r
 CROSS JOIN generate_series(1, 3) AS k
 CROSS JOIN LATERAL (
         SELECT CASE WHEN pg_temp.draw(r, 11) < 0.02 THEN 'unclaimed' WHEN pg_temp.draw(r * 3 + k, 12) < 0.02 THEN 'retired'
                     WHEN pg_temp.draw(r * 3 + k, 12) < 0.04 THEN 'maintenance' ELSE 'active' END AS status
       ) AS s;

-- load_device_changes --
-- What the trigger would have noted.
INSERT INTO device_status_change (device_id, at, status, trap_id, report_interval_s, commissioned_at)
SELECT device_id, created_at, status, trap_id, report_interval_s, commissioned_at FROM device;

-- load_series --
-- Level, flow or cover of each device, and its battery; one restaurant in twenty is silent, one in fifty sends no good values.
INSERT INTO series_state (device_id, metric, measured_at, value, received_at, good_received_at)
SELECT d.device_id, m.metric, h.at, 612, h.at, CASE WHEN pg_temp.draw(d.trap_id, 14) < 0.02 THEN h.at - INTERVAL '3 days' ELSE h.at END
  FROM device d
 CROSS JOIN LATERAL (VALUES ((ARRAY[1, 3, 5])[1 + d.device_id %% 3]::smallint), (10::smallint)) AS m (metric)
 CROSS JOIN LATERAL (
         SELECT %(now)s - CASE WHEN pg_temp.draw(d.trap_id, 13) < 0.05 THEN INTERVAL '4 days' ELSE INTERVAL '5 minutes' END AS at
       ) AS h;

-- load_complaints --
-- Complaints of five years in the order of their receipt; one in twelve repeats another one, most are about a
-- restaurant, for some a person has to say about which.
INSERT INTO complaint (complaint_id, source, external_ref, received_at, channel, category, description, restaurant_id, town_id,
                       address, duplicate_of, match_state, created_at) OVERRIDING SYSTEM VALUE
SELECT n, '12345', 'C' || n, w.at, (ARRAY['12345', '12369', 'wechat', 'qr'])[1 + n %% 4],
       (ARRAY['sewage_overflow', 'sewer_blockage', 'odour', 'odour', 'fume', 'fume', 'fume', 'dumping', 'cover', 'other',
              'direct_discharge', 'cleaning_nuisance'])[1 + floor(12 * pg_temp.draw(n, 15))::int],
       '后门下水道往外冒油水，味道很大', CASE WHEN pg_temp.draw(n, 16) < 0.7 THEN p.restaurant_id END,
       CASE WHEN pg_temp.draw(n, 16) < 0.97 THEN p.town_id END, '环城路' || n || '号',
       CASE WHEN n > 50 AND pg_temp.draw(n, 17) < 0.08 THEN n - 1 - floor(49 * pg_temp.draw(n, 18))::int END,
       CASE WHEN pg_temp.draw(n, 16) < 0.7 THEN 'automatic' WHEN pg_temp.draw(n, 16) < 0.702 THEN 'suggested' ELSE 'none' END, w.at
  FROM generate_series(1, %(complaints)s::bigint) AS n
 CROSS JOIN LATERAL (SELECT %(now)s - (1 - n / %(complaints)s::float8) * INTERVAL '1826 days' AS at) AS w
  JOIN restaurant p ON p.restaurant_id = 1 + floor(%(restaurants)s * pg_temp.draw(n, 19))::int;

-- load_units --
-- Who handles tickets.
INSERT INTO unit (code, name, name_en, created_at) SELECT 'unit-' || n, '中队' || n, 'Unit ' || n, %(now)s FROM generate_series(1, 20) AS n;

-- load_tickets --
-- Tickets of a year, one in ten under way; each about another trap, so that one trap has one.
INSERT INTO ticket (ticket_id, trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, owner_unit, version,
                    summary, created_at, updated_at, filed_at, first_resolved_at, closed_at) OVERRIDING SYSTEM VALUE
SELECT n, r.restaurant_id, r.restaurant_id, r.town_id, (ARRAY['overflow', 'blockage', 'cover', 'grease'])[1 + n %% 4],
       (ARRAY['blue', 'yellow', 'orange', 'red'])[1 + floor(4 * pg_temp.draw(n, 21))::int], s.state, 'alert', n::text,
       'unit-' || 1 + n %% 20, 5, '', w.at, w.at + INTERVAL '1 hour', w.at + INTERVAL '1 hour',
       CASE WHEN s.state = 'closed' THEN w.at + INTERVAL '2 days' END, CASE WHEN s.state = 'closed' THEN w.at + INTERVAL '2 days' END
  FROM generate_series(1, %(tickets)s) AS n
  JOIN restaurant r ON r.restaurant_id = 1 + (n::bigint * 7919) %% %(restaurants)s
 CROSS JOIN LATERAL (SELECT %(now)s - (1 - n / %(tickets)s::float8) * INTERVAL '365 days' AS at) AS w
 CROSS JOIN LATERAL (
         SELECT CASE WHEN pg_temp.draw(n, 22) < 0.04 THEN 'dispatched' WHEN pg_temp.draw(n, 22) < 0.08 THEN 'in_progress'
                     WHEN pg_temp.draw(n, 22) < 0.10 THEN 'new' WHEN pg_temp.draw(n, 22) < 0.12 THEN 'rejected' ELSE 'closed' END AS state
       ) AS s;

-- load_ticket_events --
-- Their history.
INSERT INTO ticket_event (ticket_id, version, action, from_state, to_state, actor, at)
SELECT t.ticket_id, v, (ARRAY['open', 'accept', 'file', 'dispatch', 'report'])[v], NULL, t.state, 'system', t.created_at + v * INTERVAL '1 hour'
  FROM ticket t CROSS JOIN generate_series(1, 5) AS v ORDER BY t.ticket_id, v;

-- load_ticket_clocks --
-- Their clocks.
INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version, calendar_version, started_at, due_at, state, step, stopped_at)
SELECT t.ticket_id, k, 1, 'working_day', 3, '1', '1', t.created_at, t.created_at + INTERVAL '3 days',
       CASE WHEN t.closed_at IS NULL THEN 'running' ELSE 'stopped' END, 0, t.closed_at
  FROM ticket t CROSS JOIN unnest(ARRAY['respond', 'resolve']) AS k;

-- load_alerts --
-- Alerts of a year, one in thirty open; each of another device.
INSERT INTO alert (alert_id, dedup_key, rule_id, rule_code, severity, device_id, gateway_id, trap_id, restaurant_id, town_id, metric, status,
                   started_at, fired_at, opened_at, ended_at, settled_at, value, peak_value, threshold, seq, ticket_id)
OVERRIDING SYSTEM VALUE
SELECT n, u.code || ':device:' || d.device_id || ':' || n, u.rule_id, u.code, u.severity, d.device_id, d.gateway_id, d.trap_id, r.restaurant_id,
       r.town_id, 1, CASE WHEN s.is_open THEN 'firing' ELSE 'resolved' END, w.at, w.at, w.at,
       CASE WHEN NOT s.is_open THEN w.at + INTERVAL '3 hours' END, CASE WHEN NOT s.is_open THEN w.at + INTERVAL '3 hours' END,
       760, 780, '{"alert_mm": 700}', 2, CASE WHEN n <= %(tickets)s THEN n END
  FROM generate_series(1, %(alerts)s) AS n
  JOIN device d ON d.device_id = 1 + (n::bigint * 104729) %% (%(restaurants)s * 3)
  JOIN restaurant r ON r.restaurant_id = (d.device_id + 2) / 3
  JOIN (SELECT rule_id, code, severity, row_number() OVER (ORDER BY code) AS place, count(*) OVER () AS rule_count
          FROM rule WHERE superseded_at IS NULL) AS u ON u.place = 1 + floor(u.rule_count * pg_temp.draw(n, 23))
 CROSS JOIN LATERAL (SELECT %(now)s - (1 - n / %(alerts)s::float8) * INTERVAL '365 days' AS at) AS w
 CROSS JOIN LATERAL (SELECT pg_temp.draw(n, 24) < 0.03 AS is_open) AS s;

-- load_alert_events --
-- Their history.
INSERT INTO alert_event (alert_id, seq, type, at, recorded_at)
SELECT a.alert_id, v, (ARRAY['fired', 'notified'])[v], a.fired_at, a.opened_at
  FROM alert a CROSS JOIN generate_series(1, 2) AS v ORDER BY a.alert_id, v;

-- load_freezes --
-- Frozen days of three months and months of two years.
INSERT INTO coverage_freeze (span, starts_on, revision, as_of, restaurant_count, reason, frozen_by, frozen_at)
SELECT 'day', (%(now)s::date - n), 1, %(now)s, %(restaurants)s, '', 'system', %(now)s FROM generate_series(1, 92) AS n
UNION ALL
SELECT 'month', (date_trunc('month', %(now)s::timestamptz) - n * INTERVAL '1 month')::date, 1, %(now)s, %(restaurants)s, '', 'system', %(now)s
  FROM generate_series(1, 24) AS n;

-- load_frozen --
-- Their figures by town and type.
INSERT INTO coverage_frozen
SELECT f.coverage_freeze_id, w.town_id, k, 1000, 900, 880, 870, 850, 840, 86400, 86000, 85900, 21600, 21500, 21400, 10
  FROM coverage_freeze f CROSS JOIN town w CROSS JOIN unnest(ARRAY['large', 'small', 'canteen', 'night_market']) AS k;

-- number_on --
-- New rows of a table get numbers after the loaded ones.
SELECT setval(pg_get_serial_sequence(%(table)s, %(column)s), %(count)s);

-- recount_tallies --
-- The tallies of what came in past the triggers.
SELECT recount_tallies();

-- analyse --
-- Statistics and visibility, as autovacuum would have left them.
VACUUM ANALYZE;
