-- What may be said about how complaints changed: changes of intake, and claims as they were made.
SET LOCAL lock_timeout = '5s';

-- Each change in how complaints come in (a hotline merged, a new channel, another rule for repeated ones), and each
-- intervention whose effect is to be seen. A correction is a further entry.
CREATE TABLE intake_change (
  intake_change_id  int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at                timestamptz NOT NULL,   -- when it took effect, or will
  kind              text NOT NULL CHECK (kind IN (
                      'intake',        -- 受理口径变化
                      'intervention'   -- 措施: a claim may say that it was dated before looking
                    )),
  what              text NOT NULL,
  source            text NOT NULL,          -- the complaints' source or channel concerned
  effect            text NOT NULL CHECK (effect IN ('more', 'fewer', 'unknown')),  -- expected, on the number of complaints
  author            text NOT NULL,
  recorded_at       timestamptz NOT NULL
);
CREATE INDEX intake_change_at ON intake_change (at, intake_change_id);
CREATE TRIGGER intake_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON intake_change
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A claim is frozen as its bytes; when the complaints behind it change later, a revision of it is a further row.
CREATE TABLE claim (
  claim_id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  first_claim_id   int NOT NULL REFERENCES claim,  -- its own number: the first of its revisions
  revision         int NOT NULL CHECK (revision > 0),
  town             text,
  baseline         text NOT NULL,          -- 2025-01..2025-12
  period           text NOT NULL,
  verdict          text NOT NULL CHECK (verdict IN ('decreased', 'increased', 'no_clear_change')),
  data_sha256      text NOT NULL CHECK (data_sha256 ~ '^[0-9a-f]{64}$'),
  document_sha256  text NOT NULL CHECK (document_sha256 ~ '^[0-9a-f]{64}$'),
  document         bytea NOT NULL,         -- RFC 8785 bytes of alerts.claims.model.Claim
  created_by       text NOT NULL,
  created_at       timestamptz NOT NULL,
  UNIQUE (first_claim_id, revision)
);
CREATE TRIGGER claim_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON claim
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- On which Asia/Shanghai days a restaurant's status was open, as far as the audit trail knows; regardless of when it was
-- entered. Who is not open today and has no change on record was so since the last change of the row, or always.
CREATE VIEW restaurant_business AS
WITH change AS (
  SELECT a.subject_id::int AS restaurant_id, a.at, a.audit_event_id, a.detail ->> 'status' AS status
    FROM audit_event a
   WHERE a.subject_kind = 'restaurant' AND a.action = 'restaurant.changed' AND a.detail ->> 'status' IS NOT NULL
), status_from AS (
  SELECT r.restaurant_id, '-infinity'::date AS day, 0::bigint AS place,
         coalesce((SELECT a.detail ->> 'status'
                     FROM audit_event a
                    WHERE a.subject_kind = 'restaurant' AND a.subject_id = r.restaurant_id::text
                      AND a.action = 'restaurant.created'
                    ORDER BY a.audit_event_id
                    LIMIT 1), CASE WHEN r.updated_at = r.created_at THEN r.status ELSE 'open' END) AS status
    FROM restaurant r
   UNION ALL
  SELECT restaurant_id, (at AT TIME ZONE 'Asia/Shanghai')::date, audit_event_id, status
    FROM change
   UNION ALL
  SELECT r.restaurant_id, (r.updated_at AT TIME ZONE 'Asia/Shanghai')::date, 0, r.status
    FROM restaurant r
   WHERE r.status <> 'open' AND r.updated_at <> r.created_at
     AND NOT EXISTS (SELECT FROM change c WHERE c.restaurant_id = r.restaurant_id)
), span AS (
  SELECT restaurant_id, status,
         daterange(day, coalesce(lead(day) OVER (PARTITION BY restaurant_id ORDER BY day, place), 'infinity')) AS days
    FROM status_from
)
SELECT r.restaurant_id, r.town_id, r.needs_trap, (r.created_at AT TIME ZONE 'Asia/Shanghai')::date AS entered_on,
       coalesce(range_agg(s.days) FILTER (WHERE s.status = 'open'), '{}'::datemultirange) AS open_days
  FROM restaurant r
  LEFT JOIN span s USING (restaurant_id)
 GROUP BY r.restaurant_id;

-- On which Asia/Shanghai days a restaurant had a device in service (in maintenance too): from commissioned_at until it was
-- retired, on the trap it is on now.
CREATE VIEW restaurant_service AS
SELECT t.restaurant_id, range_agg(daterange(s.from_day, greatest(s.from_day, s.to_day))) AS service_days
  FROM trap t
  JOIN device v USING (trap_id)
 CROSS JOIN LATERAL (
         SELECT (v.commissioned_at AT TIME ZONE 'Asia/Shanghai')::date AS from_day,
                CASE WHEN v.status <> 'retired' THEN 'infinity'::date
                     ELSE (coalesce((SELECT min(a.at)
                                       FROM audit_event a
                                      WHERE a.subject_kind = 'device' AND a.subject_id = v.device_id::text
                                        AND a.action = 'device.changed' AND a.detail ->> 'status' = 'retired'),
                                    v.updated_at) AT TIME ZONE 'Asia/Shanghai')::date END AS to_day
       ) AS s
 WHERE v.commissioned_at IS NOT NULL AND v.status <> 'unclaimed'
 GROUP BY t.restaurant_id;
