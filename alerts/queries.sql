-- select_rules --
-- The versions in force.
SELECT rule_id, version, definition FROM rule WHERE superseded_at IS NULL AND enabled ORDER BY code;

-- select_overrides --
-- Other parameters by place.
SELECT rule_code, scope, scope_ref, parameters FROM rule_override;

-- supersede_rules --
-- End the versions whose text differs from the catalogue's.
UPDATE rule SET superseded_at = %(now)s
 WHERE superseded_at IS NULL
   AND EXISTS (SELECT FROM unnest(%(codes)s::text[], %(definitions)s::text[]) AS u (code, definition)
                WHERE u.code = rule.code AND u.definition::jsonb <> rule.definition);

-- insert_rules --
-- Add the catalogue's rules that have no version in force.
INSERT INTO rule (code, version, kind, name, name_en, severity, definition, created_at)
SELECT u.code, coalesce((SELECT max(version) FROM rule r WHERE r.code = u.code), 0) + 1,
       d ->> 'kind', d ->> 'name', d ->> 'name_en', d ->> 'severity', d, %(now)s
  FROM unnest(%(codes)s::text[], %(definitions)s::text[]) AS u (code, definition),
       LATERAL (SELECT u.definition::jsonb) AS l (d)
 WHERE NOT EXISTS (SELECT FROM rule r WHERE r.code = u.code AND r.superseded_at IS NULL);

-- select_machines --
-- The machines of these devices that are not OK, with their open episode; locked with their series.
SELECT s.device_id, s.metric, s.rule_code, s.phase, s.since_us, s.sample_count, s.clear_since_us, s.clear_count,
       s.last_us, s.last_value, s.peak_value, s.relapse_count,
       a.alert_id, a.seq, a.fired_at, a.value, a.suppressed_by, a.notified_at IS NOT NULL, a.ticket_id
  FROM rule_state s LEFT JOIN alert a USING (alert_id)
 WHERE s.device_id = ANY (%(device_ids)s);

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

-- select_worked_on_traps --
-- Traps with a job that explains what their sensors say: open, in its planned window, or a pump-out that
-- was closed less than two hours ago (the trap refills).
SELECT DISTINCT trap_id FROM job
 WHERE trap_id = ANY (%(trap_ids)s)
   AND (state = 'open'
        OR (state = 'planned' AND %(now)s BETWEEN planned_from AND planned_to)
        OR (state = 'closed' AND kind = 'pump_out' AND opened_at IS NOT NULL
            AND closed_at > %(now)s - INTERVAL '2 hours'));

-- upsert_machines --
-- Write machines that are not OK.
INSERT INTO rule_state (rule_code, device_id, metric, phase, since_us, sample_count, clear_since_us, clear_count,
                        last_us, last_value, peak_value, relapse_count, alert_id, due_us)
SELECT * FROM unnest(%(rule_code)s::text[], %(device_id)s::int[], %(metric)s::smallint[], %(phase)s::smallint[],
                     %(since_us)s::bigint[], %(sample_count)s::int[], %(clear_since_us)s::bigint[],
                     %(clear_count)s::int[], %(last_us)s::bigint[], %(last_value)s::float8[], %(peak_value)s::float8[],
                     %(relapse_count)s::int[], %(alert_id)s::bigint[], %(due_us)s::bigint[])
ON CONFLICT (device_id, rule_code, metric) DO UPDATE SET
  phase = excluded.phase, since_us = excluded.since_us, sample_count = excluded.sample_count,
  clear_since_us = excluded.clear_since_us, clear_count = excluded.clear_count, last_us = excluded.last_us,
  last_value = excluded.last_value, peak_value = excluded.peak_value, relapse_count = excluded.relapse_count,
  alert_id = excluded.alert_id, due_us = excluded.due_us;

-- delete_machines --
-- Forget machines that are OK again.
DELETE FROM rule_state
 WHERE (device_id, rule_code, metric) IN (
         SELECT * FROM unnest(%(device_id)s::int[], %(rule_code)s::text[], %(metric)s::smallint[]));

