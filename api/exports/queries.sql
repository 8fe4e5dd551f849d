-- restaurants --
-- The register of restaurants with where each stands in the coverage funnel.
SELECT r.restaurant_id, r.register_no, r.name AS restaurant_name, w.code AS town_code, r.restaurant_type, r.status, r.needs_trap,
       r.address, r.lon_deg, r.lat_deg, r.permit_no, r.permit_valid_to, c.stage AS coverage_stage, r.updated_at
  FROM restaurant r JOIN town w USING (town_id) LEFT JOIN restaurant_coverage c USING (restaurant_id)
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s) AND (%(status)s::text IS NULL OR r.status = %(status)s)
 ORDER BY r.restaurant_id;

-- traps --
-- The register of traps.
SELECT t.trap_id, t.code AS trap_code, r.restaurant_id, r.register_no, r.name AS restaurant_name, w.code AS town_code,
       t.capacity_l, t.outlet_invert_mm, t.cover_mm, t.area_m2, t.rated_flow_lps, t.cleaning_interval_days, t.cleaning_basis,
       t.sewer_branch, t.on_road, r.lon_deg, r.lat_deg
  FROM trap t JOIN restaurant r USING (restaurant_id) JOIN town w USING (town_id)
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s)
 ORDER BY t.trap_id;

-- devices --
-- The register of devices, with when each was heard last.
SELECT d.device_id, d.uid AS device_uid, g.uid AS gateway_uid, t.code AS trap_code, r.restaurant_id, r.register_no,
       r.name AS restaurant_name, w.code AS town_code, d.model, d.status, d.report_interval_s, d.mount_height_mm,
       d.commissioned_at, (SELECT max(s.received_at) FROM series_state s WHERE s.device_id = d.device_id) AS received_at
  FROM device d
  LEFT JOIN gateway g USING (gateway_id)
  LEFT JOIN trap t USING (trap_id)
  LEFT JOIN restaurant r USING (restaurant_id)
  LEFT JOIN town w ON w.town_id = r.town_id
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s) AND (%(status)s::text IS NULL OR d.status = %(status)s)
 ORDER BY d.device_id;

-- readings --
-- Readings of one trap's or one device's sensors, good or not, by time.
SELECT d.uid AS device_uid, r.metric, r.measured_at, nullif(r.value, 'NaN') AS value, r.quality, r.received_at
  FROM reading r JOIN device d USING (device_id)
 WHERE r.measured_at >= %(from_at)s AND r.measured_at < %(to_at)s
   AND (%(device)s::text IS NULL OR d.uid = %(device)s) AND (%(trap)s::text IS NULL OR d.trap_id IN (SELECT trap_id FROM trap WHERE code = %(trap)s))
 ORDER BY r.measured_at, r.device_id, r.metric;

-- readings_hourly --
-- Hourly roll-ups of one trap's or one device's good readings, by time.
SELECT d.uid AS device_uid, r.metric, r.hour, r.reading_count, r.value_sum / r.reading_count AS value_mean, r.value_min, r.value_max
  FROM reading_hourly r JOIN device d USING (device_id)
 WHERE r.hour >= %(from_at)s AND r.hour < %(to_at)s
   AND (%(device)s::text IS NULL OR d.uid = %(device)s) AND (%(trap)s::text IS NULL OR d.trap_id IN (SELECT trap_id FROM trap WHERE code = %(trap)s))
 ORDER BY r.hour, r.device_id, r.metric;

-- alerts --
-- Alerts by number; from and to are about when they fired.
SELECT a.alert_id, a.rule_code AS rule, a.severity, a.status, t.code AS trap_code, r.restaurant_id, r.register_no,
       r.name AS restaurant_name, w.code AS town_code, a.started_at, a.fired_at, a.ended_at, a.value, a.peak_value,
       a.suppressed_by, a.ticket_id, r.lon_deg, r.lat_deg
  FROM alert a
  LEFT JOIN trap t USING (trap_id)
  LEFT JOIN restaurant r ON r.restaurant_id = a.restaurant_id
  LEFT JOIN town w ON w.town_id = a.town_id
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s) AND (%(status)s::text IS NULL OR a.status = %(status)s)
   AND (%(from_at)s::timestamptz IS NULL OR a.fired_at >= %(from_at)s) AND (%(to_at)s::timestamptz IS NULL OR a.fired_at < %(to_at)s)
 ORDER BY a.alert_id;

