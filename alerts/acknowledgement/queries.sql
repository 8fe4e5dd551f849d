-- lock_alert --
-- An alert and who has it in hand, held: whoever appends to an alert's history holds its row first.
SELECT alert_id, seq, status, acked_at, acked_by, ack_until FROM alert WHERE alert_id = %(alert_id)s FOR UPDATE;

-- acknowledge_alert --
-- Somebody takes it in hand.
UPDATE alert
   SET acked_at = %(now)s, acked_by = %(by)s, ack_note = %(note)s, ack_until = %(until)s, seq = %(seq)s
 WHERE alert_id = %(alert_id)s;

-- clear_acknowledgement --
-- Nobody has it in hand any more.
UPDATE alert
   SET acked_at = NULL, acked_by = NULL, ack_note = NULL, ack_until = NULL, seq = %(seq)s
 WHERE alert_id = %(alert_id)s;

-- select_run_out --
-- Open alerts whose acknowledgement was for a time that is over; held, unless somebody else works on them.
SELECT alert_id, seq, status, acked_at, acked_by, ack_until
  FROM alert
 WHERE ack_until <= %(now)s AND status = 'firing'
 ORDER BY alert_id
   FOR UPDATE SKIP LOCKED;
