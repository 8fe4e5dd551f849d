-- select_inspections --
-- A page of inspections, the last filed first; one alone where inspection_id is given.
SELECT i.inspection_id, i.trap_id, t.code AS trap_code, i.job_id, i.inspector, i.inspected_at, i.fog_mm, i.water_mm,
       i.solids_mm, i.depth_mm, i.note, i.filed_at
  FROM inspection i
  JOIN trap t USING (trap_id)
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
 WHERE i.inspection_id < %(before_id)s
   AND (%(inspection_id)s::bigint IS NULL OR i.inspection_id = %(inspection_id)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(trap_id)s::int IS NULL OR i.trap_id = %(trap_id)s)
   AND (%(from_at)s::timestamptz IS NULL OR i.inspected_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR i.inspected_at < %(to_at)s)
 ORDER BY i.inspection_id DESC
 LIMIT %(count_max)s;
