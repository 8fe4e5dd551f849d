-- prepare_relay --
-- A relay's own writes may be lost with the database server: it then sends again under the same webhook-id.
-- Compiling its short queries costs more than running them.
SET synchronous_commit = off;
SET jit = off;

-- claim_deliveries --
-- Lease due deliveries to one relay: of each active endpoint at most its share, the oldest first, in turns. SKIP
-- LOCKED lets relays share the queue without waiting; the attempt is counted now, so that its number
-- tells this claim from any other. An expired lease is a relay that died: its delivery is due again.
-- A message waits for an earlier one of its subject; a rotated secret signs beside the new one for a while.
-- Robots are claimed apart from all others, by their budgets (alerts.webhooks.pacing).
WITH lane AS (
  SELECT e.webhook_endpoint_id, e.url,
         ARRAY[e.secret] || CASE WHEN e.previous_secret_until > %(now)s THEN ARRAY[e.previous_secret] ELSE '{}' END AS secrets,
         coalesce(r.share, %(share)s) AS share
    FROM webhook_endpoint e
    LEFT JOIN unnest(%(lane_ids)s::int[], %(lane_shares)s::int[]) AS r (webhook_endpoint_id, share)
         USING (webhook_endpoint_id)
   WHERE e.state = 'active' AND (e.throttled_until IS NULL OR e.throttled_until <= %(now)s)
     AND (e.kind = ANY (%(robots)s)) = %(is_paced)s
), due AS (
  SELECT d.webhook_delivery_id, lane.url, lane.secrets
    FROM lane
   CROSS JOIN LATERAL (
           SELECT q.webhook_delivery_id, q.next_attempt_at
             FROM webhook_delivery q
            WHERE q.webhook_endpoint_id = lane.webhook_endpoint_id
              AND q.state = 'queued'
              AND q.next_attempt_at <= %(now)s
              AND (q.leased_until IS NULL OR q.leased_until <= %(now)s)
              AND NOT webhook_must_wait(q.webhook_message_id, q.webhook_endpoint_id, %(now)s, %(order_wait)s)
            ORDER BY q.next_attempt_at, q.webhook_delivery_id
            LIMIT least(lane.share, %(count_max)s)
              FOR UPDATE SKIP LOCKED
         ) AS d
   ORDER BY row_number() OVER (PARTITION BY lane.webhook_endpoint_id ORDER BY d.next_attempt_at, d.webhook_delivery_id),
            d.next_attempt_at, d.webhook_delivery_id
   LIMIT %(count_max)s
), claimed AS (
  UPDATE webhook_delivery d
     SET leased_until = %(now)s::timestamptz + %(lease)s, attempt_count = d.attempt_count + 1
    FROM due
   WHERE d.webhook_delivery_id = due.webhook_delivery_id
  RETURNING d.webhook_delivery_id, d.webhook_endpoint_id, d.webhook_message_id, d.attempt_count,
            d.schedule_start, due.url, due.secrets
)
SELECT c.webhook_delivery_id, c.webhook_endpoint_id, c.attempt_count, c.schedule_start, m.uid, c.url, c.secrets, m.body,
       e.kind, e.language, e.mention_mobiles, e.mention_user_ids
  FROM claimed c JOIN webhook_message m USING (webhook_message_id) JOIN webhook_endpoint e USING (webhook_endpoint_id)
 ORDER BY c.webhook_delivery_id;

-- next_due_at --
-- When the next delivery that this relay has room for is due; NULL: none is waiting. One that waits for an earlier message
-- of its subject does not count: that one does, or its end wakes the relay that sends it. Robots are looked at every turn.
SELECT min(greatest(d.next_attempt_at, e.throttled_until))
  FROM webhook_endpoint e
  LEFT JOIN unnest(%(lane_ids)s::int[], %(lane_shares)s::int[]) AS r (webhook_endpoint_id, share)
       USING (webhook_endpoint_id)
 CROSS JOIN LATERAL (
         SELECT q.next_attempt_at
           FROM webhook_delivery q
          WHERE q.webhook_endpoint_id = e.webhook_endpoint_id
            AND q.state = 'queued'
            AND (q.leased_until IS NULL OR q.leased_until <= %(now)s)
            AND NOT webhook_must_wait(q.webhook_message_id, q.webhook_endpoint_id, %(now)s, %(order_wait)s)
          ORDER BY q.next_attempt_at
          LIMIT 1
       ) AS d
 WHERE e.state = 'active' AND coalesce(r.share, %(share)s) > 0 AND e.kind <> ALL (%(robots)s);

