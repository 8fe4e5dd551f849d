"""What a claim is made of: its question, its inputs, its figures, its words. Pure.

A claim is one JSON document that carries its own data, so whoever holds the file can compute every
number and word in it again.
"""

from datetime import date, datetime
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from alerts.intake_changes.model import Effect, Kind
from alerts.statistics.xmr import Signal
from core.complaint_category import Category

KIND: Final = "trapwatch.claim"
#: Raised when the meaning of a member changes.
FORMAT: Final = 1

MonthText = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
Count = Annotated[int, Field(ge=0, le=2**53 - 1)]
Measure = Annotated[float, Field(allow_inf_nan=False)]

Treated = Literal["monitored", "all"]
ComparisonKind = Literal["unmonitored", "other_categories", "none"]
Verdict = Literal["decreased", "increased", "no_clear_change"]
#: ``register_entry``: a site counts from its entry in the register on.
#: ``constant_before_register``: the register is younger than the baseline, so its sites count as
#: there from the start.
ExposureBasis = Literal["register_entry", "constant_before_register"]


class Part(BaseModel):
    """Base of a claim's parts: nothing in them changes, nothing unknown is accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(Part):
    """Whole Asia/Shanghai months, both included."""

    first: MonthText
    last: MonthText


class Question(Part):
    """What is asked; ``categories`` are counted together."""

    baseline: Span
    period: Span
    town: str | None
    categories: tuple[Category, ...]
    treated: Treated
    comparison: ComparisonKind
    seasonal: bool = Field(description="calendar months have rates of their own: needs 24 months")


class GroupMonth(Part):
    """One group of sites in one month."""

    site_days: Count = Field(description="days on which its restaurants were in business")
    service_days: Count = Field(description="of these, with a device in service")
    complaint_count: Count = Field(description="件: every complaint")
    deduplicated_count: Count = Field(description="去重后: without those linked as repeated")


class InputMonth(Part):
    """One month of the data."""

    month: MonthText
    treated: GroupMonth
    comparison: GroupMonth | None
    unassigned_count: Count = Field(
        description="complaints of these categories that belong to neither group"
    )


class IntakeChange(Part):
    """A change in how complaints come in, or an intervention; a mark in every chart."""

    at: datetime
    kind: Kind
    what: str
    source: str
    effect: Effect = Field(description="expected effect on counts")
    recorded_at: datetime


class Inputs(Part):
    """Everything that the figures are computed from."""

    months: tuple[InputMonth, ...]
    complaint_days: tuple[date, ...] = Field(
        description="each first complaint of the treated group, where they are too few for months"
    )
    intake_changes: tuple[IntakeChange, ...]
    treated_site_count: Count
    comparison_site_count: Count | None
    joining_site_count: Count = Field(
        description="came into service within the period, or left it before: in neither group"
    )
    exposure_basis: ExposureBasis
    register_began_on: date | None


class Bounds(Part):
    """A 95 % interval; ``high`` is null where nothing bounds it."""

    low: Measure
    high: Measure | None


class WindowFigures(Part):
    """One side of a comparison."""

    months: tuple[MonthText, ...]
    count: Count
    site_days: Count
    service_days: Count
    per_100_sites_30_days: Measure


class GroupFigures(Part):
    """How one group's rate changed."""

    base: WindowFigures
    period: WindowFigures
    rate_ratio: Measure | None = Field(description="null without complaints in the base")
    p_value: Measure
    exact: Bounds
    phi: Measure | None = Field(description="dispersion of the baseline; null: too few complaints")
    phi_degrees: Count
    overdispersed: Bounds | None
    used: Literal["exact", "overdispersed"]
    verdict: Verdict


class ComparisonFigures(Part):
    """The comparison group, and the change relative to it."""

    group: GroupFigures
    ratio_of_ratios: Measure | None
    interval: Bounds
    verdict: Verdict


class WayFigures(Part):
    """All figures of one way to count."""

    treated: GroupFigures
    comparison: ComparisonFigures | None


class Figures(Part):
    """Everything counted both ways."""

    all: WayFigures
    deduplicated: WayFigures


class ChartPoint(Part):
    """One month of the chart."""

    month: MonthText
    value: Measure
    phase: Literal["baseline", "between", "period"]
    signals: tuple[Signal, ...]


class Chart(Part):
    """XmR chart of the treated group, deduplicated, per 100 sites and 30 days."""

    mean: Measure
    moving_range: Measure
    lower: Measure
    upper: Measure
    points: tuple[ChartPoint, ...]


class PausePoint(Part):
    """Days from one complaint to the next."""

    day: date
    pause_days: Measure
    signals: tuple[Signal, ...]


class Pauses(Part):
    """t chart: days between complaints, where months count too few."""

    centre_days: Measure
    lower_days: Measure
    upper_days: Measure
    points: tuple[PausePoint, ...]


class Words(Part):
    """The same in both languages."""

    zh: str
    en: str


class Remark(Part):
    """Something that a reader has to know; ``code`` is stable."""

    code: str
    text: Words


class Claim(Part):
    """A claim and all that is needed to compute it again."""

    kind: Literal["trapwatch.claim"]
    format: Literal[1]
    code_version: str
    as_of: datetime
    question: Question
    comparison_categories: tuple[Category, ...]
    inputs: Inputs
    data_sha256: str = Field(description="of the RFC 8785 bytes of question and inputs")
    figures: Figures
    chart: Chart
    pauses: Pauses | None
    change_point: IntakeChange | None = Field(
        description="the intervention that was put on record before the period began"
    )
    verdict: Verdict = Field(description="of the treated group, deduplicated, by its interval")
    verdict_words: Words
    may_print_percent: bool
    withheld: tuple[Remark, ...] = Field(description="why no percentage may be printed")
    sentence: Words = Field(description="what may be printed, word by word")
    caveats: tuple[Remark, ...]
    method: tuple[str, ...]
    document_sha256: str = Field(description="of the RFC 8785 bytes of all other members")
