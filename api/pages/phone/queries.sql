-- select_my_tickets --
-- What some units have to do, by what is due first: the later of two clocks does not count.
SELECT k.ticket_id, k.problem, k.severity, k.state, k.version, t.code AS trap_code, r.name AS restaurant_name, r.address,
       w.name AS town_name, w.name_en AS town_name_en, k.created_at, c.kind AS clock_kind, c.started_at AS clock_started_at,
       c.due_at AS clock_due_at
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
  LEFT JOIN LATERAL (
         SELECT l.kind, l.started_at, l.due_at
           FROM ticket_clock l
          WHERE l.ticket_id = k.ticket_id AND l.state = 'running' AND l.due_at IS NOT NULL
          ORDER BY l.due_at LIMIT 1
       ) AS c ON true
 WHERE k.owner_unit = ANY (%(units)s::text[]) AND k.state IN ('dispatched', 'in_progress', 'reported')
 ORDER BY k.state = 'reported', c.due_at NULLS LAST, k.ticket_id
 LIMIT %(count_max)s;

-- select_unit --
-- A unit as people call it.
SELECT code, name, name_en, phone FROM unit WHERE code = %(code)s;
