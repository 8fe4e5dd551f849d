-- Towns and restaurants that the samples' complaints are about.
INSERT INTO town (code, name, name_en)
VALUES ('wt', '魏塘街道', 'Weitang'), ('xt', '西塘镇', 'Xitang'), ('bk', 'Brooklyn', 'Brooklyn'),
       ('HIL', 'Hillhurst', 'Hillhurst');
INSERT INTO restaurant (register_no, name, restaurant_type, town_id, address, lon_deg, lat_deg, created_at, updated_at)
VALUES ('R1', '老灶饭店', 'small', 1, '魏塘街道人民大道12号', 120.92, 30.83, now(), now()),
       ('R2', 'Third Avenue Grill', 'small', 3, '8102 3rd Ave', -74.02891, 40.62742, now(), now()),
       ('R3', 'Bay Ridge Diner', 'small', 3, '415 86 St', -74.02798, 40.62268, now(), now());
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
VALUES ('T1', 1, 450, 600, 900, 0.75, now(), now());
