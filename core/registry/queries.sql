-- select_devices --
-- Devices with their trap and restaurant; all of them, or those of %(device_ids)s.
SELECT d.device_id, d.uid, d.status, d.gateway_id, d.report_interval_s, d.mount_height_mm,
       d.tilt_baseline_deg, t.trap_id, t.code, t.outlet_invert_mm, t.cover_mm,
       r.restaurant_id, r.restaurant_type, r.status, w.town_id, w.code,
       t.capacity_l, t.area_m2, t.rated_flow_lps, t.sewer_branch, t.cleaning_interval_days,
       t.on_road
  FROM device d
  LEFT JOIN trap t USING (trap_id)
  LEFT JOIN restaurant r USING (restaurant_id)
  LEFT JOIN town w USING (town_id)
 WHERE %(device_ids)s::int[] IS NULL OR d.device_id = ANY (%(device_ids)s);
