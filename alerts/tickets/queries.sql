-- lock_ticket --
-- One ticket, held until the transaction ends.
SELECT ticket_id, trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, owner, sensor_cleared,
       resume_state, version, created_at, updated_at, closed_at
  FROM ticket WHERE ticket_id = %(ticket_id)s FOR UPDATE;

-- update_ticket --
-- Write a ticket after an event; the version moves by one.
UPDATE ticket
   SET state = %(state)s, severity = %(severity)s, owner = %(owner)s, sensor_cleared = %(sensor_cleared)s,
       resume_state = %(resume_state)s, version = version + 1, updated_at = %(now)s, closed_at = %(closed_at)s
 WHERE ticket_id = %(ticket_id)s
RETURNING version;

-- insert_ticket_event --
-- The ticket's history; version is the ticket's after the event.
INSERT INTO ticket_event (ticket_id, version, action, from_state, to_state, actor, at, detail)
VALUES (%(ticket_id)s, %(version)s, %(action)s, %(from_state)s, %(to_state)s, %(actor)s, %(now)s, %(detail)s);

-- open_ticket --
-- Open a ticket unless the (trap, problem) has an active one.
INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, created_at, updated_at)
VALUES (%(trap_id)s, %(restaurant_id)s, %(town_id)s, %(problem)s, %(severity)s, 'new', %(source_kind)s, %(source_ref)s,
        %(now)s, %(now)s)
ON CONFLICT (trap_id, problem) WHERE state NOT IN ('closed', 'rejected', 'cancelled', 'merged') DO NOTHING
RETURNING ticket_id;

-- lock_active_ticket --
-- The active ticket of a (trap, problem).
SELECT ticket_id FROM ticket
 WHERE trap_id = %(trap_id)s AND problem = %(problem)s AND state NOT IN ('closed', 'rejected', 'cancelled', 'merged')
   FOR UPDATE;

-- count_firing_alerts --
-- How many episodes of a ticket are still open.
SELECT count(*) FROM alert WHERE ticket_id = %(ticket_id)s AND status = 'firing';
