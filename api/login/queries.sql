-- insert_session --
-- A person has come in.
INSERT INTO session (session_hash, account_id, created_at, seen_at, expires_at)
VALUES (%(session_hash)s, %(account_id)s, %(now)s, %(now)s, %(now)s + %(s_max)s * INTERVAL '1 second');

-- delete_ended_sessions --
-- Sessions that are over by the clock.
DELETE FROM session WHERE expires_at <= %(now)s;

-- update_oidc --
-- What the identity provider says of a person: who they are there, and their roles here.
UPDATE account SET oidc_subject = %(oidc_subject)s, roles = %(roles)s, version = version + 1, updated_at = %(now)s
 WHERE account_id = %(account_id)s AND (oidc_subject IS DISTINCT FROM %(oidc_subject)s OR roles <> %(roles)s);

-- select_login --
-- What a login is judged by.
SELECT account_id, name, password_hash, oidc_subject, roles, is_active FROM account WHERE name = %(name)s;

-- select_oidc_login --
-- The same, by who they are at the identity provider.
SELECT account_id, name, password_hash, oidc_subject, roles, is_active FROM account WHERE oidc_subject = %(oidc_subject)s;

-- try_login_lock --
-- Hold a name until the transaction ends; false: another attempt does.
SELECT pg_try_advisory_xact_lock(%(lock)s::int, hashtext(%(name)s));

-- select_locked_until --
-- Until when one of these must wait.
SELECT max(locked_until) FROM login_failure WHERE subject_hash = ANY (%(subject_hashes)s) AND locked_until > %(now)s;

-- count_failure --
-- One more failure in a row; how many there are now.
INSERT INTO login_failure (subject_hash, failure_count, last_failed_at)
VALUES (%(subject_hash)s, 1, %(now)s)
ON CONFLICT (subject_hash) DO UPDATE
   SET failure_count = login_failure.failure_count + 1, last_failed_at = excluded.last_failed_at
RETURNING failure_count;

-- lock_out --
-- Nobody of this name or address until then.
UPDATE login_failure SET locked_until = %(until)s WHERE subject_hash = %(subject_hash)s;

-- forget_failures --
-- What is so old that it no longer counts, and what a success has ended.
DELETE FROM login_failure WHERE last_failed_at <= %(forgotten_at)s OR subject_hash = %(subject_hash)s;
