-- select_secrets --
-- The stored secrets of all endpoints.
SELECT webhook_endpoint_id, url, secret, previous_secret, url_shown, kind FROM webhook_endpoint ORDER BY webhook_endpoint_id;

-- lock_secrets --
-- The same, kept from changing. NO KEY: ingest goes on queueing deliveries.
SELECT webhook_endpoint_id, url, secret, previous_secret, url_shown, kind
  FROM webhook_endpoint
 ORDER BY webhook_endpoint_id
   FOR NO KEY UPDATE;

-- update_secrets --
-- The same secrets in other envelopes: nothing that a person chose changes.
UPDATE webhook_endpoint
   SET url = %(url)s, url_shown = %(url_shown)s, secret = %(secret)s, previous_secret = %(previous_secret)s
 WHERE webhook_endpoint_id = %(endpoint_id)s;

-- rotate_secret --
-- A new secret; the one before it signs as well for a while (NULL: no more), an even older one no more.
UPDATE webhook_endpoint
   SET previous_secret = CASE WHEN %(until)s::timestamptz IS NOT NULL THEN secret END,
       previous_secret_until = %(until)s,
       secret = %(secret)s, version = version + 1, updated_at = %(now)s
 WHERE webhook_endpoint_id = %(endpoint_id)s;

-- forget_previous_secrets --
-- What does not sign any more need not be kept.
UPDATE webhook_endpoint
   SET previous_secret = NULL, previous_secret_until = NULL
 WHERE previous_secret_until <= %(now)s;
