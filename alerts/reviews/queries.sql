-- is_known --
-- Whether there is such an alert.
SELECT alert_id FROM alert WHERE alert_id = %(alert_id)s;

-- insert_review --
-- Append what somebody makes of an alert.
INSERT INTO alert_review (alert_id, verdict, reviewer, basis, legal_reviewer, technical_reviewer, note, reviewed_by, reviewed_at)
VALUES (%(alert_id)s, %(verdict)s, %(reviewer)s, %(basis)s, %(legal_reviewer)s, %(technical_reviewer)s, %(note)s, %(actor)s, %(now)s)
RETURNING alert_review_id;

-- select_reviews --
-- Reviews of alerts, oldest first.
SELECT alert_review_id, alert_id, verdict, reviewer, basis, legal_reviewer, technical_reviewer, note, reviewed_by, reviewed_at
  FROM alert_review WHERE alert_id = ANY (%(alert_ids)s) ORDER BY alert_review_id;
