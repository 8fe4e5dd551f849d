-- select_listening_since --
-- Since when some ingest worker has been listening; NULL: nobody is (our own outage, not the devices').
SELECT min(listening_since) FROM ingest_worker WHERE seen_at > %(now)s - INTERVAL '60 seconds';

-- select_quiet_devices --
-- Active devices not heard for the shortest time that any rule parameter could call silence.
SELECT d.device_id, d.report_interval_s, d.gateway_id, coalesce(h.heard_at, d.commissioned_at), a.alert_id IS NOT NULL,
       t.trap_id, r.restaurant_id, r.restaurant_type, t.code, r.town_id, w.code
  FROM device d
  JOIN trap t USING (trap_id)
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
  LEFT JOIN LATERAL (SELECT max(s.received_at) AS heard_at FROM series_state s WHERE s.device_id = d.device_id) h ON true
  LEFT JOIN alert a ON a.device_id = d.device_id AND a.rule_code = 'R14' AND a.status = 'firing'
 WHERE d.status = 'active' AND d.commissioned_at IS NOT NULL AND r.status = 'open'
   AND coalesce(h.heard_at, d.commissioned_at) < %(now)s - %(silence_s_min)s * INTERVAL '1 second'
 ORDER BY d.device_id;

-- select_gateways --
-- Gateways that said something about themselves or have an open alert, or that quiet devices hang on.
SELECT g.gateway_id, g.online, g.town_id,
       (SELECT count(*) FROM device d WHERE d.gateway_id = g.gateway_id AND d.status = 'active'
                                        AND d.commissioned_at IS NOT NULL),
       a.alert_id, a.seq
  FROM gateway g
  LEFT JOIN alert a ON a.gateway_id = g.gateway_id AND a.rule_code = 'R14' AND a.status = 'firing'
 WHERE g.online = false OR a.alert_id IS NOT NULL OR g.gateway_id = ANY (%(gateway_ids)s)
 ORDER BY g.gateway_id;

-- select_heard_again --
-- Open device alerts whose device was received often enough since: alert, its seq, when it was heard last.
SELECT a.alert_id, a.seq, h.heard_at
  FROM alert a
  JOIN LATERAL (
    SELECT max(r.received_at) AS heard_at, count(DISTINCT r.received_at) AS receptions
      FROM reading r
     WHERE r.device_id = a.device_id AND r.received_at > a.opened_at
       AND r.measured_at > a.opened_at - INTERVAL '1 day') h ON h.receptions >= %(receptions_min)s
 WHERE a.rule_code = 'R14' AND a.status = 'firing' AND a.device_id IS NOT NULL
   FOR UPDATE OF a SKIP LOCKED;

-- drop_old_readings --
-- Retention on the Apache edition, which has no policies.
SELECT drop_chunks('reading', %(older_than)s::timestamptz);
