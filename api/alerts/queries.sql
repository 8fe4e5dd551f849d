-- select_alerts --
-- A page of alerts, newest first.
SELECT a.alert_id, a.rule_code, u.version AS rule_version, u.name AS rule_name, u.name_en AS rule_name_en,
       a.severity, a.status, a.trap_id, t.code AS trap_code, a.restaurant_id, r.name AS restaurant_name,
       w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, d.uid AS device, g.uid AS gateway,
       a.metric AS metric_number, a.started_at, a.fired_at, a.opened_at, a.ended_at, a.settled_at,
       nullif(a.value, 'NaN') AS value, nullif(a.peak_value, 'NaN') AS peak_value, a.threshold,
       a.relapse_count, a.notified_at,
       a.suppressed_by, a.ticket_id,
       CASE WHEN k.is_acked THEN a.acked_at END AS acked_at, CASE WHEN k.is_acked THEN a.acked_by END AS acked_by,
       CASE WHEN k.is_acked THEN a.ack_note END AS ack_note, CASE WHEN k.is_acked THEN a.ack_until END AS ack_until
  FROM alert a
  JOIN rule u USING (rule_id)
  LEFT JOIN trap t ON t.trap_id = a.trap_id
  LEFT JOIN restaurant r ON r.restaurant_id = a.restaurant_id
  LEFT JOIN town w ON w.town_id = a.town_id
  LEFT JOIN device d ON d.device_id = a.device_id
  LEFT JOIN gateway g ON g.gateway_id = a.gateway_id
 CROSS JOIN LATERAL (SELECT a.acked_at IS NOT NULL AND coalesce(a.ack_until > %(now)s, true)) AS k (is_acked)
 WHERE a.alert_id < %(before_id)s
   AND (%(status)s::text IS NULL OR a.status = %(status)s)
   AND (%(severity)s::text IS NULL OR a.severity = %(severity)s)
   AND (%(town)s::text IS NULL OR a.town_id = (SELECT town_id FROM town WHERE code = %(town)s))
   AND (%(trap_id)s::int IS NULL OR a.trap_id = %(trap_id)s)
   AND (%(rule)s::text IS NULL OR a.rule_code = %(rule)s)
   AND (%(acked)s::boolean IS NULL OR k.is_acked = %(acked)s)
 ORDER BY a.alert_id DESC
 LIMIT %(count_max)s;

-- select_alert --
-- One alert.
SELECT a.alert_id, a.rule_code, u.version AS rule_version, u.name AS rule_name, u.name_en AS rule_name_en,
       a.severity, a.status, a.trap_id, t.code AS trap_code, a.restaurant_id, r.name AS restaurant_name,
       w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, d.uid AS device, g.uid AS gateway,
       a.metric AS metric_number, a.started_at, a.fired_at, a.opened_at, a.ended_at, a.settled_at,
       nullif(a.value, 'NaN') AS value, nullif(a.peak_value, 'NaN') AS peak_value, a.threshold,
       a.relapse_count, a.notified_at,
       a.suppressed_by, a.ticket_id,
       CASE WHEN k.is_acked THEN a.acked_at END AS acked_at, CASE WHEN k.is_acked THEN a.acked_by END AS acked_by,
       CASE WHEN k.is_acked THEN a.ack_note END AS ack_note, CASE WHEN k.is_acked THEN a.ack_until END AS ack_until
  FROM alert a
  JOIN rule u USING (rule_id)
  LEFT JOIN trap t ON t.trap_id = a.trap_id
  LEFT JOIN restaurant r ON r.restaurant_id = a.restaurant_id
  LEFT JOIN town w ON w.town_id = a.town_id
  LEFT JOIN device d ON d.device_id = a.device_id
  LEFT JOIN gateway g ON g.gateway_id = a.gateway_id
 CROSS JOIN LATERAL (SELECT a.acked_at IS NOT NULL AND coalesce(a.ack_until > %(now)s, true)) AS k (is_acked)
 WHERE a.alert_id = %(alert_id)s;

-- select_alert_events --
-- What happened to an alert, in order.
SELECT seq, type, at, recorded_at, detail FROM alert_event WHERE alert_id = %(alert_id)s ORDER BY seq;

-- select_escalations --
-- Who was or is to be told if nobody takes an alert in hand, in order.
SELECT step, due_at, done_at, outcome FROM alert_escalation WHERE alert_id = %(alert_id)s ORDER BY step;

-- count_open_alerts --
-- Open alerts by severity.
SELECT severity, count(*)::int AS alert_count FROM alert WHERE status = 'firing' GROUP BY severity;
