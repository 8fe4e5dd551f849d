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
