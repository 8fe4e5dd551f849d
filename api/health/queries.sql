-- select_migrations --
-- What was applied to this database, by name.
SELECT name, checksum FROM schema_migration;

-- select_heartbeat --
-- When an ingest worker last said that it lives, and whether one listens to the broker.
SELECT max(seen_at) AS seen_at, coalesce(bool_or(listening_since IS NOT NULL), false) AS listening FROM ingest_worker;
