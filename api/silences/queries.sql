-- select_silences --
-- A page of silences, newest first; one alone where silence_id is given. in_force: not over yet.
SELECT silence_id, rule_code AS rule, severity_max, town_id, restaurant_id, trap_id, device_id, starts_at, ends_at,
       author, comment, created_at, expired_at,
       CASE WHEN least(ends_at, expired_at) <= %(now)s THEN 'over'
            WHEN starts_at > %(now)s THEN 'planned'
            ELSE 'in_force' END AS state
  FROM silence
 WHERE silence_id < %(before_id)s
   AND (%(silence_id)s::bigint IS NULL OR silence_id = %(silence_id)s)
   AND (%(everything)s OR least(ends_at, expired_at) > %(now)s)
 ORDER BY silence_id DESC
 LIMIT %(count_max)s;

-- insert_silence --
-- A new silence.
INSERT INTO silence (rule_code, severity_max, town_id, restaurant_id, trap_id, device_id, starts_at, ends_at, author,
                     comment, created_at)
VALUES (%(rule)s, %(severity_max)s, %(town_id)s, %(restaurant_id)s, %(trap_id)s, %(device_id)s, %(starts_at)s,
        %(ends_at)s, %(author)s, %(comment)s, %(now)s)
RETURNING silence_id;

-- expire_silence --
-- End it now; no row comes back if it is over already.
UPDATE silence SET expired_at = %(now)s
 WHERE silence_id = %(silence_id)s AND least(ends_at, expired_at) > %(now)s
RETURNING silence_id;

-- rule_exists --
-- Whether there is or was a rule of that code.
SELECT 1 FROM rule WHERE code = %(rule)s LIMIT 1;
