-- select_trap_devices --
-- Numbers of the devices on a trap, retired ones included: their readings stay.
SELECT device_id FROM device WHERE trap_id = %(trap_id)s ORDER BY device_id;

-- trap_exists --
-- Whether there is such a trap.
SELECT EXISTS (SELECT 1 FROM trap WHERE trap_id = %(trap_id)s);

-- select_device_id --
-- The number of a device of this uid.
SELECT device_id FROM device WHERE uid = %(uid)s;

-- select_raw_readings --
-- Readings, newest first. The plain bounds on measured_at let TimescaleDB leave chunks out.
SELECT d.uid AS device, r.device_id, r.metric AS metric_number, nullif(r.value, 'NaN') AS value,
       r.measured_at, r.received_at, r.quality AS quality_number
  FROM reading r
  JOIN device d USING (device_id)
 WHERE r.device_id = ANY (%(device_ids)s::int[])
   AND r.metric = ANY (%(metrics)s::smallint[])
   AND r.measured_at >= %(from_at)s
   AND r.measured_at < %(to_at)s
   AND r.measured_at <= %(after_at)s
   AND (r.measured_at, r.device_id, r.metric)
       < (%(after_at)s::timestamptz, %(after_device_id)s::int, %(after_metric)s::smallint)
 ORDER BY r.measured_at DESC, r.device_id DESC, r.metric DESC
 LIMIT %(count_max)s;

-- select_hourly_readings --
-- Roll-ups of the good readings by hour, newest first.
SELECT d.uid AS device, r.device_id, r.metric AS metric_number, r.hour, r.reading_count,
       r.value_sum / r.reading_count AS value_mean, r.value_min, r.value_max,
       r.first_at, r.first_value, r.last_at, r.last_value
  FROM reading_hourly r
  JOIN device d USING (device_id)
 WHERE r.device_id = ANY (%(device_ids)s::int[])
   AND r.metric = ANY (%(metrics)s::smallint[])
   AND r.hour >= %(from_at)s
   AND r.hour < %(to_at)s
   AND (r.hour, r.device_id, r.metric)
       < (%(after_at)s::timestamptz, %(after_device_id)s::int, %(after_metric)s::smallint)
 ORDER BY r.hour DESC, r.device_id DESC, r.metric DESC
 LIMIT %(count_max)s;
