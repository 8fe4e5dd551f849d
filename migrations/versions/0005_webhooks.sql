-- Who is told: endpoints, and the transactional outbox with one row an attempt.
SET LOCAL lock_timeout = '5s';

CREATE TABLE webhook_endpoint (
  webhook_endpoint_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  url                  text NOT NULL,
  kind                 text NOT NULL DEFAULT 'standard' CHECK (kind IN ('standard')),
  secret               text NOT NULL,           -- whsec_…
  event_types          text[] NOT NULL DEFAULT '{}',  -- empty: all
  severity_min         text NOT NULL DEFAULT 'blue' CHECK (severity_min IN ('blue', 'yellow', 'orange', 'red')),
  town_id              int REFERENCES town,     -- NULL: every town
  state                text NOT NULL DEFAULT 'active' CHECK (state IN (
                         'active',
                         'paused',    -- active <-> paused: deliveries wait
                         'disabled'   -- active -> disabled: the receiver answered 410 Gone
                       )),
  description          text NOT NULL DEFAULT '',
  version              int NOT NULL DEFAULT 1,
  created_at           timestamptz NOT NULL,
  updated_at           timestamptz NOT NULL
);

CREATE TABLE webhook_message (
  webhook_message_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid                 text NOT NULL UNIQUE,    -- webhook-id: the receiver's idempotency key
  event_type          text NOT NULL,
  subject_kind        text NOT NULL,           -- alert, ticket, gateway, …
  subject_id          text NOT NULL,
  seq                 int NOT NULL,            -- order within the subject
  town_id             int,
  severity            text,
  body                bytea NOT NULL,          -- exact bytes that are signed and sent
  created_at          timestamptz NOT NULL,
  UNIQUE (subject_kind, subject_id, seq)
);

CREATE TABLE webhook_delivery (
  webhook_delivery_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_message_id   bigint NOT NULL REFERENCES webhook_message,
  webhook_endpoint_id  int NOT NULL REFERENCES webhook_endpoint,
  state                text NOT NULL DEFAULT 'queued' CHECK (state IN (
                         'queued',    -- waiting for next_attempt_at (or leased to a relay)
                         'ok',        -- queued -> ok: a 2xx answer
                         'dead'       -- queued -> dead: schedule exhausted or endpoint gone
                       )),
  next_attempt_at      timestamptz,
  leased_until         timestamptz,
  attempt_count        int NOT NULL DEFAULT 0,  -- counted when claimed: the number fences off a late recorder
  schedule_start       int NOT NULL DEFAULT 0,  -- attempt_count at the last replay: the retry schedule starts there
  settled_at           timestamptz,
  UNIQUE (webhook_message_id, webhook_endpoint_id),
  CHECK ((state = 'queued') = (next_attempt_at IS NOT NULL)),
  CHECK ((state = 'queued') = (settled_at IS NULL))
);
-- By endpoint first: relays claim a share for each active endpoint, past the backlog of the others.
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_endpoint_id, next_attempt_at, webhook_delivery_id)
  WHERE state = 'queued';
CREATE INDEX webhook_delivery_endpoint ON webhook_delivery (webhook_endpoint_id, webhook_delivery_id DESC);

CREATE TABLE webhook_attempt (
  webhook_attempt_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  webhook_delivery_id  bigint NOT NULL REFERENCES webhook_delivery,
  attempt              int NOT NULL,
  started_at           timestamptz NOT NULL,
  duration_ms          int NOT NULL,
  http_status          int,                    -- NULL: no answer
  outcome              text NOT NULL,          -- delivered | retry | dead: alerts.webhooks.retry
  detail               text NOT NULL,          -- why, and the first 2 kB of the answer
  UNIQUE (webhook_delivery_id, attempt)
);
