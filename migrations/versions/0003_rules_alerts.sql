-- What it means: versioned rules, overrides, the state of traps that are not idle, episodes.
SET LOCAL lock_timeout = '5s';

CREATE TABLE rule (
  rule_id        int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code           text NOT NULL,              -- R01 …
  version        int NOT NULL,
  kind           text NOT NULL,              -- level | cover | silence …: alerts/rules
  name           text NOT NULL,              -- 中文
  name_en        text NOT NULL,
  severity       text NOT NULL CHECK (severity IN ('blue', 'yellow', 'orange', 'red')),
  definition     jsonb NOT NULL,             -- the catalogue entry, as validated
  enabled        boolean NOT NULL DEFAULT true,
  created_at     timestamptz NOT NULL,
  superseded_at  timestamptz,                -- NULL: the version in force
  UNIQUE (code, version)
);
CREATE UNIQUE INDEX rule_in_force ON rule (code) WHERE superseded_at IS NULL;

-- Thresholds by place; the narrower scope wins: county -> town -> type -> trap.
CREATE TABLE rule_override (
  rule_override_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_code         text NOT NULL,
  scope             text NOT NULL CHECK (scope IN ('county', 'town', 'type', 'trap')),
  scope_ref         text NOT NULL DEFAULT '',  -- town code, restaurant type, or trap code
  parameters        jsonb NOT NULL,
  reason            text NOT NULL DEFAULT '',
  created_at        timestamptz NOT NULL,
  UNIQUE (rule_code, scope, scope_ref)
);

CREATE FUNCTION notify_rules() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('registry', 'rules');
  RETURN NULL;
END $$;
CREATE TRIGGER rule_changed AFTER INSERT OR UPDATE OR DELETE ON rule
  FOR EACH STATEMENT EXECUTE FUNCTION notify_rules();
CREATE TRIGGER rule_override_changed AFTER INSERT OR UPDATE OR DELETE ON rule_override
  FOR EACH STATEMENT EXECUTE FUNCTION notify_rules();

-- An episode: from the first reading that proved the condition to the one that cleared it.
CREATE TABLE alert (
  alert_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dedup_key       text NOT NULL,            -- rule:subject:metric; never value, severity, version or time
  rule_id         int NOT NULL REFERENCES rule,
  rule_code       text NOT NULL,
  severity        text NOT NULL CHECK (severity IN ('blue', 'yellow', 'orange', 'red')),
  device_id       int,
  gateway_id      int,                      -- for gateway alerts
  trap_id         int,
  restaurant_id   int,
  town_id         int,
  metric          smallint,
  status          text NOT NULL CHECK (status IN (
                    'firing',    -- opened
                    'resolved',  -- firing -> resolved: the clear condition was proven
                    'closed'     -- firing -> closed: rule removed or device retired, nothing proven
                  )),
  started_at      timestamptz NOT NULL,     -- event time of the first reading of the condition
  fired_at        timestamptz NOT NULL,     -- event time of the reading that proved it
  opened_at       timestamptz NOT NULL,     -- our clock
  ended_at        timestamptz,              -- event time of the first clear reading
  settled_at      timestamptz,              -- our clock, when resolved or closed
  value           double precision NOT NULL,  -- at fired_at
  peak_value      double precision NOT NULL,
  threshold       jsonb NOT NULL,           -- the numbers that were applied
  seq             int NOT NULL,             -- of the last alert_event
  relapse_count   int NOT NULL DEFAULT 0,
  notified_at     timestamptz,              -- when 'alert.fired' was put out; NULL: nobody was told
  suppressed_by   text,                     -- why nobody was told: job, maintenance, suspended, late
  CHECK ((status = 'firing') = (settled_at IS NULL)),
  CHECK (status <> 'resolved' OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX alert_one_open ON alert (dedup_key) WHERE status = 'firing';
CREATE INDEX alert_trap ON alert (trap_id, alert_id DESC);
CREATE INDEX alert_town ON alert (town_id, alert_id DESC);
CREATE INDEX alert_open ON alert (alert_id DESC) WHERE status = 'firing';

CREATE TABLE alert_event (
  alert_event_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id        bigint NOT NULL REFERENCES alert,
  seq             int NOT NULL,
  type            text NOT NULL,            -- fired | notified | resolved | closed | …
  at              timestamptz NOT NULL,     -- event time
  recorded_at     timestamptz NOT NULL,     -- our clock
  detail          jsonb NOT NULL DEFAULT '{}',
  UNIQUE (alert_id, seq)
);

-- Only series whose machine is not OK have a row; times are microseconds since the epoch, as the
-- pure machine calculates with them.
CREATE TABLE rule_state (
  rule_code       text NOT NULL,
  device_id       int NOT NULL,
  metric          smallint NOT NULL,
  phase           smallint NOT NULL,        -- alerts.lifecycle.Phase: 1 pending, 2 firing, 3 recovering
  since_us        bigint NOT NULL,
  sample_count    int NOT NULL,
  clear_since_us  bigint NOT NULL,
  clear_count     int NOT NULL,
  last_us         bigint NOT NULL,
  last_value      double precision NOT NULL,
  peak_value      double precision NOT NULL,
  relapse_count   int NOT NULL,
  alert_id        bigint REFERENCES alert,
  due_us          bigint,                   -- latched rules: when the clock alone proves the hold
  PRIMARY KEY (device_id, rule_code, metric)
);
CREATE INDEX rule_state_due ON rule_state (due_us) WHERE due_us IS NOT NULL;

-- Planned work on a trap: it explains an open cover, a falling level, a silent device.
CREATE TABLE job (
  job_id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trap_id       int NOT NULL REFERENCES trap,
  kind          text NOT NULL CHECK (kind IN ('pump_out', 'maintenance', 'inspection')),
  state         text NOT NULL CHECK (state IN (
                  'planned',
                  'open',     -- planned -> open: crew checked in
                  'closed'    -- open -> closed; planned -> closed (called off)
                )),
  planned_from  timestamptz NOT NULL,
  planned_to    timestamptz NOT NULL,
  opened_at     timestamptz,
  closed_at     timestamptz,
  hauler        text,
  note          text NOT NULL DEFAULT '',
  created_at    timestamptz NOT NULL,
  CHECK (planned_to > planned_from),
  CHECK ((state = 'closed') = (closed_at IS NOT NULL))
);
CREATE INDEX job_trap ON job (trap_id, planned_from DESC);
