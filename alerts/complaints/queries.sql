-- select_towns --
-- Every town.
SELECT town_id, code, name, name_en FROM town ORDER BY town_id;

-- insert_complaints --
-- Complaints, in the given order; those whose number of their source is there already are left out. Without a town of
-- its own one belongs to its restaurant's.
WITH given AS (
  SELECT *
    FROM unnest(%(source)s::text[], %(external_ref)s::text[], %(received_at)s::timestamptz[], %(channel)s::text[],
                %(category)s::text[], %(description)s::text[], %(restaurant_id)s::int[], %(restaurant_name)s::text[],
                %(town_id)s::int[], %(address)s::text[], %(lon_deg)s::float8[], %(lat_deg)s::float8[],
                %(is_position_area)s::boolean[], %(status)s::text[], %(closed_at)s::timestamptz[],
                %(status_note)s::text[], %(service_code)s::text[], %(payload)s::jsonb[], %(duplicate_of)s::bigint[],
                %(has_token)s::boolean[])
         WITH ORDINALITY AS u (source, external_ref, received_at, channel, category, description, restaurant_id,
                               restaurant_name, town_id, address, lon_deg, lat_deg, is_position_area, status, closed_at,
                               status_note, service_code, payload, duplicate_of, has_token, place)
)
INSERT INTO complaint (source, external_ref, received_at, channel, category, description, restaurant_id, restaurant_name,
                       town_id, address, lon_deg, lat_deg, is_position_area, status, closed_at, status_note, service_code,
                       payload, duplicate_of, duplicate_reason, token, match_state, complaint_import_id, created_at)
SELECT g.source, g.external_ref, g.received_at, g.channel, g.category, g.description, g.restaurant_id, g.restaurant_name,
       coalesce(g.town_id, r.town_id), g.address, g.lon_deg, g.lat_deg, g.is_position_area, g.status, g.closed_at,
       g.status_note, g.service_code, g.payload, g.duplicate_of, CASE WHEN g.duplicate_of IS NOT NULL THEN 'given' END,
       CASE WHEN g.has_token THEN replace(gen_random_uuid()::text, '-', '') END,
       CASE WHEN g.restaurant_id IS NULL THEN 'none' ELSE 'given' END, %(import_id)s, %(now)s
  FROM given g
  LEFT JOIN restaurant r USING (restaurant_id)
 ORDER BY g.place
ON CONFLICT (source, external_ref) DO NOTHING
RETURNING complaint_id, external_ref;

-- insert_reporters --
-- Who reported.
INSERT INTO complaint_reporter (complaint_id, name, phone, email, account_id, device_id)
SELECT * FROM unnest(%(complaint_id)s::bigint[], %(name)s::text[], %(phone)s::text[], %(email)s::text[],
                     %(account_id)s::text[], %(device_id)s::text[]);

-- select_reporter --
-- Who reported one.
SELECT name, phone, email, account_id, device_id FROM complaint_reporter WHERE complaint_id = %(complaint_id)s;

-- lock_known --
-- What of a source is there already, held.
SELECT external_ref, complaint_id, status, closed_at, status_note
  FROM complaint
 WHERE source = %(source)s AND external_ref = ANY (%(external_refs)s::text[])
 ORDER BY complaint_id FOR UPDATE;

-- update_statuses --
-- What the source says later.
UPDATE complaint c
   SET status = given.status, closed_at = given.closed_at, status_note = given.status_note, updated_at = %(now)s
  FROM unnest(%(complaint_id)s::bigint[], %(status)s::text[], %(closed_at)s::timestamptz[], %(status_note)s::text[])
       AS given (complaint_id, status, closed_at, status_note)
 WHERE c.complaint_id = given.complaint_id;

-- select_restaurants_by_no --
-- Restaurants by the number of the register.
SELECT register_no, restaurant_id FROM restaurant WHERE register_no = ANY (%(register_nos)s::text[]);

