-- insert_spans --
-- Note where readings came late.
INSERT INTO late_span (device_id, metric, from_us, to_us, noted_at)
SELECT device_id, metric, from_us, to_us, %(now)s
  FROM unnest(%(device_id)s::int[], %(metric)s::smallint[], %(from_us)s::bigint[], %(to_us)s::bigint[])
       AS u (device_id, metric, from_us, to_us);

-- select_spans --
-- Series of which readings came late, none of them just now: in which stretch, and up to when the series is judged.
SELECT l.device_id, l.metric, min(l.from_us), max(l.to_us), (extract(epoch FROM s.measured_at) * 1e6)::bigint
  FROM late_span l
  JOIN series_state s USING (device_id, metric)
 GROUP BY l.device_id, l.metric, s.measured_at
HAVING max(l.noted_at) <= %(quiet_since)s OR min(l.noted_at) <= %(waiting_since)s
 ORDER BY l.device_id, l.metric
 LIMIT %(limit)s;

-- delete_spans --
-- What came late has been looked at; the series' row is held.
DELETE FROM late_span WHERE device_id = %(device_id)s AND metric = %(metric)s AND noted_at <= %(now)s;

-- select_readings --
-- What a series says by now, in event-time order.
SELECT (extract(epoch FROM measured_at) * 1e6)::bigint, CASE WHEN quality = 0 THEN value ELSE 'NaN' END,
       (extract(epoch FROM received_at) * 1e6)::bigint
  FROM reading
 WHERE device_id = %(device_id)s AND metric = %(metric)s AND measured_at >= %(from_at)s AND measured_at <= %(to_at)s
   AND quality IN (0, %(blind)s)
 ORDER BY measured_at;

-- select_on_record --
-- Episodes about a device on record for a stretch of time; those that were closed stay as they are.
SELECT alert_id, dedup_key, (extract(epoch FROM started_at) * 1e6)::bigint, (extract(epoch FROM fired_at) * 1e6)::bigint,
       (extract(epoch FROM ended_at) * 1e6)::bigint
  FROM alert
 WHERE device_id = %(device_id)s AND metric = %(metric)s AND status <> 'closed'
   AND started_at <= %(to_at)s AND (ended_at IS NULL OR ended_at >= %(from_at)s)
 ORDER BY alert_id;

-- move_alert --
-- Correct the ends of an episode, whose row is held.
UPDATE alert SET started_at = %(started_at)s, ended_at = %(ended_at)s WHERE alert_id = %(alert_id)s;
