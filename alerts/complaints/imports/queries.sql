-- insert_import --
-- A file that is taken in.
INSERT INTO complaint_import (profile, file_name, file_sha256, actor, imported_at)
VALUES (%(profile)s, %(file_name)s, %(file_sha256)s, %(actor)s, %(now)s)
RETURNING complaint_import_id;

-- finish_import --
-- What became of its rows.
UPDATE complaint_import
   SET read_count = %(read)s, new_count = %(new)s, known_count = %(known)s, updated_count = %(updated)s,
       skipped_count = %(skipped)s, bad_count = %(bad)s
 WHERE complaint_import_id = %(import_id)s;

-- analyze_complaints --
-- What a long transaction inserts, nobody else counts for the planner: without this it takes the table for what it was.
ANALYZE complaint;

-- insert_findings --
-- What was found, in the report's order.
INSERT INTO complaint_import_finding (complaint_import_id, place, line, column_name, value, reason, is_bad)
SELECT %(import_id)s, * FROM unnest(%(place)s::int[], %(line)s::int[], %(column)s::text[], %(value)s::text[],
                                    %(reason)s::text[], %(is_bad)s::boolean[]);
