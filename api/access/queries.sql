-- select_session_caller --
-- Who a session belongs to, if it has not ended.
SELECT a.account_id, a.name, a.roles, a.town_ids, a.unit_code, s.seen_at
  FROM session s
  JOIN account a USING (account_id)
 WHERE s.session_hash = %(session_hash)s
   AND s.expires_at > %(now)s
   AND s.seen_at > %(now)s - %(idle_s)s * INTERVAL '1 second'
   AND a.is_active;

-- touch_session --
-- It was used.
UPDATE session SET seen_at = %(now)s WHERE session_hash = %(session_hash)s;

-- delete_session --
-- A person has gone.
DELETE FROM session WHERE session_hash = %(session_hash)s;

-- delete_sessions --
-- End all sessions of an account, but for one that may stay.
DELETE FROM session WHERE account_id = %(account_id)s AND session_hash IS DISTINCT FROM %(kept_hash)s;

-- select_token_caller --
-- Who a token belongs to, if it is good.
SELECT api_token_id, name, scopes, town_ids, unit_code, last_used_at
  FROM api_token
 WHERE token_hash = %(token_hash)s
   AND revoked_at IS NULL
   AND (expires_at IS NULL OR expires_at > %(now)s);

-- touch_token --
-- It was used.
UPDATE api_token SET last_used_at = %(now)s WHERE api_token_id = %(api_token_id)s;

-- select_tokens --
-- Tokens by number, those that are over included; one alone where a number is given.
SELECT t.api_token_id AS token_id, t.name, t.scopes, t.unit_code AS unit, t.created_by, t.created_at, t.expires_at,
       t.last_used_at, t.revoked_at,
       ARRAY(SELECT w.code FROM town w WHERE w.town_id = ANY (t.town_ids) ORDER BY w.town_id) AS towns
  FROM api_token t
 WHERE t.api_token_id > %(after_id)s
   AND (%(token_id)s::int IS NULL OR t.api_token_id = %(token_id)s)
 ORDER BY t.api_token_id
 LIMIT %(count_max)s;

-- insert_token --
-- A new token.
INSERT INTO api_token (name, token_hash, scopes, town_ids, unit_code, created_by, created_at, expires_at)
VALUES (%(name)s, %(token_hash)s, %(scopes)s, %(town_ids)s, %(unit)s, %(created_by)s, %(now)s, %(expires_at)s)
RETURNING api_token_id;

-- revoke_token --
-- End a token for good; no row comes back if it had ended so already.
UPDATE api_token SET revoked_at = %(now)s
 WHERE api_token_id = %(token_id)s AND revoked_at IS NULL
RETURNING api_token_id;

-- select_token_id --
-- The number of the token of this name that is not revoked.
SELECT api_token_id FROM api_token WHERE name = %(name)s AND revoked_at IS NULL;

-- select_accounts --
-- Accounts by number; one alone where a number is given.
SELECT a.account_id, a.name, a.display_name, a.roles, a.unit_code AS unit, a.is_active,
       a.password_hash IS NOT NULL AS has_password, a.oidc_subject IS NOT NULL AS has_oidc, a.version, a.created_at,
       a.updated_at,
       ARRAY(SELECT w.code FROM town w WHERE w.town_id = ANY (a.town_ids) ORDER BY w.town_id) AS towns
  FROM account a
 WHERE a.account_id > %(after_id)s
   AND (%(account_id)s::int IS NULL OR a.account_id = %(account_id)s)
 ORDER BY a.account_id
 LIMIT %(count_max)s;

-- select_account_id --
-- The number of the account of this name.
SELECT account_id FROM account WHERE name = %(name)s;

-- lock_account --
-- Keep an account from changing until the transaction ends.
SELECT version FROM account WHERE account_id = %(account_id)s FOR UPDATE;

-- insert_account --
-- A new account.
INSERT INTO account (name, display_name, password_hash, oidc_subject, roles, town_ids, unit_code, is_active, created_at,
                     updated_at)
VALUES (%(name)s, %(display_name)s, %(password_hash)s, %(oidc_subject)s, %(roles)s, %(town_ids)s, %(unit)s,
        %(is_active)s, %(now)s, %(now)s)
RETURNING account_id;

-- update_account --
-- Replace what an administrator may change of an account.
UPDATE account
   SET display_name = %(display_name)s, roles = %(roles)s, town_ids = %(town_ids)s, unit_code = %(unit)s,
       is_active = %(is_active)s, version = version + 1, updated_at = %(now)s
 WHERE account_id = %(account_id)s;

-- update_password --
-- Another password.
UPDATE account SET password_hash = %(password_hash)s, version = version + 1, updated_at = %(now)s
 WHERE account_id = %(account_id)s;

-- count_admins --
-- Administrators of the whole county that can come in.
SELECT count(*)::int FROM account WHERE 'admin' = ANY (roles) AND is_active AND town_ids = '{}';

-- is_account_name --
-- Whether an account has this name.
SELECT EXISTS (SELECT FROM account WHERE name = %(name)s);

-- is_token_name --
-- Whether a token has this name, or (ever) had it.
SELECT EXISTS (SELECT FROM api_token WHERE name = %(name)s AND (%(ever)s OR revoked_at IS NULL));

-- select_town_ids --
-- Numbers of towns by code.
SELECT code, town_id FROM town WHERE code = ANY (%(codes)s) ORDER BY town_id;

-- select_town_codes --
-- Codes of towns by number.
SELECT code FROM town WHERE town_id = ANY (%(town_ids)s) ORDER BY town_id;

-- is_unit --
-- Whether there is such a unit.
SELECT EXISTS (SELECT FROM unit WHERE code = %(code)s);

-- limit_to_towns --
-- See and write rows of these towns only, until the transaction ends.
SET LOCAL ROLE trapwatch_scoped;

-- set_towns --
-- Which towns; and the views that stand in for tables without policies.
SELECT set_config('trapwatch.towns', %(towns)s, true), set_config('search_path', 'scoped, public', true);
