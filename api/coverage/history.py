"""Frozen days and months as they are answered: the funnel of the time, and rates over it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime

from api.coverage.rates import rates_of
from api.coverage.schemas import (
    Formula,
    FrozenSpan,
    Funnel,
    PeriodRate,
    PeriodRateCode,
    RegisterVersion,
)

_RATES: list[tuple[PeriodRateCode, str, str, str, str]] = [
    ("online_time", "在线率（时段）", "online rate over time", "online_h", "in_service_h"),
    ("intact", "完好率", "intact rate", "working_h", "service_and_maintenance_h"),
    ("transmission", "传输率", "transmission rate", "received_reports", "expected_reports"),
    ("valid", "有效数据率（时段）", "valid-data rate", "valid_reports", "expected_reports"),
]
_PARTS = {
    "online_h": ("在线小时数之和", "hours in which devices were heard recently enough"),
    "in_service_h": ("应在线小时数之和", "hours in which devices were in service"),
    "working_h": ("正常工作小时数", "hours online with good values"),
    "service_and_maintenance_h": (
        "正常工作、维护与故障小时数之和",
        "hours working, in maintenance and faulty",
    ),
    "received_reports": ("收到的上报数", "reports that came, early or late"),
    "expected_reports": ("应收到的上报数", "reports expected by the report intervals"),
    "valid_reports": ("数据有效的上报数", "reports with good values"),
}
FORMULAS = [
    Formula(
        code=code,
        name=name,
        name_en=name_en,
        formula=f"{name} = {_PARTS[part][0]} ÷ {_PARTS[whole][0]}",
        formula_en=f"{name_en} = {_PARTS[part][1]} / {_PARTS[whole][1]}",
    )
    for code, name, name_en, part, whole in _RATES
]


@dataclass(frozen=True, slots=True)
class FrozenRow:
    """A frozen day or month, added up; ``as_of`` None: the funnel of that time is not known."""

    starts_on: date
    revision: int
    as_of: datetime | None
    restaurant_count: int | None
    register_updated_at: datetime | None
    reason: str
    frozen_by: str
    frozen_at: datetime
    registered: int
    should_connect: int
    installed: int
    commissioned: int
    online: int
    reporting_good: int
    expected_reports: float
    received_reports: float
    valid_reports: float
    in_service_h: float
    online_h: float
    working_h: float
    maintenance_h: float

    @property
    def service_and_maintenance_h(self) -> float:
        """Hours that the intact rate relates to: working, faulty, in maintenance."""
        return self.in_service_h + self.maintenance_h


def answer_of(row: FrozenRow) -> FrozenSpan:
    """Return the answer for a frozen day or month."""
    funnel = register = None
    if row.as_of is not None and row.restaurant_count is not None:
        funnel = Funnel(**{stage: getattr(row, stage) for stage in Funnel.model_fields})
        register = RegisterVersion(
            restaurant_count=row.restaurant_count, updated_at=row.register_updated_at
        )
    return FrozenSpan(
        starts_on=row.starts_on,
        revision=row.revision,
        as_of=row.as_of,
        register_version=register,
        reason=row.reason,
        frozen_by=row.frozen_by,
        frozen_at=row.frozen_at,
        funnel=funnel,
        rates=[] if funnel is None else rates_of(funnel),
        period_rates=[
            _rate(code, getattr(row, part), getattr(row, whole))
            for code, _, _, part, whole in _RATES
        ],
    )


def _rate(code: PeriodRateCode, numerator: float, denominator: float) -> PeriodRate:
    value = numerator / denominator if denominator else None
    return PeriodRate(
        code=code, numerator=round(numerator, 3), denominator=round(denominator, 3), value=value
    )
