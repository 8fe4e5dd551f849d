-- drop_database --
-- Start from nothing.
DROP DATABASE IF EXISTS trapwatch_bench WITH (FORCE);

-- create_database --
-- A database of its own, so that figures do not depend on what else is stored.
CREATE DATABASE trapwatch_bench;

-- create_county --
-- A county of as many traps as devices, one level sensor each, all commissioned.
WITH town AS (
  INSERT INTO town (code, name, name_en) VALUES ('t1', '魏塘', 'Weitang') RETURNING town_id
), restaurant AS (
  INSERT INTO restaurant (register_no, name, restaurant_type, town_id, address, created_at, updated_at)
  SELECT 'R' || n, 'r' || n, 'small', town_id, '', %(now)s, %(now)s
    FROM town, generate_series(1, %(device_count)s) AS n
  RETURNING restaurant_id, register_no
), trap AS (
  INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
  SELECT 'T' || substr(register_no, 2), restaurant_id, 450, 600, 900, 0.75, %(now)s, %(now)s FROM restaurant
  RETURNING trap_id, code
), gateway AS (
  INSERT INTO gateway (uid, created_at) VALUES ('bench-gateway', %(now)s) RETURNING gateway_id
)
INSERT INTO device (uid, gateway_id, trap_id, status, commissioned_at, created_at, updated_at)
SELECT 'bench-' || substr(code, 2), gateway_id, trap_id, 'active', %(now)s, %(now)s, %(now)s
  FROM trap, gateway;

-- count_readings --
-- How many readings are stored.
SELECT count(*) FROM reading;

-- count_listening --
-- Workers that have subscribed.
SELECT count(*) FROM ingest_worker WHERE listening_since IS NOT NULL;

-- count_rejected --
-- Messages that were kept as rejected.
SELECT count(*) FROM rejected_message;

-- count_delivered --
-- Alert messages that arrived.
SELECT count(*) FROM webhook_delivery d JOIN webhook_message m USING (webhook_message_id)
 WHERE d.state = 'ok' AND m.event_type = 'alert.fired';

-- commit_delays --
-- Milliseconds from publish (the device's stamp, same machine) to COMMIT, in order of publishing.
SELECT extract(epoch FROM pg_xact_commit_timestamp(xmin) - measured_at) * 1000.0
  FROM reading ORDER BY measured_at;

-- commit_span_s --
-- Seconds from the first publish to the last COMMIT.
SELECT extract(epoch FROM max(pg_xact_commit_timestamp(xmin)) - min(measured_at)) FROM reading;

-- fire_at_once --
-- Overflow on a single reading, for latency.
INSERT INTO rule_override (rule_code, scope, parameters, reason, created_at)
VALUES ('R02', 'county', '{"hold_s": 0, "samples_min": 1}', 'benchmark', %(now)s);

-- create_endpoint --
-- The receiver that notes arrival times.
INSERT INTO webhook_endpoint (url, secret, created_at, updated_at) VALUES (%(url)s, %(secret)s, %(now)s, %(now)s);

-- count_relays --
-- Relays that listen for messages.
SELECT count(*) FROM pg_stat_activity WHERE application_name = 'trapwatch-relay-listen' AND datname = current_database();

-- queue_messages --
-- Messages of the size of an alert's for every endpoint, and word of them.
WITH message AS (
  INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, severity, body, created_at)
  SELECT 'msg_' || n, 'alert.fired', 'alert', n::text, 1, 'red', convert_to('{"data":"' || repeat('x', 1000) || '"}', 'UTF8'),
         clock_timestamp()
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
  RETURNING webhook_message_id, created_at
), delivery AS (
  INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
  SELECT webhook_message_id, webhook_endpoint_id, m.created_at FROM message m CROSS JOIN webhook_endpoint
  RETURNING 1
)
SELECT pg_notify('webhook', '') FROM (SELECT count(*) FROM delivery) AS done;

-- count_ok --
-- Deliveries that arrived.
SELECT count(*) FROM webhook_delivery WHERE state = 'ok';

-- message_commits --
-- When each message was committed, in microseconds.
SELECT uid, (extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000000)::bigint FROM webhook_message;
