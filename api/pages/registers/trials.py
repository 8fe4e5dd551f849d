"""What trials of a rule found, as part of its page."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.access.guard import GuardedRoute
from api.dependencies import TransactionDep
from api.pages.registers.controls import controls_of_parameters
from api.pages.registers.parts import Control, Form
from api.pages.templates import page, signed_in
from api.rule_trials import store
from api.rule_trials.schemas import DAYS_DEFAULT, DAYS_MAX
from api.rules.routes import get_rule, list_rule_overrides
from api.rules.schemas import Override, Rule
from api.schemas import Code
from core.db import Connection

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

#: Of a rule so many trials are shown.
_COUNT_SHOWN = 6


@router.get("/rules/{code}/trials")
def show_rule_trials(request: Request, connection: TransactionDep, code: Code) -> Response:
    """The trials of a rule by themselves, while one is not over."""
    rule = get_rule(connection, code)
    overrides = list_rule_overrides(connection, code).items
    return page(request, "registers/trials.html", **trials_of(request, connection, rule, overrides))


def trials_of(
    request: Request, connection: Connection, rule: Rule, overrides: list[Override]
) -> dict[str, Any]:
    """Return what the part shows; ``trials`` None: they are closed to who is limited to towns."""
    who = signed_in(request)
    if who is None or not who.is_county:
        return {"trials": None}
    found = store.select_trials(connection, rule.code)
    county = next((o.parameters for o in overrides if o.scope == "county"), {})
    return {
        "trials": found[:_COUNT_SHOWN],
        "is_open": any(trial.state in {"queued", "running"} for trial in found),
        "rule_code": rule.code,
        "rule_version": rule.version,
        "numbers": rule.definition["parameters"] | county,
    }


def trial_forms(rule: Rule) -> list[Form]:
    """Return how a trial is asked for: of the tests, of history, with other numbers if any."""
    path = f"/api/v1/rules/{rule.code}/trials"
    numbers = controls_of_parameters(rule.definition["parameters"], {})
    days = Control("days", "integer", DAYS_DEFAULT, required=True, low=1, high=DAYS_MAX)
    asked: tuple[tuple[str, str, tuple[Control, ...]], ...] = (
        ("try_tests", "test", ()),
        ("try_history", "backtest", (days,)),
    )
    return [
        Form(
            code,
            "create_rule_trial",
            "post",
            path,
            (Control("kind", "hidden", kind), *own, *numbers),
        )
        for code, kind, own in asked
    ]
