-- Who may come in: accounts, sessions, machine tokens; and rows by town, enforced here and nowhere else.
SET LOCAL lock_timeout = '5s';

-- People. Never deleted: their names stand in the audit trail.
CREATE TABLE account (
  account_id     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name           text NOT NULL UNIQUE,
  display_name   text NOT NULL DEFAULT '',
  password_hash  text,                        -- argon2id; NULL: comes in by OpenID Connect only
  oidc_subject   text UNIQUE,                 -- issuer and subject at the identity provider, joined by a line break
  roles          text[] NOT NULL,             -- viewer, inspector, dispatcher, verifier, supervisor, admin
  town_ids       int[] NOT NULL DEFAULT '{}', -- empty: the whole county
  unit_code      text REFERENCES unit (code), -- whose tickets an inspector handles
  is_active      boolean NOT NULL DEFAULT true,
  version        int NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  CONSTRAINT account_roles_known
    CHECK (roles <@ ARRAY['viewer', 'inspector', 'dispatcher', 'verifier', 'supervisor', 'admin'])
);

-- A person at one browser. Only the SHA-256 of the cookie's value is kept.
CREATE TABLE session (
  session_hash  bytea PRIMARY KEY,
  account_id    int NOT NULL REFERENCES account,
  created_at    timestamptz NOT NULL,
  seen_at       timestamptz NOT NULL,         -- to the minute
  expires_at    timestamptz NOT NULL          -- whatever happens
);
CREATE INDEX session_account ON session (account_id);
CREATE INDEX session_expiry ON session (expires_at);

-- Programs. Never deleted: their names stand in the audit trail. Only the SHA-256 of the token is kept.
CREATE TABLE api_token (
  api_token_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text NOT NULL,
  token_hash    bytea NOT NULL UNIQUE,
  scopes        text[] NOT NULL,
  town_ids      int[] NOT NULL DEFAULT '{}',  -- empty: the whole county
  unit_code     text REFERENCES unit (code),  -- NULL: may act for every unit
  created_by    text NOT NULL,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz,
  last_used_at  timestamptz,                  -- to the minute
  revoked_at    timestamptz
);
CREATE UNIQUE INDEX api_token_name ON api_token (name) WHERE revoked_at IS NULL;

-- Logins that failed, by what was tried: the SHA-256 of an account's name (existing or not) or of an address.
CREATE TABLE login_failure (
  subject_hash    bytea PRIMARY KEY,
  failure_count   int NOT NULL,
  last_failed_at  timestamptz NOT NULL,
  locked_until    timestamptz
);
CREATE INDEX login_failure_age ON login_failure (last_failed_at);

-- The audit trail's chain and a device's history are written by whoever changes something, also where they may not
-- see what they write.
ALTER FUNCTION append_to_ledger() SECURITY DEFINER SET search_path = public, pg_temp;
ALTER FUNCTION note_device_status() SECURITY DEFINER SET search_path = public, pg_temp;

-- Rows by town (docs/decisions/0022). A caller limited to towns works as the role trapwatch_scoped with
-- trapwatch.towns set, both until its transaction ends. The owner of the tables, as which everything else works, is
-- not subject to the policies.
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trapwatch_scoped') THEN
    CREATE ROLE trapwatch_scoped NOLOGIN;
  END IF;
EXCEPTION
  WHEN duplicate_object OR unique_violation THEN NULL;       -- another database of this cluster was faster
  WHEN insufficient_privilege THEN
    RAISE NOTICE 'trapwatch_scoped is not there and may not be created: callers limited to towns are refused';
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'trapwatch_scoped')
     AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE format('GRANT trapwatch_scoped TO %I', current_user);
  END IF;
EXCEPTION
  WHEN insufficient_privilege THEN NULL;  -- whoever made the role has granted it, or `trapwatch doctor` asks for it
END $$;

CREATE FUNCTION scope_towns() RETURNS int[] LANGUAGE sql STABLE
RETURN string_to_array(current_setting('trapwatch.towns', true), ',')::int[];

-- Two references that a policy cannot follow itself: it would ask its own table.
CREATE FUNCTION complaint_in_scope(number bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM complaint WHERE complaint_id = number AND town_id = ANY (scope_towns()))
$$;
CREATE FUNCTION gateway_in_scope(gateway int, device int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
  SET search_path = public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM gateway g WHERE g.gateway_id = gateway_in_scope.gateway AND g.town_id = ANY (scope_towns()))
      OR EXISTS (SELECT FROM device d  -- as it was
                  WHERE d.device_id = gateway_in_scope.device AND d.gateway_id = gateway_in_scope.gateway)
$$;

