"""Trials of rules over HTTP: carried out by the alerts process, looked at here."""

from fastapi import Response

from alerts.rule_trials import actions
from alerts.rules.rulebook import validate_override
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import Page
from api.routing import strict_router
from api.rule_trials import store
from api.rule_trials.schemas import DAYS_DEFAULT, Trial, TrialOrder
from api.rules.routes import get_rule, in_force
from api.schemas import BigId, Code
from core.errors import NotFoundError

router = strict_router("rules")


@router.get("/rules/{code}/trials")
def list_rule_trials(connection: TransactionDep, code: Code) -> Page[Trial]:
    """The newest trials of a rule, on one page."""
    get_rule(connection, code)
    return Page(items=store.select_trials(connection, code), next=None)


@router.post("/rules/{code}/trials", status_code=202)
def create_rule_trial(
    *,
    connection: TransactionDep,
    response: Response,
    code: Code,
    order: TrialOrder,
    actor: ActorDep,
    now: NowDep,
) -> Trial:
    """Try a rule on its tests or on history, with its numbers or others; nothing is changed."""
    rule = get_rule(connection, code)
    if order.parameters:
        validate_override(in_force(rule), order.parameters)
    trial_id = actions.ask(
        connection,
        code,
        order.kind,
        days=(order.days or DAYS_DEFAULT) if order.kind == "backtest" else None,
        candidate=order.parameters,
        actor=actor,
        now=now,
    )
    response.headers["Location"] = f"/api/v1/rules/{code}/trials/{trial_id}"
    return store.select_trials(connection, code, trial_id)[0]


@router.get("/rules/{code}/trials/{trial_id}")
def get_rule_trial(connection: TransactionDep, code: Code, trial_id: BigId) -> Trial:
    """One trial, and what it found once it is over."""
    found = store.select_trials(connection, code, trial_id)
    if not found:
        raise NotFoundError(f"there is no trial {trial_id} of rule {code}")
    return found[0]
