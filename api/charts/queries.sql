-- select_raw --
-- Good readings of a trap's devices in order of time.
SELECT extract(epoch FROM measured_at)::bigint AS at_s, value AS value_mean, value AS value_min, value AS value_max
  FROM reading
 WHERE device_id = ANY (%(device_ids)s::int[]) AND metric = %(metric)s AND quality = 0
   AND measured_at >= %(from_at)s AND measured_at < %(to_at)s
 ORDER BY measured_at;

-- select_hourly --
-- The same by the hour.
SELECT extract(epoch FROM hour)::bigint AS at_s, sum(value_sum) / sum(reading_count) AS value_mean,
       min(value_min) AS value_min, max(value_max) AS value_max
  FROM reading_hourly
 WHERE device_id = ANY (%(device_ids)s::int[]) AND metric = %(metric)s AND hour >= %(from_at)s AND hour < %(to_at)s
 GROUP BY hour
 ORDER BY hour;

-- select_cover_hours --
-- Whether the cover was open at any time of an hour, and at its end.
SELECT extract(epoch FROM hour)::bigint AS at_s, max(value_max) > 0 AS was_open,
       (array_agg(last_value ORDER BY last_at DESC))[1] > 0 AS stayed_open
  FROM reading_hourly
 WHERE device_id = ANY (%(device_ids)s::int[]) AND metric = %(metric)s AND hour >= %(from_at)s AND hour < %(to_at)s
 GROUP BY hour
 ORDER BY hour;

-- select_latest --
-- The last good reading of a metric, however long ago within 60 days.
SELECT measured_at, value
  FROM reading
 WHERE device_id = ANY (%(device_ids)s::int[]) AND metric = %(metric)s AND quality = 0
   AND measured_at < %(before)s AND measured_at >= %(before)s::timestamptz - INTERVAL '60 days'
 ORDER BY measured_at DESC
 LIMIT 1;

-- select_rain --
-- Hours with rain in the trap's town.
SELECT extract(epoch FROM f.hour)::bigint AS at_s, f.rain_mm
  FROM rainfall f
 WHERE f.town_id = %(town_id)s AND f.rain_mm > 0 AND f.hour >= %(from_at)s AND f.hour < %(to_at)s
 ORDER BY f.hour;

-- select_events --
-- What happened at a trap, the newest first. Pump-outs are moments; jobs last from check-in, where there was one.
SELECT e.*
  FROM (
    SELECT 'alert' AS lane, a.alert_id AS subject_id, a.rule_code AS what, u.name, u.name_en, a.severity,
           a.fired_at AS from_at, a.ended_at AS to_at
      FROM alert a JOIN rule u USING (rule_id)
     WHERE a.trap_id = %(trap_id)s
    UNION ALL
    SELECT 'ticket', ticket_id, problem, '', '', severity, created_at,
           CASE WHEN state IN ('closed', 'rejected', 'cancelled', 'merged') THEN coalesce(closed_at, updated_at) END
      FROM ticket WHERE trap_id = %(trap_id)s
    UNION ALL
    SELECT 'job', job_id, kind, coalesce(hauler, ''), coalesce(hauler, ''), NULL,
           coalesce(checked_in_at, opened_at, planned_from),
           coalesce(checked_out_at, closed_at, CASE WHEN opened_at IS NULL THEN planned_to END)
      FROM job WHERE trap_id = %(trap_id)s
    UNION ALL
    SELECT 'manifest', pump_out_id, source, coalesce(hauler, ''), coalesce(hauler, ''), NULL, pumped_at, pumped_at
      FROM pump_out WHERE trap_id = %(trap_id)s
  ) AS e
 WHERE e.from_at < %(to_at)s AND coalesce(e.to_at, 'infinity') >= %(from_at)s
 ORDER BY e.from_at DESC, e.lane, e.subject_id DESC
 LIMIT %(count_max)s;
