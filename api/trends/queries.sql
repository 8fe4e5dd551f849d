-- count_by_span --
-- Complaints within spans of time, their ends excluded: all, without repeated ones, and fume apart. A span's ends are
-- moved to the nearest beginning of an Asia/Shanghai month; between those the tallies are added up, and what lies
-- between an end and where it was moved to is counted and put in or taken out: half a month at most.
WITH span AS (
  SELECT g.place, g.starts_at, g.ends_at,
         date_trunc('month', g.starts_at AT TIME ZONE 'Asia/Shanghai' + INTERVAL '15 days') AS first_month,
         date_trunc('month', g.ends_at AT TIME ZONE 'Asia/Shanghai' + INTERVAL '15 days') AS end_month
    FROM unnest(%(starts_at)s::timestamptz[], %(ends_at)s::timestamptz[]) WITH ORDINALITY AS g (starts_at, ends_at, place)
), piece AS (
  SELECT s.place, v.sign, v.starts_at, v.ends_at
    FROM span s
   CROSS JOIN LATERAL (
           SELECT s.first_month AT TIME ZONE 'Asia/Shanghai' AS moved_start, s.end_month AT TIME ZONE 'Asia/Shanghai' AS moved_end
         ) AS m
   CROSS JOIN LATERAL (
           VALUES (1, s.starts_at, m.moved_start), (-1, m.moved_start, s.starts_at),
                  (1, m.moved_end, s.ends_at), (-1, s.ends_at, m.moved_end)
         ) AS v (sign, starts_at, ends_at)
   WHERE s.starts_at < s.ends_at AND v.starts_at < v.ends_at
), part AS (
  SELECT s.place, t.category, t.complaint_count, t.first_count
    FROM span s
   CROSS JOIN LATERAL (
           SELECT category, sum(complaint_count) AS complaint_count, sum(first_count) AS first_count
             FROM complaint_tally
            WHERE month >= s.first_month::date AND month < s.end_month::date
              AND (%(town)s::text IS NULL OR town_id = (SELECT town_id FROM town WHERE code = %(town)s))
            GROUP BY category
         ) AS t
   UNION ALL
  SELECT p.place, c.category, p.sign * c.complaint_count, p.sign * c.first_count
    FROM piece p
   CROSS JOIN LATERAL (
           SELECT category, count(*) AS complaint_count, count(*) FILTER (WHERE duplicate_of IS NULL) AS first_count
             FROM complaint
            WHERE received_at >= p.starts_at AND received_at < p.ends_at
              AND (%(town)s::text IS NULL OR town_id = (SELECT town_id FROM town WHERE code = %(town)s))
            GROUP BY category
         ) AS c
)
SELECT coalesce(sum(p.complaint_count) FILTER (WHERE f.counted), 0)::int AS complaint_count,
       coalesce(sum(p.first_count) FILTER (WHERE f.counted), 0)::int AS deduplicated,
       coalesce(sum(p.complaint_count) FILTER (WHERE p.category = 'fume'), 0)::int AS fume_count,
       coalesce(sum(p.first_count) FILTER (WHERE p.category = 'fume'), 0)::int AS fume_deduplicated
  FROM span s
  LEFT JOIN part p USING (place)
 CROSS JOIN LATERAL (
         SELECT (%(category)s::text IS NULL OR p.category = %(category)s)
                AND NOT (%(exclude_fume)s::boolean AND p.category = 'fume') AS counted
       ) AS f
 GROUP BY s.place
 ORDER BY s.place;

-- count_open_restaurants --
-- Restaurants in business now: what complaints are related to.
SELECT coalesce(sum(t.restaurant_count), 0)::int
  FROM restaurant_tally t
 WHERE t.status = 'open' AND (%(town)s::text IS NULL OR t.town_id = (SELECT town_id FROM town WHERE code = %(town)s));
