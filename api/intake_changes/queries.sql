-- select_intake_changes --
-- A page of the log, the last to take effect first; one alone where intake_change_id is given.
SELECT intake_change_id, at, kind, what, source, effect, author, recorded_at
  FROM intake_change
 WHERE (at, intake_change_id) < (to_timestamp_us(%(before_us)s::bigint), %(before_id)s::bigint)
   AND (%(intake_change_id)s::int IS NULL OR intake_change_id = %(intake_change_id)s)
   AND (%(from_at)s::timestamptz IS NULL OR at >= %(from_at)s)
   AND (%(to_at)s::timestamptz IS NULL OR at < %(to_at)s)
 ORDER BY at DESC, intake_change_id DESC
 LIMIT %(count_max)s;
