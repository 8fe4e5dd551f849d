"""The four rates of the funnel, their numbers and their words. Pure."""

from dataclasses import dataclass

from api.coverage.schemas import Formula, Funnel, Rate, RateCode
from api.schemas import RestaurantType

_RATES: list[tuple[RateCode, str, str, str, str]] = [
    ("installation", "安装率", "installation rate", "installed", "should_connect"),
    ("connection", "接入率", "connection rate", "commissioned", "should_connect"),
    ("online", "在线率", "online rate", "online", "commissioned"),
    ("good_data", "有效数据率", "good-data rate", "reporting_good", "commissioned"),
]
_STAGES = {
    "should_connect": ("应接入餐饮单位数（营业且需设隔油池）", "open restaurants that need a trap"),
    "installed": (
        "已安装设备（未报废）的应接入单位数",
        "those with at least one device, not retired, on a trap",
    ),
    "commissioned": (
        "已开通设备的应接入单位数",
        "those with at least one commissioned device in service",
    ),
    "online": (
        "在 max(3×上报周期, 30 分钟) 内收到过数据的已接入单位数",
        "those heard within max(3 x report interval, 30 min)",
    ),
    "reporting_good": (
        "在 max(3×上报周期, 30 分钟) 内收到过有效数据的已接入单位数",
        "those with a good value within max(3 x report interval, 30 min)",
    ),
}
FORMULAS = [
    Formula(
        code=code,
        name=name,
        name_en=name_en,
        formula=f"{name} = {_STAGES[part][0]} ÷ {_STAGES[whole][0]}",
        formula_en=f"{name_en} = {_STAGES[part][1]} / {_STAGES[whole][1]}",
    )
    for code, name, name_en, part, whole in _RATES
]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    registered: int
    should_connect: int
    installed: int
    commissioned: int
    online: int
    reporting_good: int

    @property
    def funnel(self) -> Funnel:
        """The counts alone."""
        return Funnel(
            registered=self.registered,
            should_connect=self.should_connect,
            installed=self.installed,
            commissioned=self.commissioned,
            online=self.online,
            reporting_good=self.reporting_good,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TownFunnel(_Counts):
    """Counts of one town, or of the county where ``town_code`` is None."""

    town_code: str | None
    town_name: str | None
    town_name_en: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeFunnel(_Counts):
    """Counts of one type of restaurant in the county."""

    restaurant_type: RestaurantType


def rates_of(funnel: Funnel) -> list[Rate]:
    """Return the rates of a funnel; a rate of nothing is null, never 0 or 100 %."""
    counts = [
        (code, getattr(funnel, part), getattr(funnel, whole)) for code, _, _, part, whole in _RATES
    ]
    return [
        Rate(
            code=code,
            numerator=part,
            denominator=whole,
            value=part / whole if whole else None,
        )
        for code, part, whole in counts
    ]
