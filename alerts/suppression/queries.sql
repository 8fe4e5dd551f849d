-- select_silences --
-- Silences that are not over for long; each counts only from when we know of it.
SELECT silence_id, greatest(starts_at, created_at), least(ends_at, expired_at), rule_code, severity_max, town_id,
       restaurant_id, trap_id, device_id
  FROM silence
 WHERE least(ends_at, expired_at) > %(since)s
 ORDER BY silence_id;

-- select_maintenance_windows --
-- Maintenance windows that are not over or deactivated for long.
SELECT maintenance_window_id, scope, coalesce(town_id, restaurant_id, trap_id, gateway_id), rule, zone, starts_at,
       duration_s, created_at, deactivated_at
  FROM maintenance_window
 WHERE coalesce(least(ends_at, deactivated_at), 'infinity') > %(since)s
 ORDER BY maintenance_window_id;

-- select_targets --
-- What suppressions ask about these alerts.
SELECT a.alert_id, a.rule_code, a.severity, a.device_id, coalesce(a.gateway_id, d.gateway_id), a.trap_id,
       a.restaurant_id, a.town_id
  FROM alert a
  LEFT JOIN device d USING (device_id)
 WHERE a.alert_id = ANY (%(alert_ids)s);
