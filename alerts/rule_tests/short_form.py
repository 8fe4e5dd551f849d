"""The short form of a rule (``match``, ``levels``, ``for``), translated to a definition. Pure.

``warning`` is yellow and ``critical`` red. The kind is ``threshold``.
"""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from alerts.rule_tests.duration import parse_s
from alerts.rules.definition import Inhibitor, RuleDefinition
from alerts.rules.kinds.threshold import ThresholdParameters
from alerts.rules.parameters import SEVERITIES, Count, Severity, Strict

_SEVERITY_OF = {"warning": "yellow", "critical": "red"}


def severity_of(name: object) -> object:
    """Return our word for a severity that others call by another."""
    return _SEVERITY_OF.get(name, name) if isinstance(name, str) else name


DurationS = Annotated[float, BeforeValidator(parse_s), Field(ge=0)]
Level = Annotated[Severity, BeforeValidator(severity_of)]


class Match(Strict):
    """What a rule is about: every device's series of a metric; places are overrides."""

    metric: str


class Schedule(Strict):
    """When a rule is on."""

    tz: str = "Asia/Shanghai"
    active: Literal["always"] = "always"


class TicketPolicy(Strict):
    """Which remediation ticket the rule opens; at the lowest level."""

    type: str
    open_at: Level | None = None


class ShortRule(Strict):
    """One rule in the short form; what is left out has the defaults of a definition."""

    id: str
    match: Match
    levels: dict[Level, str]
    clear: str | None = None
    for_: DurationS = Field(0.0, alias="for")
    min_samples: Count | None = None
    for_raise: dict[Level, DurationS] = Field(default_factory=dict)
    clear_for: DurationS = 0.0
    clear_samples: Count = 1
    max_gap: DurationS | None = None
    stale_after: DurationS | None = None
    on_stale: Literal["keep", "open_ticket", "resolve"] = "keep"
    reopen_within: DurationS = 7_200.0
    schedule: Schedule = Schedule()
    ticket: TicketPolicy | None = None
    inhibited_by: tuple[Inhibitor, ...] = ()
    name: str | None = None
    name_en: str | None = None
    wording: str | None = None
    wording_en: str | None = None
    source: str = "an operator's own rule"

    @field_validator("levels", "for_raise", mode="before")
    @classmethod
    def _one_name_a_severity(cls, levels: Any) -> Any:
        if isinstance(levels, dict):
            names = [severity_of(name) for name in levels]
            if len(set(names)) < len(names):
                raise ValueError("the same severity twice (warning is yellow, critical is red)")
        return levels

    @model_validator(mode="after")
    def _ticket_opens_at_the_lowest(self) -> "ShortRule":
        lowest = next((name for name in SEVERITIES if name in self.levels), None)
        if lowest is None:
            raise ValueError("levels: at least one expected")
        if self.ticket is not None and self.ticket.open_at not in {None, lowest}:
            raise ValueError(
                f"ticket.open_at: {lowest} expected: a ticket opens when the alert is told"
            )
        if (self.wording is None) != (self.wording_en is None):
            raise ValueError("wording and wording_en: both or neither expected")
        return self

    def definition(self) -> RuleDefinition:
        """Return the rule as the engine knows it.

        Raises: pydantic.ValidationError: limits that contradict each other, an unknown metric, …
        """
        parameters: dict[str, Any] = {
            "metric": self.match.metric,
            "levels": self.levels,
            "hold_s": self.for_,
            "samples_min": self.min_samples or (2 if self.for_ else 1),
            "raise_hold_s": self.for_raise,
            "clear_hold_s": self.clear_for,
            "clear_samples_min": self.clear_samples,
            "reopen_s": self.reopen_within,
        }
        if self.clear is not None:
            parameters["clear"] = self.clear
        if self.max_gap is not None:  # no gap is shorter than one interval
            parameters |= {"gap_intervals_max": 1.0, "gap_s_min": self.max_gap}
        if self.stale_after is not None:
            parameters |= {"stale_intervals_max": 1.0, "stale_s_min": self.stale_after}
        ThresholdParameters.model_validate(parameters)
        return RuleDefinition(
            code=self.id,
            name=self.name or self.id,
            name_en=self.name_en or self.id,
            severity=next(name for name in SEVERITIES if name in self.levels),
            kind="threshold",
            inhibited_by=self.inhibited_by,
            ticket_problem=None if self.ticket is None else self.ticket.type,
            on_stale=self.on_stale,
            wording=self.wording or f"疑似异常：{self.id}",
            wording_en=self.wording_en or f"Suspected anomaly: {self.id}",
            source=self.source,
            parameters=parameters,
        )
