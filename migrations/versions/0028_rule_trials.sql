-- Trials of rules: their tests, or stored history, with the numbers in force or others; asked for over the API.
SET LOCAL lock_timeout = '5s';

CREATE TABLE rule_trial (
  rule_trial_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_code      text NOT NULL,
  kind           text NOT NULL CHECK (kind IN ('test', 'backtest')),
  days           int,                           -- of history, back from when it is carried out
  candidate      jsonb NOT NULL DEFAULT '{}',   -- numbers to try in the county in place of those in force
  requested_at   timestamptz NOT NULL,
  requested_by   text NOT NULL,
  state          text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed')),
  attempt_count  int NOT NULL DEFAULT 0,
  alive_at       timestamptz,                   -- when its process last said that it works on it
  ended_at       timestamptz,
  report         jsonb,
  problem        text,                          -- why there is no report
  CHECK ((kind = 'backtest') = (days IS NOT NULL)),
  CHECK ((state IN ('done', 'failed')) = (ended_at IS NOT NULL)),
  CHECK ((state = 'done') = (report IS NOT NULL)),
  CHECK ((state = 'failed') = (problem IS NOT NULL))
);
CREATE INDEX rule_trial_rule ON rule_trial (rule_code, rule_trial_id);
-- One of a kind at a time.
CREATE UNIQUE INDEX rule_trial_open ON rule_trial (rule_code, kind) WHERE state IN ('queued', 'running');
