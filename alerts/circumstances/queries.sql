-- select_works --
-- Work at traps that is going on, planned, or only just over: trap, from, to, and since when we know of it.
-- After a pump-out the trap refills for a while.
SELECT trap_id, coalesce(opened_at, planned_from),
       CASE state WHEN 'open' THEN NULL
                  WHEN 'planned' THEN planned_to
                  ELSE closed_at + CASE kind WHEN 'pump_out' THEN INTERVAL '2 hours' ELSE INTERVAL '0' END END,
       created_at
  FROM job
 WHERE trap_id = ANY (%(trap_ids)s)
   AND (state = 'open' OR planned_to > %(since)s OR closed_at > %(since)s)
   AND (state <> 'closed' OR opened_at IS NOT NULL);

-- select_explaining_episodes --
-- Episodes of rules that inhibit others, open or only just over, by what they are about.
SELECT rule_code, device_id, trap_id, gateway_id, branch, opened_at, settled_at
  FROM alert
 WHERE status = 'firing' AND rule_code = ANY (%(rule_codes)s)
 UNION ALL
SELECT a.rule_code, device_id, trap_id, gateway_id, branch, opened_at, settled_at
  FROM alert a
  JOIN unnest(%(lingering)s::text[], %(linger_s)s::float8[]) AS l (rule_code, linger_s) USING (rule_code)
 WHERE a.status = 'resolved' AND a.settled_at > %(now)s - l.linger_s * INTERVAL '1 second';
