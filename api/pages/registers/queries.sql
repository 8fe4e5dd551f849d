-- select_history --
-- What was done to one thing, newest first; what exactly stays in the audit trail.
SELECT at, actor, action FROM audit_event
 WHERE subject_kind = %(kind)s AND subject_id = %(id)s
 ORDER BY audit_event_id DESC LIMIT %(count_max)s;

-- count_false_alarms --
-- Tickets of a rule's alerts that were cancelled, by what was wrong.
SELECT e.detail ->> 'false_alarm_code' AS false_alarm_code, count(DISTINCT e.ticket_id)::int AS ticket_count
  FROM ticket_event e
 WHERE e.action = 'cancel' AND EXISTS (
   SELECT 1 FROM alert a WHERE a.ticket_id = e.ticket_id AND a.rule_code = %(rule)s)
 GROUP BY 1 ORDER BY 2 DESC, 1;

-- select_dead_letters --
-- Messages that no codec took, newest first, without their bytes.
SELECT rejected_message_id, received_at, topic, gateway_uid, codec, payload_bytes, reason, detail, state, retained,
       settled_at, NULL::bytea AS payload
  FROM rejected_message
 WHERE rejected_message_id < %(before_id)s
   AND (%(state)s::text IS NULL OR state = %(state)s)
   AND (%(reason)s::text IS NULL OR reason = %(reason)s)
 ORDER BY rejected_message_id DESC LIMIT %(count_max)s;

-- select_dead_letter --
-- One message with its bytes.
SELECT rejected_message_id, received_at, topic, gateway_uid, codec, payload_bytes, reason, detail, state, retained,
       settled_at, payload
  FROM rejected_message WHERE rejected_message_id = %(id)s;
