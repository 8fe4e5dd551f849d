-- select_dead_letters --
-- Newest first; each condition is off where its parameter is NULL.
SELECT rejected_message_id, received_at, topic, gateway_uid, codec, payload_bytes, reason, detail, state, retained,
       settled_at, replay_requested_at, replay_requested_by
  FROM rejected_message
 WHERE rejected_message_id < %(before_id)s
   AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)
   AND (%(gateway_uid)s::text IS NULL OR gateway_uid = %(gateway_uid)s)
   AND (%(since)s::timestamptz IS NULL OR received_at >= %(since)s)
   AND (%(until)s::timestamptz IS NULL OR received_at < %(until)s)
   AND (%(ids)s::bigint[] IS NULL OR rejected_message_id = ANY (%(ids)s))
 ORDER BY rejected_message_id DESC
 LIMIT %(count_max)s;

-- select_dead_letter --
-- One message whole.
SELECT rejected_message_id, received_at, topic, gateway_uid, codec, payload_bytes, reason, detail, state, retained,
       settled_at, replay_requested_at, replay_requested_by, payload
  FROM rejected_message WHERE rejected_message_id = %(id)s;

-- lock_dead_letter --
-- Whether a message is still kept; nobody else settles it until the transaction ends.
SELECT state = 'kept' FROM rejected_message WHERE rejected_message_id = %(id)s FOR UPDATE;

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
 ORDER BY received_at, rejected_message_id
 LIMIT %(count_max)s;

-- select_requested --
-- What somebody wants sent again, in the order it arrived in.
SELECT rejected_message_id, replay_requested_by FROM rejected_message
 WHERE replay_requested_at IS NOT NULL
 ORDER BY received_at, rejected_message_id
 LIMIT %(count_max)s;

-- request_replays --
-- Have kept messages sent again; who asked first stays.
UPDATE rejected_message SET replay_requested_at = %(now)s, replay_requested_by = %(actor)s
 WHERE state = 'kept' AND replay_requested_at IS NULL AND rejected_message_id = ANY (%(ids)s)
RETURNING rejected_message_id;

-- settle_dead_letter --
-- It became readings.
UPDATE rejected_message
   SET state = 'replayed', settled_at = %(now)s, replay_requested_at = NULL, replay_requested_by = NULL
 WHERE rejected_message_id = %(id)s AND state = 'kept';

-- restate_dead_letter --
-- It was refused again, perhaps for another reason.
UPDATE rejected_message
   SET reason = %(reason)s, detail = %(detail)s, codec = %(codec)s, gateway_uid = %(gateway_uid)s,
       replay_requested_at = NULL, replay_requested_by = NULL
 WHERE rejected_message_id = %(id)s;

-- discard_dead_letters --
-- Let go of kept messages; their bytes stay until retention takes them.
UPDATE rejected_message
   SET state = 'discarded', settled_at = %(now)s, replay_requested_at = NULL, replay_requested_by = NULL
 WHERE state = 'kept' AND rejected_message_id = ANY (%(ids)s)
RETURNING rejected_message_id;
