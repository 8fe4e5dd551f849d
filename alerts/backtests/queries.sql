-- select_judged_devices --
-- Devices in service on a trap.
SELECT device_id FROM device
 WHERE trap_id IS NOT NULL AND status IN ('active', 'maintenance') AND commissioned_at IS NOT NULL;

-- copy_readings --
-- The readings of devices in a stretch of time, in columns of fixed width.
COPY (
  SELECT measured_at, device_id, metric, value, quality, received_at
    FROM reading
   WHERE device_id = ANY (%(device_ids)s) AND measured_at >= %(from_at)s AND measured_at <= %(to_at)s
) TO STDOUT (FORMAT binary);

-- select_recorded --
-- Alerts that fired in a stretch of time as they stand in the records.
SELECT dedup_key, rule_code, code, severity, fired_at, ended_at, notified_at IS NOT NULL
  FROM alert LEFT JOIN trap USING (trap_id)
 WHERE fired_at >= %(from_at)s AND fired_at <= %(to_at)s
 ORDER BY fired_at, alert_id;
