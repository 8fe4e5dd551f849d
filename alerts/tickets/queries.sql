-- lock_ticket --
-- One ticket, held until the transaction ends.
SELECT ticket_id, trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, summary, owner_unit,
       handler, verifier, is_forced, sensor_cleared, resume_state, return_count, rework_count, reopen_count, merged_into,
       review_date, version, created_at, updated_at, filed_at, reported_at, first_resolved_at, closed_at, terms
  FROM ticket WHERE ticket_id = %(ticket_id)s FOR UPDATE;

-- update_ticket --
-- Write a ticket after an event; the version moves by one.
UPDATE ticket
   SET state = %(state)s, severity = %(severity)s, owner_unit = %(owner_unit)s, handler = %(handler)s,
       verifier = %(verifier)s, is_forced = %(is_forced)s, sensor_cleared = %(sensor_cleared)s,
       resume_state = %(resume_state)s, return_count = %(return_count)s, rework_count = %(rework_count)s,
       reopen_count = %(reopen_count)s, merged_into = %(merged_into)s, review_date = %(review_date)s,
       version = version + 1, updated_at = %(now)s, filed_at = %(filed_at)s, reported_at = %(reported_at)s,
       first_resolved_at = %(first_resolved_at)s, closed_at = %(closed_at)s, terms = %(terms)s
 WHERE ticket_id = %(ticket_id)s
RETURNING version;

-- insert_ticket_event --
-- The ticket's history; version is the ticket's after the event.
INSERT INTO ticket_event (ticket_id, version, action, from_state, to_state, actor, at, detail)
VALUES (%(ticket_id)s, %(version)s, %(action)s, %(from_state)s, %(to_state)s, %(actor)s, %(now)s, %(detail)s);

-- open_ticket --
-- Open a ticket unless the (trap, problem) has an active one.
INSERT INTO ticket (trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, summary, terms,
                    created_at, updated_at)
VALUES (%(trap_id)s, %(restaurant_id)s, %(town_id)s, %(problem)s, %(severity)s, 'new', %(source_kind)s, %(source_ref)s,
        %(summary)s, %(terms)s, %(now)s, %(now)s)
ON CONFLICT (trap_id, problem) WHERE state NOT IN ('closed', 'rejected', 'cancelled', 'merged') DO NOTHING
RETURNING ticket_id;

-- lock_active_ticket --
-- The active ticket of a (trap, problem).
SELECT ticket_id FROM ticket
 WHERE trap_id = %(trap_id)s AND problem = %(problem)s AND state NOT IN ('closed', 'rejected', 'cancelled', 'merged')
   FOR UPDATE;

-- select_place --
-- Where a trap is.
SELECT t.restaurant_id, r.town_id FROM trap t JOIN restaurant r USING (restaurant_id) WHERE t.trap_id = %(trap_id)s;

-- select_ticket_of_alert --
-- The ticket that an alert was attached to before.
SELECT ticket_id FROM alert WHERE alert_id = %(alert_id)s AND ticket_id IS NOT NULL;

-- select_closed_of_complaint --
-- The ticket of a complaint about a (trap, problem) that was closed last, or the one that it was merged into.
SELECT o.ticket_id
  FROM ticket k JOIN ticket o ON o.ticket_id = coalesce(k.merged_into, k.ticket_id)
 WHERE k.source_kind = 'complaint' AND k.source_ref = %(source_ref)s AND k.trap_id = %(trap_id)s
   AND k.problem = %(problem)s AND o.state = 'closed'
 ORDER BY o.closed_at DESC LIMIT 1;

-- count_alerts --
-- How many episodes a ticket has, and how many of them are open.
SELECT count(*), count(*) FILTER (WHERE status = 'firing') FROM alert WHERE ticket_id = %(ticket_id)s;

-- has_handled --
-- Whether somebody worked on a ticket.
SELECT FROM ticket_event
 WHERE ticket_id = %(ticket_id)s AND actor = %(actor)s AND action IN ('start', 'report') LIMIT 1;

