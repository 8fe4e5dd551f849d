-- select_trials --
-- A rule's trials, newest first; one where its number is given.
SELECT rule_trial_id, rule_code, kind, days, candidate, requested_at, requested_by, state, ended_at, report, problem
  FROM rule_trial
 WHERE rule_code = %(rule_code)s AND (%(id)s::bigint IS NULL OR rule_trial_id = %(id)s)
 ORDER BY rule_trial_id DESC;
