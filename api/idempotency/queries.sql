-- try_lock --
-- Hold a key until the transaction ends; false: somebody else does.
SELECT pg_try_advisory_xact_lock(hashtextextended(%(scope)s || chr(10) || %(key)s, 7425));

-- select_answer --
-- What a key was answered before.
SELECT fingerprint, status, headers, body FROM idempotent_answer WHERE scope = %(scope)s AND key = %(key)s;

-- insert_answer --
-- Keep an answer.
INSERT INTO idempotent_answer (scope, key, fingerprint, status, headers, body, created_at)
VALUES (%(scope)s, %(key)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s, %(now)s);
