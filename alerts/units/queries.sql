-- insert_unit --
-- A new unit; no row comes back where the code is taken.
INSERT INTO unit (code, name, name_en, phone, created_at) VALUES (%(code)s, %(name)s, %(name_en)s, %(phone)s, %(now)s)
ON CONFLICT (code) DO NOTHING
RETURNING code, name, name_en, phone, is_active;

-- update_unit --
-- Change a unit.
UPDATE unit SET name = %(name)s, name_en = %(name_en)s, phone = %(phone)s, is_active = %(is_active)s WHERE code = %(code)s
RETURNING code, name, name_en, phone, is_active;

-- select_units --
-- All units by code.
SELECT code, name, name_en, phone, is_active FROM unit ORDER BY code;

-- set_route --
-- Which unit gets what; replaces the route of the same town and problem. No row: no such town or unit.
INSERT INTO unit_route (town_id, problem, unit_id, created_at)
SELECT w.town_id, %(problem)s, u.unit_id, %(now)s
  FROM unit u LEFT JOIN town w ON w.code = %(town)s
 WHERE u.code = %(unit)s AND (%(town)s::text IS NULL OR w.town_id IS NOT NULL)
ON CONFLICT (town_id, problem) DO UPDATE SET unit_id = excluded.unit_id
RETURNING unit_route_id;

-- select_routes --
-- All routes, those that say most first.
SELECT r.unit_route_id, w.code, r.problem, u.code
  FROM unit_route r JOIN unit u USING (unit_id) LEFT JOIN town w USING (town_id)
 ORDER BY (r.problem IS NOT NULL) DESC, (r.town_id IS NOT NULL) DESC, r.problem, w.code;

-- delete_route --
-- Take a route away.
DELETE FROM unit_route WHERE unit_route_id = %(unit_route_id)s RETURNING unit_route_id;
