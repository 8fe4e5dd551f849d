-- Messages to people: those of one rule in one town that come together are one message.
SET LOCAL lock_timeout = '5s';

ALTER TABLE webhook_endpoint
  ADD COLUMN audience text NOT NULL DEFAULT 'machine' CHECK (audience IN (
    'machine',  -- every message at once
    'people'    -- grouped by town and rule
  ));

ALTER TABLE webhook_message
  ADD COLUMN group_key text;  -- the rule of an alert, the problem of a ticket; NULL: goes alone

-- Messages that wait to be grouped for an endpoint.
CREATE TABLE webhook_waiting (
  webhook_endpoint_id  int NOT NULL REFERENCES webhook_endpoint,
  webhook_message_id   bigint NOT NULL REFERENCES webhook_message,
  town_id              int NOT NULL,  -- 0: none
  group_key            text NOT NULL,
  waiting_since        timestamptz NOT NULL,
  PRIMARY KEY (webhook_endpoint_id, town_id, group_key, webhook_message_id)
);

-- When a group was told last; seq numbers what it was told.
CREATE TABLE webhook_group (
  webhook_endpoint_id  int NOT NULL REFERENCES webhook_endpoint,
  town_id              int NOT NULL,
  group_key            text NOT NULL,
  seq                  int NOT NULL,
  told_at              timestamptz NOT NULL,
  PRIMARY KEY (webhook_endpoint_id, town_id, group_key)
);
