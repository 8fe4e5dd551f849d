"""What the routes of the towns' index answer and are told."""

from datetime import datetime

from pydantic import Field

from alerts.town_index.tree import IndicatorCode
from api.schemas import Answer, Line, Order


class IndicatorScore(Answer):
    """A figure of a town, its score 0 to 100 and its share of the total, 0 to 1."""

    code: IndicatorCode
    numerator: float
    denominator: float
    value: float | None = Field(description="null: there was nothing to count")
    score: float | None
    share: float = Field(description="0 where it has no score: the others carry its weight")


class GroupScore(Answer):
    """Indicators of one concern."""

    code: str
    score: float | None
    share: float
    indicators: list[IndicatorScore]


class Sensitivity(Answer):
    """What comes out if one group's weight at a time is a fifth more or less."""

    score_min: float
    score_max: float
    grades: list[str] = Field(description="more than one: the grade hangs on the weights")


class TownScore(Answer):
    """One town's index; null where nothing was counted."""

    code: str
    name: str
    name_en: str
    score: float | None
    grade: str | None
    sensitivity: Sensitivity | None
    groups: list[GroupScore]


class TreeIndicator(Answer):
    """How a figure becomes a score."""

    code: IndicatorCode
    name: str
    name_en: str
    weight: float
    worst: float = Field(description="figure that scores 0")
    best: float = Field(description="figure that scores 100")


class TreeGroup(Answer):
    """A concern with its weight, in percent."""

    code: str
    name: str
    name_en: str
    weight: float
    indicators: list[TreeIndicator]


class TownIndex(Answer):
    """The index of all towns for a month, the best first."""

    month: str
    revision: int | None = Field(description="null: not frozen, computed just now")
    as_of: datetime
    reason: str | None = Field(description="why this revision")
    tree_version: str
    groups: list[TreeGroup]
    towns: list[TownScore]


class IndexRow(Answer):
    """One thing that a figure counts, with its part of numerator and denominator."""

    subject_kind: str = Field(description="restaurant, device, ticket or complaint")
    subject_id: int
    label: str
    numerator: float
    denominator: float


class IndexRevisionOrder(Order):
    """Why a published month is computed again."""

    reason: Line
