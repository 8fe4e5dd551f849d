-- Who is watched: towns, restaurants, traps, gateways, devices (glossary: docs/glossary.md).
SET LOCAL lock_timeout = '5s';

CREATE EXTENSION IF NOT EXISTS timescaledb;

-- Instants travel as integer microseconds since the epoch; float seconds would lose the last digit.
CREATE FUNCTION to_timestamp_us(instant_us bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN TIMESTAMPTZ '1970-01-01 00:00:00+00' + instant_us * INTERVAL '1 microsecond';

CREATE TABLE town (
  town_id     int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code        text NOT NULL UNIQUE,
  name        text NOT NULL,
  name_en     text NOT NULL
);

CREATE TABLE restaurant (
  restaurant_id    int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  register_no      text NOT NULL UNIQUE,
  name             text NOT NULL,
  restaurant_type  text NOT NULL CHECK (restaurant_type IN (
                     'large',         -- 大型餐饮
                     'small',         -- 小餐饮
                     'canteen',       -- 食堂
                     'night_market'   -- 夜宵
                   )),
  status           text NOT NULL DEFAULT 'open' CHECK (status IN (
                     'open',          -- 营业
                     'suspended',     -- 停业
                     'closed'         -- 注销
                   )),
  needs_trap       boolean NOT NULL DEFAULT true,
  town_id          int NOT NULL REFERENCES town,
  address          text NOT NULL,
  lon_deg          double precision CHECK (lon_deg BETWEEN -180 AND 180),  -- WGS84
  lat_deg          double precision CHECK (lat_deg BETWEEN -90 AND 90),    -- WGS84
  opening_windows  jsonb NOT NULL DEFAULT '[]',  -- [{"days": "mo-su", "from": "10:00", "to": "21:00"}], local time
  permit_no        text,                         -- 排水许可证
  permit_valid_to  date,
  version          int NOT NULL DEFAULT 1,
  created_at       timestamptz NOT NULL,
  updated_at       timestamptz NOT NULL
);
CREATE INDEX restaurant_town ON restaurant (town_id, restaurant_id);

CREATE TABLE trap (
  trap_id                 int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code                    text NOT NULL UNIQUE,
  restaurant_id           int NOT NULL REFERENCES restaurant,
  capacity_l              double precision NOT NULL CHECK (capacity_l > 0),
  outlet_invert_mm        double precision NOT NULL CHECK (outlet_invert_mm > 0),  -- static water level, from the floor
  cover_mm                double precision NOT NULL,                               -- underside of the cover, from the floor
  area_m2                 double precision NOT NULL CHECK (area_m2 > 0),
  rated_flow_lps          double precision CHECK (rated_flow_lps > 0),
  cleaning_interval_days  int NOT NULL DEFAULT 7 CHECK (cleaning_interval_days > 0),
  cleaning_basis          text NOT NULL DEFAULT '',                                -- clause the interval rests on
  sewer_branch            text,
  created_at              timestamptz NOT NULL,
  updated_at              timestamptz NOT NULL,
  CHECK (cover_mm > outlet_invert_mm)
);
CREATE INDEX trap_restaurant ON trap (restaurant_id);

CREATE TABLE gateway (
  gateway_id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid                text NOT NULL UNIQUE,
  town_id            int REFERENCES town,
  online             boolean,       -- last word of its status topic; NULL: never said anything
  status_at          timestamptz,   -- when we received that word
  status_retained    boolean NOT NULL DEFAULT false,  -- it was a retained replay, not a sign of life
  created_at         timestamptz NOT NULL
);

CREATE TABLE device (
  device_id          int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid                text NOT NULL UNIQUE,   -- EUI-64 in lower case, IMEI, or the vendor's own
  gateway_id         int REFERENCES gateway, -- the gateway it was last heard through or is assigned to
  trap_id            int REFERENCES trap,
  model              text,
  report_interval_s  int NOT NULL DEFAULT 300 CHECK (report_interval_s > 0),
  mount_height_mm    double precision CHECK (mount_height_mm > 0),  -- sensor face above the trap floor
  tilt_baseline_deg  double precision NOT NULL DEFAULT 0,
  status             text NOT NULL DEFAULT 'unclaimed' CHECK (status IN (
                       'unclaimed',    -- heard, not assigned to a trap
                       'active',       -- unclaimed/maintenance -> active
                       'maintenance',  -- active -> maintenance: data kept, no notices
                       'retired'       -- any -> retired
                     )),
  commissioned_at    timestamptz,
  version            int NOT NULL DEFAULT 1,
  created_at         timestamptz NOT NULL,
  updated_at         timestamptz NOT NULL,
  CHECK (status IN ('unclaimed', 'retired') OR trap_id IS NOT NULL)
);
CREATE INDEX device_trap ON device (trap_id);
CREATE INDEX device_gateway ON device (gateway_id);

-- Ingest keeps the registry in memory and looks for notifications before every batch; they come in
-- the order in which the changes were committed. A bulk change says '*'.
CREATE FUNCTION notify_registry_device() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM changed) > 50 THEN
    PERFORM pg_notify('registry', '*');
  ELSE
    PERFORM pg_notify('registry', device_id::text) FROM changed;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION notify_registry_trap() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM changed) > 50 THEN
    PERFORM pg_notify('registry', '*');
  ELSE
    PERFORM pg_notify('registry', device.device_id::text) FROM changed JOIN device USING (trap_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION notify_registry_restaurant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM changed) > 50 THEN
    PERFORM pg_notify('registry', '*');
  ELSE
    PERFORM pg_notify('registry', device.device_id::text)
       FROM changed JOIN trap USING (restaurant_id) JOIN device USING (trap_id);
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER device_inserted AFTER INSERT ON device
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_registry_device();
CREATE TRIGGER device_updated AFTER UPDATE ON device
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_registry_device();
CREATE TRIGGER trap_updated AFTER UPDATE ON trap
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_registry_trap();
CREATE TRIGGER restaurant_updated AFTER UPDATE ON restaurant
  REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION notify_registry_restaurant();
