-- select_delivery --
-- A delivery's state and that of its endpoint.
SELECT d.webhook_delivery_id, d.state, d.webhook_endpoint_id, e.state
  FROM webhook_delivery d JOIN webhook_endpoint e USING (webhook_endpoint_id)
 WHERE d.webhook_delivery_id = %(delivery_id)s;

-- replay_delivery --
-- Queue a dead delivery again, with the whole retry schedule before it; the message keeps its webhook-id.
UPDATE webhook_delivery
   SET state = 'queued', next_attempt_at = %(now)s, leased_until = NULL, settled_at = NULL,
       schedule_start = attempt_count, merged_into = NULL
 WHERE webhook_delivery_id = %(delivery_id)s AND state = 'dead';

-- lock_selected --
-- Settled deliveries of an endpoint, by when their messages came to be or by their numbers; of what was merged its digest.
SELECT webhook_delivery_id
  FROM webhook_delivery
 WHERE state = ANY (%(states)s::text[])
   AND webhook_delivery_id IN (
         SELECT coalesce(d.merged_into, d.webhook_delivery_id)
           FROM webhook_message m JOIN webhook_delivery d USING (webhook_message_id)
          WHERE d.webhook_endpoint_id = %(endpoint_id)s
            AND d.state = ANY (%(states)s::text[])
            AND (%(since)s::timestamptz IS NULL OR m.created_at >= %(since)s)
            AND (%(until)s::timestamptz IS NULL OR m.created_at < %(until)s)
            AND (%(first_id)s::bigint IS NULL OR d.webhook_delivery_id >= %(first_id)s)
            AND (%(last_id)s::bigint IS NULL OR d.webhook_delivery_id <= %(last_id)s)
            AND (%(event_types)s::text[] = '{}' OR m.event_type = ANY (%(event_types)s::text[]))
       )
 ORDER BY webhook_delivery_id
 LIMIT %(count_max)s
   FOR UPDATE;

-- replay_selected --
-- Queue these again, with the whole retry schedule before them; the messages keep their webhook-ids.
UPDATE webhook_delivery
   SET state = 'queued', next_attempt_at = %(now)s, leased_until = NULL, settled_at = NULL,
       schedule_start = attempt_count
 WHERE webhook_delivery_id = ANY (%(delivery_ids)s::bigint[]) AND state <> 'queued';
