-- The ledger: every audit event as exact bytes, chained and under one Merkle tree (RFC 6962).
SET LOCAL lock_timeout = '5s';

-- What is hashed: RFC 8785 bytes of the whole event. The columns beside it are for searching only.
ALTER TABLE audit_event ADD COLUMN canonical bytea;
ALTER TABLE audit_event ADD CONSTRAINT audit_event_is_canonical CHECK (canonical IS NOT NULL) NOT VALID;

CREATE TABLE ledger_entry (
  seq             bigint PRIMARY KEY,     -- 0-based position of the leaf; without a gap
  audit_event_id  bigint NOT NULL UNIQUE REFERENCES audit_event,
  leaf_hash       bytea NOT NULL,         -- sha256(0x00 || canonical)
  chain_hash      bytea NOT NULL          -- sha256(chain_hash of seq - 1 || leaf_hash); 32 zero bytes before the first
);

-- Entries are numbered at COMMIT: the ledger's lock is then the last lock of any transaction, held for the commit only,
-- so that it orders all writers and deadlocks with none. 7421 is core.db.AdvisoryLock.LEDGER.
CREATE FUNCTION append_to_ledger() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  last_seq    bigint;
  last_chain  bytea;
  leaf        bytea := sha256('\x00'::bytea || NEW.canonical);
BEGIN
  PERFORM pg_advisory_xact_lock(7421);
  SELECT seq, chain_hash INTO last_seq, last_chain FROM ledger_entry ORDER BY seq DESC LIMIT 1;
  INSERT INTO ledger_entry (seq, audit_event_id, leaf_hash, chain_hash)
  VALUES (coalesce(last_seq + 1, 0), NEW.audit_event_id, leaf,
          sha256(coalesce(last_chain, decode(repeat('00', 32), 'hex')) || leaf));
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER audit_event_ledger AFTER INSERT ON audit_event
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION append_to_ledger();
CREATE TRIGGER ledger_entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Hashes of complete subtrees of 256^level leaves, so that a root or a proof reads hundreds of rows, not all.
CREATE TABLE ledger_node (
  level     smallint NOT NULL CHECK (level > 0),
  position  bigint NOT NULL,              -- from the left, 0-based: leaves from position * 256^level on
  hash      bytea NOT NULL,
  PRIMARY KEY (level, position)
);
CREATE TRIGGER ledger_node_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_node
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Which key signed from when on; changing it is an audit event too.
CREATE TABLE ledger_key (
  ledger_key_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  verifier_key   text NOT NULL UNIQUE,    -- C2SP signed-note: name+hash+base64
  first_used_at  timestamptz NOT NULL
);

CREATE TABLE ledger_checkpoint (
  size           bigint PRIMARY KEY,      -- leaves under the root
  root_hash      bytea NOT NULL,
  note           text NOT NULL,           -- C2SP tlog-checkpoint with its signature line
  ledger_key_id  int NOT NULL REFERENCES ledger_key,
  created_at     timestamptz NOT NULL
);
CREATE TRIGGER ledger_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
