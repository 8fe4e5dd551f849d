-- One restaurant, one trap, two level sensors.
INSERT INTO town (code, name, name_en) VALUES ('wt', '魏塘', 'Weitang');
INSERT INTO restaurant (register_no, name, restaurant_type, town_id, address, created_at, updated_at)
  VALUES ('R1', '老灶', 'small', 1, '', now(), now());
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
  VALUES ('T1', 1, 450, 600, 900, 0.75, now(), now());
INSERT INTO gateway (uid, created_at) VALUES ('gw-1', now());
INSERT INTO device (uid, gateway_id, trap_id, status, commissioned_at, created_at, updated_at)
  VALUES ('dev-1', 1, 1, 'active', now(), now(), now()),
         ('dev-2', 1, 1, 'active', now(), now(), now());
