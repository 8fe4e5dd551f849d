-- insert_intake_change --
-- Append an entry.
INSERT INTO intake_change (at, kind, what, source, effect, author, recorded_at)
VALUES (%(at)s, %(kind)s, %(what)s, %(source)s, %(effect)s, %(author)s, %(now)s)
RETURNING intake_change_id;

-- select_intake_changes --
-- Entries that took effect within a span, in that order.
SELECT intake_change_id, at, kind, what, source, effect, author, recorded_at
  FROM intake_change
 WHERE at >= %(from_at)s AND at < %(to_at)s
 ORDER BY at, intake_change_id;
