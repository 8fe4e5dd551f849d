-- select_listening_since --
-- Since when all ingest workers that listen have done so and kept up. NULL: nobody listens, or one of them still works
-- off what the broker kept (our own outage is not the devices' silence).
SELECT CASE WHEN bool_and(caught_up_since IS NOT NULL) THEN max(greatest(listening_since, caught_up_since)) END
  FROM ingest_worker
 WHERE listening_since IS NOT NULL AND seen_at > %(now)s - INTERVAL '60 seconds';

-- select_quiet_devices --
-- Active devices that were declared gone since they were last heard, or not heard for the shortest time that any rule
-- parameter could call silence. Being there is also said without a reading (a join, a heartbeat).
SELECT d.device_id, d.report_interval_s, d.gateway_id, h.heard_at,
       CASE WHEN NOT p.online AND p.said_at > h.heard_at THEN p.said_at END,
       a.alert_id, a.severity, t.trap_id, r.restaurant_id, r.restaurant_type, t.code, r.town_id, w.code
  FROM device d
  JOIN trap t USING (trap_id)
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
  LEFT JOIN device_presence p USING (device_id)
 CROSS JOIN LATERAL (
    SELECT coalesce(greatest(max(s.received_at), CASE WHEN p.online THEN p.said_at END), d.commissioned_at) AS heard_at
      FROM series_state s WHERE s.device_id = d.device_id) h
  LEFT JOIN alert a ON a.device_id = d.device_id AND a.rule_code = 'R14' AND a.status = 'firing'
 WHERE d.status = 'active' AND d.commissioned_at IS NOT NULL AND r.status = 'open'
   AND (h.heard_at < %(now)s - %(silence_s_min)s * INTERVAL '1 second' OR NOT p.online AND p.said_at > h.heard_at)
 ORDER BY d.device_id;

-- select_gateways --
-- Gateways that said something about themselves or have an open alert, or that quiet devices hang on.
SELECT g.gateway_id, g.online, g.town_id,
       (SELECT count(*) FROM device d WHERE d.gateway_id = g.gateway_id AND d.status = 'active'
                                        AND d.commissioned_at IS NOT NULL),
       a.alert_id
  FROM gateway g
  LEFT JOIN alert a ON a.gateway_id = g.gateway_id AND a.rule_code = 'R14' AND a.status = 'firing'
 WHERE g.online = false OR a.alert_id IS NOT NULL OR g.gateway_id = ANY (%(gateway_ids)s)
 ORDER BY g.gateway_id;

-- select_heard_again --
-- Open device alerts whose device was received often enough since, and when it was heard last.
SELECT a.alert_id, h.heard_at
  FROM alert a
  JOIN LATERAL (
    SELECT max(r.received_at) AS heard_at, count(DISTINCT r.received_at) AS receptions
      FROM reading r
     WHERE r.device_id = a.device_id AND r.received_at > a.opened_at
       AND r.measured_at > a.opened_at - INTERVAL '1 day') h ON h.receptions >= %(receptions_min)s
 WHERE a.rule_code = 'R14' AND a.status = 'firing' AND a.device_id IS NOT NULL
   FOR UPDATE OF a SKIP LOCKED;

-- select_withheld --
-- Open alerts that people were not told of, and the series of the machine that follows each. Alerts of windowed rules are
-- told by their own timer.
SELECT a.alert_id, r.device_id, r.metric
  FROM alert a
  LEFT JOIN rule_state r USING (alert_id)
 WHERE a.status = 'firing' AND a.suppressed_by IS NOT NULL AND a.suppressed_by <> 'late'
   AND (r.alert_id IS NOT NULL OR a.suppressed_by LIKE '%%:%%')
   AND NOT EXISTS (SELECT FROM windowed_state w WHERE w.alert_id = a.alert_id)
 ORDER BY a.alert_id;

-- select_quiet_series --
-- Series of open alerts that were not heard since an instant: when the series was, and when its device was.
SELECT r.device_id, r.metric, s.received_at, h.heard_at
  FROM alert a
  JOIN rule_state r USING (alert_id)
  JOIN series_state s ON s.device_id = r.device_id AND s.metric = r.metric
 CROSS JOIN LATERAL (SELECT max(l.received_at) AS heard_at FROM series_state l WHERE l.device_id = r.device_id) h
 WHERE a.status = 'firing' AND NOT a.is_stale AND s.received_at < %(since)s;

-- lock_series --
-- Lock series rows first, as ingest does; those a worker holds right now are left to it.
SELECT s.device_id, s.metric
  FROM series_state s
 WHERE (s.device_id, s.metric) IN (SELECT * FROM unnest(%(device_id)s::int[], %(metric)s::smallint[]))
 ORDER BY s.device_id, s.metric
   FOR UPDATE SKIP LOCKED;

-- select_unwatched --
-- Open alerts whose rule is not in force any more, or whose device, trap or sewer nobody watches: why, up to when they
-- were judged, and the series of the machine that follows each.
SELECT a.alert_id,
       CASE WHEN g.is_in_force THEN 'device_retired' ELSE 'rule_removed' END,
       greatest(a.fired_at, to_timestamp(coalesce(CASE r.phase WHEN 3 THEN r.clear_since_us ELSE r.last_us END,
                                                  (w.state ->> 'last_us')::bigint, %(now_us)s) / 1e6)),
       r.device_id, r.metric
  FROM alert a
 CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM rule WHERE code = a.rule_code AND superseded_at IS NULL AND enabled) AS is_in_force,
           CASE split_part(a.dedup_key, ':', 2)
             WHEN 'device' THEN EXISTS (SELECT FROM device t WHERE t.device_id = a.device_id AND t.trap_id = a.trap_id AND t.status IN ('active', 'maintenance'))
             WHEN 'trap' THEN EXISTS (SELECT FROM device t WHERE t.trap_id = a.trap_id AND t.status IN ('active', 'maintenance'))
             WHEN 'branch' THEN EXISTS (SELECT FROM device t JOIN trap USING (trap_id) WHERE sewer_branch = a.branch AND t.status IN ('active', 'maintenance'))
             ELSE true END AS is_watched) g
  LEFT JOIN rule_state r USING (alert_id)
  LEFT JOIN windowed_state w USING (alert_id)
 WHERE a.status = 'firing' AND NOT (g.is_in_force AND g.is_watched)
 ORDER BY a.alert_id;

