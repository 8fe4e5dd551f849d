-- Webhooks in operation: sealed and rotated secrets, endpoints that fail or ask for less, order within a subject, replays.
SET LOCAL lock_timeout = '5s';

-- url and secret hold sealed values (alerts/webhooks/sealing); rows of earlier versions are sealed by `trapwatch migrate`
-- and by the alerts process, once there is a key.
ALTER TABLE webhook_endpoint
  ADD COLUMN url_shown              text,         -- what may be shown of the URL: scheme, host, …; NULL: not sealed yet
  ADD COLUMN previous_secret        text,         -- signs as well until previous_secret_until
  ADD COLUMN previous_secret_until  timestamptz,
  ADD COLUMN throttled_until        timestamptz,  -- the receiver asked for less: nothing is sent to it before
  ADD COLUMN failing_since          timestamptz,  -- first failed attempt since the last delivered one; NULL: none
  ADD COLUMN failed_at              timestamptz,  -- last failed attempt since then
  ADD COLUMN disabled_reason        text CHECK (disabled_reason IN (
                                      'gone',     -- the receiver answered 410
                                      'failing',  -- every attempt failed for days
                                      'person'    -- somebody ended it
                                    )),
  ADD CHECK ((previous_secret IS NULL) = (previous_secret_until IS NULL)),
  ADD CHECK ((failing_since IS NULL) = (failed_at IS NULL)),
  ADD CHECK (disabled_reason IS NULL OR state = 'disabled');

-- A robot that was called too often is throttled like every receiver that asked for less.
UPDATE webhook_endpoint e
   SET throttled_until = p.closed_until
  FROM webhook_pace p
 WHERE p.webhook_endpoint_id = e.webhook_endpoint_id;
ALTER TABLE webhook_pace DROP COLUMN closed_until;

-- Whether a delivery waits for an earlier message of its subject to the same endpoint, which is being sent or about to be; one
-- that was merged is sent by its digest.
-- Only the nearest eight are looked at: what is queued further back has waited for those before it already.
CREATE FUNCTION webhook_must_wait(message_id bigint, endpoint_id int, as_of timestamptz, patience interval)
RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT
      FROM webhook_message m
     CROSS JOIN LATERAL (
             SELECT e.webhook_message_id
               FROM webhook_message e
              WHERE e.subject_kind = m.subject_kind AND e.subject_id = m.subject_id AND e.seq < m.seq
              ORDER BY e.seq DESC
              LIMIT 8
           ) AS earlier
      JOIN webhook_delivery d
        ON d.webhook_message_id = earlier.webhook_message_id AND d.webhook_endpoint_id = endpoint_id
      JOIN webhook_delivery told
        ON told.webhook_delivery_id = CASE d.state WHEN 'merged' THEN d.merged_into ELSE d.webhook_delivery_id END
     WHERE m.webhook_message_id = message_id
       AND d.state IN ('queued', 'merged')
       AND told.state = 'queued'
       AND (told.next_attempt_at <= as_of + patience OR told.leased_until > as_of)
  )
$$;

-- Dead letters of all endpoints, newest first.
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_delivery_id DESC) WHERE state = 'dead';
-- Replays by time: messages are inserted in the order of created_at.
CREATE INDEX webhook_message_created ON webhook_message USING brin (created_at) WITH (pages_per_range = 32);
