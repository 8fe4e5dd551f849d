-- commit_alert --
-- An alert as the engine would leave it: its row, its event, and the word that there is one.
WITH placed AS (
  INSERT INTO alert (dedup_key, rule_id, rule_code, severity, device_id, trap_id, restaurant_id, town_id, metric, status,
                     started_at, fired_at, opened_at, value, peak_value, threshold, seq)
  SELECT 'bench:' || gen_random_uuid(), u.rule_id, u.code, u.severity, d.device_id, d.trap_id, t.restaurant_id, r.town_id, 1, 'firing',
         %(now)s, %(now)s, %(now)s, 760, 760, '{}', 1
    FROM device d JOIN trap t USING (trap_id) JOIN restaurant r USING (restaurant_id)
    JOIN rule u ON u.code = 'R02' AND u.superseded_at IS NULL
   ORDER BY d.device_id LIMIT 1
  RETURNING alert_id
), noted AS (
  INSERT INTO alert_event (alert_id, seq, type, at, recorded_at) SELECT alert_id, 1, 'fired', %(now)s, %(now)s FROM placed
)
SELECT pg_notify('events', '') FROM placed;
