-- select_queue --
-- Open alerts in the order in which somebody must act: by the due time of their ticket's running clock, then the worst.
SELECT a.alert_id, a.rule_code, u.name AS rule_name, u.name_en AS rule_name_en, a.severity, a.fired_at,
       t.code AS trap_code, r.restaurant_id, r.name AS restaurant_name, w.name AS town_name, w.name_en AS town_name_en,
       d.uid AS device, g.uid AS gateway, k.ticket_id, k.state AS ticket_state,
       n.name AS unit_name, n.name_en AS unit_name_en,
       CASE WHEN a.acked_at IS NOT NULL AND coalesce(a.ack_until > %(now)s, true) THEN a.acked_by END AS acked_by,
       c.kind AS clock_kind, c.started_at AS clock_started_at, c.due_at AS clock_due_at
  FROM alert a
  JOIN rule u USING (rule_id)
  LEFT JOIN trap t ON t.trap_id = a.trap_id
  LEFT JOIN restaurant r ON r.restaurant_id = a.restaurant_id
  LEFT JOIN town w ON w.town_id = a.town_id
  LEFT JOIN device d ON d.device_id = a.device_id
  LEFT JOIN gateway g ON g.gateway_id = a.gateway_id
  LEFT JOIN ticket k ON k.ticket_id = a.ticket_id
  LEFT JOIN unit n ON n.code = k.owner_unit
  LEFT JOIN LATERAL (
         SELECT l.kind, l.started_at, l.due_at
           FROM ticket_clock l
          WHERE l.ticket_id = a.ticket_id AND l.state = 'running' AND l.due_at IS NOT NULL
          ORDER BY l.due_at LIMIT 1
       ) AS c ON true
 WHERE a.status = 'firing'
 ORDER BY c.due_at NULLS LAST, array_position(ARRAY['red', 'orange', 'yellow', 'blue'], a.severity), a.alert_id DESC
 LIMIT %(count_max)s;

-- select_ticket_figures --
-- Tickets that are not over: all, overdue, due until the county's midnight.
SELECT count(*)::int AS active_count,
       (count(*) FILTER (WHERE c.due_at < %(now)s))::int AS overdue_count,
       (count(*) FILTER (WHERE c.due_at >= %(now)s AND c.due_at < %(midnight)s))::int AS due_today_count
  FROM ticket k
  LEFT JOIN LATERAL (SELECT min(due_at) AS due_at FROM ticket_clock l
                      WHERE l.ticket_id = k.ticket_id AND l.state = 'running') AS c ON true
 WHERE k.state NOT IN ('closed', 'rejected', 'cancelled', 'merged');

-- select_loop --
-- The links of the loop: how many tickets stand in each now, and how long those took that left it within the period.
WITH step AS (
  SELECT e.ticket_id, e.to_state AS state, e.at,
         lead(e.at) OVER (PARTITION BY e.ticket_id ORDER BY e.version) AS left_at
    FROM ticket_event e
   WHERE e.from_state IS DISTINCT FROM e.to_state
)
SELECT s.state,
       CASE WHEN s.state = 'closed' THEN (SELECT count(*) FROM ticket WHERE closed_at >= %(from_at)s)
            ELSE (SELECT count(*) FROM ticket k WHERE k.state = s.state) END::int AS ticket_count,
       p.left_count, p.median_h
  FROM unnest(ARRAY['new', 'accepted', 'filed', 'dispatched', 'in_progress', 'reported', 'closed'])
       WITH ORDINALITY AS s (state, place)
 CROSS JOIN LATERAL (
         SELECT count(*)::int AS left_count,
                percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM step.left_at - step.at) / 3600.0) AS median_h
           FROM step WHERE step.state = s.state AND s.state <> 'closed' AND step.left_at >= %(from_at)s
       ) AS p
 ORDER BY s.place;

-- select_town_work --
-- What is open in each town.
SELECT w.code AS town_code,
       (SELECT count(*)::int FROM alert a WHERE a.town_id = w.town_id AND a.status = 'firing') AS alert_count,
       (SELECT count(*)::int FROM alert a WHERE a.town_id = w.town_id AND a.status = 'firing' AND a.severity = 'red')
         AS red_count,
       (SELECT count(*)::int FROM ticket k
         WHERE k.town_id = w.town_id AND k.state NOT IN ('closed', 'rejected', 'cancelled', 'merged')) AS ticket_count
  FROM town w
 ORDER BY w.town_id;

-- select_places --
-- Restaurants by number: those whose name or address holds the words, or whose register number or trap code they are;
-- every one where there are none. With what the register's pages show of each.
SELECT r.restaurant_id, r.register_no, r.name, r.restaurant_type, r.status, r.address,
       w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, c.stage, c.since,
       (SELECT string_agg(t.code, ' ' ORDER BY t.trap_id) FROM trap t WHERE t.restaurant_id = r.restaurant_id) AS trap_codes
  FROM restaurant r
  JOIN town w USING (town_id)
  LEFT JOIN restaurant_coverage c USING (restaurant_id)
 WHERE r.restaurant_id > %(after_id)s
   AND (%(restaurant_id)s::int IS NULL OR r.restaurant_id = %(restaurant_id)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(stages)s::text[] IS NULL OR c.stage = ANY (%(stages)s))
   AND (%(words)s::text IS NULL OR strpos(r.name, %(words)s) > 0 OR strpos(r.address, %(words)s) > 0
        OR r.register_no = upper(%(words)s)
        OR r.restaurant_id IN (SELECT t.restaurant_id FROM trap t WHERE t.code = upper(%(words)s)))
 ORDER BY r.restaurant_id
 LIMIT %(count_max)s;
