-- select_rules --
-- Rules in force; one alone where code is given.
SELECT rule_id, code, version, kind, name, name_en, severity, enabled, definition, created_at
  FROM rule
 WHERE superseded_at IS NULL AND (%(code)s::text IS NULL OR code = %(code)s)
 ORDER BY code;

-- select_overrides --
-- Overrides of a rule, widest scope first; one alone where scope is given.
SELECT rule_override_id, rule_code, scope, scope_ref, parameters, reason, created_at
  FROM rule_override
 WHERE rule_code = %(rule_code)s
   AND (%(scope)s::text IS NULL OR (scope = %(scope)s AND scope_ref = %(scope_ref)s))
 ORDER BY array_position(ARRAY['county', 'town', 'type', 'trap'], scope), scope_ref;

-- scope_exists --
-- Whether the place of an override exists.
SELECT CASE %(scope)s::text
         WHEN 'county' THEN %(scope_ref)s::text = ''
         WHEN 'town' THEN EXISTS (SELECT 1 FROM town WHERE code = %(scope_ref)s)
         WHEN 'type' THEN %(scope_ref)s::text IN ('large', 'small', 'canteen', 'night_market')
         WHEN 'trap' THEN EXISTS (SELECT 1 FROM trap WHERE code = %(scope_ref)s)
       END;

-- upsert_override --
-- Set the thresholds of one place.
INSERT INTO rule_override (rule_code, scope, scope_ref, parameters, reason, created_at)
VALUES (%(rule_code)s, %(scope)s, %(scope_ref)s, %(parameters)s, %(reason)s, %(now)s)
ON CONFLICT (rule_code, scope, scope_ref)
DO UPDATE SET parameters = excluded.parameters, reason = excluded.reason, created_at = excluded.created_at
RETURNING rule_override_id;

-- delete_override --
-- Let a place go back to the wider thresholds.
DELETE FROM rule_override
 WHERE rule_code = %(rule_code)s AND scope = %(scope)s AND scope_ref = %(scope_ref)s
RETURNING rule_override_id;
