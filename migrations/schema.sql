-- Written by `make schema` from the migrations; a test compares. Read it, do not run it.

CREATE EXTENSION IF NOT EXISTS timescaledb WITH SCHEMA public;

CREATE SCHEMA scoped;

CREATE TABLE public.complaint (
    complaint_id bigint NOT NULL,
    source text DEFAULT 'api'::text NOT NULL,
    external_ref text,
    received_at timestamp with time zone NOT NULL,
    channel text NOT NULL,
    category text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    restaurant_id integer,
    town_id integer,
    address text,
    lon_deg double precision,
    lat_deg double precision,
    duplicate_of bigint,
    created_at timestamp with time zone NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    closed_at timestamp with time zone,
    status_note text DEFAULT ''::text NOT NULL,
    service_code text,
    restaurant_name text,
    is_position_area boolean DEFAULT false NOT NULL,
    payload jsonb,
    token text,
    match_state text DEFAULT 'none'::text NOT NULL,
    match_score double precision,
    match_reasons text[] DEFAULT '{}'::text[] NOT NULL,
    duplicate_reason text,
    duplicate_score double precision,
    is_own_matter boolean DEFAULT false NOT NULL,
    ticket_id bigint,
    complaint_import_id bigint,
    updated_at timestamp with time zone,
    CONSTRAINT complaint_category_check CHECK ((category = ANY (ARRAY['sewage_overflow'::text, 'sewer_blockage'::text, 'odour'::text, 'direct_discharge'::text, 'dumping'::text, 'cover'::text, 'cleaning_nuisance'::text, 'fume'::text, 'other'::text]))),
    CONSTRAINT complaint_closed_at_when_closed CHECK (((closed_at IS NULL) OR (status = 'closed'::text))),
    CONSTRAINT complaint_duplicate_score_check CHECK (((duplicate_score >= (0)::double precision) AND (duplicate_score <= (1)::double precision))),
    CONSTRAINT complaint_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT complaint_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision))),
    CONSTRAINT complaint_match_score_check CHECK (((match_score >= (0)::double precision) AND (match_score <= (1)::double precision))),
    CONSTRAINT complaint_match_state_check CHECK ((match_state = ANY (ARRAY['none'::text, 'given'::text, 'automatic'::text, 'suggested'::text, 'confirmed'::text, 'rejected'::text]))),
    CONSTRAINT complaint_repeats_another CHECK ((duplicate_of <> complaint_id)),
    CONSTRAINT complaint_status_check CHECK ((status = ANY (ARRAY['open'::text, 'closed'::text])))
)
WITH (autovacuum_vacuum_insert_scale_factor='0.02');

