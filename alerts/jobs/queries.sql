-- lock_job --
-- How far a job has come, held until the transaction ends.
SELECT state, opened_at, checked_in_at, checked_out_at, closed_at
  FROM job WHERE job_id = %(job_id)s FOR UPDATE;

-- update_job --
-- Write how far a job has come; who checked in or out stays once it is said.
UPDATE job
   SET state = %(state)s, opened_at = %(opened_at)s,
       opened_known_at = CASE WHEN %(opened_at)s::timestamptz IS NOT NULL THEN coalesce(opened_known_at, %(now)s) END,
       checked_in_at = %(checked_in_at)s,
       checked_in_by = CASE WHEN %(checked_in_at)s::timestamptz IS NOT NULL THEN coalesce(checked_in_by, %(by)s) END,
       checked_out_at = %(checked_out_at)s,
       checked_out_by = CASE WHEN %(checked_out_at)s::timestamptz IS NOT NULL THEN coalesce(checked_out_by, %(by)s) END,
       closed_at = %(closed_at)s
 WHERE job_id = %(job_id)s;

-- has_job --
-- Whether a job is about a trap.
SELECT 1 FROM job WHERE job_id = %(job_id)s AND trap_id = %(trap_id)s;
