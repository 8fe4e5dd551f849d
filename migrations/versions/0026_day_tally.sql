-- The county's complaints by day: its trends add up days instead of the months of a hundred towns and the rows of
-- fragments of months.
SET LOCAL lock_timeout = '5s';

-- Complaints of all towns and of none by the Asia/Shanghai day of their receipt, kept like complaint_tally.
CREATE TABLE complaint_day_tally (
  complaint_day_tally_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  day                     date NOT NULL,
  category                text NOT NULL,
  complaint_count         int NOT NULL,    -- negative where more were taken out than in through this row
  first_count             int NOT NULL     -- without those that repeat another
) WITH (fillfactor = 70);
CREATE INDEX complaint_day_tally_day ON complaint_day_tally (day, category) INCLUDE (complaint_count, first_count);

CREATE FUNCTION add_to_complaint_day_tally(given complaint, change int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_day date := (given.received_at AT TIME ZONE 'Asia/Shanghai')::date;
  change_of_first int := CASE WHEN given.duplicate_of IS NULL THEN change ELSE 0 END;
BEGIN
  UPDATE complaint_day_tally
     SET complaint_count = complaint_count + change, first_count = first_count + change_of_first
   WHERE complaint_day_tally_id = (
           SELECT t.complaint_day_tally_id FROM complaint_day_tally t
            WHERE t.day = of_day AND t.category = given.category
            LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO complaint_day_tally (day, category, complaint_count, first_count)
    VALUES (of_day, given.category, change, change_of_first);
  END IF;
END $$;

CREATE OR REPLACE FUNCTION tally_complaint() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM add_to_complaint_tally(OLD, -1);
    PERFORM add_to_complaint_day_tally(OLD, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM add_to_complaint_tally(NEW, 1);
    PERFORM add_to_complaint_day_tally(NEW, 1);
  END IF;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION recount_tallies() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE complaint, restaurant IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM complaint_tally;
  INSERT INTO complaint_tally (month, town_id, category, complaint_count, first_count)
  SELECT date_trunc('month', received_at AT TIME ZONE 'Asia/Shanghai')::date, town_id, category,
         count(*), count(*) FILTER (WHERE duplicate_of IS NULL)
    FROM complaint GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
  DELETE FROM complaint_day_tally;
  INSERT INTO complaint_day_tally (day, category, complaint_count, first_count)
  SELECT (received_at AT TIME ZONE 'Asia/Shanghai')::date, category,
         count(*), count(*) FILTER (WHERE duplicate_of IS NULL)
    FROM complaint GROUP BY 1, 2 ORDER BY 1, 2;
  DELETE FROM restaurant_tally;
  INSERT INTO restaurant_tally (town_id, status, restaurant_count)
  SELECT town_id, status, count(*) FROM restaurant GROUP BY town_id, status ORDER BY town_id, status;
END $$;
SELECT recount_tallies();

-- It is of no town, so a caller limited to towns sees none of it.
ALTER TABLE complaint_day_tally ENABLE ROW LEVEL SECURITY;
CREATE POLICY of_towns ON complaint_day_tally FOR SELECT USING (false);
SELECT grant_to_scoped();
