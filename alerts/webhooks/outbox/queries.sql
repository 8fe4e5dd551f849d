-- insert_messages --
-- Messages, and a delivery for every endpoint that wants them (a paused one gets them when resumed).
WITH message AS (
  INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, town_id, severity, body, created_at)
  SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), event_type, subject_kind, subject_id, seq, town_id, severity,
         body, %(now)s
    FROM unnest(%(event_type)s::text[], %(subject_kind)s::text[], %(subject_id)s::text[], %(seq)s::int[], %(town_id)s::int[],
                %(severity)s::text[], %(body)s::bytea[])
         AS u (event_type, subject_kind, subject_id, seq, town_id, severity, body)
  RETURNING webhook_message_id, event_type, town_id, severity
)
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
SELECT m.webhook_message_id, e.webhook_endpoint_id, %(now)s
  FROM message m
  JOIN webhook_endpoint e
    ON e.state IN ('active', 'paused')
   AND (e.event_types = '{}' OR m.event_type = ANY (e.event_types))
   AND (e.town_id IS NULL OR e.town_id = m.town_id)
   AND array_position(ARRAY['blue', 'yellow', 'orange', 'red'], m.severity)
       >= array_position(ARRAY['blue', 'yellow', 'orange', 'red'], e.severity_min)
 ORDER BY m.webhook_message_id, e.webhook_endpoint_id;

-- wake --
-- Tell relays and live streams that there is something new; delivered at COMMIT.
SELECT pg_notify('webhook', ''), pg_notify('events', '');
