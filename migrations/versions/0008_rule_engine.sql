-- The whole alert semantics: levels, reopening, flapping, staleness, windowed rules, late data.
SET LOCAL lock_timeout = '5s';

ALTER TABLE rule_state
  ADD COLUMN level             smallint NOT NULL DEFAULT -1,    -- highest level proven; -1: none
  ADD COLUMN level_since_us    bigint[] NOT NULL DEFAULT '{}',  -- since when each level holds; 0: it does not
  ADD COLUMN condition         text NOT NULL DEFAULT '',        -- fingerprint of what the state was judged by
  ADD COLUMN resolved_us       bigint NOT NULL DEFAULT 0,       -- phase 0: the last episode, which may be reopened
  ADD COLUMN bounced_us        bigint[] NOT NULL DEFAULT '{}',  -- the last relapses and reopenings
  ADD COLUMN is_flapping       boolean NOT NULL DEFAULT false,
  ADD COLUMN flapping_told_us  bigint NOT NULL DEFAULT 0;

ALTER TABLE alert
  ADD COLUMN level          smallint NOT NULL DEFAULT 0,        -- the rule's level behind severity
  ADD COLUMN branch         text,                               -- alerts about a sewer branch
  ADD COLUMN reopen_count   int NOT NULL DEFAULT 0,
  ADD COLUMN is_flapping    boolean NOT NULL DEFAULT false,
  ADD COLUMN is_stale       boolean NOT NULL DEFAULT false,     -- its data have stopped coming; nothing is resolved by that
  ADD COLUMN is_backfilled  boolean NOT NULL DEFAULT false,     -- found in late data when it was over already
  ADD COLUMN evidence       jsonb NOT NULL DEFAULT '{}';        -- what a windowed rule saw

-- Machines of rules over longer windows, by what they are about.
CREATE TABLE windowed_state (
  rule_code     text NOT NULL,
  subject_kind  text NOT NULL CHECK (subject_kind IN ('device', 'trap', 'branch')),
  subject_ref   text NOT NULL,
  phase         smallint NOT NULL,
  state         jsonb NOT NULL,          -- alerts.lifecycle.RuleState
  memory        jsonb NOT NULL,          -- alerts.flapping.Memory
  condition     text NOT NULL,
  alert_id      bigint REFERENCES alert,
  PRIMARY KEY (rule_code, subject_kind, subject_ref)
);

-- Up to which instant windowed rules have been evaluated, by how often they are.
CREATE TABLE windowed_cursor (
  cadence       text PRIMARY KEY,        -- alerts.windowed.indicator.Cadence
  evaluated_to  timestamptz NOT NULL
);

-- One row a trap and operating day (06:00 to 06:00 local), made from its readings; recomputed when late data come.
CREATE TABLE trap_day (
  trap_id      int NOT NULL REFERENCES trap,
  day          date NOT NULL,
  digest       jsonb NOT NULL,           -- alerts.windowed.trap_day.TrapDay
  computed_at  timestamptz NOT NULL,
  PRIMARY KEY (trap_id, day)
);

-- Stretches of judged series in which late readings arrived: episodes there may have to be corrected.
CREATE TABLE late_span (
  late_span_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  device_id     int NOT NULL,
  metric        smallint NOT NULL,
  from_us       bigint NOT NULL,
  to_us         bigint NOT NULL,
  noted_at      timestamptz NOT NULL
);
