-- insert_trial --
INSERT INTO rule_trial (rule_code, kind, days, candidate, requested_at, requested_by)
VALUES (%(rule_code)s, %(kind)s, %(days)s, %(candidate)s, %(now)s, %(actor)s)
RETURNING rule_trial_id;

-- claim_trial --
-- The oldest that waits, or whose process has said nothing for long.
UPDATE rule_trial SET state = 'running', alive_at = %(now)s, attempt_count = attempt_count + 1
 WHERE rule_trial_id = (
         SELECT rule_trial_id FROM rule_trial
          WHERE attempt_count < %(attempt_count_max)s
            AND (state = 'queued' OR (state = 'running' AND alive_at < %(silent_since)s))
          ORDER BY rule_trial_id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING rule_trial_id, rule_code, kind, days, candidate;

-- give_up_trials --
-- Those whose processes died every time.
UPDATE rule_trial SET state = 'failed', ended_at = %(now)s, problem = %(problem)s
 WHERE state = 'running' AND alive_at < %(silent_since)s AND attempt_count >= %(attempt_count_max)s;

-- keep_alive --
UPDATE rule_trial SET alive_at = %(now)s WHERE rule_trial_id = %(id)s AND state = 'running';

-- put_back --
-- Its process ends in order; somebody else carries it out.
UPDATE rule_trial SET state = 'queued', alive_at = NULL, attempt_count = attempt_count - 1
 WHERE rule_trial_id = %(id)s AND state = 'running';

-- end_trial --
UPDATE rule_trial SET state = %(state)s, ended_at = %(now)s, report = %(report)s, problem = %(problem)s
 WHERE rule_trial_id = %(id)s AND state = 'running';

-- forget_old_trials --
-- Of each rule only the newest are kept, and those that are not over.
DELETE FROM rule_trial
 WHERE rule_code = %(rule_code)s AND state IN ('done', 'failed') AND rule_trial_id <= (
         SELECT rule_trial_id FROM rule_trial WHERE rule_code = %(rule_code)s
          ORDER BY rule_trial_id DESC OFFSET %(count_max)s LIMIT 1);
