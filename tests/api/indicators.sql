-- Seven tickets (numbers 2 to 8) whose indicators of January are worked out by hand in test_tickets.py.
INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref,
                    return_count, rework_count, created_at, updated_at, filed_at, first_resolved_at, closed_at,
                    resume_state)
SELECT 1, 1, 1, 'p' || n, 'yellow', state, 'patrol', '', returned, reworked, '2026-01-01Z', '2026-01-01Z',
       filed, resolved, closed, CASE state WHEN 'suspended' THEN 'dispatched' END
  FROM (VALUES
    -- in time, closed; 10 h to the report that held, 20 h to the closing
    (1, 'closed', 0, 0, '2026-01-02T00:00Z'::timestamptz, '2026-01-02T10:00Z'::timestamptz, '2026-01-02T20:00Z'::timestamptz),
    -- returned, reworked, late; 40 h and 60 h
    (2, 'closed', 2, 1, '2026-01-02T00:00Z', '2026-01-03T16:00Z', '2026-01-04T12:00Z'),
    -- in time, waits for its verification
    (3, 'reported', 0, 0, '2026-01-02T00:00Z', NULL, NULL),
    -- overdue, nobody has noted it yet
    (4, 'in_progress', 1, 0, '2026-01-02T00:00Z', NULL, NULL),
    -- cancelled after it was late: late all the same, but nothing to close
    (5, 'cancelled', 0, 0, '2026-01-02T00:00Z', NULL, '2026-01-15T00:00Z'),
    -- suspended in time: neither due nor left over
    (6, 'suspended', 0, 0, '2026-01-18T00:00Z', NULL, NULL),
    -- filed before January, closed in it: 100 h and 480 h
    (7, 'closed', 0, 1, '2025-12-20T00:00Z', '2025-12-24T04:00Z', '2026-01-09T00:00Z')
  ) AS given (n, state, returned, reworked, filed, resolved, closed) ORDER BY n;

INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version, calendar_version, started_at, due_at,
                          state, step, stopped_at, breached_at)
SELECT n + 1, 'resolve', 1, 'working_day', 7, '1', '1', started, due, state, 0, stopped, breached
  FROM (VALUES
    (1, '2026-01-02T01:00Z'::timestamptz, '2026-01-10Z'::timestamptz, 'stopped', '2026-01-02T10:00Z'::timestamptz, NULL::timestamptz),
    (2, '2026-01-02T01:00Z', '2026-01-03Z', 'stopped', '2026-01-03T16:00Z', '2026-01-03Z'),
    (3, '2026-01-02T01:00Z', '2026-01-10Z', 'stopped', '2026-01-04Z', NULL),
    (4, '2026-01-02T01:00Z', '2026-01-10Z', 'running', NULL, NULL),
    (5, '2026-01-02T01:00Z', '2026-01-10Z', 'void', '2026-01-15Z', '2026-01-10Z'),
    (6, '2026-01-18T01:00Z', '2026-01-19Z', 'paused', NULL, NULL),
    (7, '2025-12-20T01:00Z', '2025-12-31Z', 'stopped', '2025-12-24T04:00Z', NULL)
  ) AS given (n, started, due, state, stopped, breached);
