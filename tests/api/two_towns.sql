-- One of everything in each of two towns (wt is 1, xt is 2), on top of county.sql. What is xt's says so by its name
-- or number: a caller limited to wt must see none of it.
INSERT INTO unit (code, name, name_en, created_at) VALUES ('crew', '养护队', 'Crew', '2025-01-01Z');
INSERT INTO unit_route (town_id, unit_id, created_at) VALUES (NULL, 1, '2025-01-01Z'), (1, 1, '2025-01-01Z'), (2, 1, '2025-01-01Z');
INSERT INTO gateway (uid, town_id, created_at) VALUES ('gw-xt', 2, '2025-01-01Z'), ('gw-nowhere', NULL, '2025-01-01Z');
UPDATE device SET gateway_id = 2 WHERE trap_id IN (4, 5, 6);
INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)
VALUES ('2026-01-05T00:30Z', 4, 1, 601, 0, '2026-01-05T00:30:02Z');
INSERT INTO reading_hourly (device_id, metric, hour, reading_count, value_sum, value_min, value_max, first_at,
                            first_value, last_at, last_value)
VALUES (4, 1, '2026-01-05T00:00Z', 1, 601, 601, 601, '2026-01-05T00:30Z', 601, '2026-01-05T00:30Z', 601);
INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, created_at, updated_at)
VALUES (4, 4, 2, 'overflow', 'red', 'new', 'alert', '3', '2026-01-05T00:40Z', '2026-01-05T00:40Z');
INSERT INTO ticket_event (ticket_id, version, action, from_state, to_state, actor, at)
VALUES (2, 1, 'create', NULL, 'new', 'system', '2026-01-05T00:40Z');
INSERT INTO alert (dedup_key, rule_id, rule_code, severity, device_id, trap_id, restaurant_id, town_id, metric, status,
                   started_at, fired_at, opened_at, value, peak_value, threshold, seq, ticket_id)
SELECT 'R02:dev-4', rule_id, 'R02', 'red', 4, 4, 4, 2, 1, 'firing', '2026-01-05T00:30Z', '2026-01-05T00:40Z',
       '2026-01-05T00:40Z', 880, 890, '{}', 1, 2 FROM rule WHERE code = 'R02' AND superseded_at IS NULL;
INSERT INTO alert_event (alert_id, seq, type, at, recorded_at) VALUES (3, 1, 'fired', '2026-01-05T00:40Z', '2026-01-05T00:40Z');
INSERT INTO blob (sha256, media_type, byte_count, received_at) VALUES (repeat('a', 64), 'image/jpeg', 3, '2026-01-05T00:40Z');
INSERT INTO ticket_attachment (ticket_id, sha256, uploaded_by, uploaded_at) VALUES (2, repeat('a', 64), 'x', '2026-01-05T00:40Z');
INSERT INTO job (trap_id, kind, state, planned_from, planned_to, created_at)
VALUES (1, 'pump_out', 'planned', '2026-01-05T00:00Z', '2026-01-05T02:00Z', '2026-01-04T00:00Z'),
       (4, 'pump_out', 'planned', '2026-01-05T00:00Z', '2026-01-05T02:00Z', '2026-01-04T00:00Z');
INSERT INTO pump_out (source, trap_id, pumped_at, filed_at, volume_l, hauler, disposer, manifest_no)
VALUES ('manifest', 1, '2026-01-04T00:00Z', '2026-01-04T00:00Z', 400, 'h', 'd', 'M1'),
       ('manifest', 4, '2026-01-04T00:00Z', '2026-01-04T00:00Z', 400, 'h', 'd', 'M2');
INSERT INTO inspection (trap_id, inspector, inspected_at, fog_mm, solids_mm, water_mm, depth_mm, filed_at)
VALUES (1, 'x', '2026-01-04T00:00Z', 10, 10, 500, 600, '2026-01-04T00:00Z'),
       (4, 'x', '2026-01-04T00:00Z', 10, 10, 500, 600, '2026-01-04T00:00Z');
INSERT INTO closure (restaurant_id, closed_from, closed_to, reason, created_at)
VALUES (1, '2026-01-06T00:00Z', '2026-01-07T00:00Z', 'x', '2026-01-04T00:00Z'),
       (4, '2026-01-06T00:00Z', '2026-01-07T00:00Z', 'x', '2026-01-04T00:00Z');
