-- select_dead_letters --
-- Newest first; each condition is off where its parameter is NULL.
SELECT rejected_message_id, received_at, topic, gateway_uid, codec, payload_bytes, reason, detail, state
  FROM rejected_message
 WHERE (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)
   AND (%(gateway_uid)s::text IS NULL OR gateway_uid = %(gateway_uid)s)
   AND (%(since)s::timestamptz IS NULL OR received_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR received_at < %(until)s)
   AND (%(ids)s::bigint[] IS NULL OR rejected_message_id = ANY (%(ids)s))
 ORDER BY rejected_message_id DESC
 LIMIT %(count_max)s;

-- select_overflow --
-- What was only counted, newest first.
SELECT gateway_uid, hour, reason, message_count, last_at, sample_topic, sample_detail
  FROM rejected_overflow
 WHERE (%(reason)s::text IS NULL OR reason = %(reason)s)
   AND (%(gateway_uid)s::text IS NULL OR gateway_uid = %(gateway_uid)s)
   AND (%(since)s::timestamptz IS NULL OR last_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR first_at < %(until)s)
 ORDER BY last_at DESC
 LIMIT %(count_max)s;

-- select_ids_to_settle --
-- Kept messages that match, in the order they arrived in: readings of one device must not overtake each other.
SELECT rejected_message_id
  FROM rejected_message
 WHERE state = 'kept'
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)
   AND (%(gateway_uid)s::text IS NULL OR gateway_uid = %(gateway_uid)s)
   AND (%(since)s::timestamptz IS NULL OR received_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR received_at < %(until)s)
   AND (%(ids)s::bigint[] IS NULL OR rejected_message_id = ANY (%(ids)s))
 ORDER BY received_at, rejected_message_id;

-- select_dead_letter --
-- One message whole.
SELECT rejected_message_id, received_at, topic, gateway_uid, codec, payload_bytes, reason, detail, state, payload,
       retained, settled_at
  FROM rejected_message WHERE rejected_message_id = %(id)s;

-- settle_dead_letter --
-- It became readings, or was let go.
UPDATE rejected_message SET state = %(state)s, settled_at = %(now)s WHERE rejected_message_id = %(id)s AND state = 'kept';

-- restate_dead_letter --
-- It was refused again, perhaps for another reason.
UPDATE rejected_message SET reason = %(reason)s, detail = %(detail)s, codec = %(codec)s, gateway_uid = %(gateway_uid)s
 WHERE rejected_message_id = %(id)s;

-- discard_dead_letters --
-- Let go of kept messages; their bytes stay until retention takes them.
UPDATE rejected_message SET state = 'discarded', settled_at = %(now)s
 WHERE state = 'kept' AND rejected_message_id = ANY (%(ids)s)
RETURNING rejected_message_id;
