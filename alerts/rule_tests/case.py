"""The form of a rule test file (docs/rules-testing.md describes every key). Pure."""

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BeforeValidator, Field, field_validator, model_validator

from alerts.rule_tests.duration import Offset
from alerts.rule_tests.series import parse_values
from alerts.rule_tests.short_form import severity_of
from alerts.rules.parameters import Severity, Strict
from core.reading import METRIC_BY_LABEL

Interval = Annotated[Offset, Field(gt=0)]
Length = Annotated[Offset, Field(ge=0)]
State = Literal["pending", "firing", "recovering"]
SeverityName = Annotated[Severity, BeforeValidator(severity_of)]


class TrapSpec(Strict):
    """The trap of a series; lengths in mm above its floor."""

    outlet_invert_mm: float = 600.0
    cover_mm: float = 900.0
    on_road: bool = False
    capacity_l: float = 1_000.0
    rated_flow_lps: float | None = 2.0
    restaurant_type: str = "small"
    town: str = "town"
    sewer_branch: str | None = None


class SeriesName(Strict):
    """Which series: a metric of a device at a site (a trap)."""

    site: str = "S1"
    device: str = "D1"
    metric: str
    gateway: str | None = None

    @field_validator("metric")
    @classmethod
    def _known(cls, metric: str) -> str:
        if metric not in METRIC_BY_LABEL:
            raise ValueError(f"unknown metric; one of {', '.join(METRIC_BY_LABEL)} expected")
        return metric


class Delivery(Strict):
    """How one value (by its index) really comes: later, several times, with a wrong clock."""

    index: Annotated[int, Field(ge=0)]
    at: Offset | None = None
    times: Annotated[int, Field(ge=0, le=100)] = 1
    ts_shift: Offset = 0


class Series(Strict):
    """The values of one series, one an interval from ``from`` on."""

    series: SeriesName
    values: list[float | None]
    interval: Interval | None = None
    from_: Length = Field(0, alias="from")
    deliver: tuple[Delivery, ...] = ()
    trap: TrapSpec | None = None
    report_interval: Interval | None = None
    tilt_baseline_deg: float = 0.0

    @field_validator("values", mode="before")
    @classmethod
    def _notation(cls, notation: object) -> list[float | None]:
        return parse_values(str(notation))

    @model_validator(mode="after")
    def _deliveries_exist(self) -> "Series":
        for delivery in self.deliver:
            if delivery.index >= len(self.values) or self.values[delivery.index] is None:
                raise ValueError(f"deliver: there is no value {delivery.index}")
        return self


class Target(Strict):
    """Which alerts an act is about; what is left out matches all."""

    rule: str | None = None
    site: str | None = None
    device: str | None = None


class Acknowledge(Target):
    """Somebody has it in hand, for ever or for a while."""

    by: str = "inspector"
    note: str = ""
    for_: Length | None = Field(None, alias="for")


class Silence(Target):
    """Nobody is told while it lasts; ``severity_max``: of alerts up to that severity."""

    for_: Interval = Field(alias="for")
    severity_max: SeverityName | None = None


class Maintenance(Strict):
    """A maintenance window of a site, of a gateway, or (neither given) of the county."""

    for_: Interval = Field(alias="for")
    site: str | None = None
    gateway: str | None = None


class Job(Strict):
    """Work at a trap begins (``open``) or ends (``close``); the value is its name."""

    open: str | None = None
    close: str | None = None
    site: str | None = None
    kind: Literal["pump_out", "maintenance", "inspection"] = "pump_out"

    @model_validator(mode="after")
    def _one(self) -> "Job":
        if (self.open is None) == (self.close is None):
            raise ValueError("either open or close expected")
        return self


class GatewayOffline(Strict):
    """A gateway is down: an open episode of R14 about it."""

    gateway: str
    for_: Interval | None = Field(None, alias="for")


class RuleEdit(Strict):
    """A new version of a rule (``edit``; other fields or parameters), or its end (``remove``)."""

    edit: str | None = None
    remove: str | None = None
    fields: dict[str, Any] = Field(default_factory=dict)
    parameters: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one(self) -> "RuleEdit":
        if (self.edit is None) == (self.remove is None):
            raise ValueError("either edit or remove expected")
        return self


