-- One visit, many checks (综合查一次): what is due at restaurants of a town, in the order to drive.
SET LOCAL lock_timeout = '5s';

CREATE TABLE inspection_plan (
  inspection_plan_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  town_id              int NOT NULL REFERENCES town,
  day                  date NOT NULL,        -- what falls due by its end is on the plan
  inspector            text NOT NULL,        -- a person or a crew
  state                text NOT NULL CHECK (state IN (
                         'planned',    -- 待出发
                         'under_way',  -- 进行中
                         'done',       -- 已完成
                         'cancelled'   -- 已取消
                       )),
  start_lon_deg        double precision CHECK (start_lon_deg BETWEEN -180 AND 180),
  start_lat_deg        double precision CHECK (start_lat_deg BETWEEN -90 AND 90),
  stop_count_max       int NOT NULL CHECK (stop_count_max > 0),
  check_interval_days  int NOT NULL CHECK (check_interval_days > 0),
  due_restaurant_count int NOT NULL,         -- restaurants with something due, also those that found no room
  cancel_reason        text,
  created_by           text NOT NULL,
  created_at           timestamptz NOT NULL,
  started_at           timestamptz,
  ended_at             timestamptz,
  CHECK (num_nulls(start_lon_deg, start_lat_deg) IN (0, 2)),
  CHECK ((state IN ('done', 'cancelled')) = (ended_at IS NOT NULL)),
  CHECK ((state = 'cancelled') = (cancel_reason IS NOT NULL))
);
CREATE INDEX inspection_plan_town ON inspection_plan (town_id, inspection_plan_id DESC);

CREATE TABLE inspection_stop (
  inspection_stop_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  inspection_plan_id  bigint NOT NULL REFERENCES inspection_plan,
  place               int NOT NULL,          -- in the order to drive, from 1
  restaurant_id       int NOT NULL REFERENCES restaurant,
  lon_deg             double precision,      -- as the register had it; NULL: it had none
  lat_deg             double precision,
  leg_m               double precision,      -- great circle from the place before; NULL: not known
  is_urgent           boolean NOT NULL,
  state               text NOT NULL CHECK (state IN (
                        'planned',  -- 待查
                        'visited',  -- 已查
                        'skipped'   -- 跳过
                      )),
  note                text NOT NULL DEFAULT '',  -- why it was skipped, or what else was seen
  settled_by          text,
  settled_at          timestamptz,
  UNIQUE (inspection_plan_id, place),
  CHECK ((state = 'planned') = (settled_at IS NULL)),
  CHECK ((settled_at IS NULL) = (settled_by IS NULL))
);
-- Nobody drives to a restaurant because two plans send them.
CREATE UNIQUE INDEX inspection_stop_one_open ON inspection_stop (restaurant_id) WHERE state = 'planned';
CREATE INDEX inspection_stop_settled ON inspection_stop (settled_at) WHERE state = 'visited';

CREATE TABLE inspection_item (
  inspection_stop_id  bigint NOT NULL REFERENCES inspection_stop,
  key                 text NOT NULL,         -- duty and number, e.g. ticket:12
  duty                text NOT NULL CHECK (duty IN (
                        'ticket',    -- 工单
                        'pump_out',  -- 清掏
                        'device',    -- 设备
                        'check'      -- 巡查
                      )),
  trap_id             int NOT NULL REFERENCES trap,
  ticket_id           bigint REFERENCES ticket,
  device_id           int REFERENCES device,
  reason              text NOT NULL,
  severity            text CHECK (severity IN ('blue', 'yellow', 'orange', 'red')),
  due_at              timestamptz,
  is_listed           boolean NOT NULL,      -- false: it came up after the plan was made
  outcome             text CHECK (outcome IN (
                        'handled',    -- 已处理
                        'left_open',  -- 未处理
                        'gone'        -- 已消失: somebody else was faster
                      )),
  note                text NOT NULL DEFAULT '',  -- why it was left open
  result              jsonb NOT NULL DEFAULT '{}',  -- what was written for it, by number
  PRIMARY KEY (inspection_stop_id, key),
  CHECK ((duty = 'ticket') = (ticket_id IS NOT NULL)),
  CHECK ((duty = 'device') = (device_id IS NOT NULL)),
  CHECK (is_listed OR outcome IS NOT NULL)
);
