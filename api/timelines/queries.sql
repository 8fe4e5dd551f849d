-- select_timeline --
-- What happened at a restaurant, the newest first; lanes are numbered as in the key of a page. Readings are one entry a
-- device and county day: the span of its levels, at the last of them.
WITH place AS (
  SELECT trap_id, code FROM trap WHERE restaurant_id = %(restaurant_id)s
), entry (at, lane, entry_id, what, subject_id, trap_id, severity, detail) AS (
  SELECT max(h.last_at), 1, h.device_id::bigint, 'level_mm', h.device_id::bigint, d.trap_id, NULL,
         jsonb_build_object('device', d.uid, 'reading_count', sum(h.reading_count), 'min', min(h.value_min),
                            'max', max(h.value_max))
    FROM place p
    JOIN device d USING (trap_id)
    JOIN reading_hourly h USING (device_id)
   WHERE h.metric = %(level)s AND h.hour >= %(from_at)s::timestamptz - INTERVAL '1 day' AND h.hour < %(to_at)s
   GROUP BY h.device_id, d.uid, d.trap_id, (h.hour AT TIME ZONE 'Asia/Shanghai')::date
  UNION ALL
  SELECT e.at, 2, e.alert_event_id, e.type, a.alert_id, a.trap_id, a.severity,
         jsonb_build_object('rule', a.rule_code, 'name', u.name, 'name_en', u.name_en)
    FROM alert a
    JOIN alert_event e USING (alert_id)
    JOIN rule u USING (rule_id)
   WHERE a.trap_id IN (SELECT trap_id FROM place)
  UNION ALL
  SELECT e.at, 3, e.ticket_event_id, e.action, k.ticket_id, k.trap_id, k.severity,
         jsonb_build_object('problem', k.problem, 'to_state', e.to_state, 'actor', e.actor)
    FROM ticket k
    JOIN ticket_event e USING (ticket_id)
   WHERE k.restaurant_id = %(restaurant_id)s
  UNION ALL
  SELECT s.at, 4, j.job_id * 8 + s.step, s.what, j.job_id, j.trap_id, NULL,
         jsonb_build_object('kind', j.kind, 'hauler', j.hauler, 'note', j.note)
    FROM job j
    JOIN place p USING (trap_id)
   CROSS JOIN LATERAL (VALUES (1, 'planned', j.created_at), (2, 'opened', j.opened_at), (3, 'checked_in', j.checked_in_at),
                              (4, 'checked_out', j.checked_out_at), (5, 'closed', j.closed_at)) AS s (step, what, at)
   WHERE s.at IS NOT NULL
  UNION ALL
  SELECT o.pumped_at, 5, o.pump_out_id, o.source, o.pump_out_id, o.trap_id, NULL,
         jsonb_strip_nulls(jsonb_build_object('volume_l', o.volume_l, 'hauler', o.hauler, 'manifest_no', o.manifest_no,
                                              'level_before_mm', o.level_before_mm, 'level_min_mm', o.level_min_mm))
    FROM pump_out o
    JOIN place p USING (trap_id)
  UNION ALL
  SELECT i.inspected_at, 6, i.inspection_id, 'dip', i.inspection_id, i.trap_id, NULL,
         jsonb_build_object('inspector', i.inspector, 'fullness_ratio', (i.fog_mm + i.solids_mm) / i.depth_mm)
    FROM inspection i
    JOIN place p USING (trap_id)
  UNION ALL
  SELECT c.received_at, 7, c.complaint_id, c.category, c.complaint_id, NULL, NULL,
         jsonb_build_object('channel', c.channel, 'duplicate_of', c.duplicate_of)
    FROM complaint c
   WHERE c.restaurant_id = %(restaurant_id)s
)
SELECT e.at, (ARRAY['reading', 'alert', 'ticket', 'job', 'manifest', 'inspection', 'complaint'])[e.lane] AS lane,
       e.entry_id, e.what, e.subject_id, e.trap_id, p.code AS trap_code, e.severity, e.detail
  FROM entry e
  LEFT JOIN place p USING (trap_id)
 WHERE e.at >= %(from_at)s AND e.at < %(to_at)s
   AND (%(lane)s::int IS NULL OR e.lane = %(lane)s)
   AND (e.at, e.lane, e.entry_id) < (to_timestamp_us(%(before_us)s), %(before_lane)s, %(before_id)s)
 ORDER BY e.at DESC, e.lane DESC, e.entry_id DESC
 LIMIT %(count_max)s;

-- select_exists --
-- Whether there is such a restaurant.
SELECT EXISTS (SELECT FROM restaurant WHERE restaurant_id = %(restaurant_id)s);
