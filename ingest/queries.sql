-- copy_readings --
-- The fast path: straight into the hypertable; fails as a whole when one key exists.
COPY reading (measured_at, device_id, metric, value, quality, received_at) FROM STDIN (FORMAT BINARY);

-- create_incoming --
-- The careful path, for batches that hold a reading we already have.
CREATE TEMP TABLE IF NOT EXISTS incoming (
  measured_at timestamptz, device_id int, metric smallint, value float8, quality smallint, received_at timestamptz
) ON COMMIT DELETE ROWS;

-- copy_incoming --
-- Fill the temporary table.
COPY incoming (measured_at, device_id, metric, value, quality, received_at) FROM STDIN (FORMAT BINARY);

-- merge_incoming --
-- Insert what is new, in key order (two workers must not wait for each other crosswise), and say what was.
INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)
SELECT measured_at, device_id, metric, value, quality, received_at
  FROM incoming
 ORDER BY device_id, metric, measured_at
ON CONFLICT (device_id, metric, measured_at) DO NOTHING
RETURNING device_id, metric, (extract(epoch FROM measured_at) * 1000000)::bigint;

-- keep_conflicts --
-- The same reading with another value: keep the second opinion.
INSERT INTO reading_conflict (measured_at, device_id, metric, value, quality, received_at)
SELECT i.measured_at, i.device_id, i.metric, i.value, i.quality, i.received_at
  FROM incoming i
  JOIN reading r ON (r.device_id, r.metric, r.measured_at) = (i.device_id, i.metric, i.measured_at)
 WHERE r.value <> i.value
ON CONFLICT DO NOTHING;

-- advance_series --
-- Move the cursors, lock the series rows (input is in key order), and return the old cursor of
-- those series that hold a reading older than it. -1 stands for "nothing" in the inputs.
WITH input AS (
  SELECT device_id, metric,
         CASE WHEN first_us >= 0 THEN to_timestamp_us(first_us) END AS first_at,
         CASE WHEN measured_us >= 0 THEN to_timestamp_us(measured_us) END AS measured_at,
         CASE WHEN measured_us >= 0 THEN value END AS value,
         CASE WHEN received_us >= 0 THEN to_timestamp_us(received_us) END AS received_at,
         CASE WHEN good_received_us >= 0 THEN to_timestamp_us(good_received_us) END AS good_received_at
    FROM unnest(%(device_id)s::int[], %(metric)s::smallint[], %(first_us)s::bigint[], %(measured_us)s::bigint[],
                %(value)s::float8[], %(received_us)s::bigint[], %(good_received_us)s::bigint[])
         AS u (device_id, metric, first_us, measured_us, value, received_us, good_received_us)
), advanced AS (
  INSERT INTO series_state AS s (device_id, metric, measured_at, value, received_at, good_received_at)
  SELECT device_id, metric, measured_at, value, received_at, good_received_at FROM input
  ON CONFLICT (device_id, metric) DO UPDATE SET
    prior_measured_at = s.measured_at,
    measured_at = greatest(s.measured_at, excluded.measured_at),
    value = CASE WHEN excluded.measured_at > s.measured_at OR s.measured_at IS NULL
                 THEN excluded.value ELSE s.value END,
    received_at = greatest(s.received_at, excluded.received_at),
    good_received_at = greatest(s.good_received_at, excluded.good_received_at)
  RETURNING device_id, metric, prior_measured_at
)
SELECT a.device_id, a.metric, (extract(epoch FROM a.prior_measured_at) * 1000000)::bigint
  FROM advanced a JOIN input i USING (device_id, metric)
 WHERE a.prior_measured_at >= i.first_at;

-- upsert_hourly --
-- Add a batch's good readings to their hours; input is in key order.
INSERT INTO reading_hourly AS h (device_id, metric, hour, reading_count, value_sum, value_min, value_max,
                                 first_at, first_value, last_at, last_value)
SELECT device_id, metric, to_timestamp_us(hour_us), reading_count, value_sum, value_min, value_max,
       to_timestamp_us(first_us), first_value, to_timestamp_us(last_us), last_value
  FROM unnest(%(device_id)s::int[], %(metric)s::smallint[], %(hour_us)s::bigint[], %(reading_count)s::int[],
              %(value_sum)s::float8[], %(value_min)s::float8[], %(value_max)s::float8[], %(first_us)s::bigint[],
              %(first_value)s::float8[], %(last_us)s::bigint[], %(last_value)s::float8[])
       AS u (device_id, metric, hour_us, reading_count, value_sum, value_min, value_max, first_us, first_value,
             last_us, last_value)
ON CONFLICT (device_id, metric, hour) DO UPDATE SET
  reading_count = h.reading_count + excluded.reading_count,
  value_sum = h.value_sum + excluded.value_sum,
  value_min = least(h.value_min, excluded.value_min),
  value_max = greatest(h.value_max, excluded.value_max),
  first_at = least(h.first_at, excluded.first_at),
  first_value = CASE WHEN excluded.first_at < h.first_at THEN excluded.first_value ELSE h.first_value END,
  last_at = greatest(h.last_at, excluded.last_at),
  last_value = CASE WHEN excluded.last_at > h.last_at THEN excluded.last_value ELSE h.last_value END;

