-- Counts that are kept, not counted, and the indexes that lists of a whole province need.
SET LOCAL lock_timeout = '5s';

-- A tally is the sum over its rows. A writer adds to any row of it that nobody else has locked, or enters one of their own:
-- so that nobody waits for a long import, and a tally has as many rows as it once had writers at the same time.

-- Complaints by the Asia/Shanghai month of their receipt.
CREATE TABLE complaint_tally (
  complaint_tally_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  month               date NOT NULL,   -- its first day
  town_id             int,             -- NULL: of no known town
  category            text NOT NULL,
  complaint_count     int NOT NULL,    -- negative where more were taken out than in through this row
  first_count         int NOT NULL     -- without those that repeat another
) WITH (fillfactor = 70);
CREATE INDEX complaint_tally_month ON complaint_tally (month, town_id, category);
CREATE INDEX complaint_tally_town ON complaint_tally (town_id, month);

CREATE FUNCTION add_to_complaint_tally(given complaint, change int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  of_month date := date_trunc('month', given.received_at AT TIME ZONE 'Asia/Shanghai')::date;
  change_of_first int := CASE WHEN given.duplicate_of IS NULL THEN change ELSE 0 END;
BEGIN
  UPDATE complaint_tally
     SET complaint_count = complaint_count + change, first_count = first_count + change_of_first
   WHERE complaint_tally_id = (
           SELECT t.complaint_tally_id FROM complaint_tally t
            WHERE t.month = of_month AND t.town_id IS NOT DISTINCT FROM given.town_id AND t.category = given.category
            LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO complaint_tally (month, town_id, category, complaint_count, first_count)
    VALUES (of_month, given.town_id, given.category, change, change_of_first);
  END IF;
END $$;

-- Whoever may write a complaint counts it, whatever else they may.
CREATE FUNCTION tally_complaint() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM add_to_complaint_tally(OLD, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM add_to_complaint_tally(NEW, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER complaint_tallied AFTER INSERT OR DELETE OR UPDATE OF received_at, town_id, category, duplicate_of ON complaint
  FOR EACH ROW EXECUTE FUNCTION tally_complaint();

-- Restaurants by town and status: what complaints are related to.
CREATE TABLE restaurant_tally (
  restaurant_tally_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  town_id              int NOT NULL,
  status               text NOT NULL,
  restaurant_count     int NOT NULL     -- negative where more were taken out than in through this row
) WITH (fillfactor = 70);
CREATE INDEX restaurant_tally_town ON restaurant_tally (town_id, status);

CREATE FUNCTION add_to_restaurant_tally(given restaurant, change int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE restaurant_tally
     SET restaurant_count = restaurant_count + change
   WHERE restaurant_tally_id = (
           SELECT t.restaurant_tally_id FROM restaurant_tally t
            WHERE t.town_id = given.town_id AND t.status = given.status
            LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO restaurant_tally (town_id, status, restaurant_count) VALUES (given.town_id, given.status, change);
  END IF;
END $$;

CREATE FUNCTION tally_restaurant() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM add_to_restaurant_tally(OLD, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM add_to_restaurant_tally(NEW, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER restaurant_tallied AFTER INSERT OR DELETE OR UPDATE OF town_id, status ON restaurant
  FOR EACH ROW EXECUTE FUNCTION tally_restaurant();

-- Count everything anew; for rows that came in past the triggers. Writers wait meanwhile.
CREATE FUNCTION recount_tallies() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  LOCK TABLE complaint, restaurant IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM complaint_tally;
  INSERT INTO complaint_tally (month, town_id, category, complaint_count, first_count)
  SELECT date_trunc('month', received_at AT TIME ZONE 'Asia/Shanghai')::date, town_id, category,
         count(*), count(*) FILTER (WHERE duplicate_of IS NULL)
    FROM complaint GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
  DELETE FROM restaurant_tally;
  INSERT INTO restaurant_tally (town_id, status, restaurant_count)
  SELECT town_id, status, count(*) FROM restaurant GROUP BY town_id, status ORDER BY town_id, status;
END $$;
SELECT recount_tallies();

-- Fragments of months are counted without a look at the rows, and lists go by the same order.
DROP INDEX complaint_received;
CREATE INDEX complaint_received ON complaint (received_at, complaint_id) INCLUDE (category, duplicate_of);
DROP INDEX complaint_town;
CREATE INDEX complaint_town ON complaint (town_id, received_at, complaint_id) INCLUDE (category, duplicate_of);
ALTER TABLE complaint SET (autovacuum_vacuum_insert_scale_factor = 0.02);
CREATE INDEX complaint_to_match ON complaint (received_at, complaint_id) WHERE match_state = 'suggested';

-- Filters that few rows pass, and lists of one place, without a walk through everything.
DROP INDEX trap_restaurant;
CREATE INDEX trap_restaurant ON trap (restaurant_id, trap_id);
CREATE INDEX device_status ON device (status, device_id) WHERE status <> 'active';
CREATE INDEX gateway_town ON gateway (town_id, gateway_id);
CREATE INDEX alert_rule ON alert (rule_code, alert_id DESC);
CREATE INDEX ticket_active ON ticket (ticket_id DESC) WHERE state NOT IN ('closed', 'rejected', 'cancelled', 'merged');
CREATE INDEX ticket_trap ON ticket (trap_id, ticket_id DESC);
