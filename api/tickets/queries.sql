-- select_tickets --
-- A page of tickets, newest first.
SELECT k.ticket_id, k.problem, k.severity, k.state, k.trap_id, t.code AS trap_code, k.restaurant_id,
       r.name AS restaurant_name, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       k.source_kind, k.source_ref, k.summary, k.owner_unit, k.handler, k.verifier, k.is_forced, k.return_count,
       k.rework_count, k.reopen_count, k.merged_into, k.review_date, c.due_at, c.is_overdue, k.sensor_cleared,
       k.resume_state, k.version, k.created_at, k.updated_at, k.filed_at, k.first_resolved_at, k.closed_at
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
 CROSS JOIN LATERAL (
         SELECT min(l.due_at) AS due_at, coalesce(bool_or(l.breached_at IS NOT NULL), false) AS is_overdue
           FROM ticket_clock l WHERE l.ticket_id = k.ticket_id AND l.state = 'running'
       ) AS c
 WHERE k.ticket_id < %(before_id)s
   AND (%(state)s::text IS NULL OR k.state = %(state)s)
   AND (%(active)s::boolean IS NULL
        OR %(active)s = (k.state NOT IN ('closed', 'rejected', 'cancelled', 'merged')))
   AND (%(severity)s::text IS NULL OR k.severity = %(severity)s)
   AND (%(problem)s::text IS NULL OR k.problem = %(problem)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(trap_id)s::int IS NULL OR k.trap_id = %(trap_id)s)
   AND (%(unit)s::text IS NULL OR k.owner_unit = %(unit)s)
   AND ((%(due_from)s::timestamptz IS NULL AND %(due_before)s::timestamptz IS NULL)
        OR EXISTS (SELECT FROM ticket_clock l
                    WHERE l.ticket_id = k.ticket_id
                      AND CASE WHEN %(clock)s::text IS NULL THEN l.state = 'running' AND l.due_at = c.due_at
                               ELSE l.state <> 'void' AND l.kind = %(clock)s END
                      AND l.due_at >= coalesce(%(due_from)s, '-infinity')
                      AND l.due_at < coalesce(%(due_before)s, 'infinity')))
 ORDER BY k.ticket_id DESC
 LIMIT %(count_max)s;

-- select_ticket --
-- One ticket.
SELECT k.ticket_id, k.problem, k.severity, k.state, k.trap_id, t.code AS trap_code, k.restaurant_id,
       r.name AS restaurant_name, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       k.source_kind, k.source_ref, k.summary, k.owner_unit, k.handler, k.verifier, k.is_forced, k.return_count,
       k.rework_count, k.reopen_count, k.merged_into, k.review_date, c.due_at, c.is_overdue, k.sensor_cleared,
       k.resume_state, k.version, k.created_at, k.updated_at, k.filed_at, k.first_resolved_at, k.closed_at
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
 CROSS JOIN LATERAL (
         SELECT min(l.due_at) AS due_at, coalesce(bool_or(l.breached_at IS NOT NULL), false) AS is_overdue
           FROM ticket_clock l WHERE l.ticket_id = k.ticket_id AND l.state = 'running'
       ) AS c
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

-- select_clocks --
-- The clocks of a ticket, in the order in which they started.
SELECT kind, round, unit, amount, policy_version, calendar_version, started_at, due_at, state, stopped_at, breached_at
  FROM ticket_clock WHERE ticket_id = %(ticket_id)s ORDER BY started_at, kind, round;

-- select_indicators --
-- Figures of the loop for a period; docs/tickets.md defines each.
WITH scope AS (
  SELECT k.* FROM ticket k JOIN town w USING (town_id) WHERE %(town)s::text IS NULL OR w.code = %(town)s
), filed AS (
  SELECT count(*) AS filed, count(*) FILTER (WHERE state = 'closed') AS closed
    FROM scope WHERE filed_at >= %(from_at)s AND filed_at < %(to_at)s
), due AS (
  SELECT count(*) AS due,
         count(*) FILTER (WHERE l.state = 'stopped' AND l.stopped_at <= l.due_at AND l.breached_at IS NULL) AS on_time
    FROM scope k JOIN ticket_clock l USING (ticket_id)
   WHERE l.kind = 'resolve' AND l.state <> 'void' AND l.due_at >= %(from_at)s AND l.due_at < least(%(to_at)s, %(now)s)
), acts AS (
  SELECT count(*) FILTER (WHERE e.action IN ('report', 'sensor_clear')) AS reports,
         count(*) FILTER (WHERE e.action = 'rework') AS reworks,
         count(*) FILTER (WHERE e.action IN ('dispatch', 'force_dispatch')) AS dispatches,
         count(*) FILTER (WHERE e.action = 'return') AS returns
    FROM scope k JOIN ticket_event e USING (ticket_id)
   WHERE e.at >= %(from_at)s AND e.at < %(to_at)s
), overdue AS (
  SELECT count(*) AS open_count
    FROM scope k
   WHERE k.state NOT IN ('closed', 'rejected', 'cancelled', 'merged')
     AND EXISTS (SELECT FROM ticket_clock l
                  WHERE l.ticket_id = k.ticket_id AND l.state = 'running' AND l.due_at < %(now)s)
), first_spans AS (
  SELECT extract(epoch FROM first_resolved_at - filed_at) / 3600.0 AS hours
    FROM scope WHERE first_resolved_at >= %(from_at)s AND first_resolved_at < %(to_at)s
), final_spans AS (
  SELECT extract(epoch FROM closed_at - filed_at) / 3600.0 AS hours
    FROM scope WHERE state = 'closed' AND closed_at >= %(from_at)s AND closed_at < %(to_at)s
)
SELECT filed.filed, filed.closed, due.due, due.on_time, acts.reports, acts.reworks, acts.dispatches, acts.returns,
       overdue.open_count,
       (SELECT count(*) FROM first_spans),
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) FROM first_spans),
       (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY hours) FROM first_spans),
       (SELECT count(*) FROM final_spans),
       (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY hours) FROM final_spans),
       (SELECT percentile_cont(0.9) WITHIN GROUP (ORDER BY hours) FROM final_spans)
  FROM filed, due, acts, overdue;
