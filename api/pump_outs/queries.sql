-- select_pump_outs --
-- A page of pump-outs, the last known first; one alone where pump_out_id is given.
SELECT p.pump_out_id, p.source, p.trap_id, t.code AS trap_code, t.capacity_l, p.job_id, p.pumped_at, p.filed_at,
       p.volume_l, p.hauler, p.disposer, p.manifest_no, p.level_before_mm, p.level_min_mm,
       coalesce(p.manifest_id, d.pump_out_id) AS counterpart_id, coalesce(p.matched_at, d.matched_at) AS matched_at,
       (SELECT coalesce(jsonb_agg(jsonb_build_object('party', party, 'confirmed_by', confirmed_by, 'confirmed_at',
                                                     confirmed_at) ORDER BY confirmed_at, party), '[]')
          FROM pump_out_confirmation c
         WHERE c.pump_out_id = p.pump_out_id) AS confirmations
  FROM pump_out p
  JOIN trap t USING (trap_id)
  JOIN restaurant r USING (restaurant_id)
  JOIN town w USING (town_id)
  LEFT JOIN pump_out d ON d.manifest_id = p.pump_out_id
 WHERE p.pump_out_id < %(before_id)s
   AND (%(pump_out_id)s::bigint IS NULL OR p.pump_out_id = %(pump_out_id)s)
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
   AND (%(trap_id)s::int IS NULL OR p.trap_id = %(trap_id)s)
   AND (%(source)s::text IS NULL OR p.source = %(source)s)
   AND (%(matched)s::boolean IS NULL OR %(matched)s = (coalesce(p.manifest_id, d.pump_out_id) IS NOT NULL))
   AND (%(from_at)s::timestamptz IS NULL OR p.pumped_at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR p.pumped_at < %(to_at)s)
 ORDER BY p.pump_out_id DESC
 LIMIT %(count_max)s;
