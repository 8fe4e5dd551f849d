-- count_by_month --
-- Complaints by Asia/Shanghai month of their receipt, all and without repeated ones; fume apart. "To date" counts
-- as far into a month as now is into the present one.
SELECT to_char(m.month, 'YYYY-MM') AS month,
       count(*) FILTER (WHERE m.counted)::int AS complaint_count,
       count(*) FILTER (WHERE m.counted AND m.is_first)::int AS deduplicated,
       count(*) FILTER (WHERE m.counted AND m.to_date)::int AS count_to_date,
       count(*) FILTER (WHERE m.counted AND m.is_first AND m.to_date)::int AS deduplicated_to_date,
       count(*) FILTER (WHERE m.is_fume)::int AS fume_count,
       count(*) FILTER (WHERE m.is_fume AND m.is_first)::int AS fume_deduplicated
  FROM complaint c
  LEFT JOIN town w USING (town_id)
 CROSS JOIN LATERAL (
         SELECT c.received_at AT TIME ZONE 'Asia/Shanghai' AS local_at,
                %(now)s::timestamptz AT TIME ZONE 'Asia/Shanghai' AS local_now
       ) AS l
 CROSS JOIN LATERAL (
         SELECT date_trunc('month', l.local_at) AS month,
                l.local_at - date_trunc('month', l.local_at)
                  <= l.local_now - date_trunc('month', l.local_now) AS to_date,
                c.duplicate_of IS NULL AS is_first,
                c.category = 'fume' AS is_fume,
                (%(category)s::text IS NULL OR c.category = %(category)s)
                  AND NOT (%(exclude_fume)s::boolean AND c.category = 'fume') AS counted
       ) AS m
 WHERE c.received_at >= %(first_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.received_at < %(end_day)s::date::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND c.received_at <= %(now)s
   AND (%(town)s::text IS NULL OR w.code = %(town)s)
 GROUP BY m.month
 ORDER BY m.month;

-- count_open_restaurants --
-- Restaurants in business now: what complaints are related to.
SELECT count(*)::int
  FROM restaurant r
  JOIN town w USING (town_id)
 WHERE r.status = 'open' AND (%(town)s::text IS NULL OR w.code = %(town)s);

-- count_by_span --
-- Complaints within spans of Asia/Shanghai days, all and without repeated ones.
SELECT s.first_day, s.end_day, count(f.complaint_id)::int,
       (count(f.complaint_id) FILTER (WHERE f.duplicate_of IS NULL))::int
  FROM unnest(%(first_days)s::date[], %(end_days)s::date[]) AS s (first_day, end_day)
  LEFT JOIN (SELECT c.complaint_id, c.received_at, c.duplicate_of
               FROM complaint c
               LEFT JOIN town w USING (town_id)
              WHERE c.received_at <= %(now)s
                AND (%(town)s::text IS NULL OR w.code = %(town)s)
                AND (%(category)s::text IS NULL OR c.category = %(category)s)
                AND NOT (%(exclude_fume)s::boolean AND c.category = 'fume')) AS f
    ON f.received_at >= s.first_day::timestamp AT TIME ZONE 'Asia/Shanghai'
   AND f.received_at < s.end_day::timestamp AT TIME ZONE 'Asia/Shanghai'
 GROUP BY s.first_day, s.end_day;