-- insert_rejected_messages --
-- Keep what could not become readings. A redelivery (DUP) of bytes kept within the hour is the same message.
INSERT INTO rejected_message (received_at, topic, gateway_uid, codec, payload, payload_bytes, digest, reason, detail, retained)
SELECT received_at, topic, gateway_uid, codec, payload, payload_bytes, digest, reason, detail, retained
  FROM unnest(%(received_at)s::timestamptz[], %(topic)s::text[], %(gateway_uid)s::text[], %(codec)s::text[],
              %(payload)s::bytea[], %(payload_bytes)s::int[], %(digest)s::bytea[], %(reason)s::text[],
              %(detail)s::text[], %(redelivered)s::boolean[], %(retained)s::boolean[])
       AS u (received_at, topic, gateway_uid, codec, payload, payload_bytes, digest, reason, detail, redelivered, retained)
 WHERE NOT (u.redelivered AND EXISTS (
         SELECT FROM rejected_message m
          WHERE m.digest = u.digest AND m.received_at > u.received_at - INTERVAL '1 hour'));

-- count_rejected_overflow --
-- Rejected messages over a gateway's quota: counted in key order, the latest is the sample.
INSERT INTO rejected_overflow AS o (gateway_uid, hour, reason, message_count, first_at, last_at,
                                    sample_topic, sample_payload, sample_detail)
SELECT gateway_uid, hour, reason, message_count, received_at, received_at, topic, payload, detail
  FROM unnest(%(gateway_uid)s::text[], %(hour)s::timestamptz[], %(reason)s::text[], %(message_count)s::bigint[],
              %(received_at)s::timestamptz[], %(topic)s::text[], %(payload)s::bytea[], %(detail)s::text[])
       AS u (gateway_uid, hour, reason, message_count, received_at, topic, payload, detail)
ON CONFLICT (gateway_uid, hour, reason) DO UPDATE SET
  message_count = o.message_count + excluded.message_count,
  first_at = least(o.first_at, excluded.first_at),
  last_at = greatest(o.last_at, excluded.last_at),
  sample_topic = excluded.sample_topic,
  sample_payload = excluded.sample_payload,
  sample_detail = excluded.sample_detail;

-- register_gateways --
-- Make sure that these gateways exist; others may be registering them too.
INSERT INTO gateway (uid, created_at)
SELECT uid, %(now)s FROM unnest(%(uids)s::text[]) AS u (uid)
ON CONFLICT (uid) DO NOTHING;

-- select_gateways --
-- Numbers of gateways by uid.
SELECT uid, gateway_id FROM gateway WHERE uid = ANY (%(uids)s);

-- register_devices --
-- Unknown senders become unclaimed devices: their data is kept until somebody claims them.
INSERT INTO device (uid, gateway_id, status, created_at, updated_at)
SELECT uid, gateway_id, 'unclaimed', %(now)s, %(now)s
  FROM unnest(%(uids)s::text[], %(gateway_ids)s::int[]) AS u (uid, gateway_id)
ON CONFLICT (uid) DO NOTHING;

-- select_device_ids --
-- Numbers of devices by uid.
SELECT device_id FROM device WHERE uid = ANY (%(uids)s);

-- update_gateway_presence --
-- What gateways say about themselves (a Will says false), locked in key order; the latest word counts. A retained replay
-- is remembered as one.
WITH said AS (
  SELECT g.gateway_id, u.online, u.retained, u.received_at
    FROM unnest(%(uid)s::text[], %(online)s::boolean[], %(retained)s::boolean[], %(received_at)s::timestamptz[])
         AS u (uid, online, retained, received_at)
    JOIN gateway g USING (uid)
   ORDER BY g.gateway_id
     FOR NO KEY UPDATE OF g
)
UPDATE gateway g
   SET online = s.online, status_at = s.received_at, status_retained = s.retained
  FROM said s
 WHERE g.gateway_id = s.gateway_id AND (g.status_at IS NULL OR s.received_at >= g.status_at);

-- upsert_device_presence --
-- What was said about devices (a death certificate, a join, a heartbeat), in key order; the latest word counts.
INSERT INTO device_presence AS p (device_id, online, said_at)
SELECT device_id, online, received_at
  FROM unnest(%(device_id)s::int[], %(online)s::boolean[], %(received_at)s::timestamptz[])
       AS u (device_id, online, received_at)
ON CONFLICT (device_id) DO UPDATE SET online = excluded.online, said_at = excluded.said_at
 WHERE excluded.said_at >= p.said_at;

-- report_worker --
-- This worker lives, listens (or no longer does), keeps up (or not), and what became of its messages.
INSERT INTO ingest_worker (client_id, listening_since, seen_at, started_at, caught_up_since, broker_dropped,
                           received, stored, duplicate, rejected, in_flight)
VALUES (%(client_id)s, %(listening_since)s, %(now)s, %(started_at)s, %(caught_up_since)s, %(broker_dropped)s,
        %(received)s, %(stored)s, %(duplicate)s, %(rejected)s, %(in_flight)s)
ON CONFLICT (client_id) DO UPDATE SET
  listening_since = excluded.listening_since, seen_at = excluded.seen_at, started_at = excluded.started_at,
  caught_up_since = excluded.caught_up_since, broker_dropped = excluded.broker_dropped,
  received = excluded.received, stored = excluded.stored, duplicate = excluded.duplicate,
  rejected = excluded.rejected, in_flight = excluded.in_flight;

-- forget_worker --
-- A worker that is gone for good.
DELETE FROM ingest_worker WHERE client_id = %(client_id)s;

-- select_worker_seen_at --
-- When a worker that listens last said so.
SELECT seen_at FROM ingest_worker WHERE client_id = %(client_id)s AND listening_since IS NOT NULL;
