"""Rules over HTTP: those in force, and the thresholds of places."""

from datetime import datetime
from typing import Any

from fastapi import Path

from alerts.evidence import audit
from alerts.rules.compiled import RuleInForce
from alerts.rules.definition import RuleDefinition
from alerts.rules.rulebook import validate_override
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.paging import Page
from api.routing import strict_router
from api.rules import store
from api.rules.schemas import Override, OverrideOrder, Rule, Scope
from api.schemas import Code
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError

router = strict_router("rules")

#: A path needs something where the county's empty reference stands.
COUNTY_REF = "-"
_PLACE = "/rules/{code}/overrides/{scope}/{scope_ref}"
_REF_TEXT = f"town code, restaurant type or trap code; {COUNTY_REF} for the county"
RefPath = Path(description=_REF_TEXT)


@router.get("/rules")
def list_rules(connection: TransactionDep) -> Page[Rule]:
    """Every rule in force, on one page."""
    return Page(items=store.select_rules(connection), next=None)


@router.get("/rules/{code}")
def get_rule(connection: TransactionDep, code: Code) -> Rule:
    """The version of a rule that is in force."""
    return _rule(connection, code)


@router.get("/rules/{code}/overrides")
def list_rule_overrides(connection: TransactionDep, code: Code) -> Page[Override]:
    """The thresholds that places override, widest scope first, on one page."""
    _rule(connection, code)
    return Page(items=store.select_overrides(connection, code), next=None)


@router.put(_PLACE)
def set_rule_override(
    *,
    connection: TransactionDep,
    code: Code,
    scope: Scope,
    order: OverrideOrder,
    actor: ActorDep,
    now: NowDep,
    scope_ref: Code = RefPath,
) -> Override:
    """Set the thresholds of a place; workers apply them within a second."""
    rule = _rule(connection, code)
    ref = _ref(scope, scope_ref)
    if not store.scope_exists(connection, scope, ref):
        raise InvalidRequestError(f"scope_ref: there is no {scope} {scope_ref}")
    validate_override(in_force(rule), order.parameters)
    store.upsert_override(connection, code, scope, ref, order=order, now=now)
    _audit(
        connection,
        code,
        scope,
        ref,
        what="set",
        actor=actor,
        now=now,
        detail=order.model_dump(mode="json"),
    )
    return store.select_overrides(connection, code, scope, ref)[0]


@router.delete(_PLACE, status_code=204)
def delete_rule_override(
    *,
    connection: TransactionDep,
    code: Code,
    scope: Scope,
    actor: ActorDep,
    now: NowDep,
    scope_ref: Code = RefPath,
) -> None:
    """Let a place go back to the wider thresholds."""
    ref = _ref(scope, scope_ref)
    if not store.delete_override(connection, code, scope, ref):
        raise NotFoundError(f"rule {code} has no override of {scope} {scope_ref}")
    _audit(connection, code, scope, ref, what="deleted", actor=actor, now=now, detail={})


def _rule(connection: Connection, code: str) -> Rule:
    found = store.select_rules(connection, code)
    if not found:
        raise NotFoundError(f"there is no rule {code}")
    return found[0]


def in_force(rule: Rule) -> RuleInForce:
    """Return the rule as it is judged by."""
    definition = RuleDefinition.model_validate(rule.definition)
    return RuleInForce(rule.rule_id, rule.version, definition)


def _ref(scope: Scope, scope_ref: str) -> str:
    return "" if scope == "county" and scope_ref == COUNTY_REF else scope_ref


def _audit(
    connection: Connection,
    code: str,
    scope: Scope,
    ref: str,
    *,
    what: str,
    actor: str,
    now: datetime,
    detail: dict[str, Any],
) -> None:
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"rule_override.{what}",
        subject_kind="rule_override",
        subject_id=f"{code}:{scope}:{ref}",
        detail=detail,
    )
