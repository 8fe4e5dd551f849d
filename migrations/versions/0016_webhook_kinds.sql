-- Endpoints of several kinds: machines of two more formats, chat robots with their limits, people with quiet hours.
SET LOCAL lock_timeout = '5s';

ALTER TABLE webhook_endpoint
  DROP CONSTRAINT webhook_endpoint_kind_check,
  ADD CONSTRAINT webhook_endpoint_kind_check CHECK (kind IN (
    'standard',      -- Standard Webhooks: the stored bytes
    'cloudevents',   -- CloudEvents 1.0.2, structured mode
    'alertmanager',  -- Prometheus Alertmanager's webhook, version 4; alert.* only
    'dingtalk',      -- chat robots: for these ``secret`` is the vendor's sign key, '' where there is none
    'wecom',
    'feishu'
  )),
  ADD COLUMN language text NOT NULL DEFAULT 'zh-CN' CHECK (language IN ('zh-CN', 'en')),  -- of texts for people
  ADD COLUMN mention_mobiles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN mention_user_ids text[] NOT NULL DEFAULT '{}',
  ADD COLUMN quiet_hours jsonb,  -- {"zone", "windows": [{"days", "from", "to"}]}: alerts.webhooks.quiet_hours
  ADD COLUMN town_ids int[] NOT NULL DEFAULT '{}';  -- empty: every town

UPDATE webhook_endpoint SET town_ids = ARRAY[town_id] WHERE town_id IS NOT NULL;
ALTER TABLE webhook_endpoint
  DROP COLUMN town_id,
  ADD CHECK (quiet_hours IS NULL OR audience = 'people'),
  ADD CHECK (kind NOT IN ('dingtalk', 'wecom', 'feishu') OR audience = 'people');

-- What a robot's limit left no room for is told by a digest, whose delivery decides about those it stands for.
ALTER TABLE webhook_delivery
  DROP CONSTRAINT webhook_delivery_state_check,
  DROP CONSTRAINT webhook_delivery_check1,
  ADD CONSTRAINT webhook_delivery_state_check CHECK (state IN (
    'queued',    -- waiting for next_attempt_at (or leased to a relay)
    'merged',    -- queued -> merged: its digest waits; merged -> ok or dead: with that digest
    'ok',        -- queued -> ok: a 2xx answer that the kind takes for a yes
    'dead'       -- queued -> dead: schedule exhausted or endpoint gone
  )),
  ADD CONSTRAINT webhook_delivery_settled_check CHECK ((state IN ('queued', 'merged')) = (settled_at IS NULL)),
  ADD COLUMN merged_into bigint REFERENCES webhook_delivery,
  ADD CHECK (state <> 'merged' OR merged_into IS NOT NULL);
CREATE INDEX webhook_delivery_merged ON webhook_delivery (merged_into) WHERE merged_into IS NOT NULL;

-- How much a robot may still be sent; written by whichever relay sends.
CREATE TABLE webhook_pace (
  webhook_endpoint_id  int PRIMARY KEY REFERENCES webhook_endpoint,
  spent_until          timestamptz NOT NULL,  -- when its token bucket is full again (GCRA: theoretical arrival time)
  closed_until         timestamptz            -- the vendor said "too often": nothing before this
);
