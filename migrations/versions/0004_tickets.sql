-- What is done about it: remediation tickets and the append-only audit trail.
SET LOCAL lock_timeout = '5s';

CREATE TABLE ticket (
  ticket_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trap_id        int NOT NULL REFERENCES trap,
  restaurant_id  int NOT NULL REFERENCES restaurant,
  town_id        int NOT NULL REFERENCES town,
  problem        text NOT NULL,             -- overflow, cover, …: one active ticket a (trap, problem)
  severity       text NOT NULL CHECK (severity IN ('blue', 'yellow', 'orange', 'red')),
  state          text NOT NULL CHECK (state IN (
                   'new',          -- 待受理
                   'accepted',     -- 已受理
                   'filed',        -- 已立案
                   'dispatched',   -- 已派遣
                   'in_progress',  -- 处置中
                   'reported',     -- 待核查
                   'closed',       -- 结案
                   'rejected',     -- 不予立案
                   'suspended',    -- 挂账
                   'cancelled',    -- 作废
                   'merged'        -- 并案
                 )),
  source_kind    text NOT NULL CHECK (source_kind IN ('alert', 'complaint', 'patrol', 'api')),
  source_ref     text NOT NULL,
  owner          text,
  sensor_cleared boolean NOT NULL DEFAULT false,
  resume_state   text,                      -- where a suspended ticket goes back to
  version        int NOT NULL DEFAULT 1,
  created_at     timestamptz NOT NULL,
  updated_at     timestamptz NOT NULL,
  closed_at      timestamptz,
  CHECK ((state = 'suspended') = (resume_state IS NOT NULL))
);
CREATE UNIQUE INDEX ticket_one_active ON ticket (trap_id, problem)
  WHERE state NOT IN ('closed', 'rejected', 'cancelled', 'merged');
CREATE INDEX ticket_town ON ticket (town_id, ticket_id DESC);

CREATE TABLE ticket_event (
  ticket_event_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ticket_id        bigint NOT NULL REFERENCES ticket,
  version          int NOT NULL,             -- the ticket's version after the event
  action           text NOT NULL,
  from_state       text,
  to_state         text NOT NULL,
  actor            text NOT NULL,
  at               timestamptz NOT NULL,
  detail           jsonb NOT NULL DEFAULT '{}',
  UNIQUE (ticket_id, version)
);

ALTER TABLE alert ADD COLUMN ticket_id bigint REFERENCES ticket;
CREATE INDEX alert_ticket ON alert (ticket_id) WHERE ticket_id IS NOT NULL;

CREATE TABLE audit_event (
  audit_event_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at              timestamptz NOT NULL,
  actor           text NOT NULL,
  action          text NOT NULL,
  subject_kind    text NOT NULL,
  subject_id      text NOT NULL,
  detail          jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_event_subject ON audit_event (subject_kind, subject_id, audit_event_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER ticket_event_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
