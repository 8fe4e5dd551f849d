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