-- insert_alerts --
-- Open episodes (some already over); returns their numbers in input order.
WITH input AS (
  SELECT * FROM unnest(
      %(dedup_key)s::text[], %(rule_id)s::int[], %(rule_code)s::text[], %(severity)s::text[], %(device_id)s::int[],
      %(gateway_id)s::int[], %(trap_id)s::int[], %(restaurant_id)s::int[], %(town_id)s::int[], %(metric)s::smallint[],
      %(started_at)s::timestamptz[], %(fired_at)s::timestamptz[], %(ended_at)s::timestamptz[], %(value)s::float8[],
      %(peak_value)s::float8[], %(threshold)s::text[], %(seq)s::int[], %(relapse_count)s::int[],
      %(is_notified)s::boolean[], %(suppressed_by)s::text[])
    WITH ORDINALITY AS u (dedup_key, rule_id, rule_code, severity, device_id, gateway_id, trap_id, restaurant_id, town_id,
      metric, started_at, fired_at, ended_at, value, peak_value, threshold, seq, relapse_count, is_notified,
      suppressed_by, ordinal)
)
INSERT INTO alert (dedup_key, rule_id, rule_code, severity, device_id, gateway_id, trap_id, restaurant_id, town_id, metric,
                   status, started_at, fired_at, opened_at, ended_at, settled_at, value, peak_value, threshold, seq,
                   relapse_count, notified_at, suppressed_by)
SELECT dedup_key, rule_id, rule_code, severity, device_id, gateway_id, trap_id, restaurant_id, town_id, metric,
       CASE WHEN ended_at IS NULL THEN 'firing' ELSE 'resolved' END, started_at, fired_at, %(now)s, ended_at,
       CASE WHEN ended_at IS NOT NULL THEN %(now)s::timestamptz END, value, peak_value, threshold::jsonb, seq,
       relapse_count, CASE WHEN is_notified THEN %(now)s::timestamptz END, suppressed_by
  FROM input ORDER BY ordinal
RETURNING alert_id;

-- update_alerts --
-- Write what became of stored episodes.
UPDATE alert a
   SET status = CASE WHEN u.ended_at IS NULL THEN 'firing' ELSE 'resolved' END,
       ended_at = u.ended_at,
       settled_at = CASE WHEN u.ended_at IS NOT NULL THEN %(now)s::timestamptz END,
       peak_value = u.peak_value,
       seq = u.seq,
       relapse_count = u.relapse_count,
       notified_at = coalesce(a.notified_at, CASE WHEN u.is_notified THEN %(now)s::timestamptz END),
       suppressed_by = u.suppressed_by
  FROM unnest(%(alert_id)s::bigint[], %(ended_at)s::timestamptz[], %(peak_value)s::float8[], %(seq)s::int[],
              %(relapse_count)s::int[], %(is_notified)s::boolean[], %(suppressed_by)s::text[])
       AS u (alert_id, ended_at, peak_value, seq, relapse_count, is_notified, suppressed_by)
 WHERE a.alert_id = u.alert_id;

-- resolve_alerts --
-- End alerts that a timer follows.
UPDATE alert a
   SET status = 'resolved', ended_at = u.ended_at, settled_at = %(now)s, seq = a.seq + 1
  FROM unnest(%(alert_id)s::bigint[], %(ended_at)s::timestamptz[]) AS u (alert_id, ended_at)
 WHERE a.alert_id = u.alert_id AND a.status = 'firing';

-- insert_alert_events --
-- The history of episodes, numbered without gaps.
INSERT INTO alert_event (alert_id, seq, type, at, recorded_at, detail)
SELECT alert_id, seq, type, at, %(now)s, detail::jsonb
  FROM unnest(%(alert_id)s::bigint[], %(seq)s::int[], %(type)s::text[], %(at)s::timestamptz[], %(detail)s::text[])
       AS u (alert_id, seq, type, at, detail);

-- attach_tickets --
-- Say which ticket an alert belongs to.
UPDATE alert a SET ticket_id = u.ticket_id
  FROM unnest(%(alert_id)s::bigint[], %(ticket_id)s::bigint[]) AS u (alert_id, ticket_id)
 WHERE a.alert_id = u.alert_id;

-- select_alert_facts --
-- Everything a message says about these alerts.
SELECT a.alert_id, a.rule_code, r.version, r.name, r.name_en, r.definition ->> 'wording', r.definition ->> 'wording_en',
       a.severity, a.status, a.metric, a.value, a.peak_value, a.threshold, a.started_at, a.fired_at, a.ended_at, a.ticket_id,
       d.uid, g.uid, t.code, s.restaurant_id, s.register_no, s.name, s.address, s.lon_deg, s.lat_deg,
       w.town_id, w.code, w.name
  FROM alert a
  JOIN rule r USING (rule_id)
  LEFT JOIN device d USING (device_id)
  LEFT JOIN gateway g ON g.gateway_id = a.gateway_id
  LEFT JOIN trap t ON t.trap_id = a.trap_id
  LEFT JOIN restaurant s ON s.restaurant_id = a.restaurant_id
  LEFT JOIN town w ON w.town_id = a.town_id
 WHERE a.alert_id = ANY (%(alert_ids)s);
