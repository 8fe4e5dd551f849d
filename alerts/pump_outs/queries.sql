-- lock_traps --
-- Keep others from filing and matching at these traps; in order, or two callers deadlock. What refers to a trap
-- (alerts, tickets) is not kept waiting.
SELECT trap_id FROM trap WHERE trap_id = ANY (%(trap_ids)s) ORDER BY trap_id FOR NO KEY UPDATE;

-- insert_manifest --
-- A manifest; no row comes back if the hauler's number is there already.
INSERT INTO pump_out (source, trap_id, job_id, pumped_at, filed_at, volume_l, hauler, disposer, manifest_no)
VALUES ('manifest', %(trap_id)s, %(job_id)s, %(pumped_at)s, %(now)s, %(volume_l)s, %(hauler)s, %(disposer)s,
        %(manifest_no)s)
ON CONFLICT (hauler, manifest_no) DO NOTHING
RETURNING pump_out_id;

-- insert_draw_downs --
-- Draw-downs of levels.
INSERT INTO pump_out (source, trap_id, pumped_at, filed_at, level_before_mm, level_min_mm)
SELECT 'detected', trap_id, to_timestamp_us(detected_us), %(now)s, level_before_mm, level_min_mm
  FROM unnest(%(trap_id)s::int[], %(detected_us)s::bigint[], %(level_before_mm)s::float8[], %(level_min_mm)s::float8[])
       WITH ORDINALITY AS given (trap_id, detected_us, level_before_mm, level_min_mm, place)
 ORDER BY place
RETURNING pump_out_id, trap_id, pumped_at;

-- select_events --
-- Draw-downs or manifests of traps within a span, also at its ends; only those without a counterpart where asked.
SELECT p.pump_out_id, p.trap_id, p.pumped_at
  FROM pump_out p
 WHERE p.trap_id = ANY (%(trap_ids)s)
   AND p.source = %(source)s
   AND p.pumped_at BETWEEN %(from_at)s AND %(to_at)s
   AND (NOT %(only_unmatched)s
        OR (p.manifest_id IS NULL AND NOT EXISTS (SELECT FROM pump_out d WHERE d.manifest_id = p.pump_out_id)));

-- link_draw_downs --
-- Give draw-downs their manifests.
UPDATE pump_out p
   SET manifest_id = link.manifest_id, matched_at = %(now)s
  FROM unnest(%(draw_down_ids)s::bigint[], %(manifest_ids)s::bigint[]) AS link (draw_down_id, manifest_id)
 WHERE p.pump_out_id = link.draw_down_id;

-- select_source --
-- Whether a pump-out is a manifest or a draw-down.
SELECT source FROM pump_out WHERE pump_out_id = %(pump_out_id)s;

-- insert_confirmation --
-- One party's word; no row comes back if it has confirmed before.
INSERT INTO pump_out_confirmation (pump_out_id, party, confirmed_by, confirmed_at)
VALUES (%(pump_out_id)s, %(party)s, %(by)s, %(now)s)
ON CONFLICT (pump_out_id, party) DO NOTHING
RETURNING 1;

-- select_pump_outs --
-- Pump-outs of traps with pumped_at in [from_at, to_at), by trap and time.
SELECT p.pump_out_id, p.trap_id, p.source, p.pumped_at, p.filed_at, p.volume_l, t.capacity_l, p.level_min_mm,
       coalesce(p.manifest_id, d.pump_out_id), coalesce(p.matched_at, d.matched_at), c.parties, c.confirmed_at
  FROM pump_out p
  JOIN trap t USING (trap_id)
  LEFT JOIN pump_out d ON d.manifest_id = p.pump_out_id
 CROSS JOIN LATERAL (
         SELECT coalesce(array_agg(party), '{}') AS parties, coalesce(array_agg(confirmed_at), '{}') AS confirmed_at
           FROM pump_out_confirmation
          WHERE pump_out_id = p.pump_out_id
       ) AS c
 WHERE p.trap_id = ANY (%(trap_ids)s) AND p.pumped_at >= %(from_at)s AND p.pumped_at < %(to_at)s
 ORDER BY p.trap_id, p.pumped_at, p.pump_out_id;
