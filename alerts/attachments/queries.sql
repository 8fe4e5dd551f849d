-- is_open --
-- Whether work is left on a ticket, held so that it stays so; no row: there is none.
SELECT state NOT IN ('closed', 'rejected', 'cancelled', 'merged') FROM ticket WHERE ticket_id = %(ticket_id)s FOR SHARE;

-- insert_blob --
-- A file, once.
INSERT INTO blob (sha256, media_type, byte_count, received_at)
VALUES (%(sha256)s, %(media_type)s, %(byte_count)s, %(uploaded_at)s)
ON CONFLICT (sha256) DO NOTHING;

-- insert_attachment --
-- A file of a ticket; no row comes back where it has it.
INSERT INTO ticket_attachment (ticket_id, sha256, uploaded_by, uploaded_at)
VALUES (%(ticket_id)s, %(sha256)s, %(uploaded_by)s, %(uploaded_at)s)
ON CONFLICT DO NOTHING
RETURNING sha256;

-- select_attachments --
-- The files of a ticket, in the order of their arrival.
SELECT a.sha256, b.media_type, b.byte_count, a.uploaded_by, a.uploaded_at
  FROM ticket_attachment a JOIN blob b USING (sha256)
 WHERE a.ticket_id = %(ticket_id)s ORDER BY a.uploaded_at, a.sha256;
