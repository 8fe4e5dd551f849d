-- select_figures --
-- Every indicator of every town: sums over the rows that it counts.
SELECT w.town_id, x.indicator, sum(x.numerator), sum(x.denominator)
  FROM town_index_row(%(starts_at)s, %(ends_at)s, %(now)s) AS x
  JOIN town w USING (town_id)
 GROUP BY w.town_id, x.indicator;

-- select_towns --
-- All towns.
SELECT town_id, code, name, name_en FROM town ORDER BY town_id;

-- select_rows --
-- The rows behind one figure.
SELECT x.subject_kind, x.subject_id, x.label, x.numerator, x.denominator
  FROM town_index_row(%(starts_at)s, %(ends_at)s, %(now)s) AS x
  JOIN town w USING (town_id)
 WHERE x.indicator = %(indicator)s AND w.code = %(town)s
   AND (x.subject_kind, x.subject_id) > (%(after_kind)s, %(after_id)s)
 ORDER BY x.subject_kind, x.subject_id
 LIMIT %(count_max)s;

-- insert_freeze --
-- A month as it is published.
INSERT INTO town_index_freeze (month, revision, tree, towns, reason, frozen_by, frozen_at)
VALUES (%(month)s, %(revision)s, %(tree)s::jsonb, %(towns)s::jsonb, %(reason)s, %(frozen_by)s, %(now)s);

-- select_freeze --
-- The newest revision of a month.
SELECT revision, tree, towns, reason, frozen_by, frozen_at
  FROM town_index_freeze WHERE month = %(month)s ORDER BY revision DESC LIMIT 1;

-- select_frozen_months --
-- Months that are frozen in both senses: coverage has frozen them, the index not yet.
SELECT f.starts_on
  FROM coverage_freeze f
 WHERE f.span = 'month' AND f.revision = 1
   AND NOT EXISTS (SELECT FROM town_index_freeze t WHERE t.month = f.starts_on)
 ORDER BY f.starts_on;