-- insert_attempts --
-- One row an attempt, also of a relay that has lost its lease: the attempt was made.
INSERT INTO webhook_attempt (webhook_delivery_id, attempt, started_at, duration_ms, http_status, outcome, detail)
SELECT webhook_delivery_id, attempt, started_at, duration_ms, http_status, outcome, detail
  FROM unnest(%(delivery_ids)s::bigint[], %(attempts)s::int[], %(started_at)s::timestamptz[], %(duration_ms)s::int[],
              %(http_status)s::int[], %(outcomes)s::text[], %(details)s::text[])
       AS u (webhook_delivery_id, attempt, started_at, duration_ms, http_status, outcome, detail)
ON CONFLICT (webhook_delivery_id, attempt) DO NOTHING;

-- settle_deliveries --
-- Write the verdicts, except where the delivery was claimed again (or settled) since this attempt's claim.
UPDATE webhook_delivery d
   SET state = v.state,
       next_attempt_at = CASE WHEN v.state = 'queued' THEN v.next_attempt_at END,
       settled_at = CASE WHEN v.state <> 'queued' THEN %(now)s::timestamptz END,
       leased_until = NULL
  FROM (
         SELECT u.webhook_delivery_id, u.attempt, u.next_attempt_at, e.webhook_endpoint_id,
                CASE WHEN u.outcome = 'delivered' THEN 'ok'
                     WHEN u.outcome = 'retry' AND e.state <> 'disabled' THEN 'queued'
                     ELSE 'dead' END AS state
           FROM unnest(%(delivery_ids)s::bigint[], %(attempts)s::int[], %(endpoint_ids)s::int[], %(outcomes)s::text[],
                       %(next_attempt_at)s::timestamptz[])
                AS u (webhook_delivery_id, attempt, webhook_endpoint_id, outcome, next_attempt_at)
           JOIN webhook_endpoint e USING (webhook_endpoint_id)
       ) AS v
 WHERE d.webhook_delivery_id = v.webhook_delivery_id
   AND d.attempt_count = v.attempt
   AND d.state = 'queued';

-- disable_endpoint --
-- Stop sending to an endpoint; no row comes back if it is disabled already.
UPDATE webhook_endpoint
   SET state = 'disabled', disabled_reason = %(reason)s, version = version + 1, updated_at = %(now)s
 WHERE webhook_endpoint_id = %(endpoint_id)s AND state <> 'disabled'
RETURNING webhook_endpoint_id;

-- bury_deliveries --
-- What waits for a disabled endpoint is dead; what a relay is sending right now is settled by that relay.
UPDATE webhook_delivery
   SET state = 'dead', next_attempt_at = NULL, leased_until = NULL, settled_at = %(now)s
 WHERE webhook_endpoint_id = %(endpoint_id)s
   AND state = 'queued'
   AND (leased_until IS NULL OR leased_until <= %(now)s)
RETURNING webhook_delivery_id;

-- settle_merged --
-- What a digest stands for is told with it, or dead with it (until somebody replays the digest, or it alone).
UPDATE webhook_delivery d
   SET state = v.state, settled_at = %(now)s
  FROM webhook_delivery v
 WHERE v.webhook_delivery_id = ANY (%(delivery_ids)s)
   AND d.merged_into = v.webhook_delivery_id
   AND (v.state = 'ok' AND d.state IN ('merged', 'dead') OR v.state = 'dead' AND d.state = 'merged');

-- select_queue --
-- How many deliveries wait, by why they wait, and since when the oldest one of active endpoints is due.
SELECT count(*) FILTER (WHERE e.state = 'active' AND d.next_attempt_at <= %(now)s),
       count(*) FILTER (WHERE e.state = 'active' AND d.next_attempt_at > %(now)s),
       count(*) FILTER (WHERE e.state <> 'active'),
       min(d.next_attempt_at) FILTER (WHERE e.state = 'active' AND d.next_attempt_at <= %(now)s),
       (SELECT count(*) FROM webhook_delivery WHERE state = 'dead')
  FROM webhook_delivery d JOIN webhook_endpoint e USING (webhook_endpoint_id)
 WHERE d.state = 'queued';

