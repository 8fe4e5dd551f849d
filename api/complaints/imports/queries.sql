-- select_imports --
-- Imports, the last one first; one alone where import_id is given.
SELECT complaint_import_id AS import_id, profile, file_name, file_sha256, actor, imported_at,
       jsonb_build_object('read', read_count, 'new', new_count, 'known', known_count, 'updated', updated_count,
                          'skipped', skipped_count, 'bad', bad_count) AS counts
  FROM complaint_import
 WHERE complaint_import_id < %(before_id)s
   AND (%(import_id)s::bigint IS NULL OR complaint_import_id = %(import_id)s)
 ORDER BY complaint_import_id DESC
 LIMIT %(count_max)s;

-- select_findings --
-- What was found in a file, in its order; bad rows or the others.
SELECT line, column_name AS column, value, reason
  FROM complaint_import_finding
 WHERE complaint_import_id = %(import_id)s AND is_bad = %(is_bad)s
 ORDER BY place;
