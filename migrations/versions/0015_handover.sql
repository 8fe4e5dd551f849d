-- Tickets handed over to another jurisdiction (跨区域移交) and received from one; echoes of what became of them.
SET LOCAL lock_timeout = '5s';

ALTER TABLE ticket
  DROP CONSTRAINT ticket_source_kind_check,
  ADD CONSTRAINT ticket_source_kind_check CHECK (source_kind IN (
    'alert',      -- 预警
    'complaint',  -- 投诉
    'patrol',     -- 巡查
    'api',        -- 接口
    'handover'    -- 移交
  ));

-- What we handed over: the document as it went out, byte for byte.
CREATE TABLE handover_sent (
  ticket_id  bigint NOT NULL REFERENCES ticket,
  seq        int NOT NULL CHECK (seq > 0),  -- of the ticket's hand-overs
  recipient  text NOT NULL,                 -- the name in the other side's key
  note       text NOT NULL,
  document   bytea NOT NULL,
  sha256     text NOT NULL,
  sent_by    text NOT NULL,
  sent_at    timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, seq)
);
CREATE TRIGGER handover_sent_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON handover_sent
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What the other side said became of it (状态回传).
CREATE TABLE handover_echo (
  ticket_id      bigint NOT NULL,
  seq            int NOT NULL,
  their_ticket   bigint NOT NULL,
  their_version  int NOT NULL,              -- of their ticket: echoes are ordered by it, then by made_at
  made_at        timestamptz NOT NULL,      -- their clock
  state          text NOT NULL,
  state_at       timestamptz NOT NULL,      -- their clock
  note           text NOT NULL,
  document       bytea NOT NULL,
  sha256         text NOT NULL,
  recorded_by    text NOT NULL,
  recorded_at    timestamptz NOT NULL,
  PRIMARY KEY (ticket_id, seq, their_version, made_at),
  FOREIGN KEY (ticket_id, seq) REFERENCES handover_sent
);
CREATE TRIGGER handover_echo_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON handover_echo
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What was handed over to us, and which ticket of ours it is.
CREATE TABLE handover_received (
  origin        text NOT NULL,              -- the name in the sender's key
  their_ticket  bigint NOT NULL,
  seq           int NOT NULL,
  ticket_id     bigint NOT NULL REFERENCES ticket,
  document      bytea NOT NULL,
  sha256        text NOT NULL,
  received_by   text NOT NULL,
  received_at   timestamptz NOT NULL,
  PRIMARY KEY (origin, their_ticket, seq)
);
CREATE INDEX handover_received_ticket ON handover_received (ticket_id);
CREATE TRIGGER handover_received_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON handover_received
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
