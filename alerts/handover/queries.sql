-- next_seq --
-- The number of a ticket's next hand-over; the ticket is held.
SELECT coalesce(max(seq), 0) + 1 FROM handover_sent WHERE ticket_id = %(ticket_id)s;

-- select_facts --
-- A ticket as another jurisdiction needs to know it.
SELECT k.problem, k.severity, k.state, k.version, k.summary, k.source_kind, k.source_ref, k.created_at, k.filed_at,
       t.code AS trap_code, r.register_no, r.name AS restaurant_name, r.address, w.code AS town_code, r.lon_deg, r.lat_deg
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
 WHERE k.ticket_id = %(ticket_id)s;

-- select_clocks --
-- The time limits of a ticket that run.
SELECT kind, due_at, breached_at FROM ticket_clock
 WHERE ticket_id = %(ticket_id)s AND state IN ('running', 'paused') ORDER BY started_at, kind;

-- select_history --
-- What happened to a ticket, in order.
SELECT version, action, from_state, to_state, actor, at, detail FROM ticket_event
 WHERE ticket_id = %(ticket_id)s ORDER BY version;

-- select_alerts --
-- The alerts of a ticket, in order.
SELECT alert_id, rule_code, severity, status, started_at, fired_at, ended_at, value, peak_value, threshold FROM alert
 WHERE ticket_id = %(ticket_id)s ORDER BY alert_id;

-- insert_sent --
-- A document that goes out.
INSERT INTO handover_sent (ticket_id, seq, recipient, note, document, sha256, sent_by, sent_at)
VALUES (%(ticket_id)s, %(seq)s, %(recipient)s, %(note)s, %(document)s, %(sha256)s, %(sent_by)s, %(now)s);

-- select_sent --
-- What was handed over of a ticket, in order; one alone where seq is given.
SELECT ticket_id, seq, recipient, note, sha256, sent_by, sent_at FROM handover_sent
 WHERE ticket_id = %(ticket_id)s AND (%(seq)s::int IS NULL OR seq = %(seq)s) ORDER BY seq;

-- select_document --
-- The bytes of a document that went out.
SELECT document FROM handover_sent WHERE ticket_id = %(ticket_id)s AND seq = %(seq)s;

-- select_echoes --
-- The echoes of a ticket's hand-overs, the oldest first.
SELECT seq, their_ticket, their_version, made_at, state, state_at, note, sha256, recorded_by, recorded_at
  FROM handover_echo WHERE ticket_id = %(ticket_id)s ORDER BY seq, their_version, made_at;

-- insert_echo --
-- An echo.
INSERT INTO handover_echo (ticket_id, seq, their_ticket, their_version, made_at, state, state_at, note, document, sha256,
                           recorded_by, recorded_at)
VALUES (%(ticket_id)s, %(seq)s, %(their_ticket)s, %(their_version)s, %(made_at)s, %(state)s, %(state_at)s, %(note)s,
        %(document)s, %(sha256)s, %(recorded_by)s, %(now)s);

-- select_received --
-- What was handed over to us: all of one ticket of the sender's, or all that is one ticket of ours; the newest last.
SELECT origin, their_ticket, seq, ticket_id, sha256, received_by, received_at FROM handover_received
 WHERE (ticket_id = %(ticket_id)s OR (origin = %(origin)s AND their_ticket = %(their_ticket)s)) ORDER BY origin, their_ticket, seq;

-- select_received_document --
-- The bytes of a document that came in as a ticket of ours.
SELECT document FROM handover_received WHERE ticket_id = %(ticket_id)s AND seq = %(seq)s;

-- insert_received --
-- A document that came in.
INSERT INTO handover_received (origin, their_ticket, seq, ticket_id, document, sha256, received_by, received_at)
VALUES (%(origin)s, %(their_ticket)s, %(seq)s, %(ticket_id)s, %(document)s, %(sha256)s, %(received_by)s, %(now)s);

-- find_traps --
-- Traps of the restaurant with a register number; the one of that code first.
SELECT t.trap_id, t.code = %(trap_code)s
  FROM trap t JOIN restaurant r USING (restaurant_id)
 WHERE r.register_no = %(register_no)s ORDER BY t.code <> %(trap_code)s, t.trap_id;