-- lock_alerts --
-- Hold the episodes of a ticket that nobody else holds.
SELECT alert_id FROM alert WHERE ticket_id = %(ticket_id)s ORDER BY alert_id FOR UPDATE SKIP LOCKED;

-- select_alerts --
-- The episodes of a ticket.
SELECT alert_id FROM alert WHERE ticket_id = %(ticket_id)s ORDER BY alert_id;

-- move_alerts --
-- Attach the episodes of a merged ticket to the one it was merged into.
UPDATE alert SET ticket_id = %(target_ticket_id)s WHERE ticket_id = %(ticket_id)s;

-- select_clocks --
-- The clocks of a ticket, in the order in which they started.
SELECT kind, round, unit, amount, policy_version, calendar_version, started_at, due_at, span_us, state, step, step_at,
       left_us, stopped_at, breached_at
  FROM ticket_clock WHERE ticket_id = %(ticket_id)s ORDER BY started_at, kind, round;

-- save_clock --
-- Write one clock.
INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version, calendar_version, started_at, due_at, span_us,
                          state, step, step_at, left_us, stopped_at, breached_at)
VALUES (%(ticket_id)s, %(kind)s, %(round)s, %(unit)s, %(amount)s, %(policy_version)s, %(calendar_version)s, %(started_at)s,
        %(due_at)s, %(span_us)s, %(state)s, %(step)s, %(step_at)s, %(left_us)s, %(stopped_at)s, %(breached_at)s)
ON CONFLICT (ticket_id, kind, round) DO UPDATE
   SET unit = excluded.unit, amount = excluded.amount, policy_version = excluded.policy_version,
       calendar_version = excluded.calendar_version, started_at = excluded.started_at, due_at = excluded.due_at,
       span_us = excluded.span_us, state = excluded.state, step = excluded.step, step_at = excluded.step_at,
       left_us = excluded.left_us, stopped_at = excluded.stopped_at, breached_at = excluded.breached_at;

-- lock_due_tickets --
-- Tickets with a clock whose next escalation is due, or whose due time could not be known when it started; those that
-- somebody works on right now are left out, and those that wait for a calendar come last.
SELECT ticket_id, trap_id, restaurant_id, town_id, problem, severity, state, source_kind, source_ref, summary, owner_unit,
       handler, verifier, is_forced, sensor_cleared, resume_state, return_count, rework_count, reopen_count, merged_into,
       review_date, version, created_at, updated_at, filed_at, reported_at, first_resolved_at, closed_at, terms
  FROM ticket
 WHERE ticket_id IN (SELECT ticket_id FROM ticket_clock
                      WHERE state = 'running' AND (step_at < %(now)s OR due_at IS NULL))
 ORDER BY EXISTS (SELECT FROM ticket_clock c
                   WHERE c.ticket_id = ticket.ticket_id AND c.state = 'running' AND c.step_at < %(now)s) DESC,
          ticket_id
 LIMIT %(count_max)s
   FOR UPDATE SKIP LOCKED;

-- select_media_types --
-- What the files of a ticket are.
SELECT a.sha256, b.media_type FROM ticket_attachment a JOIN blob b USING (sha256) WHERE a.ticket_id = %(ticket_id)s;

-- route --
-- The unit for a town and problem: the route that says most.
SELECT u.code
  FROM unit_route r JOIN unit u USING (unit_id)
 WHERE u.is_active AND (r.town_id IS NULL OR r.town_id = %(town_id)s) AND (r.problem IS NULL OR r.problem = %(problem)s)
 ORDER BY (r.problem IS NOT NULL) DESC, (r.town_id IS NOT NULL) DESC LIMIT 1;

-- has_unit --
-- Whether there is such a unit that works.
SELECT FROM unit WHERE code = %(code)s AND is_active;
