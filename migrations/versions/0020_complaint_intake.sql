-- Complaints as they come in: imports, who reported, which restaurant is meant, what is said twice, which ticket follows.
SET LOCAL lock_timeout = '5s';

-- One file that was taken in; dry runs leave nothing.
CREATE TABLE complaint_import (
  complaint_import_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  profile              text NOT NULL,
  file_name            text NOT NULL,
  file_sha256          text NOT NULL,     -- of the bytes as they came, packed or not
  actor                text NOT NULL,
  imported_at          timestamptz NOT NULL,
  read_count           int NOT NULL DEFAULT 0,
  new_count            int NOT NULL DEFAULT 0,
  known_count          int NOT NULL DEFAULT 0,
  updated_count        int NOT NULL DEFAULT 0,
  skipped_count        int NOT NULL DEFAULT 0,  -- not about sewers, grease, odour or fume
  bad_count            int NOT NULL DEFAULT 0   -- rows, each with at least one finding
);

-- What was wrong with a row, or doubtful about one that was taken.
CREATE TABLE complaint_import_finding (
  complaint_import_id  bigint NOT NULL REFERENCES complaint_import,
  place                int NOT NULL,       -- order in the report
  line                 int NOT NULL,       -- first line of the row in the file
  column_name          text,               -- NULL: about the whole row
  value                text NOT NULL,      -- at most 200 characters of it
  reason               text NOT NULL,
  is_bad               boolean NOT NULL,   -- false: the row was taken nevertheless
  PRIMARY KEY (complaint_import_id, place)
);

ALTER TABLE complaint
  ADD COLUMN status            text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed')),
  ADD COLUMN closed_at         timestamptz,
  ADD COLUMN status_note       text NOT NULL DEFAULT '',
  ADD COLUMN service_code      text,                       -- what the source calls it
  ADD COLUMN restaurant_name   text,                       -- whom the reporter means, in their words
  ADD COLUMN is_position_area  boolean NOT NULL DEFAULT false,  -- the middle of an area: says no more than the town
  ADD COLUMN payload           jsonb,                      -- the source's row, without who reported
  ADD COLUMN token             text UNIQUE,                -- receipt of the reporter
  ADD COLUMN match_state       text NOT NULL DEFAULT 'none' CHECK (match_state IN (
                                 'none',       -- nothing like it in the register, or not looked for
                                 'given',      -- the source named the restaurant
                                 'automatic',  -- found by us, surely enough
                                 'suggested',  -- candidates wait for a person
                                 'confirmed',  -- a person chose it
                                 'rejected'    -- a person said that it is none
                               )),
  ADD COLUMN match_score       double precision CHECK (match_score BETWEEN 0 AND 1),
  ADD COLUMN match_reasons     text[] NOT NULL DEFAULT '{}',
  ADD COLUMN duplicate_reason  text,
  ADD COLUMN duplicate_score   double precision CHECK (duplicate_score BETWEEN 0 AND 1),
  ADD COLUMN is_own_matter     boolean NOT NULL DEFAULT false,  -- a person said that it repeats none: never linked again by us
  ADD COLUMN ticket_id         bigint REFERENCES ticket,
  ADD COLUMN complaint_import_id  bigint REFERENCES complaint_import,
  ADD COLUMN updated_at        timestamptz,                -- NULL: never changed
  ADD CONSTRAINT complaint_closed_at_when_closed CHECK (closed_at IS NULL OR status = 'closed'),
  ADD CONSTRAINT complaint_repeats_another CHECK (duplicate_of <> complaint_id);
UPDATE complaint SET match_state = 'given' WHERE restaurant_id IS NOT NULL;
CREATE INDEX complaint_restaurant ON complaint (restaurant_id, received_at);
CREATE INDEX complaint_position ON complaint (lat_deg, lon_deg) WHERE lat_deg IS NOT NULL AND NOT is_position_area;
CREATE INDEX complaint_duplicate ON complaint (duplicate_of) WHERE duplicate_of IS NOT NULL;
CREATE INDEX complaint_ticket ON complaint (ticket_id) WHERE ticket_id IS NOT NULL;
CREATE INDEX complaint_ref ON complaint (external_ref);

-- Who reported: personal, apart from the complaint, in no list and no export.
CREATE TABLE complaint_reporter (
  complaint_id  bigint PRIMARY KEY REFERENCES complaint ON DELETE CASCADE,
  name          text,
  phone         text,
  email         text,
  account_id    text,
  device_id     text
);

-- A name or address without what people write differently: width, case, spaces, punctuation.
CREATE FUNCTION place_key(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(lower(normalize(given, NFKC)), '[\s!-/:-@[-`{-~、。·・，；：！？（）【】《》“”‘’「」—–…#]+', '', 'g');

-- The house number of an address: what stands before 号, else the first number; no leading zeros.
CREATE FUNCTION house_number(given text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ltrim(coalesce(substring(normalize(given, NFKC) FROM '(\d{1,9})\s*[号號]'),
                      substring(normalize(given, NFKC) FROM '\d{1,9}')), '0');

ALTER TABLE restaurant
  ADD COLUMN name_key      text GENERATED ALWAYS AS (place_key(name)) STORED,
  ADD COLUMN address_key   text GENERATED ALWAYS AS (place_key(address)) STORED,
  ADD COLUMN house_number  text GENERATED ALWAYS AS (house_number(address)) STORED;
CREATE INDEX restaurant_position ON restaurant (lat_deg, lon_deg) WHERE lat_deg IS NOT NULL;
CREATE INDEX restaurant_name_key ON restaurant (name_key);
CREATE INDEX restaurant_address_key ON restaurant (address_key);
CREATE INDEX restaurant_house_number ON restaurant (town_id, house_number);
