-- select_devices --
-- All devices in service on the next traps, from a trap number on.
SELECT device_id, trap_id
  FROM device
 WHERE status IN ('active', 'maintenance') AND commissioned_at IS NOT NULL
   AND trap_id IN (SELECT DISTINCT trap_id FROM device
                    WHERE trap_id > %(after_id)s AND status IN ('active', 'maintenance') AND commissioned_at IS NOT NULL
                    ORDER BY trap_id
                    LIMIT %(limit)s)
 ORDER BY trap_id, device_id;

-- select_readings --
-- What rules over windows look at: all qualities but bad clocks, as it was known when the window was judged.
SELECT device_id, metric, measured_at, value, quality, received_at
  FROM reading
 WHERE device_id = ANY (%(device_ids)s) AND metric = ANY (%(metrics)s)
   AND measured_at >= %(from_at)s AND measured_at <= %(to_at)s
   AND quality <> 1;

-- select_gateway_silences --
-- When gateways were silent as a whole.
SELECT gateway_id, started_at, ended_at FROM alert
 WHERE rule_code = 'R14' AND gateway_id = ANY (%(gateway_ids)s) AND device_id IS NULL
   AND (status = 'firing' OR ended_at >= %(from_at)s);

-- select_days --
-- Digests of operating days, oldest first.
SELECT trap_id, digest::text FROM trap_day
 WHERE trap_id = ANY (%(trap_ids)s) AND day >= %(from_day)s
 ORDER BY trap_id, day;

-- upsert_days --
-- Keep digests; made again where late data came.
INSERT INTO trap_day (trap_id, day, digest, computed_at)
SELECT trap_id, day, digest::jsonb, %(now)s
  FROM unnest(%(trap_id)s::int[], %(day)s::date[], %(digest)s::text[]) AS u (trap_id, day, digest)
ON CONFLICT (trap_id, day) DO UPDATE SET digest = excluded.digest, computed_at = excluded.computed_at;

-- select_cursor --
-- Up to when rules of a cadence have been evaluated.
SELECT evaluated_to FROM windowed_cursor WHERE cadence = %(cadence)s;

-- upsert_cursor --
-- Rules of a cadence have been evaluated up to an instant.
INSERT INTO windowed_cursor (cadence, evaluated_to) VALUES (%(cadence)s, %(to_at)s)
ON CONFLICT (cadence) DO UPDATE SET evaluated_to = excluded.evaluated_to;

-- select_machines --
-- What machines of windowed rules remember, by subject.
SELECT rule_code, subject_kind, subject_ref, alert_id, condition, state::text, memory::text
  FROM windowed_state
 WHERE subject_kind = %(kind)s AND subject_ref = ANY (%(refs)s);

-- upsert_machines --
-- Write machines that have something to remember.
INSERT INTO windowed_state (rule_code, subject_kind, subject_ref, phase, state, memory, condition, alert_id)
SELECT rule_code, subject_kind, subject_ref, phase, state::jsonb, memory::jsonb, condition, alert_id
  FROM unnest(%(rule_code)s::text[], %(subject_kind)s::text[], %(subject_ref)s::text[], %(phase)s::smallint[],
              %(state)s::text[], %(memory)s::text[], %(condition)s::text[], %(alert_id)s::bigint[])
       AS u (rule_code, subject_kind, subject_ref, phase, state, memory, condition, alert_id)
ON CONFLICT (rule_code, subject_kind, subject_ref) DO UPDATE SET
  phase = excluded.phase, state = excluded.state, memory = excluded.memory, condition = excluded.condition,
  alert_id = excluded.alert_id;

-- delete_machines --
-- Forget machines that have nothing to remember.
DELETE FROM windowed_state
 WHERE (rule_code, subject_kind, subject_ref) IN (
         SELECT * FROM unnest(%(rule_code)s::text[], %(subject_kind)s::text[], %(subject_ref)s::text[]));

-- select_cluster_members --
-- Episodes of member rules on traps with a sewer branch that are open or fired lately.
SELECT t.sewer_branch, a.trap_id, a.town_id, a.fired_at, a.ended_at
  FROM alert a JOIN trap t USING (trap_id)
 WHERE a.rule_code = ANY (%(members)s) AND t.sewer_branch IS NOT NULL
   AND (a.status = 'firing' OR a.fired_at >= %(since)s AND a.opened_at >= %(since)s)
 ORDER BY t.sewer_branch, a.fired_at;

-- select_branches --
-- Branches about which a cluster rule remembers something.
SELECT subject_ref FROM windowed_state WHERE subject_kind = 'branch';
