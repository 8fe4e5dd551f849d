-- select_towns --
-- Every town.
SELECT town_id, code, name, name_en FROM town ORDER BY town_id;

-- select_restaurants --
-- A page of restaurants by number; one alone where restaurant_id is given.
SELECT r.restaurant_id, r.register_no, r.name, r.restaurant_type, r.status, r.needs_trap, r.town_id,
       w.code AS town_code, w.name AS town_name, w.name_en AS town_name_en, r.address, r.lon_deg, r.lat_deg,
       r.opening_windows, r.permit_no, r.permit_valid_to, r.version, r.created_at, r.updated_at
  FROM restaurant r
  JOIN town w USING (town_id)
 WHERE r.restaurant_id > %(after_id)s
   AND (%(restaurant_id)s::int IS NULL OR r.restaurant_id = %(restaurant_id)s)
   AND (%(town)s::text IS NULL OR r.town_id = (SELECT town_id FROM town WHERE code = %(town)s))
   AND (%(status)s::text IS NULL OR r.status = %(status)s)
   AND (%(restaurant_type)s::text IS NULL OR r.restaurant_type = %(restaurant_type)s)
   AND (%(needs_trap)s::boolean IS NULL OR r.needs_trap = %(needs_trap)s)
   AND (%(register_no)s::text IS NULL OR r.register_no = %(register_no)s)
 ORDER BY r.restaurant_id
 LIMIT %(count_max)s;

-- lock_restaurant --
-- Keep a restaurant from changing until the transaction ends.
SELECT restaurant_id FROM restaurant WHERE restaurant_id = %(restaurant_id)s FOR UPDATE;

-- insert_restaurant --
-- A new restaurant.
INSERT INTO restaurant (register_no, name, restaurant_type, status, needs_trap, town_id, address, lon_deg, lat_deg,
                        opening_windows, permit_no, permit_valid_to, created_at, updated_at)
VALUES (%(register_no)s, %(name)s, %(restaurant_type)s, %(status)s, %(needs_trap)s, %(town_id)s, %(address)s,
        %(lon_deg)s, %(lat_deg)s, %(opening_windows)s, %(permit_no)s, %(permit_valid_to)s, %(now)s, %(now)s)
RETURNING restaurant_id;

-- update_restaurant --
-- Replace what a person may change of a restaurant.
UPDATE restaurant
   SET register_no = %(register_no)s, name = %(name)s, restaurant_type = %(restaurant_type)s, status = %(status)s,
       needs_trap = %(needs_trap)s, town_id = %(town_id)s, address = %(address)s, lon_deg = %(lon_deg)s,
       lat_deg = %(lat_deg)s, opening_windows = %(opening_windows)s, permit_no = %(permit_no)s,
       permit_valid_to = %(permit_valid_to)s, version = version + 1, updated_at = %(now)s
 WHERE restaurant_id = %(restaurant_id)s
RETURNING restaurant_id;

-- select_traps --
-- A page of traps by number; one alone where trap_id is given.
SELECT t.trap_id, t.code, t.restaurant_id, r.name AS restaurant_name, w.code AS town_code, t.capacity_l,
       t.outlet_invert_mm, t.cover_mm, t.area_m2, t.rated_flow_lps, t.cleaning_interval_days, t.cleaning_basis,
       t.sewer_branch, t.on_road, t.created_at, t.updated_at
  FROM (SELECT trap_id
          FROM trap
         WHERE trap_id > %(after_id)s
           AND (%(trap_id)s::int IS NULL OR trap_id = %(trap_id)s)
           AND (%(restaurant_id)s::int IS NULL OR restaurant_id = %(restaurant_id)s)
           AND (%(town)s::text IS NULL
                OR restaurant_id = ANY (ARRAY(SELECT restaurant_id FROM restaurant JOIN town USING (town_id) WHERE code = %(town)s)))
           AND (%(code)s::text IS NULL OR code = %(code)s)
         ORDER BY trap_id
         LIMIT %(count_max)s) AS p
  JOIN trap t USING (trap_id)
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
 ORDER BY t.trap_id;

-- lock_trap --
-- Keep a trap from changing until the transaction ends.
SELECT trap_id FROM trap WHERE trap_id = %(trap_id)s FOR UPDATE;

-- insert_trap --
-- A new trap.
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, rated_flow_lps,
                  cleaning_interval_days, cleaning_basis, sewer_branch, on_road, created_at, updated_at)
