-- Who must not be told, who has it in hand, and who is told next: silences, maintenance windows, acknowledgement,
-- escalation.
SET LOCAL lock_timeout = '5s';

-- A person's word that some alerts are not to be told for a while. Append-only: to delete one is to let it expire now.
-- A matcher that is NULL matches everything; one that is set matches only alerts that have that very value.
CREATE TABLE silence (
  silence_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  rule_code      text,
  severity_max   text CHECK (severity_max IN ('blue', 'yellow', 'orange', 'red')),  -- this and below
  town_id        int REFERENCES town,
  restaurant_id  int REFERENCES restaurant,
  trap_id        int REFERENCES trap,
  device_id      int REFERENCES device,
  starts_at      timestamptz NOT NULL,
  ends_at        timestamptz NOT NULL,      -- as planned
  author         text NOT NULL,
  comment        text NOT NULL,
  created_at     timestamptz NOT NULL,
  expired_at     timestamptz,               -- ended before its time
  CONSTRAINT silence_matches_something
    CHECK (num_nonnulls(rule_code, severity_max, town_id, restaurant_id, trap_id, device_id) > 0),
  CHECK (ends_at > starts_at),
  CHECK (ends_at > created_at),
  CHECK (expired_at >= created_at AND expired_at < ends_at)
);
CREATE INDEX silence_end ON silence (least(ends_at, expired_at));

-- Recurring times at which a place is worked on: evaluated and recorded, but nobody is told.
CREATE TABLE maintenance_window (
  maintenance_window_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope                  text NOT NULL CHECK (scope IN ('county', 'town', 'restaurant', 'trap', 'gateway')),
  town_id                int REFERENCES town,
  restaurant_id          int REFERENCES restaurant,
  trap_id                int REFERENCES trap,
  gateway_id             int REFERENCES gateway,
  rule                   text NOT NULL,     -- RRULE (RFC 5545) without times of day
  zone                   text NOT NULL,     -- IANA: occurrences keep their local time
  starts_at              timestamptz NOT NULL,
  duration_s             int NOT NULL CHECK (duration_s > 0),
  ends_at                timestamptz,       -- end of the last occurrence; NULL: it recurs for ever
  author                 text NOT NULL,
  comment                text NOT NULL,
  is_active              boolean NOT NULL DEFAULT true,
  created_at             timestamptz NOT NULL,
  deactivated_at         timestamptz,       -- active -> not active, for good
  CHECK ((scope = 'town') = (town_id IS NOT NULL)),
  CHECK ((scope = 'restaurant') = (restaurant_id IS NOT NULL)),
  CHECK ((scope = 'trap') = (trap_id IS NOT NULL)),
  CHECK ((scope = 'gateway') = (gateway_id IS NOT NULL)),
  CHECK (is_active = (deactivated_at IS NULL)),
  CHECK (deactivated_at >= created_at),
  CHECK (ends_at > starts_at)
);
CREATE INDEX maintenance_window_end ON maintenance_window (coalesce(least(ends_at, deactivated_at), 'infinity'));

-- Somebody has it in hand: an overlay that stops escalation and never changes the condition's state.
ALTER TABLE alert
  ADD COLUMN acked_at   timestamptz,
  ADD COLUMN acked_by   text,
  ADD COLUMN ack_note   text,
  ADD COLUMN ack_until  timestamptz,        -- NULL: until it gets worse, comes back, or somebody takes it back
  ADD CONSTRAINT alert_ack_is_whole
    CHECK (num_nonnulls(acked_at, acked_by, ack_note) IN (0, 3)
           AND (ack_until IS NULL OR (acked_at IS NOT NULL AND ack_until > acked_at)));
CREATE INDEX alert_ack_until ON alert (ack_until) WHERE ack_until IS NOT NULL;
CREATE INDEX alert_withheld ON alert (alert_id) WHERE status = 'firing' AND suppressed_by IS NOT NULL;

-- Who is told next where nobody takes a red alert in hand.
CREATE TABLE alert_escalation (
  alert_id  bigint NOT NULL REFERENCES alert,
  step      smallint NOT NULL CHECK (step > 0),
  due_at    timestamptz NOT NULL,           -- our clock
  done_at   timestamptz,
  outcome   text CHECK (outcome IN (
              'told',      -- a message went out
              'skipped'    -- a higher step was due as well, and told
            )),
  PRIMARY KEY (alert_id, step),
  CHECK ((done_at IS NULL) = (outcome IS NULL))
);
CREATE INDEX alert_escalation_due ON alert_escalation (due_at) WHERE done_at IS NULL;