-- notify_relays --
-- Wake the relays when this transaction commits.
SELECT pg_notify('webhook', '');

-- next_endpoint_id --
-- The number of an endpoint that is about to be stored.
SELECT nextval(pg_get_serial_sequence('webhook_endpoint', 'webhook_endpoint_id'))::int;

-- insert_endpoint --
-- A new endpoint, active at once; its number was taken before, because what is sealed is bound to it.
INSERT INTO webhook_endpoint (webhook_endpoint_id, url, url_shown, secret, event_types, severity_min, town_ids, description,
                              audience, kind, language, mention_mobiles, mention_user_ids, quiet_hours, created_at, updated_at)
OVERRIDING SYSTEM VALUE
VALUES (%(endpoint_id)s, %(url)s, %(url_shown)s, %(secret)s, %(event_types)s, %(severity_min)s, %(town_ids)s, %(description)s,
        %(audience)s, %(kind)s, %(language)s, %(mention_mobiles)s, %(mention_user_ids)s, %(quiet_hours)s, %(now)s, %(now)s)
RETURNING webhook_endpoint_id, url_shown, event_types, severity_min, town_ids, description, audience, kind, language,
          mention_mobiles, mention_user_ids, quiet_hours, state, version, created_at, updated_at, failing_since,
          disabled_reason, previous_secret_until;

-- select_endpoint --
-- One endpoint, without its secret.
SELECT webhook_endpoint_id, url_shown, event_types, severity_min, town_ids, description, audience, kind, language,
       mention_mobiles, mention_user_ids, quiet_hours, state, version, created_at, updated_at, failing_since,
       disabled_reason, previous_secret_until
  FROM webhook_endpoint
 WHERE webhook_endpoint_id = %(endpoint_id)s;

-- select_endpoints --
-- A page of endpoints in order of their numbers, without their secrets.
SELECT webhook_endpoint_id, url_shown, event_types, severity_min, town_ids, description, audience, kind, language,
       mention_mobiles, mention_user_ids, quiet_hours, state, version, created_at, updated_at, failing_since,
       disabled_reason, previous_secret_until
  FROM webhook_endpoint
 WHERE webhook_endpoint_id > %(after_id)s
 ORDER BY webhook_endpoint_id
 LIMIT %(count_max)s;

-- lock_endpoint --
-- One endpoint, kept from changing until the transaction ends. NO KEY: ingest goes on queueing deliveries for it.
SELECT webhook_endpoint_id, url_shown, event_types, severity_min, town_ids, description, audience, kind, language,
       mention_mobiles, mention_user_ids, quiet_hours, state, version, created_at, updated_at, failing_since,
       disabled_reason, previous_secret_until
  FROM webhook_endpoint
 WHERE webhook_endpoint_id = %(endpoint_id)s
   FOR NO KEY UPDATE;

-- update_endpoint --
-- Replace what a person may change of an endpoint; no URL keeps the one that is there. A new URL, or an endpoint that is sent
-- to again, starts with a clean record.
UPDATE webhook_endpoint
   SET url = coalesce(%(url)s, url), url_shown = coalesce(%(url_shown)s, url_shown),
       failing_since = CASE WHEN %(is_new_start)s THEN NULL ELSE failing_since END,
       failed_at = CASE WHEN %(is_new_start)s THEN NULL ELSE failed_at END,
       throttled_until = CASE WHEN %(is_new_start)s THEN NULL ELSE throttled_until END,
       disabled_reason = CASE WHEN %(state)s = 'disabled' THEN disabled_reason END,
       event_types = %(event_types)s, severity_min = %(severity_min)s, town_ids = %(town_ids)s,
       description = %(description)s, audience = %(audience)s, language = %(language)s, mention_mobiles = %(mention_mobiles)s,
       mention_user_ids = %(mention_user_ids)s, quiet_hours = %(quiet_hours)s, state = %(state)s, version = version + 1,
       updated_at = %(now)s
 WHERE webhook_endpoint_id = %(endpoint_id)s
RETURNING webhook_endpoint_id, url_shown, event_types, severity_min, town_ids, description, audience, kind, language,
          mention_mobiles, mention_user_ids, quiet_hours, state, version, created_at, updated_at, failing_since,
          disabled_reason, previous_secret_until;

-- count_towns --
-- How many of these towns there are.
SELECT count(*) FROM town WHERE town_id = ANY (%(town_ids)s);
