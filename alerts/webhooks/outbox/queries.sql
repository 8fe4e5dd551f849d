-- insert_messages --
-- Messages, and a delivery for every endpoint that wants them (a paused one gets them when resumed); for people those that
-- may come in numbers wait to be grouped. What has no severity is about the system: it goes to those who name its type.
WITH message AS (
  INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, town_id, severity, body, group_key,
                               created_at)
  SELECT 'msg_' || replace(gen_random_uuid()::text, '-', ''), event_type, subject_kind, subject_id, seq, town_id, severity,
         body, group_key, %(now)s
    FROM unnest(%(event_type)s::text[], %(subject_kind)s::text[], %(subject_id)s::text[], %(seq)s::int[], %(town_id)s::int[],
                %(severity)s::text[], %(body)s::bytea[], %(group_key)s::text[])
         AS u (event_type, subject_kind, subject_id, seq, town_id, severity, body, group_key)
  RETURNING webhook_message_id, event_type, town_id, severity, group_key
), wanted AS (
  SELECT m.webhook_message_id, e.webhook_endpoint_id, m.town_id, m.group_key,
         e.audience = 'people' AND m.group_key IS NOT NULL AS is_grouped
    FROM message m
    JOIN webhook_endpoint e
      ON e.state IN ('active', 'paused')
     AND (e.kind, m.event_type) NOT IN (SELECT * FROM unnest(%(narrow_kinds)s::text[], %(uncarried_types)s::text[]))
     AND CASE WHEN m.severity IS NULL THEN m.event_type = ANY (e.event_types)
              ELSE (e.event_types = '{}' OR m.event_type = ANY (e.event_types))
                   AND (e.town_ids = '{}' OR m.town_id = ANY (e.town_ids))
                   AND array_position(ARRAY['blue', 'yellow', 'orange', 'red'], m.severity)
                       >= array_position(ARRAY['blue', 'yellow', 'orange', 'red'], e.severity_min)
         END
), waiting AS (
  INSERT INTO webhook_waiting (webhook_endpoint_id, webhook_message_id, town_id, group_key, waiting_since)
  SELECT webhook_endpoint_id, webhook_message_id, coalesce(town_id, 0), group_key, %(now)s FROM wanted WHERE is_grouped
)
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
SELECT webhook_message_id, webhook_endpoint_id, %(now)s
  FROM wanted
 WHERE NOT is_grouped
 ORDER BY webhook_message_id, webhook_endpoint_id;

-- wake --
-- Tell relays and live streams that there is something new; delivered at COMMIT.
SELECT pg_notify('webhook', ''), pg_notify('events', '');

-- next_endpoint_seq --
-- The number of the next message about an endpoint, whose lock the caller holds.
SELECT coalesce(max(seq), 0) + 1
  FROM webhook_message
 WHERE subject_kind = 'webhook_endpoint' AND subject_id = %(endpoint_id)s::text;

-- insert_test_message --
-- A message for one endpoint alone, whatever that endpoint's filters say.
WITH message AS (
  INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, body, created_at)
  VALUES (%(uid)s, %(event_type)s, 'webhook_endpoint', %(endpoint_id)s::text, %(seq)s, %(body)s, %(now)s)
  RETURNING webhook_message_id
)
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
SELECT webhook_message_id, %(endpoint_id)s, %(now)s FROM message;
