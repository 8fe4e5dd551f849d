-- count_by_span --
-- Complaints within spans of time, their ends excluded: all, without repeated ones, and fume apart. They are added up
-- from tallies of whole units: days where the whole county is meant and may be seen, else months of towns. A span's
-- ends are moved to the nearest beginning of a unit in Asia/Shanghai; what lies between an end and where it was moved
-- to, half a unit at most, is counted and put in or taken out.
WITH tally AS (
  SELECT t.by_day, CASE WHEN t.by_day THEN 'day' ELSE 'month' END AS unit,
         CASE WHEN t.by_day THEN INTERVAL '12 hours' ELSE INTERVAL '15 days' END AS half
    FROM (SELECT %(town)s::text IS NULL AND NOT row_security_active('complaint_day_tally') AS by_day) AS t
), span AS (
  SELECT g.place, g.starts_at, g.ends_at,
         date_trunc(t.unit, g.starts_at AT TIME ZONE 'Asia/Shanghai' + t.half) AS first_begin,
         date_trunc(t.unit, g.ends_at AT TIME ZONE 'Asia/Shanghai' + t.half) AS end_begin
    FROM tally t
   CROSS JOIN unnest(%(starts_at)s::timestamptz[], %(ends_at)s::timestamptz[]) WITH ORDINALITY AS g (starts_at, ends_at, place)
), piece AS (
  SELECT s.place, v.sign, v.starts_at, v.ends_at
    FROM span s
   CROSS JOIN LATERAL (
           SELECT s.first_begin AT TIME ZONE 'Asia/Shanghai' AS moved_start, s.end_begin AT TIME ZONE 'Asia/Shanghai' AS moved_end
         ) AS m
   CROSS JOIN LATERAL (
           VALUES (1, s.starts_at, m.moved_start), (-1, m.moved_start, s.starts_at),
                  (1, m.moved_end, s.ends_at), (-1, s.ends_at, m.moved_end)
         ) AS v (sign, starts_at, ends_at)
   WHERE s.starts_at < s.ends_at AND v.starts_at < v.ends_at
), part AS (
  SELECT s.place, d.category, d.complaint_count, d.first_count
    FROM span s
   CROSS JOIN LATERAL (
           SELECT category, sum(complaint_count) AS complaint_count, sum(first_count) AS first_count
             FROM complaint_day_tally
            WHERE day >= s.first_begin::date AND day < s.end_begin::date
            GROUP BY category
         ) AS d
   WHERE (SELECT by_day FROM tally)
   UNION ALL
  SELECT s.place, t.category, t.complaint_count, t.first_count
    FROM span s
   CROSS JOIN LATERAL (
           SELECT category, sum(complaint_count) AS complaint_count, sum(first_count) AS first_count
             FROM complaint_tally
            WHERE month >= s.first_begin::date AND month < s.end_begin::date
              AND (%(town)s::text IS NULL OR town_id = (SELECT town_id FROM town WHERE code = %(town)s))
            GROUP BY category
         ) AS t
   WHERE NOT (SELECT by_day FROM tally)
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
