-- Two towns, eight restaurants, one at each stage of the funnel; now is 2026-01-05 09:00 in Shanghai (01:00 UTC).
INSERT INTO town (code, name, name_en) VALUES ('wt', '魏塘', 'Weitang'), ('xt', '西塘', 'Xitang'), ('ty', '陶庄', 'Taozhuang');
INSERT INTO restaurant (register_no, name, restaurant_type, status, needs_trap, town_id, address, created_at, updated_at)
VALUES ('R1', '全好', 'large', 'open', true, 1, '', '2025-01-01Z', '2025-01-01Z'),
       ('R2', '坏值', 'small', 'open', true, 1, '', '2025-01-01Z', '2025-01-01Z'),
       ('R3', '失联', 'small', 'open', true, 1, '', '2025-01-01Z', '2025-01-01Z'),
       ('R4', '未开通', 'small', 'open', true, 2, '', '2025-01-01Z', '2025-01-01Z'),
       ('R5', '无设备', 'canteen', 'open', true, 2, '', '2025-01-01Z', '2025-01-01Z'),
       ('R6', '无池', 'small', 'open', true, 2, '', '2025-01-02Z', '2025-06-01Z'),
       ('R7', '停业', 'small', 'suspended', true, 2, '', '2025-01-01Z', '2025-01-01Z'),
       ('R8', '不需', 'small', 'open', false, 2, '', '2025-01-01Z', '2025-01-01Z');
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
SELECT 'T' || n, n, 450, 600, 900, 0.75, '2025-02-01Z', '2025-02-01Z' FROM unnest(ARRAY[1, 2, 3, 4, 5, 7]) AS n;
INSERT INTO gateway (uid, town_id, online, status_at, created_at) VALUES ('gw-1', 1, true, '2026-01-05T00:00Z', '2025-01-01Z');
INSERT INTO device (uid, gateway_id, trap_id, status, report_interval_s, commissioned_at, created_at, updated_at)
VALUES ('dev-1', 1, 1, 'active', 300, '2025-03-01Z', '2025-02-20Z', '2025-03-01Z'),
       ('dev-2', 1, 2, 'active', 300, '2025-03-01Z', '2025-02-20Z', '2025-03-01Z'),
       ('dev-3', 1, 3, 'active', 300, '2025-03-01Z', '2025-02-20Z', '2025-03-01Z'),
       ('dev-4', 1, 4, 'active', 300, NULL, '2025-02-20Z', '2025-02-20Z'),
       ('dev-5', 1, 5, 'retired', 300, '2025-03-01Z', '2025-02-20Z', '2025-04-01Z'),
       ('dev-6', 1, NULL, 'unclaimed', 300, NULL, '2025-02-20Z', '2025-02-20Z'),
       ('dev-7', 1, 6, 'active', 300, '2025-03-01Z', '2025-02-20Z', '2025-03-01Z');
INSERT INTO series_state (device_id, metric, measured_at, value, received_at, good_received_at)
VALUES (1, 1, '2026-01-05T00:59Z', 610, '2026-01-05T00:59Z', '2026-01-05T00:59Z'),
       (2, 1, '2026-01-04T00:00Z', 600, '2026-01-05T00:50Z', '2026-01-04T00:00Z'),
       (3, 1, '2026-01-04T20:00Z', 600, '2026-01-04T20:00Z', '2026-01-04T20:00Z'),
       (4, 1, '2026-01-05T00:59Z', 600, '2026-01-05T00:59Z', '2026-01-05T00:59Z'),
       (7, 1, '2026-01-05T00:59Z', 600, '2026-01-05T00:59Z', '2026-01-05T00:59Z');
INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)
SELECT '2026-01-05T00:00Z'::timestamptz + n * INTERVAL '5 minutes', 1, 1, 600 + n, 0,
       '2026-01-05T00:00:02Z'::timestamptz + n * INTERVAL '5 minutes'
  FROM generate_series(0, 11) AS n;
INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)
VALUES ('2026-01-05T00:30Z', 1, 2, 'NaN', 4, '2026-01-05T00:30:02Z'),
       ('2026-01-05T00:30Z', 1, 5, 1, 0, '2026-01-05T00:30:02Z');
INSERT INTO reading_hourly (device_id, metric, hour, reading_count, value_sum, value_min, value_max, first_at,
                            first_value, last_at, last_value)
VALUES (1, 1, '2026-01-05T00:00Z', 12, 7266, 600, 611, '2026-01-05T00:00Z', 600, '2026-01-05T00:55Z', 611);
INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, created_at, updated_at)
VALUES (1, 1, 1, 'overflow', 'red', 'new', 'alert', '1', '2026-01-05T00:40Z', '2026-01-05T00:40Z');
INSERT INTO ticket_event (ticket_id, version, action, from_state, to_state, actor, at)
VALUES (1, 1, 'create', NULL, 'new', 'system', '2026-01-05T00:40Z');
INSERT INTO alert (dedup_key, rule_id, rule_code, severity, device_id, trap_id, restaurant_id, town_id, metric, status,
                   started_at, fired_at, opened_at, ended_at, settled_at, value, peak_value, threshold, seq, ticket_id)
SELECT r.code || ':dev-1:' || s.n, r.rule_id, r.code, r.severity, 1, 1, 1, 1, 1, s.status, '2026-01-05T00:30Z',
       '2026-01-05T00:40Z', '2026-01-05T00:40Z', s.ended_at, s.ended_at, 880, 890,
       '{"raise_at": 850}', 1, s.ticket_id
  FROM (VALUES (1, 'R01', 'resolved', '2026-01-05T00:50Z'::timestamptz, NULL::bigint),
               (2, 'R02', 'firing', NULL, 1)) AS s (n, code, status, ended_at, ticket_id)
  JOIN rule r ON r.code = s.code AND r.superseded_at IS NULL
 ORDER BY s.n;
INSERT INTO alert_event (alert_id, seq, type, at, recorded_at)
SELECT alert_id, 1, 'fired', '2026-01-05T00:40Z', '2026-01-05T00:40Z' FROM alert ORDER BY alert_id;
