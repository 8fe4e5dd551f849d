-- What was measured: raw readings, the latest of each series, hourly roll-ups, and what was refused.
SET LOCAL lock_timeout = '5s';

-- Narrow: one row a metric. No foreign key to device: concurrent writers deadlock at chunk creation.
CREATE TABLE reading (
  measured_at  timestamptz NOT NULL,       -- the device's clock
  device_id    int NOT NULL,
  metric       smallint NOT NULL,          -- core.reading.Metric
  value        double precision NOT NULL,  -- in the metric's unit; NaN where the device sent no number
  quality      smallint NOT NULL,          -- core.reading.Quality; 0 = good
  received_at  timestamptz NOT NULL,       -- our clock; minus measured_at = transport delay
  PRIMARY KEY (device_id, metric, measured_at)
);
SELECT create_hypertable('reading', by_range('measured_at', INTERVAL '1 day'), create_default_indexes => false);

-- A second copy of a reading with another value: kept and reported, never silently dropped.
CREATE TABLE reading_conflict (
  reading_conflict_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  measured_at          timestamptz NOT NULL,
  device_id            int NOT NULL,
  metric               smallint NOT NULL,
  value                double precision NOT NULL,
  quality              smallint NOT NULL,
  received_at          timestamptz NOT NULL
);
CREATE UNIQUE INDEX reading_conflict_once ON reading_conflict (device_id, metric, measured_at, value);

-- One row a series: the late-data cursor, the last sign of life, and the row that a batch locks.
CREATE TABLE series_state (
  device_id          int NOT NULL,
  metric             smallint NOT NULL,
  measured_at        timestamptz,       -- latest good reading (event time); NULL: none yet
  value              double precision,
  prior_measured_at  timestamptz,       -- the cursor before the last batch that touched this row
  received_at        timestamptz,       -- last sign of life (not a retained replay); NULL: none yet
  good_received_at   timestamptz,       -- when the latest good reading was received
  PRIMARY KEY (device_id, metric)
) WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.05);

-- Always equal to a recomputation from the good raw readings, also after late data.
CREATE TABLE reading_hourly (
  device_id      int NOT NULL,
  metric         smallint NOT NULL,
  hour           timestamptz NOT NULL,  -- start of the hour, UTC
  reading_count  int NOT NULL,
  value_sum      double precision NOT NULL,
  value_min      double precision NOT NULL,
  value_max      double precision NOT NULL,
  first_at       timestamptz NOT NULL,
  first_value    double precision NOT NULL,
  last_at        timestamptz NOT NULL,
  last_value     double precision NOT NULL,
  PRIMARY KEY (device_id, metric, hour)
) WITH (fillfactor = 80);

-- Messages that could not become readings, with their bytes (dead letters).
CREATE TABLE rejected_message (
  rejected_message_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at          timestamptz NOT NULL,
  topic                text NOT NULL,
  gateway_uid          text,
  codec                text,
  payload              bytea NOT NULL,
  payload_bytes        int NOT NULL,       -- full size; payload is cut where it was oversized
  digest               bytea NOT NULL,     -- sha256 of topic, NUL, full payload
  reason               text NOT NULL,      -- docs/operations.md lists the codes
  detail               text NOT NULL,
  state                text NOT NULL DEFAULT 'kept' CHECK (state IN (
                         'kept',       -- waiting for a person
                         'replayed',   -- kept -> replayed: went through the normal path again
                         'discarded'   -- kept -> discarded: a person said so
                       )),
  settled_at           timestamptz,
  CHECK ((state = 'kept') = (settled_at IS NULL))
);
CREATE INDEX rejected_message_kept ON rejected_message (received_at) WHERE state = 'kept';
CREATE INDEX rejected_message_digest ON rejected_message (digest, received_at);

-- Ingest workers say that they listen: silence of a device only counts while somebody listened.
CREATE TABLE ingest_worker (
  client_id        text PRIMARY KEY,
  listening_since  timestamptz,          -- NULL: not connected to the broker
  seen_at          timestamptz NOT NULL
);
