-- Signs of life that are no reading, the workers' ledgers, and the bound on rejected messages.

-- What was said about a device apart from its readings: Sparkplug deaths, joins, heartbeats. A table of its own: a change
-- of `device` tells every worker to read the register again.
CREATE TABLE device_presence (
  device_id integer PRIMARY KEY,
  online boolean NOT NULL,
  said_at timestamptz NOT NULL
);

-- One worker's ledger as it last reported it, since that process started.
ALTER TABLE ingest_worker
  ADD COLUMN started_at timestamptz,
  ADD COLUMN received bigint NOT NULL DEFAULT 0,
  ADD COLUMN stored bigint NOT NULL DEFAULT 0,
  ADD COLUMN duplicate bigint NOT NULL DEFAULT 0,
  ADD COLUMN rejected bigint NOT NULL DEFAULT 0,
  ADD COLUMN in_flight bigint NOT NULL DEFAULT 0,
  ADD COLUMN caught_up_since timestamptz,
  ADD COLUMN broker_dropped bigint;

-- Rejected messages beyond what one gateway may keep in an hour: counted with one sample, not kept one by one.
CREATE TABLE rejected_overflow (
  gateway_uid text NOT NULL,
  hour timestamptz NOT NULL,
  reason text NOT NULL,
  message_count bigint NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  sample_topic text NOT NULL,
  sample_payload bytea NOT NULL,
  sample_detail text NOT NULL,
  PRIMARY KEY (gateway_uid, hour, reason)
);

-- Whether the broker replayed it as a retained message: a replay is no sign of life.
ALTER TABLE rejected_message ADD COLUMN retained boolean NOT NULL DEFAULT false;

-- The dead-letter commands list by reason, gateway and time.
CREATE INDEX rejected_message_gateway_idx ON rejected_message (gateway_uid, received_at);
