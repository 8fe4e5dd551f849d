"""A rule on stored history: beside what was raised then, or with other numbers beside its own."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from alerts.backtests import run as backtests
from alerts.backtests.comparison import Difference, Occurrence, by_period, differences
from alerts.backtests.run import Progress
from alerts.rule_trials.model import (
    AlertDifference,
    BacktestReport,
    DayCount,
    SeenAlert,
    Side,
)
from alerts.rules.compiled import RuleInForce
from alerts.rules.rulebook import Override, RuleBook
from alerts.statistics.month import SHANGHAI
from core.db import Connection
from core.instant import from_us, to_us

#: Of the differences so many are told.
DIFFERENCE_COUNT_MAX = 100


class InForce(NamedTuple):
    """Rules and the numbers of places."""

    rules: Sequence[RuleInForce]
    overrides: Sequence[Override]


def run_backtest(
    connection: Connection,
    in_force: InForce,
    rule: RuleInForce,
    *,
    candidate: Mapping[str, Any],
    span: tuple[datetime, datetime],
    progress: Progress,
) -> BacktestReport:
    """Replay all rules, for they inhibit each other; tell about one of them.

    ``candidate``: numbers to try in the county instead of those in force; none: the records are
    compared with what is in force.
    """
    rules, overrides = in_force
    starts_at, ends_at = span
    span_us = (to_us(starts_at), to_us(ends_at))
    in_county = RuleBook(rules, overrides)
    sides = {"in_force": in_county}
    if candidate:
        others = with_county(overrides, rule.definition.code, candidate)
        sides["candidate"] = RuleBook(rules, others)
    found = backtests.run(connection, sides, span_us, progress=progress)
    by_side = dict(found.by_side)
    if not candidate:
        by_side["recorded"] = backtests.select_recorded(connection, span_us)
    before_side: Side = "in_force" if candidate else "recorded"
    after_side: Side = "candidate" if candidate else "in_force"
    before, after = (
        [one for one in by_side[side] if one.rule_code == rule.definition.code]
        for side in (before_side, after_side)
    )
    differing = differences(before, after)
    return BacktestReport(
        rule_version=rule.version,
        parameters=in_county.county_parameters(rule),
        candidate=dict(candidate),
        before_side=before_side,
        after_side=after_side,
        starts_at=starts_at,
        ends_at=ends_at,
        device_count=found.device_count,
        reading_count=found.reading_count,
        before_count=len(before),
        after_count=len(after),
        days=_by_day(before, after, starts_at, ends_at),
        difference_count=len(differing),
        differences=tuple(map(_told, differing[:DIFFERENCE_COUNT_MAX])),
    )


def with_county(
    overrides: Sequence[Override], code: str, parameters: Mapping[str, Any]
) -> list[Override]:
    """Return overrides with others for the county, on top of what the county has."""
    kept = [o for o in overrides if (o.rule_code, o.scope) != (code, "county")]
    before = [o for o in overrides if (o.rule_code, o.scope) == (code, "county")]
    merged = {name: value for o in before for name, value in o.parameters.items()}
    return [*kept, Override(code, "county", "", merged | dict(parameters))]


def _by_day(
    before: Sequence[Occurrence],
    after: Sequence[Occurrence],
    starts_at: datetime,
    ends_at: datetime,
) -> tuple[DayCount, ...]:
    first = starts_at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    count = (ends_at - first) // timedelta(days=1) + 1
    begins = [first + timedelta(days=number) for number in range(count)]
    starts_us = [to_us(begin) for begin in begins]
    end_us = to_us(ends_at) + 1
    counts = zip(
        by_period(before, starts_us, end_us), by_period(after, starts_us, end_us), strict=True
    )
    return tuple(
        DayCount(day=begin.date(), before=b, after=a)
        for begin, (b, a) in zip(begins, counts, strict=True)
    )


def _told(difference: Difference) -> AlertDifference:
    found = difference.before or difference.after
    assert found is not None, "one side has it"
    return AlertDifference(
        subject=found.subject,
        trap_code=found.trap_code,
        before=_seen(difference.before),
        after=_seen(difference.after),
    )


def _seen(occurrence: Occurrence | None) -> SeenAlert | None:
    if occurrence is None:
        return None
    ended_at = None if occurrence.ended_us is None else from_us(occurrence.ended_us)
    return SeenAlert(
        severity=occurrence.severity,
        fired_at=from_us(occurrence.fired_us),
        ended_at=ended_at,
        is_told=occurrence.is_told,
    )