-- Places: by their town, or by the place they belong to, whose own policy applies within.
ALTER TABLE town ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON town FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE restaurant ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON restaurant USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE trap ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON trap
  USING (EXISTS (SELECT FROM restaurant r WHERE r.restaurant_id = trap.restaurant_id));
ALTER TABLE gateway ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON gateway FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE device ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON device
  USING (EXISTS (SELECT FROM trap t WHERE t.trap_id = device.trap_id))
  WITH CHECK (EXISTS (SELECT FROM trap t WHERE t.trap_id = device.trap_id)
              AND (gateway_id IS NULL OR gateway_in_scope(gateway_id, device_id)));
ALTER TABLE series_state ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON series_state FOR SELECT
  USING (EXISTS (SELECT FROM device d WHERE d.device_id = series_state.device_id));
ALTER TABLE reading_hourly ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON reading_hourly FOR SELECT
  USING (EXISTS (SELECT FROM device d WHERE d.device_id = reading_hourly.device_id));

-- What happens there.
ALTER TABLE alert ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON alert USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE alert_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON alert_event
  USING (EXISTS (SELECT FROM alert a WHERE a.alert_id = alert_event.alert_id));
ALTER TABLE alert_escalation ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON alert_escalation
  USING (EXISTS (SELECT FROM alert a WHERE a.alert_id = alert_escalation.alert_id));
ALTER TABLE ticket ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON ticket USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE ticket_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON ticket_event
  USING (EXISTS (SELECT FROM ticket k WHERE k.ticket_id = ticket_event.ticket_id));
ALTER TABLE ticket_clock ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON ticket_clock
  USING (EXISTS (SELECT FROM ticket k WHERE k.ticket_id = ticket_clock.ticket_id));
ALTER TABLE ticket_attachment ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON ticket_attachment
  USING (EXISTS (SELECT FROM ticket k WHERE k.ticket_id = ticket_attachment.ticket_id));
ALTER TABLE job ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON job USING (EXISTS (SELECT FROM trap t WHERE t.trap_id = job.trap_id));
ALTER TABLE pump_out ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON pump_out USING (EXISTS (SELECT FROM trap t WHERE t.trap_id = pump_out.trap_id));
ALTER TABLE pump_out_confirmation ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON pump_out_confirmation
  USING (EXISTS (SELECT FROM pump_out p WHERE p.pump_out_id = pump_out_confirmation.pump_out_id));
ALTER TABLE inspection ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON inspection USING (EXISTS (SELECT FROM trap t WHERE t.trap_id = inspection.trap_id));
ALTER TABLE closure ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON closure
  USING (EXISTS (SELECT FROM restaurant r WHERE r.restaurant_id = closure.restaurant_id));
ALTER TABLE rainfall ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON rainfall USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE complaint ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON complaint
  USING (town_id = ANY ((SELECT scope_towns())::int[]))
  WITH CHECK (town_id = ANY ((SELECT scope_towns())::int[])
              AND (restaurant_id IS NULL
                   OR EXISTS (SELECT FROM restaurant r WHERE r.restaurant_id = complaint.restaurant_id))
              AND (duplicate_of IS NULL OR complaint_in_scope(duplicate_of)));

ALTER TABLE inspection_plan ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON inspection_plan USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE inspection_stop ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON inspection_stop
  USING (EXISTS (SELECT FROM inspection_plan p WHERE p.inspection_plan_id = inspection_stop.inspection_plan_id));
ALTER TABLE inspection_item ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON inspection_item
  USING (EXISTS (SELECT FROM inspection_stop s WHERE s.inspection_stop_id = inspection_item.inspection_stop_id));
ALTER TABLE handover_sent ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON handover_sent
  USING (EXISTS (SELECT FROM ticket k WHERE k.ticket_id = handover_sent.ticket_id));
ALTER TABLE handover_echo ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON handover_echo
  USING (EXISTS (SELECT FROM ticket k WHERE k.ticket_id = handover_echo.ticket_id));
ALTER TABLE handover_received ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON handover_received
  USING (EXISTS (SELECT FROM ticket k WHERE k.ticket_id = handover_received.ticket_id));

-- What is counted of them, by timers.
ALTER TABLE restaurant_coverage ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON restaurant_coverage FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE coverage_count ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON coverage_count FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE coverage_frozen ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON coverage_frozen FOR SELECT USING (town_id = ANY ((SELECT scope_towns())::int[]));
ALTER TABLE device_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON device_day FOR SELECT
  USING (EXISTS (SELECT FROM restaurant r WHERE r.restaurant_id = device_day.restaurant_id));

