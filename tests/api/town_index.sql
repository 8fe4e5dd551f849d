-- Tickets of town wt: one closed in time that came back, one late and open, one not yet due; complaints.
INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref,
                    created_at, updated_at, filed_at, first_resolved_at, closed_at)
VALUES (1, 1, 1, 'blockage', 'orange', 'closed', 'api', 'a', '2026-01-01Z', '2026-01-02Z', '2026-01-01Z', '2026-01-02Z', '2026-01-02Z'),
       (1, 1, 1, 'blockage', 'orange', 'filed', 'api', 'b', '2026-01-03Z', '2026-01-03Z', '2026-01-03Z', NULL, NULL),
       (2, 2, 1, 'leak', 'yellow', 'filed', 'api', 'c', '2026-01-03Z', '2026-01-03Z', '2026-01-03Z', NULL, NULL);
INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version, calendar_version, started_at, due_at, state,
                          step, stopped_at, breached_at)
VALUES (2, 'resolve', 1, 'working_day', 3, '1', '1', '2026-01-01Z', '2026-01-03Z', 'stopped', 0, '2026-01-02Z', NULL),
       (3, 'resolve', 1, 'working_day', 1, '1', '1', '2026-01-03Z', '2026-01-04Z', 'running', 1, NULL, '2026-01-04Z'),
       (4, 'resolve', 1, 'working_day', 9, '1', '1', '2026-01-03Z', '2026-01-20Z', 'running', 0, NULL, NULL);
INSERT INTO complaint (received_at, channel, category, restaurant_id, town_id, created_at)
VALUES ('2026-01-02Z', '12345', 'odour', 1, 1, '2026-01-02Z'), ('2026-01-03Z', '12345', 'fume', 1, 1, '2026-01-03Z');
INSERT INTO complaint (received_at, channel, category, restaurant_id, town_id, duplicate_of, created_at)
VALUES ('2026-01-03Z', '12345', 'odour', 1, 1, 1, '2026-01-03Z');
