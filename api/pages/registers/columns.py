"""Which members of the API's answers each register shows, in order. Pure data.

A column's heading is the word of its member within the context "field".
"""

from api.pages.registers.parts import Column

C = Column
_RESTAURANT = C("restaurant_name", address="/restaurants/{restaurant_id}")
_TRAP = C("trap_code", address="/traps/{trap_code}")
_GATEWAY = C("gateway", address="/gateways/{gateway_id}")

TRAPS = (
    C("code", address="/traps/{code}"),
    _RESTAURANT,
    C("town_code"),
    C("capacity_l", "number"),
    C("outlet_invert_mm", "number"),
    C("cover_mm", "number"),
    C("cleaning_interval_days", "number"),
    C("on_road", "flag"),
    C("updated_at", "time"),
)
TRAP = (
    *(_RESTAURANT, C("town_code"), C("capacity_l", "number"), C("outlet_invert_mm", "number")),
    *(C("cover_mm", "number"), C("area_m2", "number"), C("rated_flow_lps", "number")),
    *(C("cleaning_interval_days", "number"), C("cleaning_basis"), C("sewer_branch")),
    *(C("on_road", "flag"), C("created_at", "time"), C("updated_at", "time")),
)
DEVICES = (
    C("uid", address="/devices/{device_id}"),
    C("model"),
    C("status", "code", "device status"),
    _TRAP,
    _GATEWAY,
    C("report_interval_s", "number"),
    C("received_at", "time"),
)
DEVICE = (
    *(C("model"), C("status", "code", "device status"), _TRAP, _GATEWAY),
    *(C("report_interval_s", "number"), C("mount_height_mm", "number")),
    *(C("tilt_baseline_deg", "number"), C("commissioned_at", "time"), C("received_at", "time")),
    *(C("good_received_at", "time"), C("created_at", "time"), C("updated_at", "time")),
)
GATEWAYS = (
    C("uid", address="/gateways/{gateway_id}"),
    C("town_code"),
    C("online", "flag"),
    C("status_at", "time"),
    C("device_count", "number"),
    C("created_at", "time"),
)
GATEWAY = (*GATEWAYS[1:4], C("status_retained", "flag"), *GATEWAYS[4:])
RESTAURANT = (
    *(C("register_no"), C("restaurant_type", "code", "restaurant type")),
    *(C("status", "code", "restaurant status"), C("needs_trap", "flag"), C("town_name", "name")),
    *(C("address"), C("permit_no"), C("permit_valid_to"), C("opening_windows", "json")),
    *(C("created_at", "time"), C("updated_at", "time")),
)
RULES = (
    C("code", address="/rules/{code}"),
    C("name", "name"),
    C("severity", "mark"),
    C("version", "number"),
    C("enabled", "flag"),
    C("created_at", "time"),
)
RULE = (
    C("severity", "mark"),
    C("version", "number"),
    C("enabled", "flag"),
    C("kind"),
    C("created_at", "time"),
)
OVERRIDES = (
    *(C("scope", "code", "scope"), C("scope_ref"), C("parameters", "json"), C("reason")),
    C("created_at", "time"),
)
CODE_COUNTS = (C("false_alarm_code", "code", "false alarm code"), C("ticket_count", "number"))
WEBHOOKS = (
    C("endpoint_id", "number", address="/webhooks/{endpoint_id}"),
    C("description"),
    C("kind"),
    C("url"),
    C("severity_min", "mark"),
    C("state", "code", "webhook state"),
    C("failing_since", "time"),
)
WEBHOOK = (
    *(C("kind"), C("url"), C("state", "code", "webhook state"), C("disabled_reason")),
    *(C("failing_since", "time"), C("severity_min", "mark"), C("event_types", "list")),
    *(C("town_ids", "list"), C("audience", "code", "audience"), C("language")),
    *(C("quiet_hours", "json"), C("previous_secret_expires_at", "time"), C("updated_at", "time")),
)
DELIVERIES = (
    C("delivery_id", "number"),
    C("endpoint_id", "number", address="/webhooks/{endpoint_id}"),
    C("event_type"),
    C("created_at", "time"),
    C("state", "code", "delivery state"),
    C("attempt_count", "number"),
    C("next_attempt_at", "time"),
    C("settled_at", "time"),
)
ATTEMPTS = (
    *(C("attempt", "number"), C("started_at", "time"), C("duration_ms", "number")),
    *(C("http_status", "number"), C("outcome"), C("detail")),
)
DEAD_LETTERS = (
    C("rejected_message_id", "number", address="/dead-letters/{rejected_message_id}"),
    C("received_at", "time"),
    C("topic"),
    C("gateway_uid"),
    C("codec"),
    C("payload_bytes", "number"),
    C("reason"),
    C("state", "code", "dead letter state"),
)
DEAD_LETTER = (
    *DEAD_LETTERS[1:],
    *(C("detail"), C("retained", "flag"), C("settled_at", "time")),
    *(C("replay_requested_at", "time"), C("replay_requested_by")),
)
COMPLAINT = (
    *(C("received_at", "time"), C("category", "code", "complaint category"), C("channel")),
    *(C("source"), C("external_ref"), C("status", "code", "complaint status")),
    *(C("status_note"), C("description"), C("address"), C("named_restaurant"), _RESTAURANT),
    *(C("match_state", "code", "match state"), C("match_score", "number")),
    *(C("match_reasons", "list"), C("duplicate_of", address="/complaints/{duplicate_of}")),
    *(C("duplicate_reason"), C("ticket_id", address="/tickets/{ticket_id}")),
)
CANDIDATES = (
    C("name", address="/restaurants/{restaurant_id}"),
    *(C("address"), C("score", "number"), C("reasons", "list")),
)
CLAIMS = (
    C("claim_id", "number", address="/claims/{claim_id}"),
    *(C("period"), C("baseline"), C("town"), C("verdict", "code", "claim verdict")),
    *(C("revision", "number"), C("created_by"), C("created_at", "time")),
)
CLAIM = (*CLAIMS[1:], C("data_sha256"), C("document_sha256"))
ALERT = (
    *(C("severity", "mark"), C("status", "code", "alert status"), _RESTAURANT, _TRAP),
    *(C("device"), C("started_at", "time"), C("fired_at", "time"), C("ended_at", "time")),
    *(C("metric"), C("value", "number"), C("peak_value", "number"), C("threshold", "json")),
    *(C("suppressed_by"), C("acked_by"), C("acked_at", "time"), C("ack_note")),
    C("ticket_id", address="/tickets/{ticket_id}"),
)
ALERT_EVENTS = (
    *(C("recorded_at", "time"), C("at", "time"), C("type", "code", "alert event")),
    C("detail", "json"),
)
REVIEWS = (
    *(C("reviewed_at", "time"), C("verdict", "code", "review verdict"), C("reviewer")),
    *(C("basis"), C("legal_reviewer"), C("technical_reviewer"), C("note")),
)
TICKET = (
    *(C("severity", "mark"), C("state", "code", "ticket state"), _RESTAURANT, _TRAP),
    *(C("town_name", "name"), C("source_kind", "code", "ticket source"), C("source_ref")),
    *(C("owner_unit"), C("handler"), C("verifier"), C("due_at", "time"), C("created_at", "time")),
    *(C("filed_at", "time"), C("reported_at", "time"), C("closed_at", "time"), C("summary")),
)
CLOCKS = (
    *(C("kind", "code", "clock"), C("round", "number"), C("amount", "number")),
    *(C("unit", "code", "clock unit"), C("started_at", "time"), C("due_at", "time")),
    *(C("state", "code", "clock state"), C("stopped_at", "time"), C("breached_at", "time")),
)
TICKET_EVENTS = (
    *(C("at", "time"), C("action", "code", "ticket action")),
    *(C("to_state", "code", "ticket state"), C("actor"), C("detail", "json")),
)
FILES = (
    *(C("sha256"), C("media_type"), C("byte_count", "number"), C("uploaded_by")),
    C("uploaded_at", "time"),
)
PLANS = (
    C("inspection_plan_id", "number", address="/inspection-plans/{inspection_plan_id}"),
    *(C("day"), C("town_name", "name"), C("inspector"), C("state", "code", "plan state")),
    *(C("stop_count", "number"), C("visited_count", "number"), C("skipped_count", "number")),
    C("way_m", "number"),
)
PLAN = (*PLANS[1:], C("due_restaurant_count", "number"), C("cancel_reason"), C("created_by"))
STOPS = (
    *(C("place", "number"), _RESTAURANT, C("address"), C("is_urgent", "flag")),
    *(C("state", "code", "stop state"), C("note")),
)
OPEN_ALERTS = (
    C("alert_id", "number", address="/alerts/{alert_id}"),
    *(C("rule_name", "name"), C("severity", "mark"), C("status", "code", "alert status")),
    *(_RESTAURANT, _TRAP, C("fired_at", "time")),
)
HISTORY = (C("at", "time"), C("actor"), C("action"))

ALL = (
    *(TRAPS, TRAP, DEVICES, DEVICE, GATEWAYS, GATEWAY, RESTAURANT, RULES, RULE, OVERRIDES),
    *(CODE_COUNTS, WEBHOOKS, WEBHOOK, DELIVERIES, ATTEMPTS, DEAD_LETTERS, DEAD_LETTER),
    *(COMPLAINT, CANDIDATES, CLAIMS, CLAIM, ALERT, ALERT_EVENTS, REVIEWS, TICKET, CLOCKS),
    *(TICKET_EVENTS, FILES, PLANS, PLAN, STOPS, OPEN_ALERTS, HISTORY),
)
