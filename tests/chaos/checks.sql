-- What the checker and the supervisor of the chaos suite ask the database.

-- count_rolled_up --
-- Readings stored, from the few rows of the roll-up.
SELECT coalesce(sum(reading_count), 0) FROM reading_hourly;

-- count_markers --
-- Readings of the marker device.
SELECT count(*) FROM reading JOIN device USING (device_id) WHERE uid = %(uid)s;

-- count_waiting_deliveries --
-- Webhook deliveries that are not at their end.
SELECT count(*) FROM webhook_delivery WHERE state = 'queued';

-- select_stored --
-- Every reading by the names a gateway uses; milliseconds since the epoch.
SELECT uid, metric, round(extract(epoch FROM measured_at) * 1000)::bigint, value
  FROM reading JOIN device USING (device_id);

-- select_committed --
-- Every reading in the order of commits, and within one transaction by event time.
SELECT pg_xact_commit_timestamp(xmin), device_id, metric, measured_at, value, quality, received_at
  FROM reading
 ORDER BY pg_xact_commit_timestamp(xmin), measured_at;

-- select_episodes --
-- Episodes of the streaming rules that judge levels as they were judged live, before late readings corrected them; peak and
-- relapses only where they are final.
SELECT dedup_key, coalesce(live.started_at, a.started_at), fired_at, coalesce(live.ended_at, a.ended_at),
       CASE WHEN status = 'resolved' THEN peak_value END, CASE WHEN status = 'resolved' THEN relapse_count END,
       notified_at IS NOT NULL
  FROM alert a
 CROSS JOIN LATERAL (
    SELECT (array_agg((detail #>> '{started_at,0}')::timestamptz ORDER BY seq)
              FILTER (WHERE detail ? 'started_at'))[1] AS started_at,
           (array_agg((detail #>> '{ended_at,0}')::timestamptz ORDER BY seq)
              FILTER (WHERE detail ? 'ended_at'))[1] AS ended_at
      FROM alert_event e WHERE e.alert_id = a.alert_id AND e.type = 'corrected') live
 WHERE rule_code IN ('R01', 'R02', 'R04') AND NOT is_backfilled
 ORDER BY dedup_key, 2;

-- select_messages --
-- Webhook messages with how they were delivered.
SELECT m.uid, m.body, m.subject_kind, m.subject_id, m.seq, d.state, d.attempt_count
  FROM webhook_message m JOIN webhook_delivery d USING (webhook_message_id);

-- find_wrong_hours --
-- Hours whose roll-up is not what the readings say.
WITH truth AS (
  SELECT device_id, metric, time_bucket('1 hour', measured_at) AS hour, count(*)::int AS reading_count,
         sum(value) AS value_sum, min(value) AS value_min, max(value) AS value_max, min(measured_at) AS first_at,
         first(value, measured_at) AS first_value, max(measured_at) AS last_at, last(value, measured_at) AS last_value
    FROM reading WHERE quality = 0 GROUP BY 1, 2, 3
), kept AS (
  SELECT device_id, metric, hour, reading_count, value_sum, value_min, value_max, first_at, first_value, last_at,
         last_value
    FROM reading_hourly
)
(SELECT 'kept', kept::text FROM kept EXCEPT SELECT 'kept', truth::text FROM truth)
 UNION ALL
(SELECT 'true', truth::text FROM truth EXCEPT SELECT 'true', kept::text FROM kept);

-- find_wrong_cursors --
-- Series whose cursor is not their newest reading.
WITH truth AS (
  SELECT device_id, metric, max(measured_at) AS measured_at, last(value, measured_at) AS value,
         max(received_at) AS received_at, max(received_at) AS good_received_at
    FROM reading GROUP BY 1, 2
), kept AS (
  SELECT device_id, metric, measured_at, value, received_at, good_received_at FROM series_state
)
(SELECT 'kept', kept::text FROM kept EXCEPT SELECT 'kept', truth::text FROM truth)
 UNION ALL
(SELECT 'true', truth::text FROM truth EXCEPT SELECT 'true', kept::text FROM kept);

-- find_doubtful_messages --
-- What was rejected or contradicted; nothing was sent that deserves it.
SELECT 'rejected', reason, detail FROM rejected_message
 UNION ALL
SELECT 'conflict', device_id::text, value::text FROM reading_conflict;

-- find_inconsistent_alerts --
-- Open episodes without their machine, machines without their open episode, histories with gaps, and
-- alerts of which the audit or the ticket knows nothing.
SELECT 'open episode without machine', a.alert_id::text
  FROM alert a LEFT JOIN rule_state s ON s.alert_id = a.alert_id AND s.phase IN (2, 3)
 WHERE a.status = 'firing' AND a.device_id IS NOT NULL AND s.alert_id IS NULL
 UNION ALL
SELECT 'machine without open episode', s.device_id::text
  FROM rule_state s LEFT JOIN alert a ON a.alert_id = s.alert_id AND a.status = 'firing'
 WHERE s.phase IN (2, 3) AND a.alert_id IS NULL
 UNION ALL
SELECT 'pending machine with an open episode', s.device_id::text
  FROM rule_state s JOIN alert a ON a.alert_id = s.alert_id AND a.status = 'firing'
 WHERE s.phase = 1
 UNION ALL
SELECT 'history with a gap', a.alert_id::text
  FROM alert a
  LEFT JOIN (SELECT alert_id, count(*) AS events, max(seq) AS last FROM alert_event GROUP BY 1) e USING (alert_id)
 WHERE a.seq IS DISTINCT FROM e.events OR a.seq IS DISTINCT FROM e.last
 UNION ALL
SELECT 'not told once that it began', a.alert_id::text
  FROM alert a
 WHERE a.notified_at IS NOT NULL
   AND (SELECT count(*) FROM webhook_message m
         WHERE m.subject_kind = 'alert' AND m.subject_id = a.alert_id::text AND m.event_type = 'alert.fired') <> 1
 UNION ALL
SELECT 'told, and its end not', a.alert_id::text
  FROM alert a
 WHERE a.notified_at IS NOT NULL AND a.status = 'resolved'
   AND (SELECT m.event_type FROM webhook_message m
         WHERE m.subject_kind = 'alert' AND m.subject_id = a.alert_id::text
         ORDER BY m.seq DESC LIMIT 1) NOT IN ('alert.resolved', 'alert.flapping')
 UNION ALL
SELECT 'message of no event', m.uid
  FROM webhook_message m
  LEFT JOIN alert_event e ON e.alert_id::text = m.subject_id AND e.seq = m.seq
 WHERE m.subject_kind = 'alert' AND e.alert_id IS NULL
 UNION ALL
SELECT 'overflow without a ticket', alert_id::text
  FROM alert WHERE rule_code = 'R02' AND notified_at IS NOT NULL AND ticket_id IS NULL
 UNION ALL
SELECT 'audit differs from history', a.alert_id::text
  FROM alert a
 WHERE (SELECT count(*) FROM audit_event e WHERE e.subject_kind = 'alert' AND e.subject_id = a.alert_id::text) <> a.seq
 UNION ALL
SELECT 'audit event outside the ledger', e.audit_event_id::text
  FROM audit_event e LEFT JOIN ledger_entry l USING (audit_event_id)
 WHERE l.seq IS NULL OR l.leaf_hash <> sha256('\x00'::bytea || e.canonical)
 UNION ALL
SELECT 'broken chain', l.seq::text
  FROM (SELECT seq, leaf_hash, chain_hash, lag(seq, 1, -1::bigint) OVER w AS before,
               lag(chain_hash, 1, decode(repeat('00', 32), 'hex')) OVER w AS chain_before
          FROM ledger_entry WINDOW w AS (ORDER BY seq)) l
 WHERE l.seq <> l.before + 1 OR l.chain_hash <> sha256(l.chain_before || l.leaf_hash);

-- find_stuck --
-- Deliveries not at their end, transactions that nobody ends, locks that somebody waits for.
SELECT 'delivery', webhook_delivery_id::text, state FROM webhook_delivery WHERE state <> 'ok'
 UNION ALL
SELECT 'lease', webhook_delivery_id::text, leased_until::text FROM webhook_delivery WHERE leased_until IS NOT NULL
 UNION ALL
SELECT 'transaction', application_name, query FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid()
   AND (state LIKE 'idle in transaction%%' OR now() - xact_start > INTERVAL '5 seconds')
 UNION ALL
SELECT 'prepared', gid, database FROM pg_prepared_xacts
 UNION ALL
SELECT 'lock', locktype, mode FROM pg_locks WHERE NOT granted;

-- count_stranded_transactions --
-- Ingest's transactions that have written something and now wait for their client.
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'trapwatch-ingest' AND state = 'idle in transaction'
   AND backend_xid IS NOT NULL;
