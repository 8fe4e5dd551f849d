-- select_claims --
-- A page of claims, newest first; one alone where claim_id is given. Without all revisions only the last of each.
SELECT c.claim_id, c.first_claim_id, c.revision, l.last_claim_id = c.claim_id AS is_latest, c.town, c.baseline, c.period,
       c.verdict, c.data_sha256, c.document_sha256, c.created_by, c.created_at
  FROM claim c
 CROSS JOIN LATERAL (
         SELECT max(claim_id) AS last_claim_id FROM claim WHERE first_claim_id = c.first_claim_id
       ) AS l
 WHERE c.claim_id < %(before_id)s::bigint
   AND (%(claim_id)s::int IS NULL OR c.claim_id = %(claim_id)s)
   AND (%(town)s::text IS NULL OR c.town = %(town)s)
   AND (%(verdict)s::text IS NULL OR c.verdict = %(verdict)s)
   AND (%(all_revisions)s::boolean OR c.claim_id = l.last_claim_id)
 ORDER BY c.claim_id DESC
 LIMIT %(count_max)s;

-- select_document --
-- The frozen bytes of a claim.
SELECT document FROM claim WHERE claim_id = %(claim_id)s;
