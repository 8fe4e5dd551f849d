-- select_machines --
-- What these devices' machines remember; locked with their series.
SELECT device_id, metric, rule_code, alert_id, condition,
       phase, since_us, sample_count, clear_since_us, clear_count, last_us, last_value, peak_value, relapse_count, level,
       level_since_us, resolved_us, bounced_us, is_flapping, flapping_told_us
  FROM rule_state
 WHERE device_id = ANY (%(device_ids)s);

-- lock_alerts --
-- Episodes by number, held: whoever appends to an alert's history holds its row first. An acknowledgement that has run
-- out counts here until a timer has written down its end; it can only be ended, once.
SELECT alert_id, seq, rule_code, severity, level, started_at, fired_at, ended_at, value, peak_value, relapse_count,
       reopen_count, suppressed_by, notified_at IS NOT NULL, is_flapping, is_stale, acked_at IS NOT NULL,
       ticket_id
  FROM alert
 WHERE alert_id = ANY (%(alert_ids)s)
 ORDER BY alert_id
   FOR UPDATE;

-- select_trails --
-- Good readings of series before an instant: what rules about a slope look back at.
SELECT r.device_id, r.metric, r.measured_at, r.value
  FROM unnest(%(device_id)s::int[], %(metric)s::smallint[], %(from_at)s::timestamptz[], %(to_at)s::timestamptz[])
       AS u (device_id, metric, from_at, to_at)
  JOIN reading r ON r.device_id = u.device_id AND r.metric = u.metric
                AND r.measured_at >= u.from_at AND r.measured_at < u.to_at
 WHERE r.quality = 0
 ORDER BY r.device_id, r.metric, r.measured_at;

-- select_due_series --
-- Series with a latched machine whose hold the clock has proven while the device is alive. Locks the series
-- rows first, as ingest does; those a worker holds right now are left to it.
SELECT s.device_id, s.metric
  FROM series_state s
 WHERE (s.device_id, s.metric) IN (
         SELECT r.device_id, r.metric
           FROM rule_state r JOIN device d USING (device_id)
          WHERE r.due_us <= %(now_us)s
            AND (SELECT max(l.received_at) FROM series_state l WHERE l.device_id = r.device_id)
                > %(now)s - greatest(3 * d.report_interval_s * INTERVAL '1 second', INTERVAL '30 minutes'))
 ORDER BY s.device_id, s.metric
   FOR UPDATE SKIP LOCKED;

-- upsert_machines --
-- Write machines that have something to remember.
INSERT INTO rule_state (rule_code, device_id, metric, alert_id, due_us, condition, phase, since_us, sample_count,
                        clear_since_us, clear_count, last_us, last_value, peak_value, relapse_count, level, level_since_us,
                        resolved_us, bounced_us, is_flapping, flapping_told_us)
SELECT rule_code, device_id, metric, alert_id, due_us, condition, phase, since_us, sample_count, clear_since_us,
       clear_count, last_us, last_value, peak_value, relapse_count, level, level_since_us::bigint[], resolved_us,
       bounced_us::bigint[], is_flapping, flapping_told_us
  FROM unnest(%(rule_code)s::text[], %(device_id)s::int[], %(metric)s::smallint[], %(alert_id)s::bigint[],
              %(due_us)s::bigint[], %(condition)s::text[], %(phase)s::smallint[], %(since_us)s::bigint[],
              %(sample_count)s::int[], %(clear_since_us)s::bigint[], %(clear_count)s::int[], %(last_us)s::bigint[],
              %(last_value)s::float8[], %(peak_value)s::float8[], %(relapse_count)s::int[], %(level)s::smallint[],
              %(level_since_us)s::text[], %(resolved_us)s::bigint[], %(bounced_us)s::text[], %(is_flapping)s::boolean[],
              %(flapping_told_us)s::bigint[])
       AS u (rule_code, device_id, metric, alert_id, due_us, condition, phase, since_us, sample_count, clear_since_us,
             clear_count, last_us, last_value, peak_value, relapse_count, level, level_since_us, resolved_us, bounced_us,
             is_flapping, flapping_told_us)
ON CONFLICT (device_id, rule_code, metric) DO UPDATE SET
  phase = excluded.phase, since_us = excluded.since_us, sample_count = excluded.sample_count,
  clear_since_us = excluded.clear_since_us, clear_count = excluded.clear_count, last_us = excluded.last_us,
  last_value = excluded.last_value, peak_value = excluded.peak_value, relapse_count = excluded.relapse_count,
  level = excluded.level, level_since_us = excluded.level_since_us, condition = excluded.condition,
  resolved_us = excluded.resolved_us, bounced_us = excluded.bounced_us, is_flapping = excluded.is_flapping,
  flapping_told_us = excluded.flapping_told_us, alert_id = excluded.alert_id, due_us = excluded.due_us;

-- delete_machines --
-- Forget machines that have nothing to remember.
DELETE FROM rule_state
 WHERE (device_id, rule_code, metric) IN (
         SELECT * FROM unnest(%(device_id)s::int[], %(rule_code)s::text[], %(metric)s::smallint[]));
