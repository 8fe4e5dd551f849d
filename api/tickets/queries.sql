-- select_tickets --
-- A page of tickets, newest first.
SELECT k.ticket_id, k.problem, k.severity, k.state, k.trap_id, t.code AS trap_code, k.restaurant_id,
       r.name AS restaurant_name, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       k.source_kind, k.source_ref, k.owner, k.sensor_cleared, k.resume_state, k.version, k.created_at, k.updated_at,
       k.closed_at
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
 WHERE k.ticket_id < %(before_id)s
   AND (%(state)s::text IS NULL OR k.state = %(state)s)
   AND (%(active)s::boolean IS NULL
        OR %(active)s = (k.state NOT IN ('closed', 'rejected', 'cancelled', 'merged')))
   AND (%(severity)s::text IS NULL OR k.severity = %(severity)s)
   AND (%(problem)s::text IS NULL OR k.problem = %(problem)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(trap_id)s::int IS NULL OR k.trap_id = %(trap_id)s)
 ORDER BY k.ticket_id DESC
 LIMIT %(count_max)s;

-- select_ticket --
-- One ticket.
SELECT k.ticket_id, k.problem, k.severity, k.state, k.trap_id, t.code AS trap_code, k.restaurant_id,
       r.name AS restaurant_name, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       k.source_kind, k.source_ref, k.owner, k.sensor_cleared, k.resume_state, k.version, k.created_at, k.updated_at,
       k.closed_at
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
 WHERE k.ticket_id = %(ticket_id)s;

-- select_ticket_events --
-- What happened to a ticket, in order.
SELECT version, action, from_state, to_state, actor, at, detail
  FROM ticket_event
 WHERE ticket_id = %(ticket_id)s
 ORDER BY version;

-- select_ticket_alerts --
-- Numbers of the alerts that a ticket is about.
SELECT alert_id FROM alert WHERE ticket_id = %(ticket_id)s ORDER BY alert_id;
