-- Coverage: where each restaurant stands now, what was expected and came of each device-day, frozen days and months.
SET LOCAL lock_timeout = '5s';

-- What the register said of a device and from when on: theoretical hours need to know when it was in service.
CREATE TABLE device_status_change (
  device_id          int NOT NULL REFERENCES device,
  at                 timestamptz NOT NULL,
  status             text NOT NULL,
  trap_id            int,
  report_interval_s  int NOT NULL,
  commissioned_at    timestamptz,
  PRIMARY KEY (device_id, at)
);
CREATE TRIGGER device_status_change_append_only BEFORE DELETE OR TRUNCATE ON device_status_change
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A device that is entered with a past counts from its commissioning on. Two changes of one instant leave the last.
CREATE FUNCTION note_device_status() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO device_status_change (device_id, at, status, trap_id, report_interval_s, commissioned_at)
  SELECT c.device_id,
         CASE WHEN p.device_id IS NULL THEN least(c.updated_at, coalesce(c.commissioned_at, c.updated_at))
              ELSE c.updated_at END,
         c.status, c.trap_id, c.report_interval_s, c.commissioned_at
    FROM changed c
    LEFT JOIN LATERAL (
           SELECT h.* FROM device_status_change h WHERE h.device_id = c.device_id ORDER BY h.at DESC LIMIT 1
         ) AS p ON true
   WHERE (p.status, p.trap_id, p.report_interval_s, p.commissioned_at)
         IS DISTINCT FROM (c.status, c.trap_id, c.report_interval_s, c.commissioned_at)
  ON CONFLICT (device_id, at) DO UPDATE
     SET status = excluded.status, trap_id = excluded.trap_id, report_interval_s = excluded.report_interval_s,
         commissioned_at = excluded.commissioned_at;
  RETURN NULL;
END $$;
CREATE TRIGGER device_status_inserted AFTER INSERT ON device
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_device_status();
CREATE TRIGGER device_status_updated AFTER UPDATE ON device
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_device_status();
INSERT INTO device_status_change (device_id, at, status, trap_id, report_interval_s, commissioned_at)
SELECT device_id, least(updated_at, coalesce(commissioned_at, updated_at)), status, trap_id, report_interval_s, commissioned_at
  FROM device;

-- The present stage of each restaurant, kept by a timer: rates and lists of half a million restaurants read it, not all series.
CREATE TABLE restaurant_coverage (
  restaurant_id    int PRIMARY KEY REFERENCES restaurant,
  town_id          int NOT NULL REFERENCES town,
  restaurant_type  text NOT NULL,
  stage            text NOT NULL CHECK (stage IN (
                     'not_required',      -- not open, or needs no trap
                     'no_trap',           -- 应接入, nothing there
                     'no_device',         -- a trap without a device in the register
                     'not_commissioned',  -- installed (已安装)
                     'silent',            -- commissioned (已接入), not heard
                     'bad_data',          -- online (在线), no good value
                     'good'               -- reporting good data (数据有效)
                   )),
  since            timestamptz NOT NULL
);
CREATE INDEX restaurant_coverage_missing ON restaurant_coverage (restaurant_id) INCLUDE (stage, since)
  WHERE stage NOT IN ('not_required', 'good');
CREATE INDEX restaurant_coverage_stage ON restaurant_coverage (stage, restaurant_id)
  WHERE stage NOT IN ('not_required', 'good');
CREATE INDEX restaurant_coverage_town ON restaurant_coverage (town_id, restaurant_id)
  WHERE stage NOT IN ('not_required', 'good');

CREATE TABLE coverage_count (
  town_id          int NOT NULL REFERENCES town,
  restaurant_type  text NOT NULL,
  stage            text NOT NULL,
  restaurant_count int NOT NULL,
  PRIMARY KEY (town_id, restaurant_type, stage)
);

-- One row: which moment the present stages and counts are of.
CREATE TABLE coverage_state (
  only_one             boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  as_of                timestamptz NOT NULL,
  duration_ms          int NOT NULL,
  restaurant_count     int NOT NULL,
  register_updated_at  timestamptz,
  received_at          timestamptz,
  good_received_at     timestamptz
);

-- Expected against received of each device and county day (Asia/Shanghai).
CREATE TABLE device_day (
  day                date NOT NULL,
  device_id          int NOT NULL,
  restaurant_id      int NOT NULL,
  report_interval_s  int NOT NULL,
  report_count       int NOT NULL,               -- distinct times of measurement, whatever was expected
  in_service_s       double precision NOT NULL,  -- active and commissioned: the theoretical time
  maintenance_s      double precision NOT NULL,
  received_s         double precision NOT NULL,  -- of in_service_s, covered by reports that came, early or late
  valid_s            double precision NOT NULL,  -- the same with good values only
  online_s           double precision NOT NULL,  -- of in_service_s, heard recently enough at the time
  working_s          double precision NOT NULL,  -- the same with good values only
  computed_at        timestamptz NOT NULL,
  PRIMARY KEY (device_id, day)
);
CREATE INDEX device_day_day ON device_day (day, device_id);

-- What was published: frozen, later corrections are new revisions.
CREATE TABLE coverage_freeze (
  coverage_freeze_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  span                 text NOT NULL CHECK (span IN ('day', 'month')),
  starts_on            date NOT NULL,
  revision             int NOT NULL CHECK (revision > 0),
  as_of                timestamptz,              -- of the funnel; NULL: nobody looked while it lasted
  restaurant_count     int,
  register_updated_at  timestamptz,
  reason               text NOT NULL,
  frozen_by            text NOT NULL,
  frozen_at            timestamptz NOT NULL,
  UNIQUE (span, starts_on, revision)
);
CREATE TABLE coverage_frozen (
  coverage_freeze_id  bigint NOT NULL REFERENCES coverage_freeze,
  town_id             int NOT NULL REFERENCES town,
  restaurant_type     text NOT NULL,
  registered          int NOT NULL,
  should_connect      int NOT NULL,
  installed           int NOT NULL,
  commissioned        int NOT NULL,
  online              int NOT NULL,
  reporting_good      int NOT NULL,
  expected_reports    double precision NOT NULL,
  received_reports    double precision NOT NULL,
  valid_reports       double precision NOT NULL,
  in_service_h        double precision NOT NULL,
  online_h            double precision NOT NULL,
  working_h           double precision NOT NULL,
  maintenance_h       double precision NOT NULL,
  PRIMARY KEY (coverage_freeze_id, town_id, restaurant_type)
);
CREATE TRIGGER coverage_freeze_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage_freeze
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER coverage_frozen_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON coverage_frozen
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
