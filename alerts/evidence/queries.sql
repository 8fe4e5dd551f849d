-- insert_audit_events --
-- Append what happened; nothing here is ever changed. The ledger entry follows at COMMIT.
INSERT INTO audit_event (at, actor, action, subject_kind, subject_id, detail, canonical, salt)
SELECT at, actor, action, subject_kind, subject_id, detail::jsonb, canonical, salt
  FROM unnest(%(at)s::timestamptz[], %(actor)s::text[], %(action)s::text[], %(subject_kind)s::text[],
              %(subject_id)s::text[], %(detail)s::text[], %(canonical)s::bytea[], %(salt)s::bytea[])
       AS u (at, actor, action, subject_kind, subject_id, detail, canonical, salt);

-- number_entries --
-- Append to the ledger now what would be appended at COMMIT.
SET CONSTRAINTS audit_event_ledger IMMEDIATE;

-- select_size --
-- How many entries the ledger has.
SELECT coalesce(max(seq) + 1, 0) FROM ledger_entry;

-- select_leaves --
-- Hashes of leaves by position.
SELECT seq, leaf_hash FROM ledger_entry WHERE seq = ANY(%(positions)s::bigint[]);

-- select_nodes --
-- Hashes of stored subtrees of one level.
SELECT position, hash FROM ledger_node WHERE level = %(level)s AND position = ANY(%(positions)s::bigint[]);

-- count_nodes --
-- How many subtrees of a level are stored; they are stored from the left.
SELECT coalesce(max(position) + 1, 0) FROM ledger_node WHERE level = %(level)s;

-- insert_node --
-- Store the hash of a complete subtree.
INSERT INTO ledger_node (level, position, hash) VALUES (%(level)s, %(position)s, %(hash)s);

-- select_last_key --
-- The key in use so far.
SELECT verifier_key FROM ledger_key ORDER BY ledger_key_id DESC LIMIT 1;

-- insert_key --
-- A signing key at its first use; no row comes back where it is known.
INSERT INTO ledger_key (verifier_key, first_used_at) VALUES (%(verifier_key)s, %(now)s)
ON CONFLICT (verifier_key) DO NOTHING
RETURNING ledger_key_id;

-- select_last_checkpoint --
-- The newest checkpoint.
SELECT c.size, c.root_hash, c.note, k.verifier_key, c.created_at
  FROM ledger_checkpoint c JOIN ledger_key k USING (ledger_key_id)
 ORDER BY c.size DESC LIMIT 1;

-- select_checkpoint_below --
-- The newest checkpoint of fewer entries.
SELECT c.size, c.root_hash, c.note, k.verifier_key, c.created_at
  FROM ledger_checkpoint c JOIN ledger_key k USING (ledger_key_id)
 WHERE c.size < %(size)s
 ORDER BY c.size DESC LIMIT 1;

-- insert_checkpoint --
-- Keep a checkpoint; its key is known.
INSERT INTO ledger_checkpoint (size, root_hash, note, ledger_key_id, created_at)
SELECT %(size)s, %(root_hash)s, %(note)s, ledger_key_id, %(created_at)s FROM ledger_key WHERE verifier_key = %(verifier_key)s;