class DeviceStatus(Strict):
    """A device's new status in the register; ``retired`` closes what is open about it."""

    device: str
    status: Literal["active", "maintenance", "retired"]


class SiteStatus(Strict):
    """A restaurant's new status in the register."""

    site: str
    status: Literal["open", "suspended", "closed"]


class Action(Strict):
    """One thing that happens at a moment besides readings."""

    at: Length
    restart: Literal[True] | None = None
    advance: Literal[True] | None = None
    ack: Acknowledge | None = None
    unack: Target | None = None
    silence: Silence | None = None
    maintenance: Maintenance | None = None
    job: Job | None = None
    gateway_offline: GatewayOffline | None = None
    rule: RuleEdit | None = None
    device: DeviceStatus | None = None
    site: SiteStatus | None = None

    @model_validator(mode="after")
    def _one(self) -> "Action":
        given = self.model_fields_set - {"at"}
        if len(given) != 1:
            raise ValueError(f"one act a moment expected, {len(given)} given")
        return self

    @property
    def act(self) -> Any:
        """The one thing: a value of one of the above, or True (restart, advance)."""
        (name,) = self.model_fields_set - {"at"}
        return getattr(self, name)


class ExpectedAlert(Strict):
    """An alert as it has to be; only the keys given are compared."""

    state: State
    site: str | None = None
    device: str | None = None
    metric: str | None = None
    severity: SeverityName | None = None
    since: Offset | None = None
    started_at: Offset | None = None
    fired_at: Offset | None = None
    clear_since: Offset | None = None
    data_state: Literal["fresh", "stale"] | None = None
    acked: bool | None = None
    flapping: bool | None = None
    told: bool | None = None
    suppressed_by: str | None = None
    reopened: int | None = None
    relapses: int | None = None
    value: float | None = None
    peak_value: float | None = None


class Expectation(Target):
    """All alerts of a rule at a moment (those that are not OK)."""

    at: Length
    rule: str
    metric: str | None = None
    alerts: tuple[ExpectedAlert, ...]


class ExpectedNotification(Strict):
    """A message that goes out; only the keys given are compared."""

    at: Length
    type: str
    rule: str | None = None
    site: str | None = None
    device: str | None = None
    severity: SeverityName | None = None
    delayed: bool | None = None


class ExpectedTicket(Strict):
    """A ticket as it is after something changed it."""

    at: Length
    state: str
    flags: tuple[str, ...] = ()
    site: str | None = None
    problem: str | None = None
    severity: SeverityName | None = None


class ExpectedEpisode(Strict):
    """An episode as it is when the test ends."""

    rule: str | None = None
    site: str | None = None
    device: str | None = None
    started_at: Offset
    ended_at: Offset | None = None
    status: Literal["firing", "resolved", "closed"]
    severity: SeverityName | None = None
    reopened: int | None = None
    events: tuple[str, ...] | None = None


class Defaults(Strict):
    """What tests of a file have in common."""

    rules: tuple[str, ...] | None = None
    interval: Interval = 300_000_000
    start: AwareDatetime | None = None
    trap: TrapSpec = TrapSpec()


class Case(Strict):
    """One test. ``rules``: only these codes are in force."""

    name: str
    rules: tuple[str, ...] | None = None
    interval: Interval | None = None
    start: AwareDatetime | None = None
    reorder_window: Length = 0
    input: tuple[Series, ...]
    actions: tuple[Action, ...] = ()
    expect: tuple[Expectation, ...] = ()
    notifications: tuple[ExpectedNotification, ...] | None = None
    tickets: tuple[ExpectedTicket, ...] | None = None
    episodes: tuple[ExpectedEpisode, ...] | None = None


class RuleTestFile(Strict):
    """A file of tests. Without ``rule_files`` and ``rules``: the shipped catalogue."""

    rule_files: tuple[str, ...] = ()
    rules: list[dict[str, Any]] = Field(default_factory=list)
    defaults: Defaults = Defaults()
    tests: Annotated[tuple[Case, ...], Field(min_length=1)]
