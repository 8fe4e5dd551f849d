-- select_register_start --
-- The first day on which a restaurant was entered.
SELECT min(entered_on)
  FROM restaurant_business b
  JOIN town w USING (town_id)
 WHERE %(town)s::text IS NULL OR w.code = %(town)s;

-- select_has_town --
-- Whether a town's code is known.
SELECT EXISTS (SELECT FROM town WHERE code = %(town)s);

-- create_sites --
-- The restaurants of a question, sorted into groups for this transaction: treated (with a device in service on the
-- period's first day), joining (in service at another time before the period's end), untreated, outside (needs no trap).
CREATE TEMPORARY TABLE claim_site ON COMMIT DROP AS
SELECT b.restaurant_id, coalesce(s.service_days, '{}') AS service_days,
       b.open_days * multirange(daterange(CASE WHEN %(constant_before)s::boolean THEN NULL ELSE b.entered_on END, NULL))
         AS business_days,
       CASE WHEN %(is_all)s::boolean THEN 'treated'
            WHEN NOT b.needs_trap THEN 'outside'
            WHEN s.service_days @> %(period_day)s::date THEN 'treated'
            WHEN s.service_days && daterange(NULL, %(end_day)s::date) THEN 'joining'
            ELSE 'untreated' END AS site_group
  FROM restaurant_business b
  JOIN town w USING (town_id)
  LEFT JOIN restaurant_service s USING (restaurant_id)
 WHERE %(town)s::text IS NULL OR w.code = %(town)s;

-- drop_sites --
-- For the next question of the same transaction.
DROP TABLE claim_site;

-- count_sites --
-- How many restaurants that ever were in business each group has.
SELECT site_group, count(*) FROM claim_site WHERE NOT isempty(business_days) GROUP BY site_group;

-- sum_site_days --
-- Days in business, and with a device in service beside, by month and group; sites with the same span are taken at once.
WITH span AS (
  SELECT site_group, false AS is_service, unnest(business_days) AS days FROM claim_site
   UNION ALL
  SELECT site_group, true, unnest(business_days * service_days) FROM claim_site
), same_span AS (
  SELECT site_group, is_service, coalesce(lower(days), '-infinity') AS from_day, coalesce(upper(days), 'infinity') AS to_day,
         count(*) AS site_count
    FROM span
   GROUP BY site_group, is_service, days
), month AS (
  SELECT to_char(first_at, 'YYYY-MM') AS month, first_at::date AS first_day, (first_at + INTERVAL '1 month')::date AS end_day
    FROM generate_series(%(first_day)s::date::timestamp, %(end_day)s::date::timestamp - INTERVAL '1 day',
                         INTERVAL '1 month') AS first_at
), overlap AS (
  SELECT m.month, s.site_group, s.is_service,
         s.site_count * (least(s.to_day, m.end_day) - greatest(s.from_day, m.first_day)) AS days
    FROM month m
   CROSS JOIN same_span s
   WHERE s.from_day < m.end_day AND s.to_day > m.first_day
)
SELECT month, site_group,
       coalesce(sum(days) FILTER (WHERE NOT is_service), 0)::bigint, coalesce(sum(days) FILTER (WHERE is_service), 0)::bigint
  FROM overlap
 GROUP BY month, site_group;

-- count_complaints --
-- Complaints by Asia/Shanghai month of their receipt, group and category; all and without repeated ones. Of a
-- restaurant's complaints its own town decides, of others theirs.
SELECT to_char(c.received_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM') AS month,
       CASE WHEN %(is_all)s::boolean THEN 'treated' ELSE coalesce(s.site_group, 'unknown') END AS site_group,
       c.category, count(*), count(*) FILTER (WHERE c.duplicate_of IS NULL)
  FROM complaint c
  LEFT JOIN town w USING (town_id)
  LEFT JOIN claim_site s USING (restaurant_id)
 WHERE c.received_at >= %(first_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.received_at < %(end_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND (%(town)s::text IS NULL OR s.restaurant_id IS NOT NULL
        OR (w.code = %(town)s AND (%(is_all)s::boolean OR c.restaurant_id IS NULL)))
 GROUP BY 1, 2, 3;

-- select_complaint_days --
-- The day of each first complaint of the treated group, in order.
SELECT (c.received_at AT TIME ZONE 'Asia/Shanghai')::date AS day
  FROM complaint c
  LEFT JOIN town w USING (town_id)
  LEFT JOIN claim_site s USING (restaurant_id)
 WHERE c.received_at >= %(first_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.received_at < %(end_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.duplicate_of IS NULL AND c.category = ANY(%(categories)s::text[])
   AND CASE WHEN %(is_all)s::boolean THEN %(town)s::text IS NULL OR s.restaurant_id IS NOT NULL OR w.code = %(town)s
            ELSE s.site_group = 'treated' END
 ORDER BY c.received_at, c.complaint_id;

-- insert_claim --
-- A claim as it was made; the first of its revisions is its own first.
INSERT INTO claim (claim_id, first_claim_id, revision, town, baseline, period, verdict, data_sha256, document_sha256,
                   document, created_by, created_at)
OVERRIDING SYSTEM VALUE
SELECT n.claim_id, coalesce(%(first_claim_id)s::int, n.claim_id), %(revision)s, %(town)s, %(baseline)s, %(period)s,
       %(verdict)s, %(data_sha256)s, %(document_sha256)s, %(document)s, %(actor)s, %(now)s
  FROM (SELECT nextval(pg_get_serial_sequence('claim', 'claim_id'))::int AS claim_id) AS n
RETURNING claim_id;

-- lock_latest_revision --
-- The last revision of a claim, by the number of any of them; whoever revises it too waits.
SELECT c.claim_id, c.first_claim_id, c.revision, c.document
  FROM claim c
 WHERE c.first_claim_id = (SELECT first_claim_id FROM claim WHERE claim_id = %(claim_id)s)
 ORDER BY c.revision DESC
 LIMIT 1
   FOR UPDATE;
