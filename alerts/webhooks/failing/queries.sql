-- note_delivered --
-- These endpoints take messages; written only where they did not.
UPDATE webhook_endpoint
   SET failing_since = NULL, failed_at = NULL
 WHERE webhook_endpoint_id IN (SELECT webhook_endpoint_id FROM webhook_endpoint
                                WHERE webhook_endpoint_id = ANY (%(endpoint_ids)s::int[]) AND failing_since IS NOT NULL
                                ORDER BY webhook_endpoint_id
                                  FOR NO KEY UPDATE);

-- note_failed --
-- These endpoints failed; several relays may write of them, so rows are locked in the order of their numbers.
WITH failed AS (
  SELECT webhook_endpoint_id, min(at) AS first_at, max(at) AS last_at
    FROM unnest(%(endpoint_ids)s::int[], %(at)s::timestamptz[]) AS u (webhook_endpoint_id, at)
   GROUP BY webhook_endpoint_id
), locked AS (
  SELECT webhook_endpoint_id, first_at, last_at FROM webhook_endpoint JOIN failed USING (webhook_endpoint_id)
   ORDER BY webhook_endpoint_id
     FOR NO KEY UPDATE OF webhook_endpoint
)
UPDATE webhook_endpoint e
   SET failing_since = coalesce(e.failing_since, first_at), failed_at = greatest(e.failed_at, last_at)
  FROM locked
 WHERE e.webhook_endpoint_id = locked.webhook_endpoint_id;

-- note_throttled --
-- These endpoints want nothing for a while.
WITH throttled AS (
  SELECT webhook_endpoint_id, max(until) AS until
    FROM unnest(%(endpoint_ids)s::int[], %(until)s::timestamptz[]) AS u (webhook_endpoint_id, until)
   GROUP BY webhook_endpoint_id
), locked AS (
  SELECT webhook_endpoint_id, until FROM webhook_endpoint JOIN throttled USING (webhook_endpoint_id)
   ORDER BY webhook_endpoint_id
     FOR NO KEY UPDATE OF webhook_endpoint
)
UPDATE webhook_endpoint e
   SET throttled_until = greatest(e.throttled_until, locked.until)
  FROM locked
 WHERE e.webhook_endpoint_id = locked.webhook_endpoint_id;

-- lock_failing --
-- Active endpoints none of whose attempts came through from one to another that are so far apart.
SELECT webhook_endpoint_id, failing_since
  FROM webhook_endpoint
 WHERE state = 'active' AND failed_at - failing_since >= %(longer_than)s
 ORDER BY webhook_endpoint_id
   FOR NO KEY UPDATE;

-- select_untold --
-- Endpoints that nobody decided to disable, and that no open alert is about yet.
SELECT e.webhook_endpoint_id, coalesce(e.url_shown, '…'), e.description, e.disabled_reason, e.failing_since, e.updated_at
  FROM webhook_endpoint e
 WHERE e.state = 'disabled' AND e.disabled_reason IN ('failing', 'gone')
   AND NOT EXISTS (SELECT FROM alert a
                    WHERE a.dedup_key = %(rule_code)s || ':endpoint:' || e.webhook_endpoint_id AND a.status = 'firing')
 ORDER BY e.webhook_endpoint_id
   FOR NO KEY UPDATE;

-- select_over --
-- Open alerts about endpoints that are not disabled any more, or for good by a person.
SELECT a.alert_id
  FROM alert a
 WHERE a.rule_code = %(rule_code)s AND a.status = 'firing'
   AND NOT EXISTS (SELECT FROM webhook_endpoint e
                    WHERE a.dedup_key = a.rule_code || ':endpoint:' || e.webhook_endpoint_id
                      AND e.disabled_reason IN ('failing', 'gone'))
 ORDER BY a.alert_id;

-- count_endpoints --
-- Endpoints by state, and those active ones that fail.
SELECT state, count(*) FROM webhook_endpoint GROUP BY state
UNION ALL
SELECT 'failing', count(*) FROM webhook_endpoint WHERE state = 'active' AND failing_since IS NOT NULL;
