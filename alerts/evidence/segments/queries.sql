-- select_sealing --
-- How far the look at a day has come.
SELECT looked_on, device_id_to, is_done FROM reading_sealing WHERE day = %(day)s;

-- select_last_done --
-- The newest day before another that was looked at to its end.
SELECT max(day) FROM reading_sealing WHERE is_done AND day < %(before)s;

-- save_sealing --
-- Say how far the look at a day has come.
INSERT INTO reading_sealing (day, looked_on, device_id_to, is_done)
VALUES (%(day)s, %(looked_on)s, %(device_id_to)s, %(is_done)s)
ON CONFLICT (day) DO UPDATE
   SET looked_on = excluded.looked_on, device_id_to = excluded.device_id_to, is_done = excluded.is_done;

-- select_next_devices --
-- The next devices by number.
SELECT device_id, uid FROM device WHERE device_id > %(device_id_to)s ORDER BY device_id LIMIT %(count_max)s;

-- select_changed_devices --
-- Devices that have other readings of a day than were sealed, and their next version.
SELECT n.device_id, coalesce(s.version, 0) + 1
  FROM (SELECT device_id, count(*) AS row_count
          FROM reading
         WHERE device_id = ANY (%(device_ids)s) AND measured_at >= %(from_at)s AND measured_at < %(to_at)s
         GROUP BY device_id) AS n
  LEFT JOIN LATERAL (
         SELECT version, row_count FROM reading_segment g
          WHERE g.device_id = n.device_id AND g.day = %(day)s ORDER BY version DESC LIMIT 1
       ) AS s ON true
 WHERE n.row_count IS DISTINCT FROM s.row_count
 ORDER BY n.device_id;

-- copy_readings --
-- All readings of devices in a span.
COPY (
  SELECT measured_at, device_id, metric, value, quality, received_at
    FROM reading
   WHERE device_id = ANY (%(device_ids)s) AND measured_at >= %(from_at)s AND measured_at < %(to_at)s
) TO STDOUT (FORMAT binary);

-- insert_seal --
-- Files that are sealed together.
INSERT INTO reading_seal (day, segment_count, root_hash, sealed_at)
VALUES (%(day)s, %(segment_count)s, %(root_hash)s, %(sealed_at)s)
RETURNING reading_seal_id;

-- insert_blobs --
-- The files, each once.
INSERT INTO blob (sha256, media_type, byte_count, received_at)
SELECT u.sha256, 'application/gzip', u.byte_count, %(sealed_at)s
  FROM unnest(%(sha256)s::text[], %(byte_count)s::bigint[]) AS u (sha256, byte_count)
ON CONFLICT (sha256) DO NOTHING;

-- insert_segments --
-- What lies under a seal.
INSERT INTO reading_segment (reading_seal_id, position, device_id, device_uid, day, version, sha256, byte_count, row_count)
SELECT %(reading_seal_id)s, u.position - 1, u.device_id, u.device_uid, %(day)s, u.version, u.sha256, u.byte_count, u.row_count
  FROM unnest(%(device_id)s::int[], %(device_uid)s::text[], %(version)s::int[], %(sha256)s::text[],
              %(byte_count)s::bigint[], %(row_count)s::int[])
       WITH ORDINALITY AS u (device_id, device_uid, version, sha256, byte_count, row_count, position);

-- select_segments --
-- All versions of a device's segments of a span of days.
SELECT reading_seal_id, position, device_id, device_uid, day, version, sha256, byte_count, row_count
  FROM reading_segment
 WHERE device_id = %(device_id)s AND day BETWEEN %(first_day)s AND %(last_day)s
 ORDER BY day, version;

-- select_seal --
-- Everything under one seal, in the order of its leaves.
SELECT reading_seal_id, position, device_id, device_uid, day, version, sha256, byte_count, row_count
  FROM reading_segment WHERE reading_seal_id = %(reading_seal_id)s ORDER BY position;
