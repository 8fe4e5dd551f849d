-- select_due_robots --
-- Robots that are not left alone with something that could go, what was spent for them, and how much that is: no more is
-- counted than makes a difference. What waits for an earlier message of its subject must not cost tokens.
SELECT e.webhook_endpoint_id, e.kind, p.spent_until, d.due_count
  FROM webhook_endpoint e
  LEFT JOIN webhook_pace p USING (webhook_endpoint_id)
 CROSS JOIN LATERAL (
         SELECT count(*) AS due_count
           FROM (
                  SELECT
                    FROM webhook_delivery q
                   WHERE q.webhook_endpoint_id = e.webhook_endpoint_id
                     AND q.state = 'queued'
                     AND q.next_attempt_at <= %(now)s
                     AND (q.leased_until IS NULL OR q.leased_until <= %(now)s)
                     AND NOT webhook_must_wait(q.webhook_message_id, q.webhook_endpoint_id, %(now)s, %(order_wait)s)
                   LIMIT %(count_max)s
                ) AS counted
       ) AS d
 WHERE e.state = 'active' AND (e.throttled_until IS NULL OR e.throttled_until <= %(now)s)
   AND e.kind = ANY (%(robots)s) AND d.due_count > 0
 ORDER BY e.webhook_endpoint_id;

-- spend --
-- Take tokens, unless somebody has taken some since they were counted.
INSERT INTO webhook_pace (webhook_endpoint_id, spent_until)
VALUES (%(endpoint_id)s, %(after)s)
ON CONFLICT (webhook_endpoint_id) DO UPDATE SET spent_until = excluded.spent_until
 WHERE webhook_pace.spent_until = %(before)s;

-- lock_overflow --
-- What could go beyond the oldest few, in the order of claims; digests are not merged again.
SELECT d.webhook_delivery_id, m.body
  FROM webhook_delivery d
  JOIN webhook_message m USING (webhook_message_id)
 WHERE d.webhook_endpoint_id = %(endpoint_id)s
   AND d.state = 'queued'
   AND d.next_attempt_at <= %(now)s
   AND (d.leased_until IS NULL OR d.leased_until <= %(now)s)
   AND m.event_type <> %(merged_type)s
   AND NOT webhook_must_wait(d.webhook_message_id, d.webhook_endpoint_id, %(now)s, %(order_wait)s)
 ORDER BY d.next_attempt_at, d.webhook_delivery_id
OFFSET %(alone_count)s
 LIMIT %(count_max)s
   FOR UPDATE OF d SKIP LOCKED;

-- merge_deliveries --
-- These get their end with their digest.
UPDATE webhook_delivery
   SET state = 'merged', next_attempt_at = NULL, leased_until = NULL, merged_into = %(digest_id)s
 WHERE webhook_delivery_id = ANY (%(delivery_ids)s);