-- What is decided about places: all that it names lies in the towns, and it names something.
ALTER TABLE silence ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON silence
  USING (num_nonnulls(town_id, restaurant_id, trap_id, device_id) > 0
         AND (town_id IS NULL OR town_id = ANY ((SELECT scope_towns())::int[]))
         AND (restaurant_id IS NULL
              OR EXISTS (SELECT FROM restaurant r WHERE r.restaurant_id = silence.restaurant_id))
         AND (trap_id IS NULL OR EXISTS (SELECT FROM trap t WHERE t.trap_id = silence.trap_id))
         AND (device_id IS NULL OR EXISTS (SELECT FROM device d WHERE d.device_id = silence.device_id)));
ALTER TABLE maintenance_window ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON maintenance_window
  USING (town_id = ANY ((SELECT scope_towns())::int[])
         OR EXISTS (SELECT FROM restaurant r WHERE r.restaurant_id = maintenance_window.restaurant_id)
         OR EXISTS (SELECT FROM trap t WHERE t.trap_id = maintenance_window.trap_id)
         OR EXISTS (SELECT FROM gateway g WHERE g.gateway_id = maintenance_window.gateway_id));
ALTER TABLE rule_override ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON rule_override
  USING (CASE scope WHEN 'town' THEN EXISTS (SELECT FROM town w WHERE w.code = scope_ref)
                    WHEN 'trap' THEN EXISTS (SELECT FROM trap t WHERE t.code = scope_ref)
                    ELSE false END);
CREATE POLICY of_the_county ON rule_override FOR SELECT USING (scope IN ('county', 'type'));
ALTER TABLE unit_route ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON unit_route FOR SELECT
  USING (town_id IS NULL OR town_id = ANY ((SELECT scope_towns())::int[]));

-- Readings: TimescaleDB allows no policies beside its columnstore. Callers limited to towns find this view under the
-- table's name (their search_path begins with this schema) and have no right to the table. The same goes for rows that
-- sum up the county.
CREATE SCHEMA scoped;
CREATE VIEW scoped.reading AS
SELECT r.measured_at, r.device_id, r.metric, r.value, r.quality, r.received_at
  FROM public.reading r
 WHERE EXISTS (SELECT
                 FROM public.device d JOIN public.trap t USING (trap_id) JOIN public.restaurant x USING (restaurant_id)
                WHERE d.device_id = r.device_id AND x.town_id = ANY ((SELECT public.scope_towns())::int[]));

CREATE VIEW scoped.coverage_state AS
SELECT s.only_one, s.as_of, s.duration_ms,
       (SELECT count(*)::int FROM public.restaurant r
         WHERE r.town_id = ANY ((SELECT public.scope_towns())::int[])) AS restaurant_count,
       s.register_updated_at, h.received_at, h.good_received_at
  FROM public.coverage_state s
 CROSS JOIN LATERAL (
         SELECT max(c.received_at) AS received_at, max(c.good_received_at) AS good_received_at
           FROM public.series_state c JOIN public.device d USING (device_id) JOIN public.trap t USING (trap_id)
           JOIN public.restaurant x USING (restaurant_id)
          WHERE x.town_id = ANY ((SELECT public.scope_towns())::int[])
       ) AS h;
CREATE VIEW scoped.coverage_freeze AS
SELECT f.coverage_freeze_id, f.span, f.starts_on, f.revision, f.as_of,
       (SELECT sum(z.registered)::int FROM public.coverage_frozen z
         WHERE z.coverage_freeze_id = f.coverage_freeze_id
           AND z.town_id = ANY ((SELECT public.scope_towns())::int[])) AS restaurant_count,
       f.register_updated_at, f.reason, f.frozen_by, f.frozen_at
  FROM public.coverage_freeze f;

-- Gives callers limited to towns their rights; false: there is no such role. A table with policies they may use as those
-- allow; to a table without policies they come only if it is named here: what it holds belongs to no town, or is
-- written on the way and never shown. A later migration enables row level security on its table and calls this again.
CREATE FUNCTION grant_to_scoped() RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  relation text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trapwatch_scoped') THEN
    RETURN false;
  END IF;
  EXECUTE 'GRANT USAGE ON SCHEMA public, scoped TO trapwatch_scoped';
  FOR relation IN
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY relname
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO trapwatch_scoped', relation);
  END LOOP;
  GRANT SELECT ON public.rule, public.unit, public.webhook_endpoint, public.intake_change, scoped.reading,
                  scoped.coverage_state, scoped.coverage_freeze TO trapwatch_scoped;
  GRANT SELECT, INSERT ON public.blob, public.idempotent_answer, public.webhook_message, public.webhook_delivery,
                          public.webhook_waiting TO trapwatch_scoped;
  GRANT INSERT ON public.audit_event TO trapwatch_scoped;
  RETURN true;
END $$;
SELECT grant_to_scoped();
