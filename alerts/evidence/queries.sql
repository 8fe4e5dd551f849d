-- insert_audit_events --
-- Append what happened; nothing here is ever changed.
INSERT INTO audit_event (at, actor, action, subject_kind, subject_id, detail)
SELECT at, actor, action, subject_kind, subject_id, detail::jsonb
  FROM unnest(%(at)s::timestamptz[], %(actor)s::text[], %(action)s::text[], %(subject_kind)s::text[],
              %(subject_id)s::text[], %(detail)s::text[])
       AS u (at, actor, action, subject_kind, subject_id, detail);