-- select_orphans --
-- Series of machines without an open alert whose rule is not in force any more, or whose device nobody watches.
SELECT r.device_id, r.metric
  FROM rule_state r
 WHERE (NOT EXISTS (SELECT FROM rule WHERE code = r.rule_code AND superseded_at IS NULL AND enabled)
        OR NOT EXISTS (SELECT FROM device t WHERE t.device_id = r.device_id AND t.trap_id IS NOT NULL AND t.status IN ('active', 'maintenance')));

-- delete_orphans --
-- Forget machines of held series whose rule or device is gone; their alerts are closed.
DELETE FROM rule_state r
 WHERE (r.device_id, r.metric) IN (SELECT * FROM unnest(%(device_id)s::int[], %(metric)s::smallint[]))
   AND NOT EXISTS (SELECT FROM alert a WHERE a.alert_id = r.alert_id AND a.status = 'firing')
   AND (NOT EXISTS (SELECT FROM rule WHERE code = r.rule_code AND superseded_at IS NULL AND enabled)
        OR NOT EXISTS (SELECT FROM device t WHERE t.device_id = r.device_id AND t.trap_id IS NOT NULL AND t.status IN ('active', 'maintenance'))
        OR EXISTS (SELECT FROM alert a WHERE a.alert_id = r.alert_id AND a.status = 'closed'));

-- delete_windowed_orphans --
-- The same for machines of rules over windows.
DELETE FROM windowed_state w
 WHERE NOT EXISTS (SELECT FROM rule WHERE code = w.rule_code AND superseded_at IS NULL AND enabled)
    OR w.subject_kind = 'trap' AND NOT EXISTS (SELECT FROM device t WHERE t.trap_id::text = w.subject_ref AND t.status IN ('active', 'maintenance'))
    OR EXISTS (SELECT FROM alert a WHERE a.alert_id = w.alert_id AND a.status = 'closed');

-- drop_old_readings --
-- Retention on the Apache edition, which has no policies.
SELECT drop_chunks('reading', %(older_than)s::timestamptz);

-- delete_old_answers --
-- Answers that no repeated request asks for any more.
DELETE FROM idempotent_answer WHERE created_at < %(before)s;
