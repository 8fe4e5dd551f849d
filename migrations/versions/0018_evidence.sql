-- Evidence: names under commitments, readings sealed by the day, reviews of alerts; the ledger's last gaps closed.
SET LOCAL lock_timeout = '5s';

-- What names people stands in the canonical bytes as a commitment under this salt; NULL: in plain text, as before.
ALTER TABLE audit_event ADD COLUMN salt bytea;

-- The product's role needs no right to write the ledger's own tables: only this function does, at COMMIT.
ALTER FUNCTION append_to_ledger() SECURITY DEFINER;
ALTER FUNCTION append_to_ledger() SET search_path FROM CURRENT;
CREATE TRIGGER ledger_key_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_key
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER blob_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON blob
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Files of one county day, each of one device, sealed together under one root (RFC 6962): one entry of the ledger.
CREATE TABLE reading_seal (
  reading_seal_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  day              date NOT NULL,
  segment_count    int NOT NULL CHECK (segment_count > 0),
  root_hash        bytea NOT NULL,
  sealed_at        timestamptz NOT NULL
);
CREATE TRIGGER reading_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reading_seal
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TABLE reading_segment (
  reading_seal_id  bigint NOT NULL REFERENCES reading_seal,
  position         int NOT NULL,           -- of the leaf under the seal's root, 0-based
  device_id        int NOT NULL REFERENCES device,
  device_uid       text NOT NULL,          -- as it was called when it was sealed
  day              date NOT NULL,
  version          int NOT NULL CHECK (version > 0),  -- readings that came later make another one
  sha256           text NOT NULL,          -- of the file in TRAPWATCH_EVIDENCE__BLOB_DIR
  byte_count       bigint NOT NULL,
  row_count        int NOT NULL,
  PRIMARY KEY (reading_seal_id, position),
  UNIQUE (device_id, day, version)
);
CREATE TRIGGER reading_segment_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON reading_segment
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- How far the look at a day has come; every day is looked at again while readings of it may arrive.
CREATE TABLE reading_sealing (
  day           date PRIMARY KEY,
  looked_on     date NOT NULL,             -- the county day of the last look
  device_id_to  int NOT NULL,              -- devices up to this one are done
  is_done       boolean NOT NULL
);

-- 研判: what people make of an alert. Without one it is a lead (线索).
CREATE TABLE alert_review (
  alert_review_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  alert_id           bigint NOT NULL REFERENCES alert,
  verdict            text NOT NULL CHECK (verdict IN (
                       'confirmed',      -- 属实
                       'not_confirmed',  -- 未能查实
                       'false_alarm'     -- 误报
                     )),
  reviewer           text NOT NULL,
  legal_reviewer     text,                 -- 法制审核; 行政处罚法 art. 41
  technical_reviewer text,                 -- 技术审核
  basis              text NOT NULL,        -- what the verdict rests on
  note               text NOT NULL DEFAULT '',
  reviewed_by        text NOT NULL,        -- who wrote it down
  reviewed_at        timestamptz NOT NULL
);
CREATE INDEX alert_review_alert ON alert_review (alert_id, alert_review_id);
CREATE TRIGGER alert_review_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON alert_review
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
