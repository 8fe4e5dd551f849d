-- Work at traps and what rules must know about it: pump-outs, inspections, crews, rain, closed days.
SET LOCAL lock_timeout = '5s';

ALTER TABLE trap
  ADD COLUMN on_road  boolean NOT NULL DEFAULT false;  -- its cover lies where vehicles pass

ALTER TABLE job
  ADD COLUMN opened_known_at  timestamptz,  -- our clock when we were told; NULL: when it happened
  ADD COLUMN checked_in_at    timestamptz,  -- when the crew came to the trap, as it says
  ADD COLUMN checked_in_by    text,
  ADD COLUMN checked_out_at   timestamptz,  -- when the crew left it
  ADD COLUMN checked_out_by   text,
  ADD CHECK ((checked_in_at IS NULL) = (checked_in_by IS NULL)),
  ADD CHECK ((checked_out_at IS NULL) = (checked_out_by IS NULL)),
  ADD CHECK (checked_in_at IS NULL OR opened_at IS NOT NULL),
  ADD CHECK (checked_out_at IS NULL OR (checked_in_at IS NOT NULL AND checked_out_at >= checked_in_at)),
  ADD CONSTRAINT job_trap_key UNIQUE (job_id, trap_id);  -- what refers to a job must be about its trap

CREATE TABLE pump_out (
  pump_out_id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source           text NOT NULL CHECK (source IN (
                     'manifest',  -- somebody filed a 收运联单
                     'detected'   -- the trap's level fell
                   )),
  trap_id          int NOT NULL REFERENCES trap,
  job_id           bigint,
  pumped_at        timestamptz NOT NULL,   -- as the manifest says, or when the level had fallen
  filed_at         timestamptz NOT NULL,   -- our clock
  volume_l         double precision CHECK (volume_l > 0),
  hauler           text,
  disposer         text,
  manifest_no      text,
  level_before_mm  double precision,
  level_min_mm     double precision,
  manifest_id      bigint UNIQUE REFERENCES pump_out,  -- a draw-down's manifest: one to one
  matched_at       timestamptz,                        -- our clock
  CONSTRAINT pump_out_job_fkey FOREIGN KEY (job_id, trap_id) REFERENCES job (job_id, trap_id),
  CONSTRAINT pump_out_manifest_no_key UNIQUE (hauler, manifest_no),
  CHECK (CASE source
           WHEN 'manifest' THEN num_nulls(volume_l, hauler, disposer, manifest_no) = 0
                                AND num_nonnulls(level_before_mm, level_min_mm, manifest_id) = 0
           ELSE num_nonnulls(job_id, volume_l, hauler, disposer, manifest_no) = 0
                AND num_nulls(level_before_mm, level_min_mm) = 0 AND level_min_mm < level_before_mm
         END),
  CHECK ((manifest_id IS NULL) = (matched_at IS NULL))
);
CREATE INDEX pump_out_trap ON pump_out (trap_id, pumped_at);

-- 交付确认: each party says for itself that kind and quantity are right.
CREATE TABLE pump_out_confirmation (
  pump_out_id   bigint NOT NULL REFERENCES pump_out,
  party         text NOT NULL CHECK (party IN (
                  'generator',  -- 产生: the restaurant
                  'hauler',     -- 收运
                  'disposer'    -- 处置
                )),
  confirmed_by  text NOT NULL,
  confirmed_at  timestamptz NOT NULL,   -- our clock
  PRIMARY KEY (pump_out_id, party)
);

-- Dip measurements; depth_mm is the trap's outlet invert at that time, which fullness relates to.
CREATE TABLE inspection (
  inspection_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  trap_id        int NOT NULL REFERENCES trap,
  job_id         bigint,
  inspector      text NOT NULL,
  inspected_at   timestamptz NOT NULL,
  fog_mm         double precision NOT NULL CHECK (fog_mm >= 0),
  solids_mm      double precision NOT NULL CHECK (solids_mm >= 0),
  water_mm       double precision NOT NULL CHECK (water_mm >= 0),
  depth_mm       double precision NOT NULL CHECK (depth_mm > 0),
  note           text NOT NULL DEFAULT '',
  filed_at       timestamptz NOT NULL,   -- our clock
  CONSTRAINT inspection_key UNIQUE (trap_id, inspector, inspected_at),  -- a request that is sent twice
  CONSTRAINT inspection_job_fkey FOREIGN KEY (job_id, trap_id) REFERENCES job (job_id, trap_id)
);
CREATE INDEX inspection_trap ON inspection (trap_id, inspected_at);

-- Rain that fell on a town within [hour, hour + 1 h).
CREATE TABLE rainfall (
  town_id     int NOT NULL REFERENCES town,
  hour        timestamptz NOT NULL CHECK (date_trunc('hour', hour, 'UTC') = hour),
  rain_mm     double precision NOT NULL CHECK (rain_mm BETWEEN 0 AND 1000),
  updated_at  timestamptz NOT NULL,
  PRIMARY KEY (town_id, hour)
);

-- Short spans in which a restaurant that is in business does not open: [closed_from, closed_to).
CREATE TABLE closure (
  closure_id     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  restaurant_id  int NOT NULL REFERENCES restaurant,
  closed_from    timestamptz NOT NULL,
  closed_to      timestamptz NOT NULL,
  reason         text NOT NULL,
  created_at     timestamptz NOT NULL,
  CONSTRAINT closure_key UNIQUE (restaurant_id, closed_from, closed_to),  -- a request that is sent twice
  CHECK (closed_to > closed_from)
);
CREATE INDEX closure_restaurant ON closure (restaurant_id, closed_to);
