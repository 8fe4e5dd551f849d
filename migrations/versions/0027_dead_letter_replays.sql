-- Rejected messages that somebody wants sent again: the API marks them, an ingest process does it.
SET LOCAL lock_timeout = '5s';

-- Set while it waits for that; who wanted it before stands in the audit trail.
ALTER TABLE rejected_message
  ADD COLUMN replay_requested_at timestamptz,
  ADD COLUMN replay_requested_by text,
  ADD CONSTRAINT rejected_message_replay_check
    CHECK ((replay_requested_at IS NULL) = (replay_requested_by IS NULL) AND (replay_requested_at IS NULL OR state = 'kept'));
CREATE INDEX rejected_message_to_replay ON rejected_message (received_at, rejected_message_id)
  WHERE replay_requested_at IS NOT NULL;
