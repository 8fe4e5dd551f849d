-- select_jobs --
-- A page of jobs, newest first; one alone where job_id is given.
SELECT j.job_id, j.trap_id, t.code AS trap_code, j.kind, j.state, j.planned_from, j.planned_to, j.opened_at,
       j.checked_in_at, j.checked_in_by, j.checked_out_at, j.checked_out_by, j.closed_at, j.hauler, j.note, j.created_at
  FROM job j
  JOIN trap t USING (trap_id)
 WHERE j.job_id < %(before_id)s
   AND (%(job_id)s::bigint IS NULL OR j.job_id = %(job_id)s)
   AND (%(trap_id)s::int IS NULL OR j.trap_id = %(trap_id)s)
   AND (%(state)s::text IS NULL OR j.state = %(state)s)
   AND (%(kind)s::text IS NULL OR j.kind = %(kind)s)
 ORDER BY j.job_id DESC
 LIMIT %(count_max)s;

-- insert_job --
-- A planned job.
INSERT INTO job (trap_id, kind, state, planned_from, planned_to, hauler, note, created_at)
VALUES (%(trap_id)s, %(kind)s, 'planned', %(planned_from)s, %(planned_to)s, %(hauler)s, %(note)s, %(now)s)
RETURNING job_id;
