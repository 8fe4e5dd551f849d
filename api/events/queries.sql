-- select_newest --
-- The newest event of each kind.
SELECT (SELECT coalesce(max(alert_event_id), 0) FROM alert_event) AS alert_event_id,
       (SELECT coalesce(max(ticket_event_id), 0) FROM ticket_event) AS ticket_event_id;

-- select_events --
-- Events after a cursor, with what a page shows of them. Ids are given before transactions commit, so one may
-- appear behind the cursor: what was recorded shortly before the cursor's event is returned again.
WITH alert_part AS (
  SELECT 'alert' AS kind, e.alert_event_id AS event_id, e.type AS action, e.at, e.recorded_at, e.detail,
         a.alert_id, a.ticket_id, a.rule_code, u.name AS title, u.name_en AS title_en, a.severity,
         a.status AS state, a.trap_id, a.restaurant_id, a.town_id, a.device_id
    FROM alert_event e
    JOIN alert a USING (alert_id)
    JOIN rule u USING (rule_id)
   WHERE e.alert_event_id > %(alert_event_id)s::bigint - %(overlap_count)s::int
     AND (e.alert_event_id > %(alert_event_id)s
          OR e.recorded_at >= (SELECT recorded_at FROM alert_event WHERE alert_event_id = %(alert_event_id)s)
                              - %(overlap)s::interval)
   ORDER BY e.alert_event_id
   LIMIT %(count_max)s
), ticket_part AS (
  SELECT 'ticket' AS kind, e.ticket_event_id AS event_id, e.action, e.at, e.at AS recorded_at, e.detail,
         NULL::bigint AS alert_id, k.ticket_id, NULL AS rule_code, k.problem AS title, k.problem AS title_en,
         k.severity, e.to_state AS state, k.trap_id, k.restaurant_id, k.town_id, NULL::int AS device_id
    FROM ticket_event e
    JOIN ticket k USING (ticket_id)
   WHERE e.ticket_event_id > %(ticket_event_id)s::bigint - %(overlap_count)s::int
     AND (e.ticket_event_id > %(ticket_event_id)s
          OR e.at >= (SELECT at FROM ticket_event WHERE ticket_event_id = %(ticket_event_id)s)
                     - %(overlap)s::interval)
   ORDER BY e.ticket_event_id
   LIMIT %(count_max)s
)
SELECT p.kind, p.event_id, p.action, p.at, p.recorded_at, p.detail, p.alert_id, p.ticket_id, p.rule_code, p.title,
       p.title_en, p.severity, p.state, p.trap_id, t.code AS trap_code, r.name AS restaurant_name,
       w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, d.uid AS device
  FROM (SELECT * FROM alert_part UNION ALL SELECT * FROM ticket_part) AS p
  LEFT JOIN trap t ON t.trap_id = p.trap_id
  LEFT JOIN restaurant r ON r.restaurant_id = p.restaurant_id
  LEFT JOIN town w ON w.town_id = p.town_id
  LEFT JOIN device d ON d.device_id = p.device_id
 ORDER BY p.recorded_at, p.kind, p.event_id;