-- tickets --
-- Tickets by number; from and to are about when they were opened.
SELECT k.ticket_id, k.problem, k.severity, k.state, t.code AS trap_code, r.restaurant_id, r.register_no,
       r.name AS restaurant_name, w.code AS town_code, k.source_kind, k.source_ref, k.owner_unit, k.return_count, k.rework_count,
       k.reopen_count, k.created_at, k.filed_at, k.first_resolved_at, k.closed_at, c.due_at AS resolve_due_at,
       c.breached_at AS resolve_breached_at
  FROM ticket k
  JOIN trap t USING (trap_id)
  JOIN restaurant r ON r.restaurant_id = k.restaurant_id
  JOIN town w ON w.town_id = k.town_id
  LEFT JOIN ticket_clock c ON c.ticket_id = k.ticket_id AND c.kind = 'resolve' AND c.round = 1
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s) AND (%(status)s::text IS NULL OR k.state = %(status)s)
   AND (%(from_at)s::timestamptz IS NULL OR k.created_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR k.created_at < %(to_at)s)
 ORDER BY k.ticket_id;

-- complaints --
-- Complaints by number, without who made them; from and to are about when they were received.
SELECT c.complaint_id, c.source, c.external_ref, c.received_at, c.channel, c.category, c.description, c.restaurant_id,
       r.register_no, r.name AS restaurant_name, w.code AS town_code, c.address, c.lon_deg, c.lat_deg, c.duplicate_of
  FROM complaint c
  LEFT JOIN restaurant r USING (restaurant_id)
  LEFT JOIN town w ON w.town_id = c.town_id
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(from_at)s::timestamptz IS NULL OR c.received_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR c.received_at < %(to_at)s)
 ORDER BY c.complaint_id;

-- pump_outs --
-- Manifests and draw-downs by number.
SELECT p.pump_out_id, p.source, t.code AS trap_code, r.restaurant_id, r.register_no, r.name AS restaurant_name,
       w.code AS town_code, p.pumped_at, p.volume_l, p.hauler, p.disposer, p.manifest_no,
       (SELECT count(*) FROM pump_out_confirmation f WHERE f.pump_out_id = p.pump_out_id) AS confirmation_count,
       p.level_before_mm, p.level_min_mm, p.manifest_id
  FROM pump_out p JOIN trap t USING (trap_id) JOIN restaurant r USING (restaurant_id) JOIN town w USING (town_id)
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(from_at)s::timestamptz IS NULL OR p.pumped_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR p.pumped_at < %(to_at)s)
 ORDER BY p.pump_out_id;

-- inspections --
-- Dip measurements by number.
SELECT i.inspection_id, t.code AS trap_code, r.restaurant_id, r.register_no, r.name AS restaurant_name, w.code AS town_code,
       i.inspected_at, i.fog_mm, i.solids_mm, i.water_mm, i.depth_mm, (i.fog_mm + i.solids_mm) / i.depth_mm AS fullness_ratio
  FROM inspection i JOIN trap t USING (trap_id) JOIN restaurant r USING (restaurant_id) JOIN town w USING (town_id)
 WHERE (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(from_at)s::timestamptz IS NULL OR i.inspected_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR i.inspected_at < %(to_at)s)
 ORDER BY i.inspection_id;

-- uncovered --
-- Restaurants that should connect and deliver no good data; status is the reason.
SELECT r.restaurant_id, r.register_no, r.name AS restaurant_name, w.code AS town_code, r.restaurant_type, r.address,
       c.stage AS reason, c.since, r.lon_deg, r.lat_deg
  FROM restaurant_coverage c JOIN restaurant r USING (restaurant_id) JOIN town w ON w.town_id = r.town_id
 WHERE c.stage NOT IN ('not_required', 'good') AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(status)s::text IS NULL OR c.stage = %(status)s)
 ORDER BY r.restaurant_id;

-- device_days --
-- Expected against received, each device and county day.
SELECT d.day, v.uid AS device_uid, r.restaurant_id, r.register_no, r.name AS restaurant_name, w.code AS town_code,
       d.report_interval_s, d.report_count, d.in_service_s / d.report_interval_s AS expected_reports,
       d.received_s / d.report_interval_s AS received_reports, d.valid_s / d.report_interval_s AS valid_reports,
       d.in_service_s / 3600 AS in_service_h, d.online_s / 3600 AS online_h, d.working_s / 3600 AS working_h,
       d.maintenance_s / 3600 AS maintenance_h
  FROM device_day d
  JOIN device v USING (device_id)
  JOIN restaurant r ON r.restaurant_id = d.restaurant_id
  JOIN town w ON w.town_id = r.town_id
 WHERE d.day >= (%(from_at)s AT TIME ZONE 'Asia/Shanghai')::date AND d.day < (%(to_at)s AT TIME ZONE 'Asia/Shanghai')::date
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
 ORDER BY d.day, d.device_id;