CREATE FUNCTION public.add_to_complaint_day_tally(given public.complaint, change integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
  of_day date := (given.received_at AT TIME ZONE 'Asia/Shanghai')::date;
  change_of_first int := CASE WHEN given.duplicate_of IS NULL THEN change ELSE 0 END;
BEGIN
  UPDATE complaint_day_tally
     SET complaint_count = complaint_count + change, first_count = first_count + change_of_first
   WHERE complaint_day_tally_id = (
           SELECT t.complaint_day_tally_id FROM complaint_day_tally t
            WHERE t.day = of_day AND t.category = given.category
            LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO complaint_day_tally (day, category, complaint_count, first_count)
    VALUES (of_day, given.category, change, change_of_first);
  END IF;
END $$;

CREATE FUNCTION public.add_to_complaint_tally(given public.complaint, change integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
DECLARE
  of_month date := date_trunc('month', given.received_at AT TIME ZONE 'Asia/Shanghai')::date;
  change_of_first int := CASE WHEN given.duplicate_of IS NULL THEN change ELSE 0 END;
BEGIN
  UPDATE complaint_tally
     SET complaint_count = complaint_count + change, first_count = first_count + change_of_first
   WHERE complaint_tally_id = (
           SELECT t.complaint_tally_id FROM complaint_tally t
            WHERE t.month = of_month AND t.town_id IS NOT DISTINCT FROM given.town_id AND t.category = given.category
            LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO complaint_tally (month, town_id, category, complaint_count, first_count)
    VALUES (of_month, given.town_id, given.category, change, change_of_first);
  END IF;
END $$;

CREATE FUNCTION public.house_number(given text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ltrim(COALESCE("substring"(NORMALIZE(given, NFKC), '(\d{1,9})\s*[号號]'::text), "substring"(NORMALIZE(given, NFKC), '\d{1,9}'::text)), '0'::text);

CREATE FUNCTION public.place_key(given text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN regexp_replace(lower(NORMALIZE(given, NFKC)), '[\s!-/:-@[-`{-~、。·・，；：！？（）【】《》“”‘’「」—–…#]+'::text, ''::text, 'g'::text);

CREATE TABLE public.restaurant (
    restaurant_id integer NOT NULL,
    register_no text NOT NULL,
    name text NOT NULL,
    restaurant_type text NOT NULL,
    status text DEFAULT 'open'::text NOT NULL,
    needs_trap boolean DEFAULT true NOT NULL,
    town_id integer NOT NULL,
    address text NOT NULL,
    lon_deg double precision,
    lat_deg double precision,
    opening_windows jsonb DEFAULT '[]'::jsonb NOT NULL,
    permit_no text,
    permit_valid_to date,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    name_key text GENERATED ALWAYS AS (public.place_key(name)) STORED,
    address_key text GENERATED ALWAYS AS (public.place_key(address)) STORED,
    house_number text GENERATED ALWAYS AS (public.house_number(address)) STORED,
    CONSTRAINT restaurant_lat_deg_check CHECK (((lat_deg >= ('-90'::integer)::double precision) AND (lat_deg <= (90)::double precision))),
    CONSTRAINT restaurant_lon_deg_check CHECK (((lon_deg >= ('-180'::integer)::double precision) AND (lon_deg <= (180)::double precision))),
    CONSTRAINT restaurant_restaurant_type_check CHECK ((restaurant_type = ANY (ARRAY['large'::text, 'small'::text, 'canteen'::text, 'night_market'::text]))),
    CONSTRAINT restaurant_status_check CHECK ((status = ANY (ARRAY['open'::text, 'suspended'::text, 'closed'::text])))
);

CREATE FUNCTION public.add_to_restaurant_tally(given public.restaurant, change integer) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  UPDATE restaurant_tally
     SET restaurant_count = restaurant_count + change
   WHERE restaurant_tally_id = (
           SELECT t.restaurant_tally_id FROM restaurant_tally t
            WHERE t.town_id = given.town_id AND t.status = given.status
            LIMIT 1 FOR UPDATE SKIP LOCKED);
  IF NOT FOUND THEN
    INSERT INTO restaurant_tally (town_id, status, restaurant_count) VALUES (given.town_id, given.status, change);
  END IF;
END $$;

CREATE FUNCTION public.append_to_ledger() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE
  last_seq    bigint;
  last_chain  bytea;
  leaf        bytea := sha256('\x00'::bytea || NEW.canonical);
BEGIN
  PERFORM pg_advisory_xact_lock(7421);
  SELECT seq, chain_hash INTO last_seq, last_chain FROM ledger_entry ORDER BY seq DESC LIMIT 1;
  INSERT INTO ledger_entry (seq, audit_event_id, leaf_hash, chain_hash)
  VALUES (coalesce(last_seq + 1, 0), NEW.audit_event_id, leaf,
          sha256(coalesce(last_chain, decode(repeat('00', 32), 'hex')) || leaf));
  RETURN NULL;
END $$;

CREATE FUNCTION public.complaint_in_scope(number bigint) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT EXISTS (SELECT FROM complaint WHERE complaint_id = number AND town_id = ANY (scope_towns()))
$$;

CREATE FUNCTION public.gateway_in_scope(gateway integer, device integer) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
  SELECT EXISTS (SELECT FROM gateway g WHERE g.gateway_id = gateway_in_scope.gateway AND g.town_id = ANY (scope_towns()))
      OR EXISTS (SELECT FROM device d  -- as it was
                  WHERE d.device_id = gateway_in_scope.device AND d.gateway_id = gateway_in_scope.gateway)
$$;

CREATE FUNCTION public.grant_to_scoped() RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
  relation text;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'trapwatch_scoped') THEN
    RETURN false;
  END IF;
  EXECUTE 'GRANT USAGE ON SCHEMA public, scoped TO trapwatch_scoped';
  FOR relation IN
    SELECT relname FROM pg_class
     WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relrowsecurity ORDER BY relname
  LOOP
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON public.%I TO trapwatch_scoped', relation);
  END LOOP;
  GRANT SELECT ON public.rule, public.unit, public.webhook_endpoint, public.intake_change, scoped.reading,
                  scoped.coverage_state, scoped.coverage_freeze TO trapwatch_scoped;
  GRANT SELECT, INSERT ON public.blob, public.idempotent_answer, public.webhook_message, public.webhook_delivery,
                          public.webhook_waiting TO trapwatch_scoped;
  GRANT INSERT ON public.audit_event TO trapwatch_scoped;
  RETURN true;
END $$;

CREATE FUNCTION public.keep_breach() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION 'a breach is written once' USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.note_device_status() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  INSERT INTO device_status_change (device_id, at, status, trap_id, report_interval_s, commissioned_at)
  SELECT c.device_id,
         CASE WHEN p.device_id IS NULL THEN least(c.updated_at, coalesce(c.commissioned_at, c.updated_at))
              ELSE c.updated_at END,
         c.status, c.trap_id, c.report_interval_s, c.commissioned_at
    FROM changed c
    LEFT JOIN LATERAL (
           SELECT h.* FROM device_status_change h WHERE h.device_id = c.device_id ORDER BY h.at DESC LIMIT 1
         ) AS p ON true
   WHERE (p.status, p.trap_id, p.report_interval_s, p.commissioned_at)
         IS DISTINCT FROM (c.status, c.trap_id, c.report_interval_s, c.commissioned_at)
  ON CONFLICT (device_id, at) DO UPDATE
     SET status = excluded.status, trap_id = excluded.trap_id, report_interval_s = excluded.report_interval_s,
         commissioned_at = excluded.commissioned_at;
  RETURN NULL;
END $$;

CREATE FUNCTION public.notify_registry_device() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF (SELECT count(*) FROM changed) > 50 THEN
    PERFORM pg_notify('registry', '*');
  ELSE
    PERFORM pg_notify('registry', device_id::text) FROM changed;
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.notify_registry_restaurant() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF (SELECT count(*) FROM changed) > 50 THEN
    PERFORM pg_notify('registry', '*');
  ELSE
    PERFORM pg_notify('registry', device.device_id::text)
       FROM changed JOIN trap USING (restaurant_id) JOIN device USING (trap_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.notify_registry_trap() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  IF (SELECT count(*) FROM changed) > 50 THEN
    PERFORM pg_notify('registry', '*');
  ELSE
    PERFORM pg_notify('registry', device.device_id::text) FROM changed JOIN device USING (trap_id);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.notify_rules() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  PERFORM pg_notify('registry', 'rules');
  RETURN NULL;
END $$;

CREATE FUNCTION public.recount_tallies() RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
  LOCK TABLE complaint, restaurant IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM complaint_tally;
  INSERT INTO complaint_tally (month, town_id, category, complaint_count, first_count)
  SELECT date_trunc('month', received_at AT TIME ZONE 'Asia/Shanghai')::date, town_id, category,
         count(*), count(*) FILTER (WHERE duplicate_of IS NULL)
    FROM complaint GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
  DELETE FROM complaint_day_tally;
  INSERT INTO complaint_day_tally (day, category, complaint_count, first_count)
  SELECT (received_at AT TIME ZONE 'Asia/Shanghai')::date, category,
         count(*), count(*) FILTER (WHERE duplicate_of IS NULL)
    FROM complaint GROUP BY 1, 2 ORDER BY 1, 2;
  DELETE FROM restaurant_tally;
  INSERT INTO restaurant_tally (town_id, status, restaurant_count)
  SELECT town_id, status, count(*) FROM restaurant GROUP BY town_id, status ORDER BY town_id, status;
END $$;

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE FUNCTION public.scope_towns() RETURNS integer[]
    LANGUAGE sql STABLE
    RETURN (string_to_array(current_setting('trapwatch.towns'::text, true), ','::text))::integer[];

CREATE FUNCTION public.tally_complaint() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM add_to_complaint_tally(OLD, -1);
    PERFORM add_to_complaint_day_tally(OLD, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM add_to_complaint_tally(NEW, 1);
    PERFORM add_to_complaint_day_tally(NEW, 1);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.tally_restaurant() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM add_to_restaurant_tally(OLD, -1);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM add_to_restaurant_tally(NEW, 1);
  END IF;
  RETURN NULL;
END $$;

CREATE FUNCTION public.to_timestamp_us(instant_us bigint) RETURNS timestamp with time zone
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ('1970-01-01 00:00:00+00'::timestamp with time zone + ((instant_us)::double precision * '00:00:00.000001'::interval));

CREATE TABLE public.device_day (
    day date NOT NULL,
    device_id integer NOT NULL,
    restaurant_id integer NOT NULL,
    report_interval_s integer NOT NULL,
    report_count integer NOT NULL,
    in_service_s double precision NOT NULL,
    maintenance_s double precision NOT NULL,
    received_s double precision NOT NULL,
    valid_s double precision NOT NULL,
    online_s double precision NOT NULL,
    working_s double precision NOT NULL,
    computed_at timestamp with time zone NOT NULL
);

CREATE TABLE public.restaurant_coverage (
    restaurant_id integer NOT NULL,
    town_id integer NOT NULL,
    restaurant_type text NOT NULL,
    stage text NOT NULL,
    since timestamp with time zone NOT NULL,
    CONSTRAINT restaurant_coverage_stage_check CHECK ((stage = ANY (ARRAY['not_required'::text, 'no_trap'::text, 'no_device'::text, 'not_commissioned'::text, 'silent'::text, 'bad_data'::text, 'good'::text])))
);

CREATE TABLE public.ticket (
    ticket_id bigint NOT NULL,
    trap_id integer NOT NULL,
    restaurant_id integer NOT NULL,
    town_id integer NOT NULL,
    problem text NOT NULL,
    severity text NOT NULL,
    state text NOT NULL,
    source_kind text NOT NULL,
    source_ref text NOT NULL,
    owner_unit text,
    sensor_cleared boolean DEFAULT false NOT NULL,
    resume_state text,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    closed_at timestamp with time zone,
    summary text DEFAULT ''::text NOT NULL,
    handler text,
    verifier text,
    is_forced boolean DEFAULT false NOT NULL,
    return_count integer DEFAULT 0 NOT NULL,
    rework_count integer DEFAULT 0 NOT NULL,
    reopen_count integer DEFAULT 0 NOT NULL,
    merged_into bigint,
    review_date date,
    filed_at timestamp with time zone,
    reported_at timestamp with time zone,
    first_resolved_at timestamp with time zone,
    terms jsonb,
    CONSTRAINT ticket_check CHECK (((state = 'suspended'::text) = (resume_state IS NOT NULL))),
    CONSTRAINT ticket_handler_does_not_verify CHECK ((handler <> verifier)),
    CONSTRAINT ticket_severity_check CHECK ((severity = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT ticket_source_kind_check CHECK ((source_kind = ANY (ARRAY['alert'::text, 'complaint'::text, 'patrol'::text, 'api'::text, 'handover'::text]))),
    CONSTRAINT ticket_state_check CHECK ((state = ANY (ARRAY['new'::text, 'accepted'::text, 'filed'::text, 'dispatched'::text, 'in_progress'::text, 'reported'::text, 'closed'::text, 'rejected'::text, 'suspended'::text, 'cancelled'::text, 'merged'::text])))
);

CREATE TABLE public.ticket_clock (
    ticket_id bigint NOT NULL,
    kind text NOT NULL,
    round integer NOT NULL,
    unit text NOT NULL,
    amount integer NOT NULL,
    policy_version text NOT NULL,
    calendar_version text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    due_at timestamp with time zone,
    span_us bigint,
    state text NOT NULL,
    step integer NOT NULL,
    step_at timestamp with time zone,
    left_us bigint,
    stopped_at timestamp with time zone,
    breached_at timestamp with time zone,
    CONSTRAINT ticket_clock_amount_check CHECK ((amount > 0)),
    CONSTRAINT ticket_clock_check CHECK (((state = ANY (ARRAY['stopped'::text, 'void'::text])) = (stopped_at IS NOT NULL))),
    CONSTRAINT ticket_clock_kind_check CHECK ((kind = ANY (ARRAY['accept'::text, 'dispatch'::text, 'respond'::text, 'resolve'::text, 'verify'::text]))),
    CONSTRAINT ticket_clock_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'stopped'::text, 'void'::text]))),
    CONSTRAINT ticket_clock_unit_check CHECK ((unit = ANY (ARRAY['minute'::text, 'working_hour'::text, 'working_day'::text])))
);

CREATE FUNCTION public.town_index_row(starts_at timestamp with time zone, ends_at timestamp with time zone, as_of timestamp with time zone) RETURNS TABLE(indicator text, town_id integer, subject_kind text, subject_id bigint, label text, numerator double precision, denominator double precision)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT 'connection'::text,
     c.town_id,
     'restaurant'::text,
     (c.restaurant_id)::bigint AS restaurant_id,
     c.stage,
     (((c.stage = ANY (ARRAY['silent'::text, 'bad_data'::text, 'good'::text])))::integer)::double precision AS float8,
     (1)::double precision AS float8
    FROM public.restaurant_coverage c
   WHERE (c.stage <> 'not_required'::text)
 UNION ALL
  SELECT 'online_time'::text,
     r.town_id,
     'device'::text,
     (d.device_id)::bigint AS device_id,
     ''::text,
     (sum(d.online_s) / (3600)::double precision),
     (sum(d.in_service_s) / (3600)::double precision)
    FROM (public.device_day d
      JOIN public.restaurant r USING (restaurant_id))
   WHERE ((d.day >= ((town_index_row.starts_at AT TIME ZONE 'Asia/Shanghai'::text))::date) AND (d.day < ((town_index_row.ends_at AT TIME ZONE 'Asia/Shanghai'::text))::date))
   GROUP BY r.town_id, d.device_id
 UNION ALL
  SELECT 'valid_data'::text,
     r.town_id,
     'device'::text,
     (d.device_id)::bigint AS device_id,
     ''::text,
     sum((d.valid_s / (d.report_interval_s)::double precision)) AS sum,
     sum((d.in_service_s / (d.report_interval_s)::double precision)) AS sum
    FROM (public.device_day d
      JOIN public.restaurant r USING (restaurant_id))
   WHERE ((d.day >= ((town_index_row.starts_at AT TIME ZONE 'Asia/Shanghai'::text))::date) AND (d.day < ((town_index_row.ends_at AT TIME ZONE 'Asia/Shanghai'::text))::date))
   GROUP BY r.town_id, d.device_id
 UNION ALL
  SELECT
         CASE
             WHEN (n.n = 1) THEN 'closed'::text
             ELSE 'on_time'::text
         END AS "case",
     k.town_id,
     'ticket'::text,
     k.ticket_id,
     ((k.problem || ' '::text) || k.state),
     ((
         CASE
             WHEN (n.n = 1) THEN (k.state = 'closed'::text)
             ELSE ((l.state = 'stopped'::text) AND (l.breached_at IS NULL))
         END)::integer)::double precision AS float8,
     (1)::double precision AS float8
    FROM ((public.ticket k
      JOIN public.ticket_clock l USING (ticket_id))
      CROSS JOIN generate_series(1, 2) n(n))
   WHERE ((l.kind = 'resolve'::text) AND ((l.state = ANY (ARRAY['running'::text, 'stopped'::text])) OR (l.breached_at IS NOT NULL)) AND (k.state <> 'cancelled'::text) AND (COALESCE(l.breached_at, l.due_at) >= town_index_row.starts_at) AND (COALESCE(l.breached_at, l.due_at) < LEAST(town_index_row.ends_at, town_index_row.as_of)))
 UNION ALL
  SELECT 'accepted_on_time'::text,
     k.town_id,
     'ticket'::text,
     k.ticket_id,
     ((k.problem || ' '::text) || k.state),
     ((((l.state = 'stopped'::text) AND (l.breached_at IS NULL)))::integer)::double precision AS float8,
     (1)::double precision AS float8
    FROM (public.ticket k
      JOIN public.ticket_clock l USING (ticket_id))
   WHERE ((l.kind = 'accept'::text) AND ((l.state = ANY (ARRAY['running'::text, 'stopped'::text])) OR (l.breached_at IS NOT NULL)) AND (COALESCE(l.breached_at, l.due_at) >= town_index_row.starts_at) AND (COALESCE(l.breached_at, l.due_at) < LEAST(town_index_row.ends_at, town_index_row.as_of)))
 UNION ALL
  SELECT 'recurrence'::text,
     k.town_id,
     'ticket'::text,
     k.ticket_id,
     ((k.problem || ' '::text) || k.state),
     ((((k.reopen_count > 0) OR (EXISTS ( SELECT
            FROM public.ticket o
           WHERE ((o.trap_id = k.trap_id) AND (o.problem = k.problem) AND (o.ticket_id > k.ticket_id) AND (o.state <> ALL (ARRAY['cancelled'::text, 'rejected'::text, 'merged'::text])) AND (o.created_at < (k.first_resolved_at + '30 days'::interval)) AND (o.created_at < town_index_row.ends_at))))))::integer)::double precision AS float8,
     (1)::double precision AS float8
    FROM public.ticket k
   WHERE ((k.first_resolved_at >= (town_index_row.starts_at - '30 days'::interval)) AND (k.first_resolved_at < town_index_row.ends_at))
 UNION ALL
  SELECT 'complaints'::text,
     c.town_id,
     'complaint'::text,
     c.complaint_id,
     c.category,
     (1)::double precision AS float8,
     (0)::double precision AS float8
    FROM public.complaint c
   WHERE ((c.received_at >= town_index_row.starts_at) AND (c.received_at < LEAST(town_index_row.ends_at, town_index_row.as_of)) AND (c.category <> 'fume'::text) AND (c.duplicate_of IS NULL) AND (c.town_id IS NOT NULL))
 UNION ALL
  SELECT 'complaints'::text,
     c.town_id,
     'restaurant'::text,
     (c.restaurant_id)::bigint AS restaurant_id,
     c.stage,
     (0)::double precision AS float8,
     (0.01)::double precision AS float8
    FROM public.restaurant_coverage c
   WHERE (c.stage <> 'not_required'::text)
 UNION ALL
  SELECT 'repeated'::text,
     c.town_id,
     'complaint'::text,
     c.complaint_id,
     c.category,
     (((c.duplicate_of IS NOT NULL))::integer)::double precision AS float8,
     (1)::double precision AS float8
    FROM public.complaint c
   WHERE ((c.received_at >= town_index_row.starts_at) AND (c.received_at < LEAST(town_index_row.ends_at, town_index_row.as_of)) AND (c.category <> 'fume'::text) AND (c.town_id IS NOT NULL));
END;

CREATE FUNCTION public.webhook_must_wait(message_id bigint, endpoint_id integer, as_of timestamp with time zone, patience interval) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
  SELECT EXISTS (
    SELECT
      FROM webhook_message m
     CROSS JOIN LATERAL (
             SELECT e.webhook_message_id
               FROM webhook_message e
              WHERE e.subject_kind = m.subject_kind AND e.subject_id = m.subject_id AND e.seq < m.seq
              ORDER BY e.seq DESC
              LIMIT 8
           ) AS earlier
      JOIN webhook_delivery d
        ON d.webhook_message_id = earlier.webhook_message_id AND d.webhook_endpoint_id = endpoint_id
      JOIN webhook_delivery told
        ON told.webhook_delivery_id = CASE d.state WHEN 'merged' THEN d.merged_into ELSE d.webhook_delivery_id END
     WHERE m.webhook_message_id = message_id
       AND d.state IN ('queued', 'merged')
       AND told.state = 'queued'
       AND (told.next_attempt_at <= as_of + patience OR told.leased_until > as_of)
  )
$$;

CREATE TABLE public.account (
    account_id integer NOT NULL,
    name text NOT NULL,
    display_name text DEFAULT ''::text NOT NULL,
    password_hash text,
    oidc_subject text,
    roles text[] NOT NULL,
    town_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    unit_code text,
    is_active boolean DEFAULT true NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT account_roles_known CHECK ((roles <@ ARRAY['viewer'::text, 'inspector'::text, 'dispatcher'::text, 'verifier'::text, 'supervisor'::text, 'admin'::text]))
);

ALTER TABLE public.account ALTER COLUMN account_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.account_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alert (
    alert_id bigint NOT NULL,
    dedup_key text NOT NULL,
    rule_id integer NOT NULL,
    rule_code text NOT NULL,
    severity text NOT NULL,
    device_id integer,
    gateway_id integer,
    trap_id integer,
    restaurant_id integer,
    town_id integer,
    metric smallint,
    status text NOT NULL,
    started_at timestamp with time zone NOT NULL,
    fired_at timestamp with time zone NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    settled_at timestamp with time zone,
    value double precision NOT NULL,
    peak_value double precision NOT NULL,
    threshold jsonb NOT NULL,
    seq integer NOT NULL,
    relapse_count integer DEFAULT 0 NOT NULL,
    notified_at timestamp with time zone,
    suppressed_by text,
    ticket_id bigint,
    level smallint DEFAULT 0 NOT NULL,
    branch text,
    reopen_count integer DEFAULT 0 NOT NULL,
    is_flapping boolean DEFAULT false NOT NULL,
    is_stale boolean DEFAULT false NOT NULL,
    is_backfilled boolean DEFAULT false NOT NULL,
    evidence jsonb DEFAULT '{}'::jsonb NOT NULL,
    acked_at timestamp with time zone,
    acked_by text,
    ack_note text,
    ack_until timestamp with time zone,
    CONSTRAINT alert_ack_is_whole CHECK (((num_nonnulls(acked_at, acked_by, ack_note) = ANY (ARRAY[0, 3])) AND ((ack_until IS NULL) OR ((acked_at IS NOT NULL) AND (ack_until > acked_at))))),
    CONSTRAINT alert_check CHECK (((status = 'firing'::text) = (settled_at IS NULL))),
    CONSTRAINT alert_check1 CHECK (((status <> 'resolved'::text) OR (ended_at IS NOT NULL))),
    CONSTRAINT alert_severity_check CHECK ((severity = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT alert_status_check CHECK ((status = ANY (ARRAY['firing'::text, 'resolved'::text, 'closed'::text])))
);

ALTER TABLE public.alert ALTER COLUMN alert_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_alert_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alert_escalation (
    alert_id bigint NOT NULL,
    step smallint NOT NULL,
    due_at timestamp with time zone NOT NULL,
    done_at timestamp with time zone,
    outcome text,
    CONSTRAINT alert_escalation_check CHECK (((done_at IS NULL) = (outcome IS NULL))),
    CONSTRAINT alert_escalation_outcome_check CHECK ((outcome = ANY (ARRAY['told'::text, 'skipped'::text]))),
    CONSTRAINT alert_escalation_step_check CHECK ((step > 0))
);

CREATE TABLE public.alert_event (
    alert_event_id bigint NOT NULL,
    alert_id bigint NOT NULL,
    seq integer NOT NULL,
    type text NOT NULL,
    at timestamp with time zone NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.alert_event ALTER COLUMN alert_event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_event_alert_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.alert_review (
    alert_review_id bigint NOT NULL,
    alert_id bigint NOT NULL,
    verdict text NOT NULL,
    reviewer text NOT NULL,
    legal_reviewer text,
    technical_reviewer text,
    basis text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    reviewed_by text NOT NULL,
    reviewed_at timestamp with time zone NOT NULL,
    CONSTRAINT alert_review_verdict_check CHECK ((verdict = ANY (ARRAY['confirmed'::text, 'not_confirmed'::text, 'false_alarm'::text])))
);

ALTER TABLE public.alert_review ALTER COLUMN alert_review_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.alert_review_alert_review_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_token (
    api_token_id integer NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL,
    scopes text[] NOT NULL,
    town_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    unit_code text,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone
);

ALTER TABLE public.api_token ALTER COLUMN api_token_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.api_token_api_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.audit_event (
    audit_event_id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    canonical bytea,
    salt bytea
);

ALTER TABLE public.audit_event ALTER COLUMN audit_event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_event_audit_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.blob (
    sha256 text NOT NULL,
    media_type text NOT NULL,
    byte_count bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    CONSTRAINT blob_sha256_check CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text))
);

CREATE TABLE public.claim (
    claim_id integer NOT NULL,
    first_claim_id integer NOT NULL,
    revision integer NOT NULL,
    town text,
    baseline text NOT NULL,
    period text NOT NULL,
    verdict text NOT NULL,
    data_sha256 text NOT NULL,
    document_sha256 text NOT NULL,
    document bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT claim_data_sha256_check CHECK ((data_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT claim_document_sha256_check CHECK ((document_sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT claim_revision_check CHECK ((revision > 0)),
    CONSTRAINT claim_verdict_check CHECK ((verdict = ANY (ARRAY['decreased'::text, 'increased'::text, 'no_clear_change'::text])))
);

ALTER TABLE public.claim ALTER COLUMN claim_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.claim_claim_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.closure (
    closure_id bigint NOT NULL,
    restaurant_id integer NOT NULL,
    closed_from timestamp with time zone NOT NULL,
    closed_to timestamp with time zone NOT NULL,
    reason text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT closure_check CHECK ((closed_to > closed_from))
);

ALTER TABLE public.closure ALTER COLUMN closure_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.closure_closure_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.complaint ALTER COLUMN complaint_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.complaint_complaint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.complaint_day_tally (
    complaint_day_tally_id bigint NOT NULL,
    day date NOT NULL,
    category text NOT NULL,
    complaint_count integer NOT NULL,
    first_count integer NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE public.complaint_day_tally ALTER COLUMN complaint_day_tally_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.complaint_day_tally_complaint_day_tally_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.complaint_import (
    complaint_import_id bigint NOT NULL,
    profile text NOT NULL,
    file_name text NOT NULL,
    file_sha256 text NOT NULL,
    actor text NOT NULL,
    imported_at timestamp with time zone NOT NULL,
    read_count integer DEFAULT 0 NOT NULL,
    new_count integer DEFAULT 0 NOT NULL,
    known_count integer DEFAULT 0 NOT NULL,
    updated_count integer DEFAULT 0 NOT NULL,
    skipped_count integer DEFAULT 0 NOT NULL,
    bad_count integer DEFAULT 0 NOT NULL
);

ALTER TABLE public.complaint_import ALTER COLUMN complaint_import_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.complaint_import_complaint_import_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.complaint_import_finding (
    complaint_import_id bigint NOT NULL,
    place integer NOT NULL,
    line integer NOT NULL,
    column_name text,
    value text NOT NULL,
    reason text NOT NULL,
    is_bad boolean NOT NULL
);

CREATE TABLE public.complaint_reporter (
    complaint_id bigint NOT NULL,
    name text,
    phone text,
    email text,
    account_id text,
    device_id text
);

CREATE TABLE public.complaint_tally (
    complaint_tally_id bigint NOT NULL,
    month date NOT NULL,
    town_id integer,
    category text NOT NULL,
    complaint_count integer NOT NULL,
    first_count integer NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE public.complaint_tally ALTER COLUMN complaint_tally_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.complaint_tally_complaint_tally_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.coverage_count (
    town_id integer NOT NULL,
    restaurant_type text NOT NULL,
    stage text NOT NULL,
    restaurant_count integer NOT NULL
);

CREATE TABLE public.coverage_freeze (
    coverage_freeze_id bigint NOT NULL,
    span text NOT NULL,
    starts_on date NOT NULL,
    revision integer NOT NULL,
    as_of timestamp with time zone,
    restaurant_count integer,
    register_updated_at timestamp with time zone,
    reason text NOT NULL,
    frozen_by text NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    CONSTRAINT coverage_freeze_revision_check CHECK ((revision > 0)),
    CONSTRAINT coverage_freeze_span_check CHECK ((span = ANY (ARRAY['day'::text, 'month'::text])))
);

ALTER TABLE public.coverage_freeze ALTER COLUMN coverage_freeze_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.coverage_freeze_coverage_freeze_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.coverage_frozen (
    coverage_freeze_id bigint NOT NULL,
    town_id integer NOT NULL,
    restaurant_type text NOT NULL,
    registered integer NOT NULL,
    should_connect integer NOT NULL,
    installed integer NOT NULL,
    commissioned integer NOT NULL,
    online integer NOT NULL,
    reporting_good integer NOT NULL,
    expected_reports double precision NOT NULL,
    received_reports double precision NOT NULL,
    valid_reports double precision NOT NULL,
    in_service_h double precision NOT NULL,
    online_h double precision NOT NULL,
    working_h double precision NOT NULL,
    maintenance_h double precision NOT NULL
);

CREATE TABLE public.coverage_state (
    only_one boolean DEFAULT true NOT NULL,
    as_of timestamp with time zone NOT NULL,
    duration_ms integer NOT NULL,
    restaurant_count integer NOT NULL,
    register_updated_at timestamp with time zone,
    received_at timestamp with time zone,
    good_received_at timestamp with time zone,
    CONSTRAINT coverage_state_only_one_check CHECK (only_one)
);

CREATE TABLE public.device (
    device_id integer NOT NULL,
    uid text NOT NULL,
    gateway_id integer,
    trap_id integer,
    model text,
    report_interval_s integer DEFAULT 300 NOT NULL,
    mount_height_mm double precision,
    tilt_baseline_deg double precision DEFAULT 0 NOT NULL,
    status text DEFAULT 'unclaimed'::text NOT NULL,
    commissioned_at timestamp with time zone,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT device_check CHECK (((status = ANY (ARRAY['unclaimed'::text, 'retired'::text])) OR (trap_id IS NOT NULL))),
    CONSTRAINT device_mount_height_mm_check CHECK ((mount_height_mm > (0)::double precision)),
    CONSTRAINT device_report_interval_s_check CHECK ((report_interval_s > 0)),
    CONSTRAINT device_status_check CHECK ((status = ANY (ARRAY['unclaimed'::text, 'active'::text, 'maintenance'::text, 'retired'::text])))
);

ALTER TABLE public.device ALTER COLUMN device_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.device_device_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.device_presence (
    device_id integer NOT NULL,
    online boolean NOT NULL,
    said_at timestamp with time zone NOT NULL
);

CREATE TABLE public.device_status_change (
    device_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    status text NOT NULL,
    trap_id integer,
    report_interval_s integer NOT NULL,
    commissioned_at timestamp with time zone
);

CREATE TABLE public.gateway (
    gateway_id integer NOT NULL,
    uid text NOT NULL,
    town_id integer,
    online boolean,
    status_at timestamp with time zone,
    status_retained boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.gateway ALTER COLUMN gateway_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.gateway_gateway_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.handover_echo (
    ticket_id bigint NOT NULL,
    seq integer NOT NULL,
    their_ticket bigint NOT NULL,
    their_version integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    state text NOT NULL,
    state_at timestamp with time zone NOT NULL,
    note text NOT NULL,
    document bytea NOT NULL,
    sha256 text NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamp with time zone NOT NULL
);

CREATE TABLE public.handover_received (
    origin text NOT NULL,
    their_ticket bigint NOT NULL,
    seq integer NOT NULL,
    ticket_id bigint NOT NULL,
    document bytea NOT NULL,
    sha256 text NOT NULL,
    received_by text NOT NULL,
    received_at timestamp with time zone NOT NULL
);

CREATE TABLE public.handover_sent (
    ticket_id bigint NOT NULL,
    seq integer NOT NULL,
    recipient text NOT NULL,
    note text NOT NULL,
    document bytea NOT NULL,
    sha256 text NOT NULL,
    sent_by text NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    CONSTRAINT handover_sent_seq_check CHECK ((seq > 0))
);

CREATE TABLE public.idempotent_answer (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    status integer NOT NULL,
    headers jsonb NOT NULL,
    body bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.ingest_worker (
    client_id text NOT NULL,
    listening_since timestamp with time zone,
    seen_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    received bigint DEFAULT 0 NOT NULL,
    stored bigint DEFAULT 0 NOT NULL,
    duplicate bigint DEFAULT 0 NOT NULL,
    rejected bigint DEFAULT 0 NOT NULL,
    in_flight bigint DEFAULT 0 NOT NULL,
    caught_up_since timestamp with time zone,
    broker_dropped bigint
);

CREATE TABLE public.inspection (
    inspection_id bigint NOT NULL,
    trap_id integer NOT NULL,
    job_id bigint,
    inspector text NOT NULL,
    inspected_at timestamp with time zone NOT NULL,
    fog_mm double precision NOT NULL,
    solids_mm double precision NOT NULL,
    water_mm double precision NOT NULL,
    depth_mm double precision NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    filed_at timestamp with time zone NOT NULL,
    CONSTRAINT inspection_depth_mm_check CHECK ((depth_mm > (0)::double precision)),
    CONSTRAINT inspection_fog_mm_check CHECK ((fog_mm >= (0)::double precision)),
    CONSTRAINT inspection_solids_mm_check CHECK ((solids_mm >= (0)::double precision)),
    CONSTRAINT inspection_water_mm_check CHECK ((water_mm >= (0)::double precision))
);

ALTER TABLE public.inspection ALTER COLUMN inspection_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.inspection_inspection_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.inspection_item (
    inspection_stop_id bigint NOT NULL,
    key text NOT NULL,
    duty text NOT NULL,
    trap_id integer NOT NULL,
    ticket_id bigint,
    device_id integer,
    reason text NOT NULL,
    severity text,
    due_at timestamp with time zone,
    is_listed boolean NOT NULL,
    outcome text,
    note text DEFAULT ''::text NOT NULL,
    result jsonb DEFAULT '{}'::jsonb NOT NULL,
    CONSTRAINT inspection_item_check CHECK (((duty = 'ticket'::text) = (ticket_id IS NOT NULL))),
    CONSTRAINT inspection_item_check1 CHECK (((duty = 'device'::text) = (device_id IS NOT NULL))),
    CONSTRAINT inspection_item_check2 CHECK ((is_listed OR (outcome IS NOT NULL))),
    CONSTRAINT inspection_item_duty_check CHECK ((duty = ANY (ARRAY['ticket'::text, 'pump_out'::text, 'device'::text, 'check'::text]))),
    CONSTRAINT inspection_item_outcome_check CHECK ((outcome = ANY (ARRAY['handled'::text, 'left_open'::text, 'gone'::text]))),
    CONSTRAINT inspection_item_severity_check CHECK ((severity = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
);

CREATE TABLE public.inspection_plan (
    inspection_plan_id bigint NOT NULL,
    town_id integer NOT NULL,
    day date NOT NULL,
    inspector text NOT NULL,
    state text NOT NULL,
    start_lon_deg double precision,
    start_lat_deg double precision,
    stop_count_max integer NOT NULL,
    check_interval_days integer NOT NULL,
    due_restaurant_count integer NOT NULL,
    cancel_reason text,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT inspection_plan_check CHECK ((num_nulls(start_lon_deg, start_lat_deg) = ANY (ARRAY[0, 2]))),
    CONSTRAINT inspection_plan_check1 CHECK (((state = ANY (ARRAY['done'::text, 'cancelled'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT inspection_plan_check2 CHECK (((state = 'cancelled'::text) = (cancel_reason IS NOT NULL))),
    CONSTRAINT inspection_plan_check_interval_days_check CHECK ((check_interval_days > 0)),
    CONSTRAINT inspection_plan_start_lat_deg_check CHECK (((start_lat_deg >= ('-90'::integer)::double precision) AND (start_lat_deg <= (90)::double precision))),
    CONSTRAINT inspection_plan_start_lon_deg_check CHECK (((start_lon_deg >= ('-180'::integer)::double precision) AND (start_lon_deg <= (180)::double precision))),
    CONSTRAINT inspection_plan_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'under_way'::text, 'done'::text, 'cancelled'::text]))),
    CONSTRAINT inspection_plan_stop_count_max_check CHECK ((stop_count_max > 0))
);

ALTER TABLE public.inspection_plan ALTER COLUMN inspection_plan_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.inspection_plan_inspection_plan_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.inspection_stop (
    inspection_stop_id bigint NOT NULL,
    inspection_plan_id bigint NOT NULL,
    place integer NOT NULL,
    restaurant_id integer NOT NULL,
    lon_deg double precision,
    lat_deg double precision,
    leg_m double precision,
    is_urgent boolean NOT NULL,
    state text NOT NULL,
    note text DEFAULT ''::text NOT NULL,
    settled_by text,
    settled_at timestamp with time zone,
    CONSTRAINT inspection_stop_check CHECK (((state = 'planned'::text) = (settled_at IS NULL))),
    CONSTRAINT inspection_stop_check1 CHECK (((settled_at IS NULL) = (settled_by IS NULL))),
    CONSTRAINT inspection_stop_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'visited'::text, 'skipped'::text])))
);

ALTER TABLE public.inspection_stop ALTER COLUMN inspection_stop_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.inspection_stop_inspection_stop_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.intake_change (
    intake_change_id integer NOT NULL,
    at timestamp with time zone NOT NULL,
    kind text NOT NULL,
    what text NOT NULL,
    source text NOT NULL,
    effect text NOT NULL,
    author text NOT NULL,
    recorded_at timestamp with time zone NOT NULL,
    CONSTRAINT intake_change_effect_check CHECK ((effect = ANY (ARRAY['more'::text, 'fewer'::text, 'unknown'::text]))),
    CONSTRAINT intake_change_kind_check CHECK ((kind = ANY (ARRAY['intake'::text, 'intervention'::text])))
);

ALTER TABLE public.intake_change ALTER COLUMN intake_change_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.intake_change_intake_change_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.job (
    job_id bigint NOT NULL,
    trap_id integer NOT NULL,
    kind text NOT NULL,
    state text NOT NULL,
    planned_from timestamp with time zone NOT NULL,
    planned_to timestamp with time zone NOT NULL,
    opened_at timestamp with time zone,
    closed_at timestamp with time zone,
    hauler text,
    note text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    opened_known_at timestamp with time zone,
    checked_in_at timestamp with time zone,
    checked_in_by text,
    checked_out_at timestamp with time zone,
    checked_out_by text,
    CONSTRAINT job_check CHECK ((planned_to > planned_from)),
    CONSTRAINT job_check1 CHECK (((state = 'closed'::text) = (closed_at IS NOT NULL))),
    CONSTRAINT job_check2 CHECK (((checked_in_at IS NULL) = (checked_in_by IS NULL))),
    CONSTRAINT job_check3 CHECK (((checked_out_at IS NULL) = (checked_out_by IS NULL))),
    CONSTRAINT job_check4 CHECK (((checked_in_at IS NULL) OR (opened_at IS NOT NULL))),
    CONSTRAINT job_check5 CHECK (((checked_out_at IS NULL) OR ((checked_in_at IS NOT NULL) AND (checked_out_at >= checked_in_at)))),
    CONSTRAINT job_kind_check CHECK ((kind = ANY (ARRAY['pump_out'::text, 'maintenance'::text, 'inspection'::text]))),
    CONSTRAINT job_state_check CHECK ((state = ANY (ARRAY['planned'::text, 'open'::text, 'closed'::text])))
);

ALTER TABLE public.job ALTER COLUMN job_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.job_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.late_span (
    late_span_id bigint NOT NULL,
    device_id integer NOT NULL,
    metric smallint NOT NULL,
    from_us bigint NOT NULL,
    to_us bigint NOT NULL,
    noted_at timestamp with time zone NOT NULL
);

ALTER TABLE public.late_span ALTER COLUMN late_span_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.late_span_late_span_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.ledger_checkpoint (
    size bigint NOT NULL,
    root_hash bytea NOT NULL,
    note text NOT NULL,
    ledger_key_id integer NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.ledger_entry (
    seq bigint NOT NULL,
    audit_event_id bigint NOT NULL,
    leaf_hash bytea NOT NULL,
    chain_hash bytea NOT NULL
);

CREATE TABLE public.ledger_key (
    ledger_key_id integer NOT NULL,
    verifier_key text NOT NULL,
    first_used_at timestamp with time zone NOT NULL
);

ALTER TABLE public.ledger_key ALTER COLUMN ledger_key_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ledger_key_ledger_key_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.ledger_node (
    level smallint NOT NULL,
    "position" bigint NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT ledger_node_level_check CHECK ((level > 0))
);

CREATE TABLE public.login_failure (
    subject_hash bytea NOT NULL,
    failure_count integer NOT NULL,
    last_failed_at timestamp with time zone NOT NULL,
    locked_until timestamp with time zone
);

CREATE TABLE public.maintenance_window (
    maintenance_window_id bigint NOT NULL,
    scope text NOT NULL,
    town_id integer,
    restaurant_id integer,
    trap_id integer,
    gateway_id integer,
    rule text NOT NULL,
    zone text NOT NULL,
    starts_at timestamp with time zone NOT NULL,
    duration_s integer NOT NULL,
    ends_at timestamp with time zone,
    author text NOT NULL,
    comment text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    deactivated_at timestamp with time zone,
    CONSTRAINT maintenance_window_check CHECK (((scope = 'town'::text) = (town_id IS NOT NULL))),
    CONSTRAINT maintenance_window_check1 CHECK (((scope = 'restaurant'::text) = (restaurant_id IS NOT NULL))),
    CONSTRAINT maintenance_window_check2 CHECK (((scope = 'trap'::text) = (trap_id IS NOT NULL))),
    CONSTRAINT maintenance_window_check3 CHECK (((scope = 'gateway'::text) = (gateway_id IS NOT NULL))),
    CONSTRAINT maintenance_window_check4 CHECK ((is_active = (deactivated_at IS NULL))),
    CONSTRAINT maintenance_window_check5 CHECK ((deactivated_at >= created_at)),
    CONSTRAINT maintenance_window_check6 CHECK ((ends_at > starts_at)),
    CONSTRAINT maintenance_window_duration_s_check CHECK ((duration_s > 0)),
    CONSTRAINT maintenance_window_scope_check CHECK ((scope = ANY (ARRAY['county'::text, 'town'::text, 'restaurant'::text, 'trap'::text, 'gateway'::text])))
);

ALTER TABLE public.maintenance_window ALTER COLUMN maintenance_window_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.maintenance_window_maintenance_window_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pump_out (
    pump_out_id bigint NOT NULL,
    source text NOT NULL,
    trap_id integer NOT NULL,
    job_id bigint,
    pumped_at timestamp with time zone NOT NULL,
    filed_at timestamp with time zone NOT NULL,
    volume_l double precision,
    hauler text,
    disposer text,
    manifest_no text,
    level_before_mm double precision,
    level_min_mm double precision,
    manifest_id bigint,
    matched_at timestamp with time zone,
    CONSTRAINT pump_out_check CHECK (
CASE source
    WHEN 'manifest'::text THEN ((num_nulls(volume_l, hauler, disposer, manifest_no) = 0) AND (num_nonnulls(level_before_mm, level_min_mm, manifest_id) = 0))
    ELSE ((num_nonnulls(job_id, volume_l, hauler, disposer, manifest_no) = 0) AND (num_nulls(level_before_mm, level_min_mm) = 0) AND (level_min_mm < level_before_mm))
END),
    CONSTRAINT pump_out_check1 CHECK (((manifest_id IS NULL) = (matched_at IS NULL))),
    CONSTRAINT pump_out_source_check CHECK ((source = ANY (ARRAY['manifest'::text, 'detected'::text]))),
    CONSTRAINT pump_out_volume_l_check CHECK ((volume_l > (0)::double precision))
);

CREATE TABLE public.pump_out_confirmation (
    pump_out_id bigint NOT NULL,
    party text NOT NULL,
    confirmed_by text NOT NULL,
    confirmed_at timestamp with time zone NOT NULL,
    CONSTRAINT pump_out_confirmation_party_check CHECK ((party = ANY (ARRAY['generator'::text, 'hauler'::text, 'disposer'::text])))
);

ALTER TABLE public.pump_out ALTER COLUMN pump_out_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.pump_out_pump_out_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rainfall (
    town_id integer NOT NULL,
    hour timestamp with time zone NOT NULL,
    rain_mm double precision NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT rainfall_hour_check CHECK ((date_trunc('hour'::text, hour, 'UTC'::text) = hour)),
    CONSTRAINT rainfall_rain_mm_check CHECK (((rain_mm >= (0)::double precision) AND (rain_mm <= (1000)::double precision)))
);

CREATE TABLE public.reading (
    measured_at timestamp with time zone NOT NULL,
    device_id integer NOT NULL,
    metric smallint NOT NULL,
    value double precision NOT NULL,
    quality smallint NOT NULL,
    received_at timestamp with time zone NOT NULL
);

CREATE TABLE public.reading_conflict (
    reading_conflict_id bigint NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    device_id integer NOT NULL,
    metric smallint NOT NULL,
    value double precision NOT NULL,
    quality smallint NOT NULL,
    received_at timestamp with time zone NOT NULL
);

ALTER TABLE public.reading_conflict ALTER COLUMN reading_conflict_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reading_conflict_reading_conflict_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reading_hourly (
    device_id integer NOT NULL,
    metric smallint NOT NULL,
    hour timestamp with time zone NOT NULL,
    reading_count integer NOT NULL,
    value_sum double precision NOT NULL,
    value_min double precision NOT NULL,
    value_max double precision NOT NULL,
    first_at timestamp with time zone NOT NULL,
    first_value double precision NOT NULL,
    last_at timestamp with time zone NOT NULL,
    last_value double precision NOT NULL
)
WITH (fillfactor='80');

CREATE TABLE public.reading_seal (
    reading_seal_id bigint NOT NULL,
    day date NOT NULL,
    segment_count integer NOT NULL,
    root_hash bytea NOT NULL,
    sealed_at timestamp with time zone NOT NULL,
    CONSTRAINT reading_seal_segment_count_check CHECK ((segment_count > 0))
);

ALTER TABLE public.reading_seal ALTER COLUMN reading_seal_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.reading_seal_reading_seal_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.reading_sealing (
    day date NOT NULL,
    looked_on date NOT NULL,
    device_id_to integer NOT NULL,
    is_done boolean NOT NULL
);

CREATE TABLE public.reading_segment (
    reading_seal_id bigint NOT NULL,
    "position" integer NOT NULL,
    device_id integer NOT NULL,
    device_uid text NOT NULL,
    day date NOT NULL,
    version integer NOT NULL,
    sha256 text NOT NULL,
    byte_count bigint NOT NULL,
    row_count integer NOT NULL,
    CONSTRAINT reading_segment_version_check CHECK ((version > 0))
);

CREATE TABLE public.rejected_message (
    rejected_message_id bigint NOT NULL,
    received_at timestamp with time zone NOT NULL,
    topic text NOT NULL,
    gateway_uid text,
    codec text,
    payload bytea NOT NULL,
    payload_bytes integer NOT NULL,
    digest bytea NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    state text DEFAULT 'kept'::text NOT NULL,
    settled_at timestamp with time zone,
    retained boolean DEFAULT false NOT NULL,
    replay_requested_at timestamp with time zone,
    replay_requested_by text,
    CONSTRAINT rejected_message_check CHECK (((state = 'kept'::text) = (settled_at IS NULL))),
    CONSTRAINT rejected_message_replay_check CHECK ((((replay_requested_at IS NULL) = (replay_requested_by IS NULL)) AND ((replay_requested_at IS NULL) OR (state = 'kept'::text)))),
    CONSTRAINT rejected_message_state_check CHECK ((state = ANY (ARRAY['kept'::text, 'replayed'::text, 'discarded'::text])))
);

ALTER TABLE public.rejected_message ALTER COLUMN rejected_message_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rejected_message_rejected_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rejected_overflow (
    gateway_uid text NOT NULL,
    hour timestamp with time zone NOT NULL,
    reason text NOT NULL,
    message_count bigint NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    sample_topic text NOT NULL,
    sample_payload bytea NOT NULL,
    sample_detail text NOT NULL
);

CREATE VIEW public.restaurant_business AS
SELECT
    NULL::integer AS restaurant_id,
    NULL::integer AS town_id,
    NULL::boolean AS needs_trap,
    NULL::date AS entered_on,
    NULL::datemultirange AS open_days;

ALTER TABLE public.restaurant ALTER COLUMN restaurant_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.restaurant_restaurant_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.trap (
    trap_id integer NOT NULL,
    code text NOT NULL,
    restaurant_id integer NOT NULL,
    capacity_l double precision NOT NULL,
    outlet_invert_mm double precision NOT NULL,
    cover_mm double precision NOT NULL,
    area_m2 double precision NOT NULL,
    rated_flow_lps double precision,
    cleaning_interval_days integer DEFAULT 7 NOT NULL,
    cleaning_basis text DEFAULT ''::text NOT NULL,
    sewer_branch text,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    on_road boolean DEFAULT false NOT NULL,
    CONSTRAINT trap_area_m2_check CHECK ((area_m2 > (0)::double precision)),
    CONSTRAINT trap_capacity_l_check CHECK ((capacity_l > (0)::double precision)),
    CONSTRAINT trap_check CHECK ((cover_mm > outlet_invert_mm)),
    CONSTRAINT trap_cleaning_interval_days_check CHECK ((cleaning_interval_days > 0)),
    CONSTRAINT trap_outlet_invert_mm_check CHECK ((outlet_invert_mm > (0)::double precision)),
    CONSTRAINT trap_rated_flow_lps_check CHECK ((rated_flow_lps > (0)::double precision))
);

CREATE VIEW public.restaurant_service AS
 SELECT t.restaurant_id,
    range_agg(daterange(s.from_day, GREATEST(s.from_day, s.to_day))) AS service_days
   FROM ((public.trap t
     JOIN public.device v USING (trap_id))
     CROSS JOIN LATERAL ( SELECT ((v.commissioned_at AT TIME ZONE 'Asia/Shanghai'::text))::date AS from_day,
                CASE
                    WHEN (v.status <> 'retired'::text) THEN 'infinity'::date
                    ELSE ((COALESCE(( SELECT min(a.at) AS min
                       FROM public.audit_event a
                      WHERE ((a.subject_kind = 'device'::text) AND (a.subject_id = (v.device_id)::text) AND (a.action = 'device.changed'::text) AND ((a.detail ->> 'status'::text) = 'retired'::text))), v.updated_at) AT TIME ZONE 'Asia/Shanghai'::text))::date
                END AS to_day) s)
  WHERE ((v.commissioned_at IS NOT NULL) AND (v.status <> 'unclaimed'::text))
  GROUP BY t.restaurant_id;

CREATE TABLE public.restaurant_tally (
    restaurant_tally_id bigint NOT NULL,
    town_id integer NOT NULL,
    status text NOT NULL,
    restaurant_count integer NOT NULL
)
WITH (fillfactor='70');

ALTER TABLE public.restaurant_tally ALTER COLUMN restaurant_tally_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.restaurant_tally_restaurant_tally_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rule (
    rule_id integer NOT NULL,
    code text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    severity text NOT NULL,
    definition jsonb NOT NULL,
    enabled boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL,
    superseded_at timestamp with time zone,
    CONSTRAINT rule_severity_check CHECK ((severity = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
);

CREATE TABLE public.rule_override (
    rule_override_id integer NOT NULL,
    rule_code text NOT NULL,
    scope text NOT NULL,
    scope_ref text DEFAULT ''::text NOT NULL,
    parameters jsonb NOT NULL,
    reason text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT rule_override_scope_check CHECK ((scope = ANY (ARRAY['county'::text, 'town'::text, 'type'::text, 'trap'::text])))
);

ALTER TABLE public.rule_override ALTER COLUMN rule_override_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rule_override_rule_override_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.rule ALTER COLUMN rule_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rule_rule_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.rule_state (
    rule_code text NOT NULL,
    device_id integer NOT NULL,
    metric smallint NOT NULL,
    phase smallint NOT NULL,
    since_us bigint NOT NULL,
    sample_count integer NOT NULL,
    clear_since_us bigint NOT NULL,
    clear_count integer NOT NULL,
    last_us bigint NOT NULL,
    last_value double precision NOT NULL,
    peak_value double precision NOT NULL,
    relapse_count integer NOT NULL,
    alert_id bigint,
    due_us bigint,
    level smallint DEFAULT '-1'::integer NOT NULL,
    level_since_us bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    condition text DEFAULT ''::text NOT NULL,
    resolved_us bigint DEFAULT 0 NOT NULL,
    bounced_us bigint[] DEFAULT '{}'::bigint[] NOT NULL,
    is_flapping boolean DEFAULT false NOT NULL,
    flapping_told_us bigint DEFAULT 0 NOT NULL
);

CREATE TABLE public.rule_trial (
    rule_trial_id bigint NOT NULL,
    rule_code text NOT NULL,
    kind text NOT NULL,
    days integer,
    candidate jsonb DEFAULT '{}'::jsonb NOT NULL,
    requested_at timestamp with time zone NOT NULL,
    requested_by text NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    attempt_count integer DEFAULT 0 NOT NULL,
    alive_at timestamp with time zone,
    ended_at timestamp with time zone,
    report jsonb,
    problem text,
    CONSTRAINT rule_trial_check CHECK (((kind = 'backtest'::text) = (days IS NOT NULL))),
    CONSTRAINT rule_trial_check1 CHECK (((state = ANY (ARRAY['done'::text, 'failed'::text])) = (ended_at IS NOT NULL))),
    CONSTRAINT rule_trial_check2 CHECK (((state = 'done'::text) = (report IS NOT NULL))),
    CONSTRAINT rule_trial_check3 CHECK (((state = 'failed'::text) = (problem IS NOT NULL))),
    CONSTRAINT rule_trial_kind_check CHECK ((kind = ANY (ARRAY['test'::text, 'backtest'::text]))),
    CONSTRAINT rule_trial_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'failed'::text])))
);

ALTER TABLE public.rule_trial ALTER COLUMN rule_trial_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.rule_trial_rule_trial_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.schema_migration (
    name text NOT NULL,
    checksum bytea NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.series_state (
    device_id integer NOT NULL,
    metric smallint NOT NULL,
    measured_at timestamp with time zone,
    value double precision,
    prior_measured_at timestamp with time zone,
    received_at timestamp with time zone,
    good_received_at timestamp with time zone
)
WITH (fillfactor='60', autovacuum_vacuum_scale_factor='0.05');

CREATE TABLE public.session (
    session_hash bytea NOT NULL,
    account_id integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.silence (
    silence_id bigint NOT NULL,
    rule_code text,
    severity_max text,
    town_id integer,
    restaurant_id integer,
    trap_id integer,
    device_id integer,
    starts_at timestamp with time zone NOT NULL,
    ends_at timestamp with time zone NOT NULL,
    author text NOT NULL,
    comment text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expired_at timestamp with time zone,
    CONSTRAINT silence_check CHECK ((ends_at > starts_at)),
    CONSTRAINT silence_check1 CHECK ((ends_at > created_at)),
    CONSTRAINT silence_check2 CHECK (((expired_at >= created_at) AND (expired_at < ends_at))),
    CONSTRAINT silence_matches_something CHECK ((num_nonnulls(rule_code, severity_max, town_id, restaurant_id, trap_id, device_id) > 0)),
    CONSTRAINT silence_severity_max_check CHECK ((severity_max = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text])))
);

ALTER TABLE public.silence ALTER COLUMN silence_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.silence_silence_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.ticket_attachment (
    ticket_id bigint NOT NULL,
    sha256 text NOT NULL,
    uploaded_by text NOT NULL,
    uploaded_at timestamp with time zone NOT NULL
);

CREATE TABLE public.ticket_event (
    ticket_event_id bigint NOT NULL,
    ticket_id bigint NOT NULL,
    version integer NOT NULL,
    action text NOT NULL,
    from_state text,
    to_state text NOT NULL,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL
);

ALTER TABLE public.ticket_event ALTER COLUMN ticket_event_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ticket_event_ticket_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.ticket ALTER COLUMN ticket_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.ticket_ticket_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.town (
    town_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL
);

CREATE TABLE public.town_index_freeze (
    month date NOT NULL,
    revision integer NOT NULL,
    tree jsonb NOT NULL,
    towns jsonb NOT NULL,
    reason text NOT NULL,
    frozen_by text NOT NULL,
    frozen_at timestamp with time zone NOT NULL,
    CONSTRAINT town_index_freeze_revision_check CHECK ((revision > 0))
);

ALTER TABLE public.town ALTER COLUMN town_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.town_town_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.trap_day (
    trap_id integer NOT NULL,
    day date NOT NULL,
    digest jsonb NOT NULL,
    computed_at timestamp with time zone NOT NULL
);

ALTER TABLE public.trap ALTER COLUMN trap_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.trap_trap_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.unit (
    unit_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    name_en text NOT NULL,
    phone text DEFAULT ''::text NOT NULL,
    is_active boolean DEFAULT true NOT NULL,
    created_at timestamp with time zone NOT NULL
);

CREATE TABLE public.unit_route (
    unit_route_id integer NOT NULL,
    town_id integer,
    problem text,
    unit_id integer NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.unit_route ALTER COLUMN unit_route_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.unit_route_unit_route_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.unit ALTER COLUMN unit_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.unit_unit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_attempt (
    webhook_attempt_id bigint NOT NULL,
    webhook_delivery_id bigint NOT NULL,
    attempt integer NOT NULL,
    started_at timestamp with time zone NOT NULL,
    duration_ms integer NOT NULL,
    http_status integer,
    outcome text NOT NULL,
    detail text NOT NULL
);

ALTER TABLE public.webhook_attempt ALTER COLUMN webhook_attempt_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_attempt_webhook_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_delivery (
    webhook_delivery_id bigint NOT NULL,
    webhook_message_id bigint NOT NULL,
    webhook_endpoint_id integer NOT NULL,
    state text DEFAULT 'queued'::text NOT NULL,
    next_attempt_at timestamp with time zone,
    leased_until timestamp with time zone,
    attempt_count integer DEFAULT 0 NOT NULL,
    schedule_start integer DEFAULT 0 NOT NULL,
    settled_at timestamp with time zone,
    merged_into bigint,
    CONSTRAINT webhook_delivery_check CHECK (((state = 'queued'::text) = (next_attempt_at IS NOT NULL))),
    CONSTRAINT webhook_delivery_check1 CHECK (((state <> 'merged'::text) OR (merged_into IS NOT NULL))),
    CONSTRAINT webhook_delivery_settled_check CHECK (((state = ANY (ARRAY['queued'::text, 'merged'::text])) = (settled_at IS NULL))),
    CONSTRAINT webhook_delivery_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'merged'::text, 'ok'::text, 'dead'::text])))
);

ALTER TABLE public.webhook_delivery ALTER COLUMN webhook_delivery_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_delivery_webhook_delivery_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_endpoint (
    webhook_endpoint_id integer NOT NULL,
    url text NOT NULL,
    kind text DEFAULT 'standard'::text NOT NULL,
    secret text NOT NULL,
    event_types text[] DEFAULT '{}'::text[] NOT NULL,
    severity_min text DEFAULT 'blue'::text NOT NULL,
    state text DEFAULT 'active'::text NOT NULL,
    description text DEFAULT ''::text NOT NULL,
    version integer DEFAULT 1 NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    audience text DEFAULT 'machine'::text NOT NULL,
    language text DEFAULT 'zh-CN'::text NOT NULL,
    mention_mobiles text[] DEFAULT '{}'::text[] NOT NULL,
    mention_user_ids text[] DEFAULT '{}'::text[] NOT NULL,
    quiet_hours jsonb,
    town_ids integer[] DEFAULT '{}'::integer[] NOT NULL,
    url_shown text,
    previous_secret text,
    previous_secret_until timestamp with time zone,
    throttled_until timestamp with time zone,
    failing_since timestamp with time zone,
    failed_at timestamp with time zone,
    disabled_reason text,
    CONSTRAINT webhook_endpoint_audience_check CHECK ((audience = ANY (ARRAY['machine'::text, 'people'::text]))),
    CONSTRAINT webhook_endpoint_check CHECK (((quiet_hours IS NULL) OR (audience = 'people'::text))),
    CONSTRAINT webhook_endpoint_check1 CHECK (((kind <> ALL (ARRAY['dingtalk'::text, 'wecom'::text, 'feishu'::text])) OR (audience = 'people'::text))),
    CONSTRAINT webhook_endpoint_check2 CHECK (((previous_secret IS NULL) = (previous_secret_until IS NULL))),
    CONSTRAINT webhook_endpoint_check3 CHECK (((failing_since IS NULL) = (failed_at IS NULL))),
    CONSTRAINT webhook_endpoint_check4 CHECK (((disabled_reason IS NULL) OR (state = 'disabled'::text))),
    CONSTRAINT webhook_endpoint_disabled_reason_check CHECK ((disabled_reason = ANY (ARRAY['gone'::text, 'failing'::text, 'person'::text]))),
    CONSTRAINT webhook_endpoint_kind_check CHECK ((kind = ANY (ARRAY['standard'::text, 'cloudevents'::text, 'alertmanager'::text, 'dingtalk'::text, 'wecom'::text, 'feishu'::text]))),
    CONSTRAINT webhook_endpoint_language_check CHECK ((language = ANY (ARRAY['zh-CN'::text, 'en'::text]))),
    CONSTRAINT webhook_endpoint_severity_min_check CHECK ((severity_min = ANY (ARRAY['blue'::text, 'yellow'::text, 'orange'::text, 'red'::text]))),
    CONSTRAINT webhook_endpoint_state_check CHECK ((state = ANY (ARRAY['active'::text, 'paused'::text, 'disabled'::text])))
);

ALTER TABLE public.webhook_endpoint ALTER COLUMN webhook_endpoint_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_endpoint_webhook_endpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_group (
    webhook_endpoint_id integer NOT NULL,
    town_id integer NOT NULL,
    group_key text NOT NULL,
    seq integer NOT NULL,
    told_at timestamp with time zone NOT NULL
);

CREATE TABLE public.webhook_message (
    webhook_message_id bigint NOT NULL,
    uid text NOT NULL,
    event_type text NOT NULL,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    seq integer NOT NULL,
    town_id integer,
    severity text,
    body bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    group_key text
);

ALTER TABLE public.webhook_message ALTER COLUMN webhook_message_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_message_webhook_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_pace (
    webhook_endpoint_id integer NOT NULL,
    spent_until timestamp with time zone NOT NULL
);

CREATE TABLE public.webhook_waiting (
    webhook_endpoint_id integer NOT NULL,
    webhook_message_id bigint NOT NULL,
    town_id integer NOT NULL,
    group_key text NOT NULL,
    waiting_since timestamp with time zone NOT NULL
);

CREATE TABLE public.windowed_cursor (
    cadence text NOT NULL,
    evaluated_to timestamp with time zone NOT NULL
);

CREATE TABLE public.windowed_state (
    rule_code text NOT NULL,
    subject_kind text NOT NULL,
    subject_ref text NOT NULL,
    phase smallint NOT NULL,
    state jsonb NOT NULL,
    memory jsonb NOT NULL,
    condition text NOT NULL,
    alert_id bigint,
    CONSTRAINT windowed_state_subject_kind_check CHECK ((subject_kind = ANY (ARRAY['device'::text, 'trap'::text, 'branch'::text])))
);

CREATE VIEW scoped.coverage_freeze AS
 SELECT coverage_freeze_id,
    span,
    starts_on,
    revision,
    as_of,
    ( SELECT (sum(z.registered))::integer AS sum
           FROM public.coverage_frozen z
          WHERE ((z.coverage_freeze_id = f.coverage_freeze_id) AND (z.town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])))) AS restaurant_count,
    register_updated_at,
    reason,
    frozen_by,
    frozen_at
   FROM public.coverage_freeze f;

CREATE VIEW scoped.coverage_state AS
 SELECT s.only_one,
    s.as_of,
    s.duration_ms,
    ( SELECT (count(*))::integer AS count
           FROM public.restaurant r
          WHERE (r.town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[]))) AS restaurant_count,
    s.register_updated_at,
    h.received_at,
    h.good_received_at
   FROM (public.coverage_state s
     CROSS JOIN LATERAL ( SELECT max(c.received_at) AS received_at,
            max(c.good_received_at) AS good_received_at
           FROM (((public.series_state c
             JOIN public.device d USING (device_id))
             JOIN public.trap t USING (trap_id))
             JOIN public.restaurant x USING (restaurant_id))
          WHERE (x.town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[]))) h);

CREATE VIEW scoped.reading AS
 SELECT measured_at,
    device_id,
    metric,
    value,
    quality,
    received_at
   FROM public.reading r
  WHERE (EXISTS ( SELECT
           FROM ((public.device d
             JOIN public.trap t USING (trap_id))
             JOIN public.restaurant x USING (restaurant_id))
          WHERE ((d.device_id = r.device_id) AND (x.town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])))));

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_name_key UNIQUE (name);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_oidc_subject_key UNIQUE (oidc_subject);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (account_id);

ALTER TABLE ONLY public.alert_escalation
    ADD CONSTRAINT alert_escalation_pkey PRIMARY KEY (alert_id, step);

ALTER TABLE ONLY public.alert_event
    ADD CONSTRAINT alert_event_alert_id_seq_key UNIQUE (alert_id, seq);

ALTER TABLE ONLY public.alert_event
    ADD CONSTRAINT alert_event_pkey PRIMARY KEY (alert_event_id);

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (alert_id);

ALTER TABLE ONLY public.alert_review
    ADD CONSTRAINT alert_review_pkey PRIMARY KEY (alert_review_id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (api_token_id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_token_hash_key UNIQUE (token_hash);

ALTER TABLE public.audit_event
    ADD CONSTRAINT audit_event_is_canonical CHECK ((canonical IS NOT NULL)) NOT VALID;

ALTER TABLE ONLY public.audit_event
    ADD CONSTRAINT audit_event_pkey PRIMARY KEY (audit_event_id);

ALTER TABLE ONLY public.blob
    ADD CONSTRAINT blob_pkey PRIMARY KEY (sha256);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_first_claim_id_revision_key UNIQUE (first_claim_id, revision);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_pkey PRIMARY KEY (claim_id);

ALTER TABLE ONLY public.closure
    ADD CONSTRAINT closure_key UNIQUE (restaurant_id, closed_from, closed_to);

ALTER TABLE ONLY public.closure
    ADD CONSTRAINT closure_pkey PRIMARY KEY (closure_id);

ALTER TABLE ONLY public.complaint_day_tally
    ADD CONSTRAINT complaint_day_tally_pkey PRIMARY KEY (complaint_day_tally_id);

ALTER TABLE ONLY public.complaint_import_finding
    ADD CONSTRAINT complaint_import_finding_pkey PRIMARY KEY (complaint_import_id, place);

ALTER TABLE ONLY public.complaint_import
    ADD CONSTRAINT complaint_import_pkey PRIMARY KEY (complaint_import_id);

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_pkey PRIMARY KEY (complaint_id);

ALTER TABLE ONLY public.complaint_reporter
    ADD CONSTRAINT complaint_reporter_pkey PRIMARY KEY (complaint_id);

ALTER TABLE ONLY public.complaint_tally
    ADD CONSTRAINT complaint_tally_pkey PRIMARY KEY (complaint_tally_id);

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_token_key UNIQUE (token);

ALTER TABLE ONLY public.coverage_count
    ADD CONSTRAINT coverage_count_pkey PRIMARY KEY (town_id, restaurant_type, stage);

ALTER TABLE ONLY public.coverage_freeze
    ADD CONSTRAINT coverage_freeze_pkey PRIMARY KEY (coverage_freeze_id);

ALTER TABLE ONLY public.coverage_freeze
    ADD CONSTRAINT coverage_freeze_span_starts_on_revision_key UNIQUE (span, starts_on, revision);

ALTER TABLE ONLY public.coverage_frozen
    ADD CONSTRAINT coverage_frozen_pkey PRIMARY KEY (coverage_freeze_id, town_id, restaurant_type);

ALTER TABLE ONLY public.coverage_state
    ADD CONSTRAINT coverage_state_pkey PRIMARY KEY (only_one);

ALTER TABLE ONLY public.device_day
    ADD CONSTRAINT device_day_pkey PRIMARY KEY (device_id, day);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.device_presence
    ADD CONSTRAINT device_presence_pkey PRIMARY KEY (device_id);

ALTER TABLE ONLY public.device_status_change
    ADD CONSTRAINT device_status_change_pkey PRIMARY KEY (device_id, at);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_uid_key UNIQUE (uid);

ALTER TABLE ONLY public.gateway
    ADD CONSTRAINT gateway_pkey PRIMARY KEY (gateway_id);

ALTER TABLE ONLY public.gateway
    ADD CONSTRAINT gateway_uid_key UNIQUE (uid);

ALTER TABLE ONLY public.handover_echo
    ADD CONSTRAINT handover_echo_pkey PRIMARY KEY (ticket_id, seq, their_version, made_at);

ALTER TABLE ONLY public.handover_received
    ADD CONSTRAINT handover_received_pkey PRIMARY KEY (origin, their_ticket, seq);

ALTER TABLE ONLY public.handover_sent
    ADD CONSTRAINT handover_sent_pkey PRIMARY KEY (ticket_id, seq);

ALTER TABLE ONLY public.idempotent_answer
    ADD CONSTRAINT idempotent_answer_pkey PRIMARY KEY (scope, key);

ALTER TABLE ONLY public.ingest_worker
    ADD CONSTRAINT ingest_worker_pkey PRIMARY KEY (client_id);

ALTER TABLE ONLY public.inspection_item
    ADD CONSTRAINT inspection_item_pkey PRIMARY KEY (inspection_stop_id, key);

ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT inspection_key UNIQUE (trap_id, inspector, inspected_at);

ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT inspection_pkey PRIMARY KEY (inspection_id);

ALTER TABLE ONLY public.inspection_plan
    ADD CONSTRAINT inspection_plan_pkey PRIMARY KEY (inspection_plan_id);

ALTER TABLE ONLY public.inspection_stop
    ADD CONSTRAINT inspection_stop_inspection_plan_id_place_key UNIQUE (inspection_plan_id, place);

ALTER TABLE ONLY public.inspection_stop
    ADD CONSTRAINT inspection_stop_pkey PRIMARY KEY (inspection_stop_id);

ALTER TABLE ONLY public.intake_change
    ADD CONSTRAINT intake_change_pkey PRIMARY KEY (intake_change_id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_pkey PRIMARY KEY (job_id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_trap_key UNIQUE (job_id, trap_id);

ALTER TABLE ONLY public.late_span
    ADD CONSTRAINT late_span_pkey PRIMARY KEY (late_span_id);

ALTER TABLE ONLY public.ledger_checkpoint
    ADD CONSTRAINT ledger_checkpoint_pkey PRIMARY KEY (size);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_audit_event_id_key UNIQUE (audit_event_id);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY (seq);

ALTER TABLE ONLY public.ledger_key
    ADD CONSTRAINT ledger_key_pkey PRIMARY KEY (ledger_key_id);

ALTER TABLE ONLY public.ledger_key
    ADD CONSTRAINT ledger_key_verifier_key_key UNIQUE (verifier_key);

ALTER TABLE ONLY public.ledger_node
    ADD CONSTRAINT ledger_node_pkey PRIMARY KEY (level, "position");

ALTER TABLE ONLY public.login_failure
    ADD CONSTRAINT login_failure_pkey PRIMARY KEY (subject_hash);

ALTER TABLE ONLY public.maintenance_window
    ADD CONSTRAINT maintenance_window_pkey PRIMARY KEY (maintenance_window_id);

ALTER TABLE ONLY public.pump_out_confirmation
    ADD CONSTRAINT pump_out_confirmation_pkey PRIMARY KEY (pump_out_id, party);

ALTER TABLE ONLY public.pump_out
    ADD CONSTRAINT pump_out_manifest_id_key UNIQUE (manifest_id);

ALTER TABLE ONLY public.pump_out
    ADD CONSTRAINT pump_out_manifest_no_key UNIQUE (hauler, manifest_no);

ALTER TABLE ONLY public.pump_out
    ADD CONSTRAINT pump_out_pkey PRIMARY KEY (pump_out_id);

ALTER TABLE ONLY public.rainfall
    ADD CONSTRAINT rainfall_pkey PRIMARY KEY (town_id, hour);

ALTER TABLE ONLY public.reading_conflict
    ADD CONSTRAINT reading_conflict_pkey PRIMARY KEY (reading_conflict_id);

ALTER TABLE ONLY public.reading_hourly
    ADD CONSTRAINT reading_hourly_pkey PRIMARY KEY (device_id, metric, hour);

ALTER TABLE ONLY public.reading
    ADD CONSTRAINT reading_pkey PRIMARY KEY (device_id, metric, measured_at);

ALTER TABLE ONLY public.reading_seal
    ADD CONSTRAINT reading_seal_pkey PRIMARY KEY (reading_seal_id);

ALTER TABLE ONLY public.reading_sealing
    ADD CONSTRAINT reading_sealing_pkey PRIMARY KEY (day);

ALTER TABLE ONLY public.reading_segment
    ADD CONSTRAINT reading_segment_device_id_day_version_key UNIQUE (device_id, day, version);

ALTER TABLE ONLY public.reading_segment
    ADD CONSTRAINT reading_segment_pkey PRIMARY KEY (reading_seal_id, "position");

ALTER TABLE ONLY public.rejected_message
    ADD CONSTRAINT rejected_message_pkey PRIMARY KEY (rejected_message_id);

ALTER TABLE ONLY public.rejected_overflow
    ADD CONSTRAINT rejected_overflow_pkey PRIMARY KEY (gateway_uid, hour, reason);

ALTER TABLE ONLY public.restaurant_coverage
    ADD CONSTRAINT restaurant_coverage_pkey PRIMARY KEY (restaurant_id);

ALTER TABLE ONLY public.restaurant
    ADD CONSTRAINT restaurant_pkey PRIMARY KEY (restaurant_id);

ALTER TABLE ONLY public.restaurant
    ADD CONSTRAINT restaurant_register_no_key UNIQUE (register_no);

ALTER TABLE ONLY public.restaurant_tally
    ADD CONSTRAINT restaurant_tally_pkey PRIMARY KEY (restaurant_tally_id);

ALTER TABLE ONLY public.rule
    ADD CONSTRAINT rule_code_version_key UNIQUE (code, version);

ALTER TABLE ONLY public.rule_override
    ADD CONSTRAINT rule_override_pkey PRIMARY KEY (rule_override_id);

ALTER TABLE ONLY public.rule_override
    ADD CONSTRAINT rule_override_rule_code_scope_scope_ref_key UNIQUE (rule_code, scope, scope_ref);

ALTER TABLE ONLY public.rule
    ADD CONSTRAINT rule_pkey PRIMARY KEY (rule_id);

ALTER TABLE ONLY public.rule_state
    ADD CONSTRAINT rule_state_pkey PRIMARY KEY (device_id, rule_code, metric);

ALTER TABLE ONLY public.rule_trial
    ADD CONSTRAINT rule_trial_pkey PRIMARY KEY (rule_trial_id);

ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.series_state
    ADD CONSTRAINT series_state_pkey PRIMARY KEY (device_id, metric);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (session_hash);

ALTER TABLE ONLY public.silence
    ADD CONSTRAINT silence_pkey PRIMARY KEY (silence_id);

ALTER TABLE ONLY public.ticket_attachment
    ADD CONSTRAINT ticket_attachment_pkey PRIMARY KEY (ticket_id, sha256);

ALTER TABLE ONLY public.ticket_clock
    ADD CONSTRAINT ticket_clock_pkey PRIMARY KEY (ticket_id, kind, round);

ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT ticket_event_pkey PRIMARY KEY (ticket_event_id);

ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT ticket_event_ticket_id_version_key UNIQUE (ticket_id, version);

ALTER TABLE public.ticket
    ADD CONSTRAINT ticket_merged_somewhere CHECK (((state = 'merged'::text) = (merged_into IS NOT NULL))) NOT VALID;

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_pkey PRIMARY KEY (ticket_id);

ALTER TABLE ONLY public.town
    ADD CONSTRAINT town_code_key UNIQUE (code);

ALTER TABLE ONLY public.town_index_freeze
    ADD CONSTRAINT town_index_freeze_pkey PRIMARY KEY (month, revision);

ALTER TABLE ONLY public.town
    ADD CONSTRAINT town_pkey PRIMARY KEY (town_id);

ALTER TABLE ONLY public.trap
    ADD CONSTRAINT trap_code_key UNIQUE (code);

ALTER TABLE ONLY public.trap_day
    ADD CONSTRAINT trap_day_pkey PRIMARY KEY (trap_id, day);

ALTER TABLE ONLY public.trap
    ADD CONSTRAINT trap_pkey PRIMARY KEY (trap_id);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_code_key UNIQUE (code);

ALTER TABLE ONLY public.unit
    ADD CONSTRAINT unit_pkey PRIMARY KEY (unit_id);

ALTER TABLE ONLY public.unit_route
    ADD CONSTRAINT unit_route_pkey PRIMARY KEY (unit_route_id);

ALTER TABLE ONLY public.unit_route
    ADD CONSTRAINT unit_route_town_id_problem_key UNIQUE NULLS NOT DISTINCT (town_id, problem);

ALTER TABLE ONLY public.webhook_attempt
    ADD CONSTRAINT webhook_attempt_pkey PRIMARY KEY (webhook_attempt_id);

ALTER TABLE ONLY public.webhook_attempt
    ADD CONSTRAINT webhook_attempt_webhook_delivery_id_attempt_key UNIQUE (webhook_delivery_id, attempt);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_pkey PRIMARY KEY (webhook_delivery_id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_webhook_message_id_webhook_endpoint_id_key UNIQUE (webhook_message_id, webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_endpoint
    ADD CONSTRAINT webhook_endpoint_pkey PRIMARY KEY (webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_group
    ADD CONSTRAINT webhook_group_pkey PRIMARY KEY (webhook_endpoint_id, town_id, group_key);

ALTER TABLE ONLY public.webhook_message
    ADD CONSTRAINT webhook_message_pkey PRIMARY KEY (webhook_message_id);

ALTER TABLE ONLY public.webhook_message
    ADD CONSTRAINT webhook_message_subject_kind_subject_id_seq_key UNIQUE (subject_kind, subject_id, seq);

ALTER TABLE ONLY public.webhook_message
    ADD CONSTRAINT webhook_message_uid_key UNIQUE (uid);

ALTER TABLE ONLY public.webhook_pace
    ADD CONSTRAINT webhook_pace_pkey PRIMARY KEY (webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_waiting
    ADD CONSTRAINT webhook_waiting_pkey PRIMARY KEY (webhook_endpoint_id, town_id, group_key, webhook_message_id);

ALTER TABLE ONLY public.windowed_cursor
    ADD CONSTRAINT windowed_cursor_pkey PRIMARY KEY (cadence);

ALTER TABLE ONLY public.windowed_state
    ADD CONSTRAINT windowed_state_pkey PRIMARY KEY (rule_code, subject_kind, subject_ref);

CREATE INDEX alert_ack_until ON public.alert USING btree (ack_until) WHERE (ack_until IS NOT NULL);

CREATE INDEX alert_escalation_due ON public.alert_escalation USING btree (due_at) WHERE (done_at IS NULL);

CREATE UNIQUE INDEX alert_one_open ON public.alert USING btree (dedup_key) WHERE (status = 'firing'::text);

CREATE INDEX alert_open ON public.alert USING btree (alert_id DESC) WHERE (status = 'firing'::text);

CREATE INDEX alert_review_alert ON public.alert_review USING btree (alert_id, alert_review_id);

CREATE INDEX alert_rule ON public.alert USING btree (rule_code, alert_id DESC);

CREATE INDEX alert_ticket ON public.alert USING btree (ticket_id) WHERE (ticket_id IS NOT NULL);

CREATE INDEX alert_town ON public.alert USING btree (town_id, alert_id DESC);

CREATE INDEX alert_trap ON public.alert USING btree (trap_id, alert_id DESC);

CREATE INDEX alert_withheld ON public.alert USING btree (alert_id) WHERE ((status = 'firing'::text) AND (suppressed_by IS NOT NULL));

CREATE UNIQUE INDEX api_token_name ON public.api_token USING btree (name) WHERE (revoked_at IS NULL);

CREATE INDEX audit_event_subject ON public.audit_event USING btree (subject_kind, subject_id, audit_event_id);

CREATE INDEX closure_restaurant ON public.closure USING btree (restaurant_id, closed_to);

CREATE INDEX complaint_day_tally_day ON public.complaint_day_tally USING btree (day, category) INCLUDE (complaint_count, first_count);

CREATE INDEX complaint_duplicate ON public.complaint USING btree (duplicate_of) WHERE (duplicate_of IS NOT NULL);

CREATE INDEX complaint_position ON public.complaint USING btree (lat_deg, lon_deg) WHERE ((lat_deg IS NOT NULL) AND (NOT is_position_area));

CREATE INDEX complaint_received ON public.complaint USING btree (received_at, complaint_id) INCLUDE (category, duplicate_of);

CREATE INDEX complaint_ref ON public.complaint USING btree (external_ref);

CREATE INDEX complaint_restaurant ON public.complaint USING btree (restaurant_id, received_at);

CREATE UNIQUE INDEX complaint_source_ref ON public.complaint USING btree (source, external_ref);

CREATE INDEX complaint_tally_month ON public.complaint_tally USING btree (month, town_id, category);

CREATE INDEX complaint_tally_town ON public.complaint_tally USING btree (town_id, month);

CREATE INDEX complaint_ticket ON public.complaint USING btree (ticket_id) WHERE (ticket_id IS NOT NULL);

CREATE INDEX complaint_to_match ON public.complaint USING btree (received_at, complaint_id) WHERE (match_state = 'suggested'::text);

CREATE INDEX complaint_town ON public.complaint USING btree (town_id, received_at, complaint_id) INCLUDE (category, duplicate_of);

CREATE INDEX device_day_day ON public.device_day USING btree (day, device_id);

CREATE INDEX device_gateway ON public.device USING btree (gateway_id);

CREATE INDEX device_status ON public.device USING btree (status, device_id) WHERE (status <> 'active'::text);

CREATE INDEX device_trap ON public.device USING btree (trap_id);

CREATE INDEX gateway_town ON public.gateway USING btree (town_id, gateway_id);

CREATE INDEX handover_received_ticket ON public.handover_received USING btree (ticket_id);

CREATE INDEX idempotent_answer_age ON public.idempotent_answer USING btree (created_at);

CREATE INDEX inspection_plan_town ON public.inspection_plan USING btree (town_id, inspection_plan_id DESC);

CREATE UNIQUE INDEX inspection_stop_one_open ON public.inspection_stop USING btree (restaurant_id) WHERE (state = 'planned'::text);

CREATE INDEX inspection_stop_settled ON public.inspection_stop USING btree (settled_at) WHERE (state = 'visited'::text);

CREATE INDEX inspection_trap ON public.inspection USING btree (trap_id, inspected_at);

CREATE INDEX intake_change_at ON public.intake_change USING btree (at, intake_change_id);

CREATE INDEX job_trap ON public.job USING btree (trap_id, planned_from DESC);

CREATE INDEX login_failure_age ON public.login_failure USING btree (last_failed_at);

CREATE INDEX maintenance_window_end ON public.maintenance_window USING btree (COALESCE(LEAST(ends_at, deactivated_at), 'infinity'::timestamp with time zone));

CREATE INDEX pump_out_trap ON public.pump_out USING btree (trap_id, pumped_at);

CREATE UNIQUE INDEX reading_conflict_once ON public.reading_conflict USING btree (device_id, metric, measured_at, value);

CREATE INDEX rejected_message_digest ON public.rejected_message USING btree (digest, received_at);

CREATE INDEX rejected_message_gateway_idx ON public.rejected_message USING btree (gateway_uid, received_at);

CREATE INDEX rejected_message_kept ON public.rejected_message USING btree (received_at) WHERE (state = 'kept'::text);

CREATE INDEX rejected_message_to_replay ON public.rejected_message USING btree (received_at, rejected_message_id) WHERE (replay_requested_at IS NOT NULL);

CREATE INDEX restaurant_address_key ON public.restaurant USING btree (address_key);

CREATE INDEX restaurant_coverage_missing ON public.restaurant_coverage USING btree (restaurant_id) INCLUDE (stage, since) WHERE (stage <> ALL (ARRAY['not_required'::text, 'good'::text]));

CREATE INDEX restaurant_coverage_stage ON public.restaurant_coverage USING btree (stage, restaurant_id) WHERE (stage <> ALL (ARRAY['not_required'::text, 'good'::text]));

CREATE INDEX restaurant_coverage_town ON public.restaurant_coverage USING btree (town_id, restaurant_id) WHERE (stage <> ALL (ARRAY['not_required'::text, 'good'::text]));

CREATE INDEX restaurant_house_number ON public.restaurant USING btree (town_id, house_number);

CREATE INDEX restaurant_name_key ON public.restaurant USING btree (name_key);

CREATE INDEX restaurant_position ON public.restaurant USING btree (lat_deg, lon_deg) WHERE (lat_deg IS NOT NULL);

CREATE INDEX restaurant_tally_town ON public.restaurant_tally USING btree (town_id, status);

CREATE INDEX restaurant_town ON public.restaurant USING btree (town_id, restaurant_id);

CREATE UNIQUE INDEX rule_in_force ON public.rule USING btree (code) WHERE (superseded_at IS NULL);

CREATE INDEX rule_state_due ON public.rule_state USING btree (due_us) WHERE (due_us IS NOT NULL);

CREATE UNIQUE INDEX rule_trial_open ON public.rule_trial USING btree (rule_code, kind) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]));

CREATE INDEX rule_trial_rule ON public.rule_trial USING btree (rule_code, rule_trial_id);

CREATE INDEX session_account ON public.session USING btree (account_id);

CREATE INDEX session_expiry ON public.session USING btree (expires_at);

CREATE INDEX silence_end ON public.silence USING btree (LEAST(ends_at, expired_at));

CREATE INDEX ticket_active ON public.ticket USING btree (ticket_id DESC) WHERE (state <> ALL (ARRAY['closed'::text, 'rejected'::text, 'cancelled'::text, 'merged'::text]));

CREATE INDEX ticket_clock_step ON public.ticket_clock USING btree (step_at) WHERE (state = 'running'::text);

CREATE INDEX ticket_clock_unknown ON public.ticket_clock USING btree (ticket_id) WHERE ((state = 'running'::text) AND (due_at IS NULL));

CREATE INDEX ticket_complaint ON public.ticket USING btree (source_ref, trap_id) WHERE (source_kind = 'complaint'::text);

CREATE INDEX ticket_filed ON public.ticket USING btree (filed_at);

CREATE UNIQUE INDEX ticket_one_active ON public.ticket USING btree (trap_id, problem) WHERE (state <> ALL (ARRAY['closed'::text, 'rejected'::text, 'cancelled'::text, 'merged'::text]));

CREATE INDEX ticket_owner ON public.ticket USING btree (owner_unit) WHERE (state <> ALL (ARRAY['closed'::text, 'rejected'::text, 'cancelled'::text, 'merged'::text]));

CREATE INDEX ticket_restaurant ON public.ticket USING btree (restaurant_id, ticket_id DESC);

CREATE INDEX ticket_town ON public.ticket USING btree (town_id, ticket_id DESC);

CREATE INDEX ticket_trap ON public.ticket USING btree (trap_id, ticket_id DESC);

CREATE INDEX trap_restaurant ON public.trap USING btree (restaurant_id, trap_id);

CREATE INDEX webhook_delivery_dead ON public.webhook_delivery USING btree (webhook_delivery_id DESC) WHERE (state = 'dead'::text);

CREATE INDEX webhook_delivery_due ON public.webhook_delivery USING btree (webhook_endpoint_id, next_attempt_at, webhook_delivery_id) WHERE (state = 'queued'::text);

CREATE INDEX webhook_delivery_endpoint ON public.webhook_delivery USING btree (webhook_endpoint_id, webhook_delivery_id DESC);

CREATE INDEX webhook_delivery_merged ON public.webhook_delivery USING btree (merged_into) WHERE (merged_into IS NOT NULL);

CREATE INDEX webhook_message_created ON public.webhook_message USING brin (created_at) WITH (pages_per_range='32');

CREATE OR REPLACE VIEW public.restaurant_business AS
 WITH change AS (
         SELECT (a.subject_id)::integer AS restaurant_id,
            a.at,
            a.audit_event_id,
            (a.detail ->> 'status'::text) AS status
           FROM public.audit_event a
          WHERE ((a.subject_kind = 'restaurant'::text) AND (a.action = 'restaurant.changed'::text) AND ((a.detail ->> 'status'::text) IS NOT NULL))
        ), status_from AS (
         SELECT r_1.restaurant_id,
            '-infinity'::date AS day,
            (0)::bigint AS place,
            COALESCE(( SELECT (a.detail ->> 'status'::text)
                   FROM public.audit_event a
                  WHERE ((a.subject_kind = 'restaurant'::text) AND (a.subject_id = (r_1.restaurant_id)::text) AND (a.action = 'restaurant.created'::text))
                  ORDER BY a.audit_event_id
                 LIMIT 1),
                CASE
                    WHEN (r_1.updated_at = r_1.created_at) THEN r_1.status
                    ELSE 'open'::text
                END) AS status
           FROM public.restaurant r_1
        UNION ALL
         SELECT change.restaurant_id,
            ((change.at AT TIME ZONE 'Asia/Shanghai'::text))::date AS timezone,
            change.audit_event_id,
            change.status
           FROM change
        UNION ALL
         SELECT r_1.restaurant_id,
            ((r_1.updated_at AT TIME ZONE 'Asia/Shanghai'::text))::date AS timezone,
            0,
            r_1.status
           FROM public.restaurant r_1
          WHERE ((r_1.status <> 'open'::text) AND (r_1.updated_at <> r_1.created_at) AND (NOT (EXISTS ( SELECT
                   FROM change c
                  WHERE (c.restaurant_id = r_1.restaurant_id)))))
        ), span AS (
         SELECT status_from.restaurant_id,
            status_from.status,
            daterange(status_from.day, COALESCE(lead(status_from.day) OVER (PARTITION BY status_from.restaurant_id ORDER BY status_from.day, status_from.place), 'infinity'::date)) AS days
           FROM status_from
        )
 SELECT r.restaurant_id,
    r.town_id,
    r.needs_trap,
    ((r.created_at AT TIME ZONE 'Asia/Shanghai'::text))::date AS entered_on,
    COALESCE(range_agg(s.days) FILTER (WHERE (s.status = 'open'::text)), '{}'::datemultirange) AS open_days
   FROM (public.restaurant r
     LEFT JOIN span s USING (restaurant_id))
  GROUP BY r.restaurant_id;

CREATE TRIGGER alert_review_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.alert_review FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER audit_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.audit_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE CONSTRAINT TRIGGER audit_event_ledger AFTER INSERT ON public.audit_event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.append_to_ledger();

CREATE TRIGGER blob_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.blob FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER claim_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.claim FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER complaint_tallied AFTER INSERT OR DELETE OR UPDATE OF received_at, town_id, category, duplicate_of ON public.complaint FOR EACH ROW EXECUTE FUNCTION public.tally_complaint();

CREATE TRIGGER coverage_freeze_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.coverage_freeze FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER coverage_frozen_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.coverage_frozen FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER device_inserted AFTER INSERT ON public.device REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.notify_registry_device();

CREATE TRIGGER device_status_change_append_only BEFORE DELETE OR TRUNCATE ON public.device_status_change FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER device_status_inserted AFTER INSERT ON public.device REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_device_status();

CREATE TRIGGER device_status_updated AFTER UPDATE ON public.device REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.note_device_status();

CREATE TRIGGER device_updated AFTER UPDATE ON public.device REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.notify_registry_device();

CREATE TRIGGER handover_echo_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.handover_echo FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER handover_received_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.handover_received FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER handover_sent_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.handover_sent FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER intake_change_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.intake_change FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER ledger_checkpoint_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER ledger_entry_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER ledger_key_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_key FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER ledger_node_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ledger_node FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER reading_seal_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.reading_seal FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER reading_segment_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.reading_segment FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER restaurant_tallied AFTER INSERT OR DELETE OR UPDATE OF town_id, status ON public.restaurant FOR EACH ROW EXECUTE FUNCTION public.tally_restaurant();

CREATE TRIGGER restaurant_updated AFTER UPDATE ON public.restaurant REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.notify_registry_restaurant();

CREATE TRIGGER rule_changed AFTER INSERT OR DELETE OR UPDATE ON public.rule FOR EACH STATEMENT EXECUTE FUNCTION public.notify_rules();

CREATE TRIGGER rule_override_changed AFTER INSERT OR DELETE OR UPDATE ON public.rule_override FOR EACH STATEMENT EXECUTE FUNCTION public.notify_rules();

CREATE TRIGGER ticket_attachment_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ticket_attachment FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER ticket_clock_breach_stays BEFORE UPDATE ON public.ticket_clock FOR EACH ROW WHEN (((old.breached_at IS NOT NULL) AND (new.breached_at IS DISTINCT FROM old.breached_at))) EXECUTE FUNCTION public.keep_breach();

CREATE TRIGGER ticket_event_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.ticket_event FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER town_index_freeze_append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON public.town_index_freeze FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();

CREATE TRIGGER trap_updated AFTER UPDATE ON public.trap REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION public.notify_registry_trap();

CREATE TRIGGER ts_insert_blocker BEFORE INSERT ON public.reading FOR EACH ROW EXECUTE FUNCTION _timescaledb_functions.insert_blocker();

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_unit_code_fkey FOREIGN KEY (unit_code) REFERENCES public.unit(code);

ALTER TABLE ONLY public.alert_escalation
    ADD CONSTRAINT alert_escalation_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(alert_id);

ALTER TABLE ONLY public.alert_event
    ADD CONSTRAINT alert_event_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(alert_id);

ALTER TABLE ONLY public.alert_review
    ADD CONSTRAINT alert_review_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(alert_id);

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_rule_id_fkey FOREIGN KEY (rule_id) REFERENCES public.rule(rule_id);

ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_unit_code_fkey FOREIGN KEY (unit_code) REFERENCES public.unit(code);

ALTER TABLE ONLY public.claim
    ADD CONSTRAINT claim_first_claim_id_fkey FOREIGN KEY (first_claim_id) REFERENCES public.claim(claim_id);

ALTER TABLE ONLY public.closure
    ADD CONSTRAINT closure_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_complaint_import_id_fkey FOREIGN KEY (complaint_import_id) REFERENCES public.complaint_import(complaint_import_id);

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_duplicate_of_fkey FOREIGN KEY (duplicate_of) REFERENCES public.complaint(complaint_id);

ALTER TABLE ONLY public.complaint_import_finding
    ADD CONSTRAINT complaint_import_finding_complaint_import_id_fkey FOREIGN KEY (complaint_import_id) REFERENCES public.complaint_import(complaint_import_id);

ALTER TABLE ONLY public.complaint_reporter
    ADD CONSTRAINT complaint_reporter_complaint_id_fkey FOREIGN KEY (complaint_id) REFERENCES public.complaint(complaint_id) ON DELETE CASCADE;

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.complaint
    ADD CONSTRAINT complaint_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.coverage_count
    ADD CONSTRAINT coverage_count_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.coverage_frozen
    ADD CONSTRAINT coverage_frozen_coverage_freeze_id_fkey FOREIGN KEY (coverage_freeze_id) REFERENCES public.coverage_freeze(coverage_freeze_id);

ALTER TABLE ONLY public.coverage_frozen
    ADD CONSTRAINT coverage_frozen_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_gateway_id_fkey FOREIGN KEY (gateway_id) REFERENCES public.gateway(gateway_id);

ALTER TABLE ONLY public.device_status_change
    ADD CONSTRAINT device_status_change_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.device
    ADD CONSTRAINT device_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.gateway
    ADD CONSTRAINT gateway_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.handover_echo
    ADD CONSTRAINT handover_echo_ticket_id_seq_fkey FOREIGN KEY (ticket_id, seq) REFERENCES public.handover_sent(ticket_id, seq);

ALTER TABLE ONLY public.handover_received
    ADD CONSTRAINT handover_received_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.handover_sent
    ADD CONSTRAINT handover_sent_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.inspection_item
    ADD CONSTRAINT inspection_item_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.inspection_item
    ADD CONSTRAINT inspection_item_inspection_stop_id_fkey FOREIGN KEY (inspection_stop_id) REFERENCES public.inspection_stop(inspection_stop_id);

ALTER TABLE ONLY public.inspection_item
    ADD CONSTRAINT inspection_item_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.inspection_item
    ADD CONSTRAINT inspection_item_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT inspection_job_fkey FOREIGN KEY (job_id, trap_id) REFERENCES public.job(job_id, trap_id);

ALTER TABLE ONLY public.inspection_plan
    ADD CONSTRAINT inspection_plan_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.inspection_stop
    ADD CONSTRAINT inspection_stop_inspection_plan_id_fkey FOREIGN KEY (inspection_plan_id) REFERENCES public.inspection_plan(inspection_plan_id);

ALTER TABLE ONLY public.inspection_stop
    ADD CONSTRAINT inspection_stop_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.inspection
    ADD CONSTRAINT inspection_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.job
    ADD CONSTRAINT job_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.ledger_checkpoint
    ADD CONSTRAINT ledger_checkpoint_ledger_key_id_fkey FOREIGN KEY (ledger_key_id) REFERENCES public.ledger_key(ledger_key_id);

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_audit_event_id_fkey FOREIGN KEY (audit_event_id) REFERENCES public.audit_event(audit_event_id);

ALTER TABLE ONLY public.maintenance_window
    ADD CONSTRAINT maintenance_window_gateway_id_fkey FOREIGN KEY (gateway_id) REFERENCES public.gateway(gateway_id);

ALTER TABLE ONLY public.maintenance_window
    ADD CONSTRAINT maintenance_window_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.maintenance_window
    ADD CONSTRAINT maintenance_window_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.maintenance_window
    ADD CONSTRAINT maintenance_window_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.pump_out_confirmation
    ADD CONSTRAINT pump_out_confirmation_pump_out_id_fkey FOREIGN KEY (pump_out_id) REFERENCES public.pump_out(pump_out_id);

ALTER TABLE ONLY public.pump_out
    ADD CONSTRAINT pump_out_job_fkey FOREIGN KEY (job_id, trap_id) REFERENCES public.job(job_id, trap_id);

ALTER TABLE ONLY public.pump_out
    ADD CONSTRAINT pump_out_manifest_id_fkey FOREIGN KEY (manifest_id) REFERENCES public.pump_out(pump_out_id);

ALTER TABLE ONLY public.pump_out
    ADD CONSTRAINT pump_out_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.rainfall
    ADD CONSTRAINT rainfall_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.reading_segment
    ADD CONSTRAINT reading_segment_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.reading_segment
    ADD CONSTRAINT reading_segment_reading_seal_id_fkey FOREIGN KEY (reading_seal_id) REFERENCES public.reading_seal(reading_seal_id);

ALTER TABLE ONLY public.restaurant_coverage
    ADD CONSTRAINT restaurant_coverage_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.restaurant_coverage
    ADD CONSTRAINT restaurant_coverage_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.restaurant
    ADD CONSTRAINT restaurant_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.rule_state
    ADD CONSTRAINT rule_state_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(alert_id);

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_account_id_fkey FOREIGN KEY (account_id) REFERENCES public.account(account_id);

ALTER TABLE ONLY public.silence
    ADD CONSTRAINT silence_device_id_fkey FOREIGN KEY (device_id) REFERENCES public.device(device_id);

ALTER TABLE ONLY public.silence
    ADD CONSTRAINT silence_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.silence
    ADD CONSTRAINT silence_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.silence
    ADD CONSTRAINT silence_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.ticket_attachment
    ADD CONSTRAINT ticket_attachment_sha256_fkey FOREIGN KEY (sha256) REFERENCES public.blob(sha256);

ALTER TABLE ONLY public.ticket_attachment
    ADD CONSTRAINT ticket_attachment_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.ticket_clock
    ADD CONSTRAINT ticket_clock_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.ticket_event
    ADD CONSTRAINT ticket_event_ticket_id_fkey FOREIGN KEY (ticket_id) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.ticket(ticket_id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_owner_unit_fkey FOREIGN KEY (owner_unit) REFERENCES public.unit(code);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.ticket
    ADD CONSTRAINT ticket_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.trap_day
    ADD CONSTRAINT trap_day_trap_id_fkey FOREIGN KEY (trap_id) REFERENCES public.trap(trap_id);

ALTER TABLE ONLY public.trap
    ADD CONSTRAINT trap_restaurant_id_fkey FOREIGN KEY (restaurant_id) REFERENCES public.restaurant(restaurant_id);

ALTER TABLE ONLY public.unit_route
    ADD CONSTRAINT unit_route_town_id_fkey FOREIGN KEY (town_id) REFERENCES public.town(town_id);

ALTER TABLE ONLY public.unit_route
    ADD CONSTRAINT unit_route_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES public.unit(unit_id);

ALTER TABLE ONLY public.webhook_attempt
    ADD CONSTRAINT webhook_attempt_webhook_delivery_id_fkey FOREIGN KEY (webhook_delivery_id) REFERENCES public.webhook_delivery(webhook_delivery_id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_merged_into_fkey FOREIGN KEY (merged_into) REFERENCES public.webhook_delivery(webhook_delivery_id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_webhook_endpoint_id_fkey FOREIGN KEY (webhook_endpoint_id) REFERENCES public.webhook_endpoint(webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_delivery
    ADD CONSTRAINT webhook_delivery_webhook_message_id_fkey FOREIGN KEY (webhook_message_id) REFERENCES public.webhook_message(webhook_message_id);

ALTER TABLE ONLY public.webhook_group
    ADD CONSTRAINT webhook_group_webhook_endpoint_id_fkey FOREIGN KEY (webhook_endpoint_id) REFERENCES public.webhook_endpoint(webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_pace
    ADD CONSTRAINT webhook_pace_webhook_endpoint_id_fkey FOREIGN KEY (webhook_endpoint_id) REFERENCES public.webhook_endpoint(webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_waiting
    ADD CONSTRAINT webhook_waiting_webhook_endpoint_id_fkey FOREIGN KEY (webhook_endpoint_id) REFERENCES public.webhook_endpoint(webhook_endpoint_id);

ALTER TABLE ONLY public.webhook_waiting
    ADD CONSTRAINT webhook_waiting_webhook_message_id_fkey FOREIGN KEY (webhook_message_id) REFERENCES public.webhook_message(webhook_message_id);

ALTER TABLE ONLY public.windowed_state
    ADD CONSTRAINT windowed_state_alert_id_fkey FOREIGN KEY (alert_id) REFERENCES public.alert(alert_id);

ALTER TABLE public.alert ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_escalation ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.alert_review ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.closure ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.complaint ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.complaint_day_tally ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.complaint_reporter ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.complaint_tally ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.coverage_count ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.coverage_frozen ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.device ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.device_day ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.gateway ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.handover_echo ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.handover_received ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.handover_sent ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.inspection ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.inspection_item ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.inspection_plan ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.inspection_stop ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.job ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.maintenance_window ENABLE ROW LEVEL SECURITY;

CREATE POLICY of_the_county ON public.rule_override FOR SELECT USING ((scope = ANY (ARRAY['county'::text, 'type'::text])));

CREATE POLICY of_towns ON public.alert USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.alert_escalation USING ((EXISTS ( SELECT
   FROM public.alert a
  WHERE (a.alert_id = alert_escalation.alert_id))));

CREATE POLICY of_towns ON public.alert_event USING ((EXISTS ( SELECT
   FROM public.alert a
  WHERE (a.alert_id = alert_event.alert_id))));

CREATE POLICY of_towns ON public.alert_review USING ((EXISTS ( SELECT
   FROM public.alert a
  WHERE (a.alert_id = alert_review.alert_id))));

CREATE POLICY of_towns ON public.closure USING ((EXISTS ( SELECT
   FROM public.restaurant r
  WHERE (r.restaurant_id = closure.restaurant_id))));

CREATE POLICY of_towns ON public.complaint USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[]))) WITH CHECK (((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])) AND ((restaurant_id IS NULL) OR (EXISTS ( SELECT
   FROM public.restaurant r
  WHERE (r.restaurant_id = complaint.restaurant_id)))) AND ((duplicate_of IS NULL) OR public.complaint_in_scope(duplicate_of))));

CREATE POLICY of_towns ON public.complaint_day_tally FOR SELECT USING (false);

CREATE POLICY of_towns ON public.complaint_reporter USING ((EXISTS ( SELECT
   FROM public.complaint c
  WHERE (c.complaint_id = complaint_reporter.complaint_id))));

CREATE POLICY of_towns ON public.complaint_tally FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.coverage_count FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.coverage_frozen FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.device USING ((EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = device.trap_id)))) WITH CHECK (((EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = device.trap_id))) AND ((gateway_id IS NULL) OR public.gateway_in_scope(gateway_id, device_id))));

CREATE POLICY of_towns ON public.device_day FOR SELECT USING ((EXISTS ( SELECT
   FROM public.restaurant r
  WHERE (r.restaurant_id = device_day.restaurant_id))));

CREATE POLICY of_towns ON public.gateway FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.handover_echo USING ((EXISTS ( SELECT
   FROM public.ticket k
  WHERE (k.ticket_id = handover_echo.ticket_id))));

CREATE POLICY of_towns ON public.handover_received USING ((EXISTS ( SELECT
   FROM public.ticket k
  WHERE (k.ticket_id = handover_received.ticket_id))));

CREATE POLICY of_towns ON public.handover_sent USING ((EXISTS ( SELECT
   FROM public.ticket k
  WHERE (k.ticket_id = handover_sent.ticket_id))));

CREATE POLICY of_towns ON public.inspection USING ((EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = inspection.trap_id))));

CREATE POLICY of_towns ON public.inspection_item USING ((EXISTS ( SELECT
   FROM public.inspection_stop s
  WHERE (s.inspection_stop_id = inspection_item.inspection_stop_id))));

CREATE POLICY of_towns ON public.inspection_plan USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.inspection_stop USING ((EXISTS ( SELECT
   FROM public.inspection_plan p
  WHERE (p.inspection_plan_id = inspection_stop.inspection_plan_id))));

CREATE POLICY of_towns ON public.job USING ((EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = job.trap_id))));

CREATE POLICY of_towns ON public.maintenance_window USING (((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])) OR (EXISTS ( SELECT
   FROM public.restaurant r
  WHERE (r.restaurant_id = maintenance_window.restaurant_id))) OR (EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = maintenance_window.trap_id))) OR (EXISTS ( SELECT
   FROM public.gateway g
  WHERE (g.gateway_id = maintenance_window.gateway_id)))));

