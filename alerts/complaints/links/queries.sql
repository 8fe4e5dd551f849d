-- select_reports --
-- Complaints as they are compared.
SELECT complaint_id, source, external_ref, channel, category, received_at, restaurant_id,
       CASE WHEN match_state = 'automatic' THEN match_score ELSE 1 END,
       CASE WHEN NOT is_position_area THEN lon_deg END, CASE WHEN NOT is_position_area THEN lat_deg END
  FROM complaint
 WHERE complaint_id = ANY (%(complaint_ids)s::bigint[]) AND duplicate_of IS NULL AND NOT is_own_matter;

-- select_firsts --
-- Known complaints that may be the first of the given ones' matters: of the same category, and near in time at the same
-- restaurant or place, or with the same number. They repeat none themselves.
WITH fresh AS (
  SELECT * FROM complaint WHERE complaint_id = ANY (%(complaint_ids)s::bigint[]) AND duplicate_of IS NULL
), near AS (
  SELECT k.complaint_id
    FROM fresh f
    JOIN complaint k ON k.restaurant_id = f.restaurant_id AND k.category = f.category
     AND k.received_at BETWEEN f.received_at - %(window)s::interval AND f.received_at + %(window)s::interval
  UNION
  SELECT k.complaint_id
    FROM fresh f
    JOIN complaint k
      ON k.lat_deg BETWEEN f.lat_deg - %(lat_span_deg)s AND f.lat_deg + %(lat_span_deg)s
     AND k.lon_deg BETWEEN f.lon_deg - %(lat_span_deg)s / greatest(cosd(f.lat_deg), 0.01)
                       AND f.lon_deg + %(lat_span_deg)s / greatest(cosd(f.lat_deg), 0.01)
     AND NOT k.is_position_area AND k.category = f.category
     AND k.received_at BETWEEN f.received_at - %(window)s::interval AND f.received_at + %(window)s::interval
   WHERE NOT f.is_position_area
  UNION
  SELECT k.complaint_id
    FROM fresh f
    JOIN complaint k ON k.external_ref = f.external_ref AND k.source <> f.source AND k.channel = f.channel
     AND k.category = f.category
)
SELECT c.complaint_id, source, external_ref, channel, category, received_at, restaurant_id,
       CASE WHEN match_state = 'automatic' THEN match_score ELSE 1 END,
       CASE WHEN NOT is_position_area THEN lon_deg END, CASE WHEN NOT is_position_area THEN lat_deg END
  FROM near JOIN complaint c USING (complaint_id)
 WHERE c.duplicate_of IS NULL AND c.complaint_id <> ALL (%(complaint_ids)s::bigint[]);

-- update_duplicates --
-- Link complaints to the first of their matter.
UPDATE complaint c
   SET duplicate_of = given.first_id, duplicate_reason = given.reason, duplicate_score = given.score
  FROM unnest(%(complaint_id)s::bigint[], %(first_id)s::bigint[], %(reason)s::text[], %(score)s::float8[])
       AS given (complaint_id, first_id, reason, score)
 WHERE c.complaint_id = given.complaint_id;

-- move_duplicates --
-- Whatever repeats one repeats another from now on: links make no chains.
UPDATE complaint SET duplicate_of = %(first_id)s WHERE duplicate_of = %(complaint_id)s;

-- has_duplicates --
-- Whether others repeat a complaint.
SELECT FROM complaint WHERE duplicate_of = %(complaint_id)s LIMIT 1;

-- undo_duplicate --
-- A complaint is a matter of its own.
UPDATE complaint
   SET duplicate_of = NULL, duplicate_reason = NULL, duplicate_score = NULL, is_own_matter = true, updated_at = %(now)s
 WHERE complaint_id = %(complaint_id)s;

-- select_first --
-- The first of a complaint's matter: itself, or what it repeats.
SELECT coalesce(duplicate_of, complaint_id) FROM complaint WHERE complaint_id = %(complaint_id)s;
