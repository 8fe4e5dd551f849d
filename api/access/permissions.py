"""Which roles and token scopes may call which operation: one table, and nothing beside it.

Pure. An operation is named by its route's function. What does not stand here is refused; a test
fails for a route that is missing. tests/access_matrix.py says the same in its own words.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from api.access.model import Caller, Role, Scope

VIEWER, INSPECTOR, DISPATCHER = Role.VIEWER, Role.INSPECTOR, Role.DISPATCHER
VERIFIER, SUPERVISOR, ADMIN = Role.VERIFIER, Role.SUPERVISOR, Role.ADMIN
_EVERYBODY = frozenset(Role)


class Opening(Enum):
    """Who may call without being known."""

    NEVER = "never"
    ALWAYS = "always"
    LOOPBACK = "loopback"  # where TRAPWATCH_ACCESS__METRICS_FROM_LOOPBACK allows it
    BY_KEY = "by_key"  # body or address may carry a token: the operation looks at it
    PUBLIC = "public"  # where TRAPWATCH_ACCESS__PUBLIC_COMPLAINTS allows it


class Limit(Enum):
    """Which allowance a request is taken from; the settings give the figures."""

    REQUESTS = "requests"
    LOGINS = "logins"
    COMPLAINTS = "complaints"


class Permission(NamedTuple):
    """Who may call an operation; ``is_county``: only those who are not limited to towns."""

    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    is_county: bool = False
    opening: Opening = Opening.NEVER
    limit: Limit = Limit.REQUESTS

    def allows(self, caller: Caller) -> bool:
        """Return whether a known caller may call it, wherever they are limited to."""
        return bool(self.roles & caller.roles or self.scopes & caller.scopes)


def _open(limit: Limit = Limit.REQUESTS) -> Permission:
    return Permission(opening=Opening.ALWAYS, limit=limit)


def _read() -> Permission:
    return Permission(_EVERYBODY, frozenset({Scope.READ}))


def _self() -> Permission:
    """Return who may ask about or change themselves: every caller."""
    return Permission(_EVERYBODY, frozenset(Scope))


def _reporting() -> Permission:
    scopes = frozenset({Scope.READ, Scope.COMPLAINTS})
    return Permission(_EVERYBODY, scopes, opening=Opening.PUBLIC)


def _read_county() -> Permission:
    return Permission(_EVERYBODY, frozenset({Scope.READ}), is_county=True)


def _write(scope: Scope, *roles: Role) -> Permission:
    return Permission(frozenset(roles), frozenset({scope}))


def _county(scope: Scope | None, *roles: Role) -> Permission:
    return Permission(frozenset(roles), frozenset({scope} if scope else ()), is_county=True)


_TICKET_SCOPES = frozenset(scope for scope in Scope if scope.value.startswith("tickets:"))
_TICKET_WORKERS = frozenset({INSPECTOR, DISPATCHER, VERIFIER, SUPERVISOR})

PERMISSIONS: Mapping[str, Permission] = MappingProxyType(
    {
        # Open to whoever reaches the server.
        "get_health": _open(),
        "get_readiness": _open(),
        "show_problems": _open(),
        "show_login": _open(),
        "log_in": _open(Limit.LOGINS),
        "start_oidc_login": _open(Limit.LOGINS),
        "finish_oidc_login": _open(Limit.LOGINS),
        "get_metrics": Permission(
            frozenset({ADMIN}), frozenset({Scope.METRICS}), opening=Opening.LOOPBACK
        ),
        # Oneself.
        "get_me": _self(),
        "log_out": Permission(_EVERYBODY),
        "change_own_password": Permission(_EVERYBODY, limit=Limit.LOGINS),
        # Pages and the description.
        "show_command_centre": _read(),
        "show_part": _read(),
        "show_patrol": _read(),
        "show_lookup": _read(),
        "show_restaurant": _read(),
        "show_trap": _read(),
        "show_trap_section": _read(),
        "show_trap_entry": _read(),
        "show_trap_label": _read(),
        "open_trap": _read(),
        "show_my_tickets": _read(),
        "show_my_ticket": _read(),
        "get_worker": _read(),
        # The address carries a token: the operation looks at it.
        "show_deep_link": Permission(_EVERYBODY, frozenset(Scope), opening=Opening.BY_KEY),
        "show_alerts": _read(),
        "show_tickets": _read(),
        "show_restaurants": _read(),
        "show_devices": _read(),
        "show_complaints": _read(),
        "show_restaurant_entry": _read(),
        "show_traps": _read(),
        "show_device": _read(),
        "show_gateways": _read(),
        "show_gateway": _read(),
        "show_alert": _read(),
        "show_ticket": _read(),
        "show_complaint": _read(),
        "show_inspection_plans": _read(),
        "show_inspection_plan": _read(),
        "show_rules": _read(),
        "show_rule": _read(),
        "show_rule_trials": _read_county(),
        "show_claims": _read_county(),
        "show_claim": _read_county(),
        "show_reports": _read_county(),
        "show_report": _read_county(),
        "show_webhooks": _county(Scope.WEBHOOKS, ADMIN),
        "show_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "show_deliveries": _county(Scope.WEBHOOKS, ADMIN),
        "show_dead_letters": _county(None, SUPERVISOR, ADMIN),
        "show_dead_letter": _county(None, SUPERVISOR, ADMIN),
        "show_index_part": _read_county(),
        "show_town_index": _read_county(),
        "show_index_rows": _read_county(),
        "show_operations": _read(),
        "get_description": _read(),
        # Coverage, register, readings.
        "get_coverage": _read(),
        "list_uncovered": _read(),
        "get_coverage_history": _read(),
        "list_device_days": _read(),
        "create_month_revision": _county(Scope.FIGURES, SUPERVISOR),
        "list_trap_marks": _read(),
        "get_outlines": _read(),
        "list_roll_call": _read(),
        "count_roll_call": _read(),
        "get_trap_chart": _read(),
        "get_timeline": _read(),
        "list_towns": _read(),
        "list_restaurants": _read(),
        "get_restaurant": _read(),
        "create_restaurant": _write(Scope.REGISTER, SUPERVISOR, ADMIN),
        "update_restaurant": _write(Scope.REGISTER, SUPERVISOR, ADMIN),
        "list_traps": _read(),
        "get_trap": _read(),
        "create_trap": _write(Scope.REGISTER, SUPERVISOR, ADMIN),
        "update_trap": _write(Scope.REGISTER, SUPERVISOR, ADMIN),
        "list_devices": _read(),
        "get_device": _read(),
        "create_device": _write(Scope.REGISTER, SUPERVISOR, ADMIN),
        "update_device": _write(Scope.REGISTER, SUPERVISOR, ADMIN),
        "list_gateways": _read(),
        "get_gateway": _read(),
        "list_trap_readings": _read(),
        "list_readings": _read(),
        "export_evidence": _county(Scope.EXPORT, VERIFIER, SUPERVISOR, ADMIN),
        "create_export": _write(Scope.EXPORT, DISPATCHER, SUPERVISOR, ADMIN),
        # Alerts and what keeps them from people.
        "list_alerts": _read(),
        "count_open_alerts": _read(),
        "get_alert": _read(),
        "review_alert": _write(Scope.ALERTS, INSPECTOR, VERIFIER, SUPERVISOR),
        "acknowledge_alert": _write(Scope.ALERTS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "unacknowledge_alert": _write(Scope.ALERTS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "list_silences": _read(),
        "get_silence": _read(),
        "create_silence": _write(Scope.ALERTS, DISPATCHER, SUPERVISOR),
        "expire_silence": _write(Scope.ALERTS, DISPATCHER, SUPERVISOR),
        "list_maintenance_windows": _read(),
        "get_maintenance_window": _read(),
        "create_maintenance_window": _write(Scope.ALERTS, DISPATCHER, SUPERVISOR),
        "deactivate_maintenance_window": _write(Scope.ALERTS, DISPATCHER, SUPERVISOR),
        "stream_events": _read(),
        # Tickets: alerts.tickets.lifecycle says who may take which step.
        "list_tickets": _read(),
        "get_ticket": _read(),
        "get_ticket_indicators": _read(),
        "list_transitions": _read(),
        "create_ticket": _write(Scope.TICKETS, *_TICKET_WORKERS),
        "create_transition": Permission(_TICKET_WORKERS, _TICKET_SCOPES),
        "recompute_due_times": _write(Scope.TICKETS_SUPERVISOR, SUPERVISOR),
        "create_attachment": _write(Scope.TICKETS, *_TICKET_WORKERS),
        "get_attachment": _read(),
        "list_handovers": _read(),
        "get_handover_document": _read(),
        "get_received_document": _read(),
        "create_handover": _write(Scope.TICKETS_DISPATCHER, DISPATCHER),
        "create_handover_echo": _write(Scope.TICKETS_CLERK, DISPATCHER),
        "import_handover": _county(Scope.TICKETS_CLERK, DISPATCHER),
        "record_handover_echo": _county(Scope.TICKETS_CLERK, DISPATCHER),
        "list_units": _read(),
        "create_unit": _county(Scope.UNITS, SUPERVISOR, ADMIN),
        "replace_unit": _county(Scope.UNITS, SUPERVISOR, ADMIN),
        "list_unit_routes": _read(),
        "set_unit_route": _county(Scope.UNITS, SUPERVISOR, ADMIN),
        "remove_unit_route": _county(Scope.UNITS, SUPERVISOR, ADMIN),
        # What people do at traps and write down.
        "list_jobs": _read(),
        "get_job": _read(),
        "create_job": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "open_job": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "check_in": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "check_out": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "close_job": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "list_pump_outs": _read(),
        "get_pump_out": _read(),
        "create_pump_out": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "create_confirmation": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "list_inspections": _read(),
        "get_inspection": _read(),
        "create_inspection": _write(Scope.OPERATIONS, INSPECTOR, VERIFIER, SUPERVISOR),
        "list_inspection_plans": _read(),
        "get_inspection_plan": _read(),
        "get_inspection_report": _read(),
        "create_inspection_plan": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "start_inspection_plan": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "cancel_inspection_plan": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "skip_inspection_stop": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "settle_inspection_stop": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "list_closures": _read(),
        "get_closure": _read(),
        "create_closure": _write(Scope.OPERATIONS, INSPECTOR, DISPATCHER, SUPERVISOR),
        "list_rainfall": _read(),
        "put_rainfall": _write(Scope.RAINFALL, SUPERVISOR, ADMIN),
        # Complaints.
        "list_complaints": _read(),
        "create_complaint_import": _county(Scope.COMPLAINTS, DISPATCHER, SUPERVISOR),
        "list_complaint_imports": _read_county(),
        "get_complaint_import": _read_county(),
        "list_match_candidates": _read(),
        "decide_match": _write(Scope.COMPLAINTS, DISPATCHER, SUPERVISOR),
        "link_duplicate": _write(Scope.COMPLAINTS, DISPATCHER, SUPERVISOR),
        "undo_duplicate": _write(Scope.COMPLAINTS, DISPATCHER, SUPERVISOR),
        "create_ticket_of_complaint": _write(Scope.TICKETS, DISPATCHER, SUPERVISOR),
        "get_reporter": _write(Scope.REPORTERS, INSPECTOR, DISPATCHER, SUPERVISOR),
        # Open311: what a reporter's program needs is open where complaints are public.
        "get_discovery": _reporting(),
        "list_services": _reporting(),
        "get_service": _reporting(),
        "get_receipt": _reporting(),
        "create_request": Permission(
            frozenset({DISPATCHER, SUPERVISOR}),
            frozenset({Scope.COMPLAINTS}),
            opening=Opening.BY_KEY,
            limit=Limit.COMPLAINTS,
        ),
        "list_requests": _read(),
        "get_request": _read(),
        "get_complaint": _read(),
        "get_complaint_trend": _read(),
        "create_complaint": Permission(
            frozenset({DISPATCHER, SUPERVISOR}),
            frozenset({Scope.COMPLAINTS}),
            opening=Opening.PUBLIC,
            limit=Limit.COMPLAINTS,
        ),
        # What is said of the county: it compares towns, or sums up all of them.
        "list_intake_changes": _read(),
        "get_intake_change": _read(),
        "create_intake_change": _county(Scope.FIGURES, SUPERVISOR),
        "get_claim": _read_county(),
        "list_claims": _read_county(),
        "get_saved_claim": _read_county(),
        "get_claim_document": _read_county(),
        "create_claim": _county(Scope.FIGURES, SUPERVISOR),
        "revise_claim": _county(Scope.FIGURES, SUPERVISOR),
        "get_town_index": _read_county(),
        "list_index_rows": _read_county(),
        "create_index_revision": _county(Scope.FIGURES, SUPERVISOR),
        # Rules.
        "list_rules": _read(),
        "get_rule": _read(),
        "list_rule_overrides": _read(),
        "set_rule_override": _write(Scope.RULES, SUPERVISOR, ADMIN),
        "delete_rule_override": _write(Scope.RULES, SUPERVISOR, ADMIN),
        "list_rule_trials": _read_county(),
        "create_rule_trial": _county(Scope.RULES, SUPERVISOR, ADMIN),
        "get_rule_trial": _read_county(),
        # The county's own affairs. No token makes tokens: it could make itself a better one.
        "list_webhooks": _county(Scope.WEBHOOKS, ADMIN),
        "get_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "create_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "replace_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "pause_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "resume_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "disable_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "test_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "list_webhook_deliveries": _county(Scope.WEBHOOKS, ADMIN),
        "replay_webhook_delivery": _county(Scope.WEBHOOKS, ADMIN),
        "rotate_webhook_secret": _county(Scope.WEBHOOKS, ADMIN),
        "replay_webhook": _county(Scope.WEBHOOKS, ADMIN),
        "list_deliveries": _county(Scope.WEBHOOKS, ADMIN),
        "list_dead_letters": _county(None, SUPERVISOR, ADMIN),
        "get_dead_letter": _county(None, SUPERVISOR, ADMIN),
        "replay_dead_letter": _county(None, ADMIN),
        "discard_dead_letter": _county(None, ADMIN),
        "replay_dead_letters": _county(None, ADMIN),
        "discard_dead_letters": _county(None, ADMIN),
        "list_accounts": _county(None, ADMIN),
        "get_account": _county(None, ADMIN),
        "create_account": _county(None, ADMIN),
        "update_account": _county(None, ADMIN),
        "set_account_password": _county(None, ADMIN),
        "list_tokens": _county(None, ADMIN),
        "create_token": _county(None, ADMIN),
        "revoke_token": _county(None, ADMIN),
    }
)
