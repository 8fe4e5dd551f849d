"""The policy of time limits: what stands in policy.yaml, checked. Pure.

A ticket is given its limits once (``Limits``, stored with it); a later edition changes nothing of
it unless somebody has its due times computed anew.
"""

from collections.abc import Mapping, Sequence
from datetime import time
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts.schedules.holidays import load_calendar
from alerts.schedules.wall_clock import zone_of
from alerts.tickets.sla.working_time import WorkingTime


class Unit(StrEnum):
    """In what a limit is counted."""

    MINUTE = "minute"
    WORKING_HOUR = "working_hour"
    WORKING_DAY = "working_day"


class ClockKind(StrEnum):
    """A duty with a limit; the schema's comments give the Chinese terms."""

    ACCEPT = "accept"
    DISPATCH = "dispatch"
    RESPOND = "respond"
    RESOLVE = "resolve"
    VERIFY = "verify"


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Limit(_Model):
    """An amount of one unit, e.g. ``{"working_day": 3}``."""

    minute: Annotated[int, Field(gt=0)] | None = None
    working_hour: Annotated[int, Field(gt=0)] | None = None
    working_day: Annotated[int, Field(gt=0)] | None = None

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("one unit expected: minute, working_hour or working_day")
        return self

    @property
    def unit(self) -> Unit:
        """Return what it is counted in."""
        (name,) = self.model_dump(exclude_none=True)
        return Unit(name)

    @property
    def amount(self) -> int:
        """Return how many."""
        (amount,) = self.model_dump(exclude_none=True).values()
        return int(amount)


class _When(_Model):
    severity: Literal["blue", "yellow", "orange", "red"] | None = None
    problem: str | None = None


class Limits(_Model):
    """The limits of one ticket."""

    accept: Limit
    dispatch: Limit
    respond: Limit
    resolve: Limit
    verify: Limit

    def of(self, kind: ClockKind) -> Limit:
        """Return the limit of a clock."""
        limit: Limit = getattr(self, kind.value)
        return limit


class _Entry(Limits):
    when: _When


class Escalation(_Model):
    """After which share of the time who is told; 1.0: when it is due."""

    at: Annotated[float, Field(gt=0, le=10)]
    to: Literal["owner", "supervisor", "county"]


class _BusinessHours(_Model):
    opens: time = Field(alias="from")
    closes: time = Field(alias="to")


class Policy(_Model):
    """One edition."""

    version: str
    zone: str
    business_hours: Annotated[Sequence[_BusinessHours], Field(min_length=1)]
    escalations: Sequence[Escalation]
    auto_close: frozenset[str]
    limits: Sequence[_Entry]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        edges = [edge for hours in self.business_hours for edge in (hours.opens, hours.closes)]
        if edges != sorted(set(edges)):
            raise ValueError("business_hours: in order and apart")
        shares = [escalation.at for escalation in self.escalations]
        if shares != sorted(set(shares)) or 1.0 not in shares:
            raise ValueError("escalations: in order, one of them at 1.0")
        if not self.limits or self.limits[-1].when != _When():
            raise ValueError("limits: the last entry must fit everything (when: {})")
        return self

    def limits_of(self, problem: str, severity: str) -> Limits:
        """Return the limits of a ticket."""
        wanted: Mapping[str, str] = {"problem": problem, "severity": severity}
        for entry in self.limits:
            when = entry.when.model_dump(exclude_none=True)
            if all(wanted[name] == value for name, value in when.items()):
                return Limits.model_validate(entry.model_dump(exclude={"when"}, exclude_none=True))
        raise AssertionError("the last entry fits everything")

    def working_time(self) -> WorkingTime:
        """Return the business hours over the shipped calendar."""
        hours = [(span.opens, span.closes) for span in self.business_hours]
        return WorkingTime(load_calendar(), hours, zone_of(self.zone))


def parse_policy(text: str) -> Policy:
    """Return the policy of a file's text.

    Raises: pydantic.ValidationError, yaml.YAMLError: it is none.
    """
    return Policy.model_validate(yaml.safe_load(text))


@cache
def load_policy() -> Policy:
    """Return the shipped policy."""
    return parse_policy(files(__package__).joinpath("policy.yaml").read_text("utf-8"))
