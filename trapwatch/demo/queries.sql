-- lock_towns --
-- Two seeders at once: the second waits, then finds the first one's towns.
LOCK TABLE town IN SHARE ROW EXCLUSIVE MODE;

-- select_any_town --
-- Whether anything is registered already.
SELECT EXISTS (SELECT FROM town);

-- insert_towns --
-- Towns in the given order.
INSERT INTO town (code, name, name_en)
SELECT code, name, name_en
  FROM unnest(%(code)s::text[], %(name)s::text[], %(name_en)s::text[])
       WITH ORDINALITY AS given (code, name, name_en, place)
 ORDER BY place;

-- insert_restaurants --
-- Restaurants of known towns, in the given order.
INSERT INTO restaurant (register_no, name, restaurant_type, status, needs_trap, town_id, address,
                        lon_deg, lat_deg, opening_windows, permit_no, permit_valid_to,
                        created_at, updated_at)
SELECT given.register_no, given.name, given.restaurant_type, given.status, given.needs_trap,
       town.town_id, given.address, given.lon_deg, given.lat_deg, given.opening_windows::jsonb,
       given.permit_no, CASE WHEN given.permit_no IS NOT NULL THEN %(permit_valid_to)s::date END,
       %(created_at)s, %(created_at)s
  FROM unnest(%(register_no)s::text[], %(name)s::text[], %(restaurant_type)s::text[],
              %(status)s::text[], %(needs_trap)s::boolean[], %(town_code)s::text[],
              %(address)s::text[], %(lon_deg)s::float8[], %(lat_deg)s::float8[],
              %(opening_windows)s::text[], %(permit_no)s::text[])
       WITH ORDINALITY AS given (register_no, name, restaurant_type, status, needs_trap, town_code,
                                 address, lon_deg, lat_deg, opening_windows, permit_no, place)
  JOIN town ON town.code = given.town_code
 ORDER BY given.place;

-- insert_traps --
-- Traps of known restaurants, in the given order.
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2,
                  rated_flow_lps, cleaning_interval_days, cleaning_basis, sewer_branch, on_road,
                  created_at, updated_at)
SELECT given.code, restaurant.restaurant_id, given.capacity_l, given.outlet_invert_mm,
       given.cover_mm, given.area_m2, given.rated_flow_lps, %(cleaning_interval_days)s,
       %(cleaning_basis)s, given.sewer_branch, given.on_road, %(created_at)s, %(created_at)s
  FROM unnest(%(code)s::text[], %(register_no)s::text[], %(capacity_l)s::float8[],
              %(outlet_invert_mm)s::float8[], %(cover_mm)s::float8[], %(area_m2)s::float8[],
              %(rated_flow_lps)s::float8[], %(sewer_branch)s::text[],
              %(on_road)s::boolean[])
       WITH ORDINALITY AS given (code, register_no, capacity_l, outlet_invert_mm, cover_mm,
                                 area_m2, rated_flow_lps, sewer_branch, on_road, place)
  JOIN restaurant USING (register_no)
 ORDER BY given.place;

-- insert_gateways --
-- Gateways of known towns, in the given order.
INSERT INTO gateway (uid, town_id, created_at)
SELECT given.uid, town.town_id, %(created_at)s
  FROM unnest(%(uid)s::text[], %(town_code)s::text[])
       WITH ORDINALITY AS given (uid, town_code, place)
  JOIN town ON town.code = given.town_code
 ORDER BY given.place;

-- insert_devices --
-- Commissioned devices in known traps, in the given order.
INSERT INTO device (uid, gateway_id, trap_id, model, report_interval_s, mount_height_mm, status,
                    commissioned_at, created_at, updated_at)
SELECT given.uid, gateway.gateway_id, trap.trap_id, given.model, %(report_interval_s)s,
       given.mount_height_mm, 'active', given.commissioned_at, given.commissioned_at,
       given.commissioned_at
  FROM unnest(%(uid)s::text[], %(gateway_uid)s::text[], %(trap_code)s::text[], %(model)s::text[],
              %(mount_height_mm)s::float8[], %(commissioned_at)s::timestamptz[])
       WITH ORDINALITY AS given (uid, gateway_uid, trap_code, model, mount_height_mm,
                                 commissioned_at, place)
  JOIN gateway ON gateway.uid = given.gateway_uid
  JOIN trap ON trap.code = given.trap_code
 ORDER BY given.place;

-- insert_complaints --
-- Complaints about known restaurants, in the given order; repeated ones are linked afterwards.
INSERT INTO complaint (source, external_ref, received_at, channel, category, description,
                       restaurant_id, town_id, address, lon_deg, lat_deg, created_at)
SELECT %(source)s, given.external_ref, given.received_at, given.channel, given.category,
       given.description, restaurant.restaurant_id, restaurant.town_id, given.address,
       given.lon_deg, given.lat_deg, given.received_at
  FROM unnest(%(external_ref)s::text[], %(received_at)s::timestamptz[], %(channel)s::text[],
              %(category)s::text[], %(description)s::text[], %(register_no)s::text[],
              %(address)s::text[], %(lon_deg)s::float8[], %(lat_deg)s::float8[])
       WITH ORDINALITY AS given (external_ref, received_at, channel, category, description,
                                 register_no, address, lon_deg, lat_deg, place)
  JOIN restaurant USING (register_no)
 ORDER BY given.place;

-- update_complaint_duplicates --
-- Links repeated complaints to the first one of the matter.
UPDATE complaint
   SET duplicate_of = original.complaint_id
  FROM unnest(%(external_ref)s::text[], %(duplicate_of)s::text[])
       AS given (external_ref, duplicate_of)
  JOIN complaint AS original
    ON original.source = %(source)s AND original.external_ref = given.duplicate_of
 WHERE complaint.source = %(source)s AND complaint.external_ref = given.external_ref;

-- insert_rule_override --
-- One override of the whole county.
INSERT INTO rule_override (rule_code, scope, parameters, reason, created_at)
VALUES (%(rule_code)s, 'county', %(parameters)s::jsonb, %(reason)s, %(now)s)
ON CONFLICT (rule_code, scope, scope_ref) DO NOTHING;
