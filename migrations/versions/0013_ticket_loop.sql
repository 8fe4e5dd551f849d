-- The closed loop: who a ticket is given to, its clocks, its attachments; answers kept for repeated requests.
SET LOCAL lock_timeout = '5s';

-- Units that tickets are given to (承办单位).
CREATE TABLE unit (
  unit_id     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code        text NOT NULL UNIQUE,
  name        text NOT NULL,
  name_en     text NOT NULL,
  phone       text NOT NULL DEFAULT '',
  is_active   boolean NOT NULL DEFAULT true,
  created_at  timestamptz NOT NULL
);

-- Which unit gets what; the route that says most wins: town and problem, then problem, then town, then neither.
CREATE TABLE unit_route (
  unit_route_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  town_id        int REFERENCES town,     -- NULL: every town
  problem        text,                    -- NULL: every problem
  unit_id        int NOT NULL REFERENCES unit,
  created_at     timestamptz NOT NULL,
  UNIQUE NULLS NOT DISTINCT (town_id, problem)
);

-- Owners were free text: each becomes a unit, to be given its name by whoever knows it.
INSERT INTO unit (code, name, name_en, created_at)
SELECT DISTINCT owner, owner, owner, now() FROM ticket WHERE owner IS NOT NULL;

ALTER TABLE ticket RENAME COLUMN owner TO owner_unit;
ALTER TABLE ticket
  ADD CONSTRAINT ticket_owner_unit_fkey FOREIGN KEY (owner_unit) REFERENCES unit (code),
  ADD COLUMN summary            text NOT NULL DEFAULT '',  -- what a person who opened it says
  ADD COLUMN handler            text,                      -- who reported it as done last
  ADD COLUMN verifier           text,                      -- who closed it last
  ADD COLUMN is_forced          boolean NOT NULL DEFAULT false,  -- the supervisor decided whose it is: no return
  ADD COLUMN return_count       int NOT NULL DEFAULT 0,
  ADD COLUMN rework_count       int NOT NULL DEFAULT 0,
  ADD COLUMN reopen_count       int NOT NULL DEFAULT 0,
  ADD COLUMN merged_into        bigint REFERENCES ticket,
  ADD COLUMN review_date        date,                      -- of a suspended one
  ADD COLUMN filed_at           timestamptz,
  ADD COLUMN reported_at        timestamptz,               -- reported as done, by the unit or the sensor, last
  ADD COLUMN first_resolved_at  timestamptz,               -- the report that the first closing confirmed; stays
  ADD COLUMN terms              jsonb,                     -- alerts.tickets.sla.policy.Terms, given at opening and filing
  ADD CONSTRAINT ticket_handler_does_not_verify CHECK (handler <> verifier),
  ADD CONSTRAINT ticket_merged_somewhere CHECK ((state = 'merged') = (merged_into IS NOT NULL)) NOT VALID;
UPDATE ticket t SET filed_at = e.at
  FROM (SELECT ticket_id, min(at) AS at FROM ticket_event WHERE action = 'file' GROUP BY ticket_id) e
 WHERE e.ticket_id = t.ticket_id;
CREATE INDEX ticket_complaint ON ticket (source_ref, trap_id) WHERE source_kind = 'complaint';
CREATE INDEX ticket_filed ON ticket (filed_at);
CREATE INDEX ticket_owner ON ticket (owner_unit) WHERE state NOT IN ('closed', 'rejected', 'cancelled', 'merged');
CREATE INDEX ticket_restaurant ON ticket (restaurant_id, ticket_id DESC);

-- How much time is left: alerts.tickets.sla.clocks says what starts, pauses and stops which.
CREATE TABLE ticket_clock (
  ticket_id         bigint NOT NULL REFERENCES ticket,
  kind              text NOT NULL CHECK (kind IN (
                      'accept',    -- 受理
                      'dispatch',  -- 派遣
                      'respond',   -- 响应
                      'resolve',   -- 处置
                      'verify'     -- 核查
                    )),
  round             int NOT NULL,
  unit              text NOT NULL CHECK (unit IN ('minute', 'working_hour', 'working_day')),
  amount            int NOT NULL CHECK (amount > 0),
  policy_version    text NOT NULL,
  calendar_version  text NOT NULL,
  started_at        timestamptz NOT NULL,
  due_at            timestamptz,            -- NULL: in a year whose holidays are not known yet
  span_us           bigint,                 -- the time given, working time where the limit is
  state             text NOT NULL CHECK (state IN ('running', 'paused', 'stopped', 'void')),
  step              int NOT NULL,           -- escalations done
  step_at           timestamptz,            -- when the next one is due
  left_us           bigint,                 -- what was left when it was paused
  stopped_at        timestamptz,
  breached_at       timestamptz,            -- the due time that was missed; written once
  PRIMARY KEY (ticket_id, kind, round),
  CHECK ((state IN ('stopped', 'void')) = (stopped_at IS NOT NULL))
);
CREATE INDEX ticket_clock_step ON ticket_clock (step_at) WHERE state = 'running';
CREATE INDEX ticket_clock_unknown ON ticket_clock (ticket_id) WHERE state = 'running' AND due_at IS NULL;

CREATE FUNCTION keep_breach() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a breach is written once' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ticket_clock_breach_stays BEFORE UPDATE ON ticket_clock FOR EACH ROW
  WHEN (OLD.breached_at IS NOT NULL AND NEW.breached_at IS DISTINCT FROM OLD.breached_at) EXECUTE FUNCTION keep_breach();

-- Files by their content: the bytes lie in TRAPWATCH_EVIDENCE__BLOB_DIR.
CREATE TABLE blob (
  sha256       text PRIMARY KEY CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  media_type   text NOT NULL,
  byte_count   bigint NOT NULL,
  received_at  timestamptz NOT NULL
);

CREATE TABLE ticket_attachment (
  ticket_id    bigint NOT NULL REFERENCES ticket,
  sha256       text NOT NULL REFERENCES blob,
  uploaded_by  text NOT NULL,
  uploaded_at  timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, sha256)
);
CREATE TRIGGER ticket_attachment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_attachment
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Answers to requests that carried an Idempotency-Key, to be given again; kept for a day.
CREATE TABLE idempotent_answer (
  scope        text NOT NULL,              -- method, route and caller
  key          text NOT NULL,
  fingerprint  bytea NOT NULL,             -- sha256 of path, headers that count and body
  status       int NOT NULL,
  headers      jsonb NOT NULL,
  body         bytea NOT NULL,
  created_at   timestamptz NOT NULL,
  PRIMARY KEY (scope, key)
);
CREATE INDEX idempotent_answer_age ON idempotent_answer (created_at);
