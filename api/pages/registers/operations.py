"""Rules, webhook endpoints, dead letters and claims, each as a page."""

from typing import Any, get_args

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from alerts.claims.model import Claim
from api.access.guard import GuardedRoute
from api.alerts.routes import list_alerts
from api.claims.routes import get_claim_document, get_saved_claim
from api.dependencies import NowDep, TransactionDep
from api.pages.lists import Optional
from api.pages.registers import columns, store
from api.pages.registers.chart import chart_of, interval_of
from api.pages.registers.controls import controls_of, controls_of_parameters
from api.pages.registers.detail import history, show_detail
from api.pages.registers.parts import Form, Section
from api.pages.registers.trials import trial_forms, trials_of
from api.paging import PagingDep
from api.rules.routes import COUNTY_REF, get_rule, list_rule_overrides
from api.rules.schemas import OverrideOrder, Rule, Scope
from api.schemas import BigId, Code, Id
from api.webhooks.routes import get_webhook, list_webhook_deliveries
from api.webhooks.schemas import EndpointOrder, ReplayOrder, WebhookEndpoint
from core.dead_letters.store import select_dead_letter
from core.errors import NotFoundError

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

#: Of a payload so much is shown.
_PAYLOAD_BYTES_SHOWN = 4_096


@router.get("/rules/{code}")
def show_rule(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    code: Code,
    scope: Scope = "county",
    scope_ref: Optional[Code] = None,
) -> Response:
    """A rule: its words, its numbers, where they are others, what became of its alerts."""
    rule = get_rule(connection, code)
    overrides = list_rule_overrides(connection, code).items
    alerts = list_alerts(connection=connection, paging=paging, now=now, status="firing", rule=code)
    ref = "" if scope == "county" else scope_ref or ""
    sections = [
        Section("overrides", columns.OVERRIDES, overrides),
        Section("open_alerts", columns.OPEN_ALERTS, alerts.items, f"/alerts?rule={code}"),
        Section("false_alarms", columns.CODE_COUNTS, store.count_false_alarms(connection, code)),
        *history(request, connection, "rule_override", f"{code}:{scope}:{ref}"),
    ]
    given = next((o for o in overrides if (o.scope, o.scope_ref) == (scope, ref)), None)
    return show_detail(
        request,
        "rules",
        rule.code,
        columns.RULE,
        rule,
        forms=[*_rule_forms(rule, scope, ref, given), *trial_forms(rule)],
        sections=sections,
        template="registers/rule.html",
        subtitle=(rule, "name"),
        definition=rule.definition,
        scope=scope,
        scope_ref=ref,
        scopes=get_args(Scope),
        **trials_of(request, connection, rule, overrides),
    )


def _rule_forms(rule: Rule, scope: Scope, ref: str, given: Any) -> list[Form]:
    if scope != "county" and not ref:
        return []
    path = f"/api/v1/rules/{rule.code}/overrides/{scope}/{ref or COUNTY_REF}"
    overridden = {} if given is None else given.parameters
    controls = (
        *controls_of_parameters(rule.definition["parameters"], overridden),
        *controls_of(OverrideOrder, "reason", row=given),
    )
    forms = [Form("override", "set_rule_override", "put", path, controls)]
    if given is not None:
        undo = Form("remove_override", "delete_rule_override", "delete", path, confirm=True)
        forms.append(undo)
    return forms


@router.get("/webhooks/{endpoint_id}")
def show_webhook(
    *, request: Request, connection: TransactionDep, paging: PagingDep, endpoint_id: Id
) -> Response:
    """An endpoint and its deliveries with their attempts."""
    row = get_webhook(connection, Response(), endpoint_id)
    deliveries = list_webhook_deliveries(
        connection=connection, paging=paging, endpoint_id=endpoint_id
    )
    return show_detail(
        request,
        "webhooks",
        row.description or row.url,
        columns.WEBHOOK,
        row,
        forms=_webhook_forms(row),
        sections=history(request, connection, "webhook_endpoint", endpoint_id),
        template="registers/webhook.html",
        rows=deliveries,
        delivery_columns=columns.DELIVERIES,
        attempt_columns=columns.ATTEMPTS,
    )


def _webhook_forms(row: WebhookEndpoint) -> list[Form]:
    path = f"/api/v1/webhooks/{row.endpoint_id}"
    if row.state == "disabled":
        return []
    chosen = controls_of(
        EndpointOrder,
        *("description", "severity_min", "audience", "language", "event_types", "town_ids"),
        *("mention_mobiles", "mention_user_ids", "quiet_hours"),
        row=row,
        contexts={"severity_min": "severity", "audience": "audience"},
    )
    replay = controls_of(
        ReplayOrder,
        *("since", "until", "which"),
        contexts={"which": "replay"},
    )
    held = row.state == "paused"
    switch = ("resume", "resume_webhook") if held else ("pause", "pause_webhook")
    return [
        Form("test", "test_webhook", "post", f"{path}/test"),
        Form(switch[0], switch[1], "post", f"{path}/{switch[0]}"),
        Form("replay_all", "replay_webhook", "post", f"{path}/replays", replay),
        Form("change", "replace_webhook", "put", path, chosen, row.version),
        Form("disable", "disable_webhook", "delete", path, confirm=True),
    ]


@router.get("/dead-letters/{number}")
def show_dead_letter(request: Request, connection: TransactionDep, number: BigId) -> Response:
    """A message that could not be read, with the beginning of its bytes."""
    found = select_dead_letter(connection, number)
    if found is None:
        raise NotFoundError(f"there is no dead letter {number}")
    row, payload = found
    shown = payload[:_PAYLOAD_BYTES_SHOWN]
    path = f"/api/v1/dead-letters/{number}"
    forms = [
        Form("replay", "replay_dead_letter", "post", f"{path}/replay"),
        Form("discard", "discard_dead_letter", "post", f"{path}/discard", confirm=True),
    ]
    return show_detail(
        request,
        "dead_letters",
        f"{number}",
        columns.DEAD_LETTER,
        row,
        forms=forms if row.state == "kept" else [],
        template="registers/dead_letter.html",
        sections=history(request, connection, "rejected_message", number),
        payload_text=shown.decode("utf-8", "replace"),
        payload_hex=shown.hex(" "),
        is_cut=len(payload) > len(shown),
        is_waiting=row.replay_requested_at is not None,
    )


@router.get("/claims/{claim_id}")
def show_claim(request: Request, connection: TransactionDep, claim_id: Id) -> Response:
    """A claim: what may be printed, its interval, what has to stand beside it."""
    row = get_saved_claim(connection, claim_id)
    document = get_claim_document(connection, claim_id)
    claim = Claim.model_validate_json(bytes(document.body))
    revise = Form(
        "revise_claim",
        "revise_claim",
        "post",
        f"/api/v1/complaints/claims/{claim_id}/revisions",
        then="/claims",
    )
    return show_detail(
        request,
        "claims",
        f"{claim_id}",
        columns.CLAIM,
        row,
        forms=[revise],
        template="registers/claim.html",
        claim=claim,
        interval=interval_of(claim),
        chart=chart_of(
            [point.value for point in claim.chart.points],
            [bool(point.signals) for point in claim.chart.points],
            claim.chart.mean,
            claim.chart.lower,
            claim.chart.upper,
        ),
        document=f"/api/v1/complaints/claims/{claim_id}/document",
        printable=True,
    )
