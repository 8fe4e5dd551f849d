"""The codes for which pages have words, by context; they come from where the codes are defined.

A test holds the catalogues to this table, so a new state without a word does not get far.
"""

from collections.abc import Iterable, Mapping
from typing import get_args

from alerts.rules.catalogue import load_catalogue
from alerts.tickets.lifecycle import BY_ACTION
from alerts.tickets.sla.policy import ClockKind
from alerts.webhooks.event_types import EVENT_TYPES
from api.access.model import Role
from api.alerts.schemas import AlertStatus
from api.charts.schemas import SpanCode
from api.coverage.schemas import RateCode, Reason
from api.pages.limit import LimitState
from api.pages.phone.forms import FORM_FIELDS, OWNER_ACTIONS
from api.registry.schemas import DeviceStatus, RestaurantStatus
from api.schemas import RestaurantType, Severity
from api.tickets.schemas import TicketState
from api.timelines.schemas import Lane
from core.complaint_category import Category

#: Entries of an alert's history that are no webhook of their own.
_ALERT_EVENTS = ("acked", "fresh", "notified", "rule_edited", "stale", "unacked")
#: Entries of a ticket's history that nobody chooses.
_TICKET_EVENTS = ("open", "raise_severity")
_SEVERITIES: tuple[str, ...] = get_args(Severity)


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
        "role": sorted(Role),
    }
