-- What people say: complaints, counted by the day they were received.
SET LOCAL lock_timeout = '5s';

CREATE TABLE complaint (
  complaint_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source            text NOT NULL DEFAULT 'api',   -- the system it came from
  external_ref      text,                          -- its number there
  received_at       timestamptz NOT NULL,          -- 受理时间: counted by this
  channel           text NOT NULL,                 -- 12345, 12369, wechat, patrol, qr, …
  category          text NOT NULL CHECK (category IN (
                      'sewage_overflow',   -- 污水外溢
                      'sewer_blockage',    -- 下水道/管网堵塞
                      'odour',             -- 异味
                      'direct_discharge',  -- 污水直排
                      'dumping',           -- 偷倒餐厨/油污
                      'cover',             -- 井盖缺损/未复位
                      'cleaning_nuisance', -- 清掏扰民
                      'fume',              -- 油烟扰民: always counted apart
                      'other'              -- 其他
                    )),
  description       text NOT NULL DEFAULT '',
  restaurant_id     int REFERENCES restaurant,
  town_id           int REFERENCES town,
  address           text,
  lon_deg           double precision CHECK (lon_deg BETWEEN -180 AND 180),
  lat_deg           double precision CHECK (lat_deg BETWEEN -90 AND 90),
  duplicate_of      bigint REFERENCES complaint,
  created_at        timestamptz NOT NULL
);
CREATE UNIQUE INDEX complaint_source_ref ON complaint (source, external_ref);
CREATE INDEX complaint_received ON complaint (received_at, complaint_id);
CREATE INDEX complaint_town ON complaint (town_id, received_at);
