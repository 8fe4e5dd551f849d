-- select_server --
-- Version, TimescaleDB, and the server settings that durability and speed hang on; what is preloaded only for roles that
-- may know.
SELECT current_setting('server_version_num')::int,
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
       current_setting('timescaledb.license', true),
       CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE')
            THEN current_setting('shared_preload_libraries') END,
       current_setting('fsync')::boolean,
       current_setting('full_page_writes')::boolean,
       current_setting('synchronous_commit'),
       pg_size_bytes(current_setting('effective_cache_size')),
       current_setting('max_locks_per_transaction')::int * current_setting('max_connections')::int,
       clock_timestamp();

-- select_chunks --
-- Chunks of the readings: how many, the newest complete day's index and total size, and all of them together.
SELECT count(*), coalesce(max(index_bytes), 0), coalesce(max(total_bytes), 0), coalesce(sum(total_bytes), 0)
  FROM chunks_detailed_size('reading');

-- select_applied_migrations --
-- What the schema is made of.
SELECT name, checksum FROM schema_migration ORDER BY name;

-- select_workers --
-- The workers' ledgers as last reported.
SELECT client_id, seen_at, listening_since IS NOT NULL, caught_up_since IS NOT NULL, received, stored, duplicate,
       rejected, in_flight, broker_dropped
  FROM ingest_worker ORDER BY client_id;

-- select_bad_clocks --
-- Of the readings received within the last hour: how many in all, and how many with a bad clock (quality 1).
SELECT count(*), count(*) FILTER (WHERE quality = 1)
  FROM reading
 WHERE received_at > %(now)s - INTERVAL '1 hour' AND measured_at > %(now)s - INTERVAL '2 days'
   AND measured_at < %(now)s + INTERVAL '2 days';

-- select_data_directory --
-- Where the files are; only a superuser or a monitoring role may know.
SELECT CASE WHEN pg_has_role(current_user, 'pg_read_all_settings', 'USAGE') THEN current_setting('data_directory') END;

-- select_scoped_role --
-- Whether callers can be limited to towns: there is the role, we may become it, and it has its rights.
SELECT count(*) > 0,
       coalesce(bool_or(pg_has_role(current_user, oid, CASE WHEN current_setting('server_version_num')::int >= 160000
                                                            THEN 'SET' ELSE 'MEMBER' END)), false),
       coalesce(bool_or(has_table_privilege(oid, 'restaurant', 'SELECT')), false)
  FROM pg_roles
 WHERE rolname = 'trapwatch_scoped';