VALUES (%(code)s, %(restaurant_id)s, %(capacity_l)s, %(outlet_invert_mm)s, %(cover_mm)s, %(area_m2)s,
        %(rated_flow_lps)s, %(cleaning_interval_days)s, %(cleaning_basis)s, %(sewer_branch)s, %(on_road)s, %(now)s, %(now)s)
RETURNING trap_id;

-- update_trap --
-- Replace what a person may change of a trap.
UPDATE trap
   SET code = %(code)s, restaurant_id = %(restaurant_id)s, capacity_l = %(capacity_l)s,
       outlet_invert_mm = %(outlet_invert_mm)s, cover_mm = %(cover_mm)s, area_m2 = %(area_m2)s,
       rated_flow_lps = %(rated_flow_lps)s, cleaning_interval_days = %(cleaning_interval_days)s,
       cleaning_basis = %(cleaning_basis)s, sewer_branch = %(sewer_branch)s, on_road = %(on_road)s, updated_at = %(now)s
 WHERE trap_id = %(trap_id)s
RETURNING trap_id;

-- select_devices --
-- A page of devices by number with their last sign of life; one alone where device_id is given.
SELECT d.device_id, d.uid, d.model, d.status, d.trap_id, t.code AS trap_code, d.gateway_id, g.uid AS gateway,
       d.report_interval_s, d.mount_height_mm, d.tilt_baseline_deg, d.commissioned_at, s.received_at,
       s.good_received_at, d.version, d.created_at, d.updated_at
  FROM device d
  LEFT JOIN trap t USING (trap_id)
  LEFT JOIN gateway g USING (gateway_id)
  LEFT JOIN LATERAL (
         SELECT max(received_at) AS received_at, max(good_received_at) AS good_received_at
           FROM series_state
          WHERE device_id = d.device_id
       ) AS s ON true
 WHERE d.device_id > %(after_id)s
   AND (%(device_id)s::int IS NULL OR d.device_id = %(device_id)s)
   AND (%(uid)s::text IS NULL OR d.uid = %(uid)s)
   AND (%(status)s::text IS NULL OR d.status = %(status)s)
   AND (%(trap_id)s::int IS NULL OR d.trap_id = %(trap_id)s)
   AND (%(gateway)s::text IS NULL OR d.gateway_id = (SELECT gateway_id FROM gateway WHERE uid = %(gateway)s))
 ORDER BY d.device_id
 LIMIT %(count_max)s;

-- lock_device --
-- Keep a device from changing until the transaction ends.
SELECT device_id FROM device WHERE device_id = %(device_id)s FOR UPDATE;

-- insert_device --
-- A new device.
INSERT INTO device (uid, gateway_id, trap_id, model, report_interval_s, mount_height_mm, tilt_baseline_deg, status,
                    commissioned_at, created_at, updated_at)
VALUES (%(uid)s, %(gateway_id)s, %(trap_id)s, %(model)s, %(report_interval_s)s, %(mount_height_mm)s,
        %(tilt_baseline_deg)s, %(status)s, %(commissioned_at)s, %(now)s, %(now)s)
RETURNING device_id;

-- update_device --
-- Replace what a person may change of a device.
UPDATE device
   SET gateway_id = %(gateway_id)s, trap_id = %(trap_id)s, model = %(model)s,
       report_interval_s = %(report_interval_s)s, mount_height_mm = %(mount_height_mm)s,
       tilt_baseline_deg = %(tilt_baseline_deg)s, status = %(status)s, commissioned_at = %(commissioned_at)s,
       version = version + 1, updated_at = %(now)s
 WHERE device_id = %(device_id)s
RETURNING device_id;

-- select_gateway_id --
-- A gateway by its uid.
SELECT gateway_id FROM gateway WHERE uid = %(uid)s;

-- select_gateways --
-- A page of gateways by number; one alone where gateway_id is given.
SELECT g.gateway_id, g.uid, w.code AS town_code, g.online, g.status_at, g.status_retained,
       (SELECT count(*)::int FROM device d WHERE d.gateway_id = g.gateway_id AND d.status <> 'retired') AS device_count,
       g.created_at
  FROM gateway g
  LEFT JOIN town w USING (town_id)
 WHERE g.gateway_id > %(after_id)s
   AND (%(gateway_id)s::int IS NULL OR g.gateway_id = %(gateway_id)s)
   AND (%(town)s::text IS NULL OR g.town_id = (SELECT town_id FROM town WHERE code = %(town)s))
   AND (%(online)s::boolean IS NULL OR g.online = %(online)s)
 ORDER BY g.gateway_id
 LIMIT %(count_max)s;