INSERT INTO rainfall (town_id, hour, rain_mm, updated_at)
VALUES (1, '2026-01-04T00:00Z', 1, '2026-01-04T01:00Z'), (2, '2026-01-04T00:00Z', 2, '2026-01-04T01:00Z');
INSERT INTO complaint (received_at, channel, category, restaurant_id, town_id, created_at)
VALUES ('2026-01-03T00:00Z', '12345', 'odour', 1, 1, '2026-01-03T00:00Z'),
       ('2026-01-03T00:00Z', '12345', 'odour', 4, 2, '2026-01-03T00:00Z'),
       ('2026-01-03T00:00Z', '12345', 'odour', NULL, NULL, '2026-01-03T00:00Z');
INSERT INTO silence (town_id, trap_id, rule_code, starts_at, ends_at, author, comment, created_at)
VALUES (1, NULL, NULL, '2026-01-05T00:00Z', '2026-01-06T00:00Z', 'x', 'x', '2026-01-04T00:00Z'),
       (NULL, 4, NULL, '2026-01-05T00:00Z', '2026-01-06T00:00Z', 'x', 'x', '2026-01-04T00:00Z'),
       (NULL, NULL, 'R01', '2026-01-05T00:00Z', '2026-01-06T00:00Z', 'x', 'x', '2026-01-04T00:00Z'),
       (1, 4, NULL, '2026-01-05T00:00Z', '2026-01-06T00:00Z', 'x', 'x', '2026-01-04T00:00Z');
INSERT INTO maintenance_window (scope, town_id, trap_id, rule, zone, starts_at, duration_s, author, comment, created_at)
VALUES ('town', 1, NULL, 'FREQ=DAILY', 'Asia/Shanghai', '2026-01-05T00:00Z', 60, 'x', 'x', '2026-01-04T00:00Z'),
       ('trap', NULL, 4, 'FREQ=DAILY', 'Asia/Shanghai', '2026-01-05T00:00Z', 60, 'x', 'x', '2026-01-04T00:00Z'),
       ('county', NULL, NULL, 'FREQ=DAILY', 'Asia/Shanghai', '2026-01-05T00:00Z', 60, 'x', 'x', '2026-01-04T00:00Z');
INSERT INTO rule_override (rule_code, scope, scope_ref, parameters, created_at)
VALUES ('R01', 'county', '', '{"hold_s": 60}', '2026-01-04T00:00Z'), ('R01', 'town', 'wt', '{"hold_s": 60}', '2026-01-04T00:00Z'),
       ('R01', 'town', 'xt', '{"hold_s": 60}', '2026-01-04T00:00Z'), ('R01', 'trap', 'T4', '{"hold_s": 60}', '2026-01-04T00:00Z');
INSERT INTO inspection_plan (town_id, day, inspector, state, stop_count_max, check_interval_days, due_restaurant_count, created_by, created_at)
VALUES (1, '2026-01-05', 'x', 'planned', 5, 90, 1, 'x', '2026-01-04T00:00Z'), (2, '2026-01-05', 'x', 'planned', 5, 90, 1, 'x', '2026-01-04T00:00Z');
INSERT INTO inspection_stop (inspection_plan_id, place, restaurant_id, is_urgent, state)
VALUES (1, 1, 1, false, 'planned'), (2, 1, 4, false, 'planned');
INSERT INTO inspection_item (inspection_stop_id, key, duty, trap_id, reason, is_listed)
VALUES (1, 'check:1', 'check', 1, 'x', true), (2, 'check:4', 'check', 4, 'x', true);
INSERT INTO handover_sent (ticket_id, seq, recipient, note, document, sha256, sent_by, sent_at)
VALUES (2, 1, 'x', 'x', '{}', repeat('a', 64), 'x', '2026-01-05T00:45Z');
INSERT INTO handover_received (origin, their_ticket, seq, ticket_id, document, sha256, received_by, received_at)
VALUES ('x', 1, 1, 2, '{}', repeat('a', 64), 'x', '2026-01-05T00:45Z');
INSERT INTO device_day (day, device_id, restaurant_id, report_interval_s, report_count, in_service_s, maintenance_s, received_s, valid_s,
                        online_s, working_s, computed_at)
VALUES ('2026-01-04', 1, 1, 300, 1, 1, 0, 1, 1, 1, 1, '2026-01-05T00:00Z'), ('2026-01-04', 4, 4, 300, 1, 1, 0, 1, 1, 1, 1, '2026-01-05T00:00Z');
INSERT INTO coverage_freeze (span, starts_on, revision, as_of, restaurant_count, reason, frozen_by, frozen_at)
VALUES ('day', '2026-01-04', 1, '2026-01-04T16:00Z', 8, '', 'x', '2026-01-05T00:00Z');
INSERT INTO coverage_frozen VALUES (1, 1, 'small', 3, 3, 3, 3, 2, 1, 1, 1, 1, 1, 1, 1, 0), (1, 2, 'small', 5, 3, 2, 0, 0, 0, 1, 1, 1, 1, 1, 1, 0);
