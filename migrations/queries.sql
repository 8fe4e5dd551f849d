-- create_ledger --
-- One row a migration that was applied, with the checksum of its text.
CREATE TABLE IF NOT EXISTS schema_migration (
  name        text PRIMARY KEY,
  checksum    bytea NOT NULL,
  applied_at  timestamptz NOT NULL DEFAULT now()
);

-- lock --
-- Waits until no other migrator runs; released when the session ends, however it ends.
SELECT pg_advisory_lock(%(lock)s);

-- select_applied --
-- What was applied, by name.
SELECT name, checksum FROM schema_migration;

-- insert_applied --
-- Record one migration in the transaction that applied it.
INSERT INTO schema_migration (name, checksum) VALUES (%(name)s, %(checksum)s);
