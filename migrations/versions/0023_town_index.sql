-- The towns' index: the rows behind every indicator, and the months as they were frozen.
SET LOCAL lock_timeout = '5s';

-- One row for each thing that an indicator counts, with its share of numerator and denominator: sums over it are the figure,
-- the rows themselves are what a reader opens. docs/town-index.md defines each indicator.
CREATE FUNCTION town_index_row(starts_at timestamptz, ends_at timestamptz, as_of timestamptz)
RETURNS TABLE (indicator text, town_id int, subject_kind text, subject_id bigint, label text,
               numerator double precision, denominator double precision)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT 'connection', c.town_id, 'restaurant', c.restaurant_id::bigint, c.stage,
         (c.stage IN ('silent', 'bad_data', 'good'))::int::float8, 1::float8
    FROM restaurant_coverage c WHERE c.stage <> 'not_required'
  UNION ALL
  SELECT 'online_time', r.town_id, 'device', d.device_id::bigint, '', sum(d.online_s) / 3600, sum(d.in_service_s) / 3600
    FROM device_day d JOIN restaurant r USING (restaurant_id)
   WHERE d.day >= (starts_at AT TIME ZONE 'Asia/Shanghai')::date AND d.day < (ends_at AT TIME ZONE 'Asia/Shanghai')::date
   GROUP BY r.town_id, d.device_id
  UNION ALL
  SELECT 'valid_data', r.town_id, 'device', d.device_id::bigint, '',
         sum(d.valid_s / d.report_interval_s), sum(d.in_service_s / d.report_interval_s)
    FROM device_day d JOIN restaurant r USING (restaurant_id)
   WHERE d.day >= (starts_at AT TIME ZONE 'Asia/Shanghai')::date AND d.day < (ends_at AT TIME ZONE 'Asia/Shanghai')::date
   GROUP BY r.town_id, d.device_id
  UNION ALL
  SELECT CASE WHEN n = 1 THEN 'closed' ELSE 'on_time' END, k.town_id, 'ticket', k.ticket_id, k.problem || ' ' || k.state,
         (CASE WHEN n = 1 THEN k.state = 'closed' ELSE l.state = 'stopped' AND l.breached_at IS NULL END)::int::float8, 1::float8
    FROM ticket k JOIN ticket_clock l USING (ticket_id) CROSS JOIN generate_series(1, 2) AS n
   WHERE l.kind = 'resolve' AND (l.state IN ('running', 'stopped') OR l.breached_at IS NOT NULL) AND k.state <> 'cancelled'
     AND coalesce(l.breached_at, l.due_at) >= starts_at AND coalesce(l.breached_at, l.due_at) < least(ends_at, as_of)
  UNION ALL
  SELECT 'accepted_on_time', k.town_id, 'ticket', k.ticket_id, k.problem || ' ' || k.state,
         (l.state = 'stopped' AND l.breached_at IS NULL)::int::float8, 1::float8
    FROM ticket k JOIN ticket_clock l USING (ticket_id)
   WHERE l.kind = 'accept' AND (l.state IN ('running', 'stopped') OR l.breached_at IS NOT NULL)
     AND coalesce(l.breached_at, l.due_at) >= starts_at AND coalesce(l.breached_at, l.due_at) < least(ends_at, as_of)
  UNION ALL
  -- Remedies that did not hold: the same problem of the same trap again within 30 days of the closing.
  SELECT 'recurrence', k.town_id, 'ticket', k.ticket_id, k.problem || ' ' || k.state,
         (k.reopen_count > 0 OR EXISTS (
            SELECT FROM ticket o
             WHERE o.trap_id = k.trap_id AND o.problem = k.problem AND o.ticket_id > k.ticket_id
               AND o.state NOT IN ('cancelled', 'rejected', 'merged')
               AND o.created_at < k.first_resolved_at + INTERVAL '30 days' AND o.created_at < ends_at))::int::float8,
         1::float8
    FROM ticket k
   WHERE k.first_resolved_at >= starts_at - INTERVAL '30 days' AND k.first_resolved_at < ends_at
  UNION ALL
  SELECT 'complaints', c.town_id, 'complaint', c.complaint_id, c.category, 1::float8, 0::float8
    FROM complaint c
   WHERE c.received_at >= starts_at AND c.received_at < least(ends_at, as_of) AND c.category <> 'fume'
     AND c.duplicate_of IS NULL AND c.town_id IS NOT NULL
  UNION ALL
  SELECT 'complaints', c.town_id, 'restaurant', c.restaurant_id::bigint, c.stage, 0::float8, 0.01::float8
    FROM restaurant_coverage c WHERE c.stage <> 'not_required'
  UNION ALL
  SELECT 'repeated', c.town_id, 'complaint', c.complaint_id, c.category, (c.duplicate_of IS NOT NULL)::int::float8, 1::float8
    FROM complaint c
   WHERE c.received_at >= starts_at AND c.received_at < least(ends_at, as_of) AND c.category <> 'fume'
     AND c.town_id IS NOT NULL;
END;

CREATE TABLE town_index_freeze (
  month      date NOT NULL,               -- its first day
  revision   int NOT NULL CHECK (revision > 0),
  tree       jsonb NOT NULL,              -- indicators, weights, grades as they were
  towns      jsonb NOT NULL,              -- figures and scores of every town
  reason     text NOT NULL,
  frozen_by  text NOT NULL,
  frozen_at  timestamptz NOT NULL,
  PRIMARY KEY (month, revision)
);
CREATE TRIGGER town_index_freeze_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON town_index_freeze
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
