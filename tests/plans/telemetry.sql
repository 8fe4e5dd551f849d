-- A month of readings, machines that remember something, and an outbox that was mostly sent.
SET session_replication_role = replica;
INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)
SELECT TIMESTAMPTZ '2026-01-01 00:00+08' + n * INTERVAL '1 hour', d, 1, 612, 0, TIMESTAMPTZ '2026-01-01 00:00+08' + n * INTERVAL '1 hour'
  FROM generate_series(0, 719) AS n CROSS JOIN generate_series(1, 40) AS d;
INSERT INTO rule_state (rule_code, device_id, metric, phase, since_us, sample_count, clear_since_us, clear_count, last_us, last_value,
                        peak_value, relapse_count, due_us)
SELECT 'R16', n, 5, 1, 0, 1, 0, 0, 0, 1, 1, 0, n FROM generate_series(1, 6000) AS n;
INSERT INTO webhook_endpoint (url, secret, created_at, updated_at)
SELECT 'https://example.org/' || n, 'x', now(), now() FROM generate_series(1, 5) AS n;
INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, body, created_at)
SELECT 'msg_' || n, 'alert.fired', 'alert', n, 1, '', now() FROM generate_series(1, 20000) AS n;
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, state, next_attempt_at, settled_at)
SELECT n, 1 + n % 5, CASE WHEN n > 19900 THEN 'queued' ELSE 'ok' END, CASE WHEN n > 19900 THEN now() END,
       CASE WHEN n <= 19900 THEN now() END
  FROM generate_series(1, 20000) AS n;
ANALYZE reading, rule_state, webhook_endpoint, webhook_message, webhook_delivery;
