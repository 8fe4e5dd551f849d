-- select_missing_towns --
-- Which of these numbers are no towns.
SELECT town_id FROM unnest(%(town_ids)s::int[]) AS given (town_id)
EXCEPT
SELECT town_id FROM town
 ORDER BY town_id;

-- upsert_rainfall --
-- Hours of rain, new or corrected; a row comes back for each that changed. In order, or two senders deadlock.
INSERT INTO rainfall AS r (town_id, hour, rain_mm, updated_at)
SELECT town_id, hour, rain_mm, %(now)s
  FROM unnest(%(town_ids)s::int[], %(hours)s::timestamptz[], %(rain_mm)s::float8[]) AS given (town_id, hour, rain_mm)
 ORDER BY town_id, hour
ON CONFLICT (town_id, hour) DO UPDATE SET rain_mm = excluded.rain_mm, updated_at = excluded.updated_at
 WHERE r.rain_mm <> excluded.rain_mm
RETURNING town_id, hour, rain_mm;

-- select_rainfall --
-- Rain on towns in hours that begin in [from_at, to_at), by town and hour.
SELECT town_id, hour, rain_mm
  FROM rainfall
 WHERE town_id = ANY (%(town_ids)s) AND hour >= %(from_at)s AND hour < %(to_at)s
 ORDER BY town_id, hour;
