"""Trials of rules and what they found. Pure."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

Kind = Literal["test", "backtest"]
State = Literal["queued", "running", "done", "failed"]
#: What a backtest compares: what was raised then, the numbers in force, those that are tried.
Side = Literal["recorded", "in_force", "candidate"]


class Trial(NamedTuple):
    """A trial that is to be carried out; ``days`` of history for a backtest."""

    rule_trial_id: int
    rule_code: str
    kind: Kind
    days: int | None
    #: Numbers to try in the county in place of those in force.
    candidate: Mapping[str, Any]


class _Report(BaseModel):
    model_config = ConfigDict(frozen=True)


class _Tried(_Report):
    """Which rule was tried: its version, its numbers in the county, and others in their place."""

    rule_version: int
    parameters: dict[str, Any]
    candidate: dict[str, Any]


class ComparedLine(_Report):
    """A line of a comparison; null: there is none on this side."""

    expected: str | None
    observed: str | None
    is_equal: bool


class RuleTestDifference(_Report):
    """In what a test came out otherwise."""

    subject: str
    lines: tuple[ComparedLine, ...]


class RuleTestOutcome(_Report):
    """A test and how it came out; nothing told means that it passed."""

    file: str
    name: str
    passed: bool
    errors: tuple[str, ...] = ()
    differences: tuple[RuleTestDifference, ...] = ()


class RuleTestReport(_Tried):
    """The tests that ship for a rule, with its numbers in the county or the candidate's."""

    kind: Literal["test"] = "test"
    tests: tuple[RuleTestOutcome, ...] = Field(description="empty: none ship for this rule")


class SeenAlert(_Report):
    """An alert of one side; ``ended_at`` null: open."""

    severity: str
    fired_at: datetime
    ended_at: datetime | None
    is_told: bool


class AlertDifference(_Report):
    """An alert on one side only, or not alike on both."""

    subject: str
    trap_code: str | None
    before: SeenAlert | None
    after: SeenAlert | None


class DayCount(_Report):
    """Alerts that fired on an Asia/Shanghai day."""

    day: date
    before: int
    after: int


class BacktestReport(_Tried):
    """A rule's alerts over history on two sides, and where they differ."""

    kind: Literal["backtest"] = "backtest"
    before_side: Side
    after_side: Side
    starts_at: datetime
    ends_at: datetime
    device_count: int
    reading_count: int = Field(description="with the weeks before that rules learn from")
    before_count: int
    after_count: int
    days: tuple[DayCount, ...]
    difference_count: int
    differences: tuple[AlertDifference, ...] = Field(description="the first 100")


Report = RuleTestReport | BacktestReport
