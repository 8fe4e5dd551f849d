-- select_due_groups --
-- Groups of active endpoints whose first message has waited long enough, and that were not told just now.
SELECT w.webhook_endpoint_id, w.town_id, w.group_key, coalesce(g.seq, 0) + 1
  FROM webhook_waiting w
  JOIN webhook_endpoint e USING (webhook_endpoint_id)
  LEFT JOIN webhook_group g ON (g.webhook_endpoint_id, g.town_id, g.group_key) = (w.webhook_endpoint_id, w.town_id, w.group_key)
 WHERE e.state = 'active'
   AND NOT (w.group_key = %(quiet_key)s AND w.webhook_endpoint_id = ANY (%(quiet_ids)s))
 GROUP BY w.webhook_endpoint_id, w.town_id, w.group_key, g.seq, g.told_at
HAVING min(w.waiting_since) <= %(first_before)s AND (g.told_at IS NULL OR g.told_at <= %(told_before)s)
 ORDER BY w.webhook_endpoint_id, w.town_id, w.group_key;

-- take_messages --
-- Take what waits for a group.
WITH taken AS (
  DELETE FROM webhook_waiting
   WHERE webhook_endpoint_id = %(endpoint_id)s AND town_id = %(town_id)s AND group_key = %(group_key)s
  RETURNING webhook_message_id
)
SELECT m.webhook_message_id, m.body FROM taken JOIN webhook_message m USING (webhook_message_id)
 ORDER BY m.webhook_message_id;

-- insert_delivery --
-- Deliver a message that was alone in its group.
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
VALUES (%(message_id)s, %(endpoint_id)s, %(now)s)
ON CONFLICT DO NOTHING;

-- insert_digest --
-- A message that stands for several, for one endpoint.
WITH message AS (
  INSERT INTO webhook_message (uid, event_type, subject_kind, subject_id, seq, town_id, severity, body, created_at)
  VALUES ('msg_' || replace(gen_random_uuid()::text, '-', ''), %(event_type)s, 'group',
          %(endpoint_id)s || ':' || %(town_id)s || ':' || %(group_key)s, %(seq)s, nullif(%(town_id)s, 0), %(severity)s,
          %(body)s, %(now)s)
  RETURNING webhook_message_id
)
INSERT INTO webhook_delivery (webhook_message_id, webhook_endpoint_id, next_attempt_at)
SELECT webhook_message_id, %(endpoint_id)s, %(now)s FROM message
RETURNING webhook_delivery_id;

-- next_seq --
-- The next number of a group of no town, told now.
INSERT INTO webhook_group (webhook_endpoint_id, town_id, group_key, seq, told_at)
VALUES (%(endpoint_id)s, 0, %(group_key)s, 1, %(now)s)
ON CONFLICT (webhook_endpoint_id, town_id, group_key) DO UPDATE SET seq = webhook_group.seq + 1, told_at = excluded.told_at
RETURNING seq;

-- select_quiet_hours --
-- The quiet hours of endpoints that are not disabled.
SELECT webhook_endpoint_id, quiet_hours FROM webhook_endpoint WHERE quiet_hours IS NOT NULL AND state <> 'disabled';

-- hold_messages --
-- Messages of low severity wait for the end of quiet hours, all together.
UPDATE webhook_waiting w
   SET town_id = 0, group_key = %(quiet_key)s
  FROM webhook_message m
 WHERE m.webhook_message_id = w.webhook_message_id
   AND w.webhook_endpoint_id = ANY (%(quiet_ids)s)
   AND w.group_key <> %(quiet_key)s
   AND m.severity = ANY (%(severities)s);

-- upsert_group --
-- A group has been told.
INSERT INTO webhook_group (webhook_endpoint_id, town_id, group_key, seq, told_at)
VALUES (%(endpoint_id)s, %(town_id)s, %(group_key)s, %(seq)s, %(now)s)
ON CONFLICT (webhook_endpoint_id, town_id, group_key) DO UPDATE SET seq = excluded.seq, told_at = excluded.told_at;

-- delete_unwanted --
-- What waits for a disabled endpoint is not told any more.
DELETE FROM webhook_waiting w USING webhook_endpoint e
 WHERE e.webhook_endpoint_id = w.webhook_endpoint_id AND e.state = 'disabled';

-- notify_relays --
-- Wake the relays when this transaction commits.
SELECT pg_notify('webhook', '');
