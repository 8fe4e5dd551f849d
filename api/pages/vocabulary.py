"""The codes for which pages have words, by context; they come from where the codes are defined.

A test holds the catalogues to this table, so a new state without a word does not get far.
"""

from collections.abc import Iterable, Mapping
from typing import get_args

from alerts.claims.model import Verdict as ClaimVerdict
from alerts.reviews.model import Verdict as ReviewVerdict
from alerts.rule_trials.model import Kind as TrialKind
from alerts.rule_trials.model import Side as TrialSide
from alerts.rule_trials.model import State as TrialState
from alerts.rules.catalogue import load_catalogue
from alerts.tickets.contents import FALSE_ALARM_CODES, REJECT_CODES, VERDICTS, Field
from alerts.tickets.lifecycle import BY_ACTION
from alerts.tickets.sla.policy import ClockKind
from alerts.webhooks.event_types import EVENT_TYPES
from api.access.model import Role
from api.alerts.schemas import AlertStatus
from api.charts.schemas import SpanCode
from api.complaints.schemas import ComplaintStatus, MatchStateName
from api.coverage.schemas import PeriodRateCode, RateCode, Reason
from api.inspection_plans.schemas import PlanState, StopState
from api.pages.limit import LimitState
from api.pages.phone.forms import FORM_FIELDS, OWNER_ACTIONS
from api.pages.registers import columns
from api.registry.schemas import DeviceStatus, RestaurantStatus
from api.rules.schemas import Scope
from api.schemas import RestaurantType, Severity
from api.tickets.schemas import Clock, Ticket, TicketState
from api.timelines.schemas import Lane
from api.webhooks.schemas import Audience, DeliveryState, EndpointState
from core.complaint_category import Category
from core.dead_letters.model import State as DeadLetterState

#: Entries of an alert's history that are no webhook of their own.
_ALERT_EVENTS = ("acked", "fresh", "notified", "rule_edited", "stale", "unacked")
#: Entries of a ticket's history that nobody chooses.
_TICKET_EVENTS = ("open", "raise_severity")
_SEVERITIES: tuple[str, ...] = get_args(Severity)


#: Controls whose member no column shows.
_CONTROLS = (
    *("lon_deg", "lat_deg", "area_m2", "trap_id", "town", "verdict", "basis", "legal_reviewer"),
    *("technical_reviewer", "reviewer", "since", "until", "which", "description", "severity_min"),
    *("mention_mobiles", "mention_user_ids", "event_types", "town_ids", "audience", "language"),
    "days",
)
_FORMS = (
    *("change", "review", "confirm", "reject_match", "link_duplicate", "undo_duplicate"),
    *("open_ticket", "start_plan", "cancel_plan", "override", "remove_override", "test", "pause"),
    *("resume", "replay", "replay_all", "disable", "revise_claim", "timeline", "trap", "entry"),
    *("discard", "replay_them", "discard_them", "try_tests", "try_history"),
)
_SECTIONS = (
    *("traps", "devices", "alerts", "history", "reviews", "events", "clocks", "files", "stops"),
    *("candidates", "overrides", "open_alerts", "false_alarms", "attempts"),
)
_REGISTERS = (
    *("restaurants", "traps", "devices", "gateways", "alerts", "tickets", "inspection_plans"),
    *("complaints", "claims", "rules", "webhooks", "deliveries", "dead_letters"),
)


def _fields() -> set[str]:
    """Return every member that registers show or ask for; a rule's numbers keep their names."""
    shown = {column.field for group in columns.ALL for column in group}
    return {*shown, *_CONTROLS, *Field}


def vocabulary() -> Mapping[str, Iterable[str]]:
    """Return the codes of every context."""
    problems = {rule.ticket_problem for rule in load_catalogue() if rule.ticket_problem}
    stages = {"not_required", *get_args(Reason), "good"}
    return {
        "severity": _SEVERITIES,
        # One letter, so that a mark says it without its colour.
        "severity letter": _SEVERITIES,
        "alert status": get_args(AlertStatus),
        "ticket state": get_args(TicketState),
        "ticket problem": sorted({*problems, *get_args(Category)}),
        "clock": sorted(ClockKind),
        "limit": get_args(LimitState),
        "ticket field": sorted(FORM_FIELDS),
        "stage": sorted(stages),
        "stage letter": sorted(stages),
        "funnel": (
            *("registered", "should_connect", "installed"),
            *("commissioned", "online", "reporting_good"),
        ),
        "rate": get_args(RateCode),
        "restaurant type": get_args(RestaurantType),
        "restaurant status": get_args(RestaurantStatus),
        "device status": get_args(DeviceStatus),
        "complaint category": get_args(Category),
        "lane": get_args(Lane),
        "span": get_args(SpanCode),
        "pump-out source": ("manifest", "detected"),
        "alert event": sorted(
            {
                *_ALERT_EVENTS,
                *(name.removeprefix("alert.") for name in EVENT_TYPES if name.startswith("alert.")),
            }
        ),
        # As somebody is asked to do it, not as it was done.
        "ticket button": sorted(OWNER_ACTIONS),
        "ticket action": (*BY_ACTION, *_TICKET_EVENTS),
        "job kind": ("pump_out", "maintenance", "inspection"),
        "job event": ("planned", "opened", "checked_in", "checked_out", "closed"),
        "subject": ("restaurant", "device", "ticket", "complaint"),
        "login": ("refused", "wait", "oidc_refused"),
        "field": sorted(_fields()),
        "form": _FORMS,
        "section": _SECTIONS,
        "register": (*_REGISTERS, "reports"),
        "register item": _REGISTERS,
        "period rate": get_args(PeriodRateCode),
        "indicator": (
            *("on_time", "closed", "reworked", "returned", "overdue_open", "filed_count"),
            *("first_resolution", "final_closing"),
        ),
        "scope": get_args(Scope),
        "webhook state": get_args(EndpointState),
        "delivery state": get_args(DeliveryState),
        "audience": get_args(Audience),
        "replay": ("dead", "all"),
        "trial": get_args(TrialKind),
        "trial state": get_args(TrialState),
        "trial side": get_args(TrialSide),
        "dead letter state": get_args(DeadLetterState),
        "complaint status": get_args(ComplaintStatus),
        "match state": get_args(MatchStateName),
        "claim verdict": get_args(ClaimVerdict),
        "review verdict": get_args(ReviewVerdict),
        "reject code": REJECT_CODES,
        "false alarm code": FALSE_ALARM_CODES,
        "ticket verdict": VERDICTS,
        "ticket source": get_args(Ticket.model_fields["source_kind"].annotation),
        "clock unit": get_args(Clock.model_fields["unit"].annotation),
        "clock state": get_args(Clock.model_fields["state"].annotation),
        "plan state": get_args(PlanState),
        "stop state": get_args(StopState),
        "role": sorted(Role),
    }
