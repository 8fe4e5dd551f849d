-- One damage of each kind the checker must see; the name is the kind.

-- stored_but_never_sent --
-- A reading out of nowhere.
INSERT INTO reading SELECT measured_at - INTERVAL '30 s', device_id, metric, value, quality, received_at
  FROM reading LIMIT 1;

-- rejected --
-- A second opinion about a reading.
INSERT INTO reading_conflict (measured_at, device_id, metric, value, quality, received_at)
SELECT measured_at, device_id, metric, value + 1, quality, received_at FROM reading LIMIT 1;

-- rollup --
-- One hour is a little off.
UPDATE reading_hourly SET value_sum = value_sum + 0.125
 WHERE (device_id, hour) = (SELECT device_id, hour FROM reading_hourly LIMIT 1);

-- cursor --
-- A series stands behind its newest reading.
UPDATE series_state SET measured_at = measured_at - INTERVAL '1 s' WHERE device_id = 1;

-- alert --
-- An episode fired at another time than its readings say.
UPDATE alert SET fired_at = fired_at + INTERVAL '1 min' WHERE alert_id = (SELECT min(alert_id) FROM alert WHERE rule_code = 'R01');

-- alert_rows --
-- Open episodes have lost their machines.
DELETE FROM rule_state WHERE alert_id IS NOT NULL;

-- webhook --
-- A message was received under another id than it has.
UPDATE webhook_message SET uid = 'msg_other'
 WHERE webhook_message_id = (SELECT min(webhook_message_id) FROM webhook_message);

-- stuck --
-- A delivery was given up.
UPDATE webhook_delivery SET state = 'dead'
 WHERE webhook_delivery_id = (SELECT min(webhook_delivery_id) FROM webhook_delivery);
