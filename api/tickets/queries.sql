-- select_tickets --
-- A page of tickets, newest first.
SELECT k.ticket_id, k.problem, k.severity, k.state, k.trap_id, t.code AS trap_code, k.restaurant_id,
       r.name AS restaurant_name, w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en,
       k.source_kind, k.source_ref, k.summary, k.owner_unit, k.handler, k.verifier, k.is_forced, k.return_count,
       k.rework_count, k.reopen_count, k.merged_into, k.review_date, c.due_at, c.is_overdue, k.sensor_cleared,
       k.resume_state, k.version, k.created_at, k.updated_at, k.filed_at, k.reported_at,
       k.first_resolved_at, k.closed_at
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
   AND (%(town)s::text IS NULL OR k.town_id = (SELECT town_id FROM town WHERE code = %(town)s))
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
       k.resume_state, k.version, k.created_at, k.updated_at, k.filed_at, k.reported_at,
       k.first_resolved_at, k.closed_at
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
  SELECT count(*) AS filed FROM scope WHERE filed_at >= %(from_at)s AND filed_at < %(to_at)s
), due AS (
  SELECT count(*) AS due,
         count(*) FILTER (WHERE l.state = 'stopped' AND l.breached_at IS NULL) AS on_time,
         count(*) FILTER (WHERE k.state <> 'cancelled') AS to_close,
         count(*) FILTER (WHERE k.state = 'closed') AS closed
    FROM scope k JOIN ticket_clock l USING (ticket_id)
   WHERE l.kind = 'resolve' AND (l.state IN ('running', 'stopped') OR l.breached_at IS NOT NULL)
     AND coalesce(l.breached_at, l.due_at) >= %(from_at)s AND coalesce(l.breached_at, l.due_at) < least(%(to_at)s, %(now)s)
), dispatched AS (
  SELECT count(*) AS dispatched, count(*) FILTER (WHERE k.return_count > 0) AS returned
    FROM scope k JOIN ticket_clock l USING (ticket_id)
   WHERE l.kind = 'resolve' AND l.started_at >= %(from_at)s AND l.started_at < %(to_at)s
), finished AS (
  SELECT count(*) AS closed, count(*) FILTER (WHERE rework_count > 0) AS reworked,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - filed_at) / 3600.0) AS median_h,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM closed_at - filed_at) / 3600.0) AS p90_h
    FROM scope WHERE state = 'closed' AND filed_at IS NOT NULL AND closed_at >= %(from_at)s AND closed_at < %(to_at)s
), resolved AS (
  SELECT count(*) AS resolved,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM first_resolved_at - filed_at) / 3600.0) AS median_h,
         percentile_cont(0.9) WITHIN GROUP (ORDER BY extract(epoch FROM first_resolved_at - filed_at) / 3600.0) AS p90_h
    FROM scope WHERE filed_at IS NOT NULL AND first_resolved_at >= %(from_at)s AND first_resolved_at < %(to_at)s
), unfinished AS (
  SELECT count(*) AS unfinished,
         count(*) FILTER (WHERE EXISTS (SELECT FROM ticket_clock l
                                         WHERE l.ticket_id = k.ticket_id AND l.kind = 'resolve'
                                           AND (l.breached_at IS NOT NULL OR l.state = 'running' AND l.due_at < %(now)s))
                         ) AS overdue
    FROM scope k WHERE state IN ('filed', 'dispatched', 'in_progress', 'reported')
)
SELECT filed.filed, due.due, due.on_time, due.to_close, due.closed, finished.closed, finished.reworked,
       dispatched.dispatched, dispatched.returned, unfinished.unfinished, unfinished.overdue,
       resolved.resolved, resolved.median_h, resolved.p90_h, finished.median_h, finished.p90_h
  FROM filed, due, dispatched, finished, resolved, unfinished;
