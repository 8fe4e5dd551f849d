"""The policy of time limits: what stands in policy.yaml, checked. Pure.

A ticket is given its ``Terms``, which are stored with it: all of an edition that its due times
depend on. A later edition changes nothing of it unless somebody has them computed anew.
"""

from collections.abc import Sequence
from datetime import time
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

from alerts.schedules.holidays import load_calendar
from alerts.schedules.wall_clock import zone_of
from alerts.tickets.sla.working_time import WorkingTime
from core.errors import ConfigError


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
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


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

    def fits(self, problem: str, severity: str) -> bool:
        """Return whether an entry is for such a ticket."""
        return self.severity in {None, severity} and self.problem in {None, problem}


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


class _Times(_Model):
    """What an edition says to every ticket alike."""

    version: str
    zone: str
    business_hours: Annotated[Sequence[_BusinessHours], Field(min_length=1)]
    escalations: Sequence[Escalation]

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        edges = [edge for hours in self.business_hours for edge in (hours.opens, hours.closes)]
        if edges != sorted(set(edges)):
            raise ValueError("business_hours: in order and apart")
        shares = [escalation.at for escalation in self.escalations]
        if shares != sorted(set(shares)) or 1.0 not in shares:
            raise ValueError("escalations: in order, one of them at 1.0")
        try:
            zone_of(self.zone)
        except ConfigError as error:
            raise ValueError(f"zone: {error}") from None
        return self

    def working_time(self) -> WorkingTime:
        """Return the business hours over the shipped calendar."""
        hours = [(span.opens, span.closes) for span in self.business_hours]
        return WorkingTime(load_calendar(), hours, zone_of(self.zone))


class Terms(_Times):
    """What one ticket was given."""

    limits: Limits

    def stored(self) -> dict[str, Any]:
        """Return them as JSON-ready data, for ``Terms.model_validate``."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Policy(_Times):
    """One edition."""

    auto_close: frozenset[str]
    limits: Sequence[_Entry]

    @model_validator(mode="after")
    def _fits_everything(self) -> Self:
        if not self.limits or self.limits[-1].when != _When():
            raise ValueError("limits: the last entry must fit everything (when: {})")
        return self

    def terms_of(self, problem: str, severity: str) -> Terms:
        """Return what a ticket is given: the limits of the first entry that fits it."""
        entry = next(e for e in self.limits if e.when.fits(problem, severity))
        shared = {name: getattr(self, name) for name in _Times.model_fields}
        limits = {kind.value: entry.of(kind) for kind in ClockKind}
        return Terms(**shared, limits=Limits(**limits))


def parse_policy(text: str) -> Policy:
    """Return the policy of a file's text.

    Raises: pydantic.ValidationError, yaml.YAMLError: it is none.
    """
    return Policy.model_validate(yaml.safe_load(text))


@cache
def load_policy() -> Policy:
    """Return the shipped policy."""
    return parse_policy(files(__package__).joinpath("policy.yaml").read_text("utf-8"))
