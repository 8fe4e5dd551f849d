-- lock_candidates --
-- Alerts that nobody has in hand and that have no steps yet, or one whose time seems to have come: held, unless somebody
-- else works on them.
SELECT a.alert_id
  FROM alert a
 WHERE a.status = 'firing' AND a.severity = %(severity)s AND a.notified_at IS NOT NULL AND a.suppressed_by IS NULL
   AND a.acked_at IS NULL
   AND (NOT EXISTS (SELECT FROM alert_escalation e WHERE e.alert_id = a.alert_id)
        OR EXISTS (SELECT FROM alert_escalation e
                    WHERE e.alert_id = a.alert_id AND e.done_at IS NULL AND e.due_at <= %(now)s))
 ORDER BY a.alert_id
   FOR UPDATE SKIP LOCKED;

-- plan_steps --
-- Write when the steps of alerts are due, counted from when each last began to be nobody's; done ones stay.
INSERT INTO alert_escalation (alert_id, step, due_at)
SELECT a.alert_id, s.step, greatest(a.notified_at, b.began_at) + s.after_us * INTERVAL '1 microsecond'
  FROM alert a
 CROSS JOIN LATERAL (SELECT max(e.recorded_at) AS began_at
                       FROM alert_event e
                      WHERE e.alert_id = a.alert_id AND e.type = ANY (%(clock_starts)s)) b
 CROSS JOIN unnest(%(step)s::smallint[], %(after_us)s::bigint[]) AS s (step, after_us)
 WHERE a.alert_id = ANY (%(alert_ids)s)
 ORDER BY a.alert_id, s.step
ON CONFLICT (alert_id, step) DO UPDATE SET due_at = excluded.due_at WHERE alert_escalation.done_at IS NULL;

-- select_due_steps --
-- The steps of alerts whose time has come.
SELECT alert_id, step
  FROM alert_escalation
 WHERE alert_id = ANY (%(alert_ids)s) AND done_at IS NULL AND due_at <= %(now)s
 ORDER BY alert_id, step;

-- finish_steps --
-- Say what became of steps.
UPDATE alert_escalation e
   SET done_at = %(now)s, outcome = u.outcome
  FROM unnest(%(alert_id)s::bigint[], %(step)s::smallint[], %(outcome)s::text[]) AS u (alert_id, step, outcome)
 WHERE e.alert_id = u.alert_id AND e.step = u.step;

-- lock_unheeded --
-- Told alerts that nobody has in hand and of which people heard last before an instant: held, unless somebody else works
-- on them.
SELECT a.alert_id
  FROM alert a
 CROSS JOIN LATERAL (SELECT max(e.recorded_at) AS heard_at
                       FROM alert_event e
                      WHERE e.alert_id = a.alert_id AND e.type = ANY (%(clock_starts)s)) e
 WHERE a.status = 'firing' AND a.severity = ANY (%(severities)s) AND a.notified_at IS NOT NULL
   AND a.suppressed_by IS NULL AND a.acked_at IS NULL AND NOT a.is_flapping
   AND greatest(a.notified_at, e.heard_at) <= %(heard_before)s
 ORDER BY a.alert_id
   FOR UPDATE OF a SKIP LOCKED;
