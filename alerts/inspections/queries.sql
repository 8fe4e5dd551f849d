-- select_heights --
-- Outlet invert and cover of a trap, above its floor.
SELECT outlet_invert_mm, cover_mm FROM trap WHERE trap_id = %(trap_id)s;

-- insert_inspection --
-- A dip measurement; no row comes back if the inspector's is there already.
INSERT INTO inspection (trap_id, job_id, inspector, inspected_at, fog_mm, solids_mm, water_mm, depth_mm, note, filed_at)
VALUES (%(trap_id)s, %(job_id)s, %(inspector)s, %(inspected_at)s, %(fog_mm)s, %(solids_mm)s, %(water_mm)s,
        %(depth_mm)s, %(note)s, %(now)s)
ON CONFLICT (trap_id, inspector, inspected_at) DO NOTHING
RETURNING inspection_id;

-- select_inspections --
-- Dip measurements of traps with inspected_at in [from_at, to_at), by trap and time.
SELECT inspection_id, trap_id, inspected_at, filed_at, fog_mm, water_mm, solids_mm, depth_mm
  FROM inspection
 WHERE trap_id = ANY (%(trap_ids)s) AND inspected_at >= %(from_at)s AND inspected_at < %(to_at)s
 ORDER BY trap_id, inspected_at, inspection_id;
