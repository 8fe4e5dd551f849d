-- select_ticket --
-- A ticket and its place.
SELECT to_jsonb(k) || jsonb_build_object('trap_code', t.code, 'restaurant_name', r.name, 'register_no', r.register_no,
                                         'address', r.address, 'town_code', w.code, 'town_name', w.name)
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
 WHERE k.ticket_id = %(ticket_id)s;

-- select_clocks --
-- The clocks of a ticket.
SELECT to_jsonb(c) FROM ticket_clock c WHERE c.ticket_id = %(ticket_id)s ORDER BY c.kind, c.round;

-- select_history --
-- What happened to a ticket.
SELECT to_jsonb(e) - 'ticket_event_id' FROM ticket_event e WHERE e.ticket_id = %(ticket_id)s ORDER BY e.version;

-- select_alerts --
-- The alerts of a ticket with the version of their rule and the device.
SELECT to_jsonb(a) || jsonb_build_object('rule_version', u.version, 'device', d.uid), u.definition
  FROM alert a
  JOIN rule u USING (rule_id)
  LEFT JOIN device d USING (device_id)
 WHERE a.ticket_id = %(ticket_id)s
 ORDER BY a.alert_id;

-- select_alert_events --
-- What happened to an alert.
SELECT to_jsonb(e) - 'alert_event_id' FROM alert_event e WHERE e.alert_id = %(alert_id)s ORDER BY e.seq;

-- select_devices --
-- The registration of the devices in a trap.
SELECT to_jsonb(d) || jsonb_build_object('gateway', g.uid)
  FROM device d LEFT JOIN gateway g USING (gateway_id)
 WHERE d.trap_id = %(trap_id)s OR d.device_id = ANY (%(device_ids)s)
 ORDER BY d.device_id;

-- select_trap --
-- The registration of a trap.
SELECT to_jsonb(t) FROM trap t WHERE t.trap_id = %(trap_id)s;

-- select_earlier_start --
-- When an earlier episode of the same rule on the same series began that reaches into a span.
SELECT min(started_at) FROM alert
 WHERE dedup_key = %(dedup_key)s AND alert_id <> %(alert_id)s AND started_at < %(from_at)s
   AND coalesce(ended_at, 'infinity') > %(from_at)s::timestamptz - INTERVAL '6 hours';

-- select_lines --
-- Audit lines about subjects, with their places in the ledger.
SELECT e.seq, coalesce(p.chain_hash, decode(repeat('00', 32), 'hex')), e.chain_hash, e.leaf_hash, a.canonical, a.salt,
       a.actor, a.detail
  FROM unnest(%(kinds)s::text[], %(ids)s::text[]) AS u (kind, id)
  JOIN audit_event a ON a.subject_kind = u.kind AND a.subject_id = u.id
  JOIN ledger_entry e USING (audit_event_id)
  LEFT JOIN ledger_entry p ON p.seq = e.seq - 1
 ORDER BY e.seq;

-- select_keys --
-- Every key that ever signed, in order of first use.
SELECT verifier_key, first_used_at FROM ledger_key ORDER BY ledger_key_id;

-- select_versions --
-- What has to be as it was: the ticket's version, and how much has happened to its alerts.
SELECT k.version, (SELECT count(*) FROM ticket_attachment t WHERE t.ticket_id = k.ticket_id),
       coalesce((SELECT array_agg(a.seq ORDER BY a.alert_id) FROM alert a WHERE a.ticket_id = k.ticket_id), '{}'),
       (SELECT count(*) FROM alert_review r JOIN alert a USING (alert_id) WHERE a.ticket_id = k.ticket_id)
  FROM ticket k WHERE k.ticket_id = %(ticket_id)s;
