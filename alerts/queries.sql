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

-- insert_alerts --
-- Open episodes (some already over); returns their numbers in input order.
WITH input AS (
  SELECT * FROM unnest(
      %(dedup_key)s::text[], %(rule_id)s::int[], %(rule_code)s::text[], %(severity)s::text[], %(level)s::smallint[],
      %(device_id)s::int[], %(gateway_id)s::int[], %(trap_id)s::int[], %(restaurant_id)s::int[], %(town_id)s::int[],
      %(branch)s::text[], %(metric)s::smallint[], %(started_at)s::timestamptz[], %(fired_at)s::timestamptz[],
      %(ended_at)s::timestamptz[], %(value)s::float8[], %(peak_value)s::float8[], %(threshold)s::text[],
      %(evidence)s::text[], %(seq)s::int[], %(relapse_count)s::int[], %(reopen_count)s::int[], %(is_flapping)s::boolean[],
      %(is_backfilled)s::boolean[], %(is_notified)s::boolean[], %(suppressed_by)s::text[])
    WITH ORDINALITY AS u (dedup_key, rule_id, rule_code, severity, level, device_id, gateway_id, trap_id, restaurant_id,
      town_id, branch, metric, started_at, fired_at, ended_at, value, peak_value, threshold, evidence, seq, relapse_count,
      reopen_count, is_flapping, is_backfilled, is_notified, suppressed_by, ordinal)
)
INSERT INTO alert (dedup_key, rule_id, rule_code, severity, level, device_id, gateway_id, trap_id, restaurant_id, town_id,
                   branch, metric, status, started_at, fired_at, opened_at, ended_at, settled_at, value, peak_value,
                   threshold, evidence, seq, relapse_count, reopen_count, is_flapping, is_backfilled, notified_at,
                   suppressed_by)
SELECT dedup_key, rule_id, rule_code, severity, level, device_id, gateway_id, trap_id, restaurant_id, town_id, branch, metric,
       CASE WHEN ended_at IS NULL THEN 'firing' ELSE 'resolved' END, started_at, fired_at, %(now)s, ended_at,
       CASE WHEN ended_at IS NOT NULL THEN %(now)s::timestamptz END, value, peak_value, threshold::jsonb, evidence::jsonb,
       seq, relapse_count, reopen_count, is_flapping, is_backfilled,
       CASE WHEN is_notified THEN %(now)s::timestamptz END, suppressed_by
  FROM input ORDER BY ordinal
RETURNING alert_id;

-- update_alerts --
-- Write what became of stored episodes; a reopened one is firing again.
UPDATE alert a
   SET status = CASE WHEN u.ended_at IS NULL THEN 'firing' ELSE 'resolved' END,
       ended_at = u.ended_at,
       settled_at = CASE WHEN u.ended_at IS NOT NULL THEN %(now)s::timestamptz END,
       severity = u.severity,
       level = u.level,
       peak_value = u.peak_value,
       seq = u.seq,
       relapse_count = u.relapse_count,
       reopen_count = u.reopen_count,
       is_flapping = u.is_flapping,
       is_stale = u.is_stale,
       notified_at = coalesce(a.notified_at, CASE WHEN u.is_notified THEN %(now)s::timestamptz END),
       suppressed_by = u.suppressed_by,
       acked_at = CASE WHEN NOT u.ack_ended THEN a.acked_at END,
       acked_by = CASE WHEN NOT u.ack_ended THEN a.acked_by END,
       ack_note = CASE WHEN NOT u.ack_ended THEN a.ack_note END,
       ack_until = CASE WHEN NOT u.ack_ended THEN a.ack_until END
  FROM unnest(%(alert_id)s::bigint[], %(ended_at)s::timestamptz[], %(severity)s::text[], %(level)s::smallint[],
              %(peak_value)s::float8[], %(seq)s::int[], %(relapse_count)s::int[], %(reopen_count)s::int[],
              %(is_flapping)s::boolean[], %(is_stale)s::boolean[], %(is_notified)s::boolean[], %(suppressed_by)s::text[],
              %(ack_ended)s::boolean[])
       AS u (alert_id, ended_at, severity, level, peak_value, seq, relapse_count, reopen_count, is_flapping, is_stale,
             is_notified, suppressed_by, ack_ended)
 WHERE a.alert_id = u.alert_id;

-- resolve_alerts --
-- End alerts that a timer follows.
UPDATE alert a
   SET status = 'resolved', ended_at = u.ended_at, settled_at = %(now)s, seq = a.seq + 1
  FROM unnest(%(alert_id)s::bigint[], %(ended_at)s::timestamptz[]) AS u (alert_id, ended_at)
 WHERE a.alert_id = u.alert_id AND a.status = 'firing'
RETURNING a.alert_id, a.seq, a.ended_at, a.notified_at IS NOT NULL;

-- close_alerts --
-- End alerts that nobody watches any more.
UPDATE alert a
   SET status = 'closed', ended_at = u.ended_at, settled_at = %(now)s, is_flapping = false, seq = a.seq + 1
  FROM unnest(%(alert_id)s::bigint[], %(ended_at)s::timestamptz[]) AS u (alert_id, ended_at)
 WHERE a.alert_id = u.alert_id AND a.status = 'firing'
RETURNING a.alert_id, a.seq, a.ended_at, a.notified_at IS NOT NULL;

-- raise_alerts --
-- Raise the severity of open alerts that no machine follows; an acknowledgement ends with it.
UPDATE alert a
   SET severity = u.severity, level = a.level + 1, seq = a.seq + CASE WHEN o.acked_at IS NULL THEN 1 ELSE 2 END,
       acked_at = NULL, acked_by = NULL, ack_note = NULL, ack_until = NULL
  FROM unnest(%(alert_id)s::bigint[], %(severity)s::text[]) AS u (alert_id, severity)
  JOIN alert o USING (alert_id)
 WHERE a.alert_id = u.alert_id AND a.status = 'firing'
RETURNING a.alert_id, a.seq, o.acked_at IS NOT NULL, a.notified_at IS NOT NULL;

-- number_events --
-- Count one more event of each alert, whose rows the caller holds.
UPDATE alert SET seq = seq + 1 WHERE alert_id = ANY (%(alert_ids)s) RETURNING alert_id, seq;

-- withhold_alerts --
-- Take back that people are told of alerts that this transaction has opened.
UPDATE alert a
   SET notified_at = NULL, suppressed_by = u.suppressed_by
  FROM unnest(%(alert_id)s::bigint[], %(suppressed_by)s::text[]) AS u (alert_id, suppressed_by)
 WHERE a.alert_id = u.alert_id;

-- release_alerts --
-- Say of withheld alerts that no machine follows that people are told now; those that are over are passed over.
UPDATE alert
   SET notified_at = coalesce(notified_at, %(now)s), suppressed_by = NULL, seq = seq + 1
 WHERE alert_id = ANY (%(alert_ids)s) AND status = 'firing' AND suppressed_by IS NOT NULL
RETURNING alert_id, seq;

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
       a.severity, a.status, a.is_flapping, a.metric, a.value, a.peak_value, a.threshold, a.started_at, a.fired_at, a.ended_at, a.ticket_id,
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