-- select_candidates --
-- Restaurants that a complaint may mean: near it; of its name or address; with its house number in its town, or named in
-- its text. Scoring decides (alerts.complaints.matching). Every branch but the first is a join by equality; texts are
-- searched once each.
WITH asked AS MATERIALIZED (
  SELECT place, nullif(place_key(name), '') AS name_key, nullif(place_key(address), '') AS address_key,
         house_number(address) AS house_number, place_key(text) AS text_key, town_id, west_deg, south_deg, east_deg,
         north_deg
    FROM unnest(%(place)s::int[], %(name)s::text[], %(address)s::text[], %(text)s::text[], %(town_id)s::int[],
                %(west_deg)s::float8[], %(south_deg)s::float8[], %(east_deg)s::float8[], %(north_deg)s::float8[])
         AS u (place, name, address, text, town_id, west_deg, south_deg, east_deg, north_deg)
), text_asked AS MATERIALIZED (
  SELECT DISTINCT text_key, town_id FROM asked WHERE text_key <> '' AND town_id IS NOT NULL
), text_found AS MATERIALIZED (
  SELECT t.text_key, t.town_id, r.restaurant_id
    FROM text_asked t
    JOIN restaurant r USING (town_id)
   WHERE length(r.name_key) > 1 AND strpos(t.text_key, r.name_key) > 0
), found AS (
  SELECT a.place, r.restaurant_id
    FROM asked a
    JOIN restaurant r ON r.lat_deg BETWEEN a.south_deg AND a.north_deg AND r.lon_deg BETWEEN a.west_deg AND a.east_deg
  UNION
  SELECT a.place, r.restaurant_id
    FROM asked a
    JOIN restaurant r ON r.name_key = a.name_key
   WHERE a.town_id IS NULL OR r.town_id = a.town_id
  UNION
  SELECT a.place, r.restaurant_id
    FROM asked a
    JOIN restaurant r ON r.address_key = a.address_key
   WHERE a.town_id IS NULL OR r.town_id = a.town_id
  UNION
  SELECT a.place, r.restaurant_id
    FROM asked a
    JOIN restaurant r ON r.house_number = a.house_number AND r.town_id = a.town_id
  UNION
  SELECT a.place, t.restaurant_id
    FROM asked a
    JOIN text_found t USING (text_key, town_id)
)
SELECT f.place, r.restaurant_id, r.name, r.address, r.lon_deg, r.lat_deg, r.town_id
  FROM found f JOIN restaurant r USING (restaurant_id)
 WHERE r.status <> 'closed'
 ORDER BY f.place, r.restaurant_id;

-- select_restaurant --
-- One restaurant as a candidate.
SELECT restaurant_id, name, address, lon_deg, lat_deg, town_id FROM restaurant WHERE restaurant_id = %(restaurant_id)s;

-- select_nearest_towns --
-- The town of the nearest restaurant within the box around each place.
SELECT DISTINCT ON (a.place) a.place, r.town_id
  FROM unnest(%(place)s::int[], %(lon_deg)s::float8[], %(lat_deg)s::float8[], %(west_deg)s::float8[],
              %(south_deg)s::float8[], %(east_deg)s::float8[], %(north_deg)s::float8[])
       AS a (place, lon_deg, lat_deg, west_deg, south_deg, east_deg, north_deg)
  JOIN restaurant r ON r.lat_deg BETWEEN a.south_deg AND a.north_deg AND r.lon_deg BETWEEN a.west_deg AND a.east_deg
 ORDER BY a.place, (r.lat_deg - a.lat_deg) ^ 2 + ((r.lon_deg - a.lon_deg) * cosd(a.lat_deg)) ^ 2, r.restaurant_id;

-- update_matches --
-- Which restaurant complaints mean, or that there are candidates.
UPDATE complaint c
   SET restaurant_id = given.restaurant_id, match_state = given.match_state, match_score = given.match_score,
       match_reasons = string_to_array(given.reasons, chr(10)),
       town_id = coalesce((SELECT town_id FROM restaurant r WHERE r.restaurant_id = given.restaurant_id), c.town_id)
  FROM unnest(%(complaint_id)s::bigint[], %(restaurant_id)s::int[], %(match_state)s::text[], %(match_score)s::float8[],
              %(reasons)s::text[])
       AS given (complaint_id, restaurant_id, match_state, match_score, reasons)
 WHERE c.complaint_id = given.complaint_id;

-- lock_complaint --
-- One complaint, held.
SELECT complaint_id, source, external_ref, received_at, channel, category, description, restaurant_id, restaurant_name,
       town_id, address, lon_deg, lat_deg, is_position_area, status, match_state, duplicate_of, ticket_id
  FROM complaint WHERE complaint_id = %(complaint_id)s FOR UPDATE;

-- set_ticket --
-- The ticket that a complaint brought about or belongs to.
UPDATE complaint SET ticket_id = %(ticket_id)s, updated_at = %(now)s WHERE complaint_id = %(complaint_id)s;

-- select_traps --
-- The traps of a restaurant; first those with an active ticket of the problem.
SELECT t.trap_id, t.code,
       EXISTS (SELECT FROM ticket k WHERE k.trap_id = t.trap_id AND k.problem = %(problem)s
                  AND k.state NOT IN ('closed', 'rejected', 'cancelled', 'merged'))
  FROM trap t WHERE t.restaurant_id = %(restaurant_id)s
 ORDER BY 3 DESC, t.trap_id;

-- select_closed_ticket --
-- The ticket of a (trap, problem) that was closed last, unless that is too long ago.
SELECT ticket_id FROM ticket
 WHERE trap_id = %(trap_id)s AND problem = %(problem)s AND state = 'closed' AND closed_at >= %(since)s
 ORDER BY closed_at DESC, ticket_id DESC LIMIT 1;
