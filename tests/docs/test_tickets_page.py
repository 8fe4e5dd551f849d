"""What docs/tickets.md says is what the code does."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from alerts.tickets import contents
from alerts.tickets.lifecycle import BY_ACTION, REOPEN_DAYS, RETURN_COUNT_MAX, Role, transition_of
from alerts.tickets.sla.policy import ClockKind, Unit, load_policy
from api.tickets.schemas import NewTicketOrder, RecomputeOrder, TicketIndicators, TransitionOrder
from api.units.schemas import NewUnitOrder, RouteOrder

PAGE = (Path(__file__).parents[2] / "docs" / "tickets.md").read_text("utf-8")
BODIES = [
    json.loads(body) for body in re.findall(r"(?:-d|act \d \d \$\w+) '(\{.*?\})'", PAGE, re.DOTALL)
]
ABBREVIATIONS = {Unit.MINUTE: "min", Unit.WORKING_HOUR: "h", Unit.WORKING_DAY: "d"}


@pytest.mark.parametrize("body", [body for body in BODIES if "action" in body])
def test_each_act_is_one(body: dict[str, Any]) -> None:
    order = TransitionOrder.model_validate(body)
    detail = json.loads(json.dumps(order.detail).replace("BEFORE_SHA256", "a" * 64))
    detail = json.loads(json.dumps(detail).replace("AFTER_SHA256", "b" * 64))
    source = next(iter(BY_ACTION[order.action].sources))
    transition_of(order.action, source, frozenset(Role), contents.check_contents(detail))


def test_the_other_bodies_are_taken() -> None:
    models = (NewUnitOrder, RouteOrder, NewTicketOrder, RecomputeOrder)
    others = [body for body in BODIES if "action" not in body]
    assert (len(others), len(BODIES)) == (len(models), len(models) + 5)
    for model, body in zip(models, others, strict=True):
        model.model_validate(body)


def test_the_limits_stand_there() -> None:
    policy = load_policy()
    for entry in policy.limits:
        limits = [entry.of(kind) for kind in ClockKind]
        cells = [f"{limit.amount} {ABBREVIATIONS[limit.unit]}" for limit in limits]
        assert f"| {entry.when.severity or 'others'} | {' | '.join(cells)} |" in PAGE
    assert [e.at for e in policy.escalations] == [0.75, 1.0, 1.5]
    assert policy.auto_close == frozenset()
    assert (RETURN_COUNT_MAX, REOPEN_DAYS) == (2, 30)


def test_every_code_and_indicator_stands_there() -> None:
    codes = (*contents.REJECT_CODES, *contents.FALSE_ALARM_CODES, *contents.VERDICTS)
    indicators = set(TicketIndicators.model_fields) - {"from_at", "to_at", "as_of", "town"}
    names = [*codes, *indicators, *Role, *ClockKind]
    assert [name for name in names if f"`{name}`" not in PAGE] == []