CREATE POLICY of_towns ON public.pump_out USING ((EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = pump_out.trap_id))));

CREATE POLICY of_towns ON public.pump_out_confirmation USING ((EXISTS ( SELECT
   FROM public.pump_out p
  WHERE (p.pump_out_id = pump_out_confirmation.pump_out_id))));

CREATE POLICY of_towns ON public.rainfall USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.reading_hourly FOR SELECT USING ((EXISTS ( SELECT
   FROM public.device d
  WHERE (d.device_id = reading_hourly.device_id))));

CREATE POLICY of_towns ON public.restaurant USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.restaurant_coverage FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.restaurant_tally FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.rule_override USING (
CASE scope
    WHEN 'town'::text THEN (EXISTS ( SELECT
       FROM public.town w
      WHERE (w.code = rule_override.scope_ref)))
    WHEN 'trap'::text THEN (EXISTS ( SELECT
       FROM public.trap t
      WHERE (t.code = rule_override.scope_ref)))
    ELSE false
END);

CREATE POLICY of_towns ON public.series_state FOR SELECT USING ((EXISTS ( SELECT
   FROM public.device d
  WHERE (d.device_id = series_state.device_id))));

CREATE POLICY of_towns ON public.silence USING (((num_nonnulls(town_id, restaurant_id, trap_id, device_id) > 0) AND ((town_id IS NULL) OR (town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[]))) AND ((restaurant_id IS NULL) OR (EXISTS ( SELECT
   FROM public.restaurant r
  WHERE (r.restaurant_id = silence.restaurant_id)))) AND ((trap_id IS NULL) OR (EXISTS ( SELECT
   FROM public.trap t
  WHERE (t.trap_id = silence.trap_id)))) AND ((device_id IS NULL) OR (EXISTS ( SELECT
   FROM public.device d
  WHERE (d.device_id = silence.device_id))))));

