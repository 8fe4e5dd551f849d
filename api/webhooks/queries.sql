-- select_deliveries --
-- A page of deliveries (of one endpoint, or of all) with their attempts, newest first.
SELECT d.webhook_delivery_id AS delivery_id, d.webhook_endpoint_id AS endpoint_id, m.uid AS message_uid, m.event_type,
       m.subject_kind, m.subject_id, m.seq, m.created_at, d.state, d.attempt_count, d.next_attempt_at, d.settled_at,
       d.merged_into,
       coalesce((SELECT jsonb_agg(jsonb_build_object('attempt', a.attempt, 'started_at', a.started_at,
                                                     'duration_ms', a.duration_ms, 'http_status', a.http_status,
                                                     'outcome', a.outcome, 'detail', a.detail)
                                  ORDER BY a.attempt)
                   FROM webhook_attempt a
                  WHERE a.webhook_delivery_id = d.webhook_delivery_id), '[]') AS attempts
  FROM webhook_delivery d
  JOIN webhook_message m USING (webhook_message_id)
 WHERE (%(endpoint_id)s::int IS NULL OR d.webhook_endpoint_id = %(endpoint_id)s)
   AND d.webhook_delivery_id < %(before_id)s
   AND (%(state)s::text IS NULL OR d.state = %(state)s)
 ORDER BY d.webhook_delivery_id DESC
 LIMIT %(count_max)s;