CREATE POLICY of_towns ON public.ticket USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.ticket_attachment USING ((EXISTS ( SELECT
   FROM public.ticket k
  WHERE (k.ticket_id = ticket_attachment.ticket_id))));

CREATE POLICY of_towns ON public.ticket_clock USING ((EXISTS ( SELECT
   FROM public.ticket k
  WHERE (k.ticket_id = ticket_clock.ticket_id))));

CREATE POLICY of_towns ON public.ticket_event USING ((EXISTS ( SELECT
   FROM public.ticket k
  WHERE (k.ticket_id = ticket_event.ticket_id))));

CREATE POLICY of_towns ON public.town FOR SELECT USING ((town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[])));

CREATE POLICY of_towns ON public.trap USING ((EXISTS ( SELECT
   FROM public.restaurant r
  WHERE (r.restaurant_id = trap.restaurant_id))));

CREATE POLICY of_towns ON public.unit_route FOR SELECT USING (((town_id IS NULL) OR (town_id = ANY (( SELECT public.scope_towns() AS scope_towns)::integer[]))));

ALTER TABLE public.pump_out ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.pump_out_confirmation ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rainfall ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.reading_hourly ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.restaurant ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.restaurant_coverage ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.restaurant_tally ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.rule_override ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.series_state ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.silence ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_attachment ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_clock ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.ticket_event ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.town ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.trap ENABLE ROW LEVEL SECURITY;

ALTER TABLE public.unit_route ENABLE ROW LEVEL SECURITY;
