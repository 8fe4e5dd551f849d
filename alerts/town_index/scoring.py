"""Scores, grades and how much they hang on the weights. Pure.

A figure without a denominator has no score: its weight goes to the others of its group, and a group
without any goes to the other groups. What was left out is named, so that an empty town does not
look good or bad.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from alerts.town_index.tree import Group, Indicator, IndicatorCode, Tree

#: By how much one weight at a time is changed to see what hangs on it.
_SHIFT = 0.2


class Figure(NamedTuple):
    """What an indicator counted."""

    numerator: float
    denominator: float

    @property
    def value(self) -> float | None:
        """Return the figure; None: there was nothing to count."""
        return self.numerator / self.denominator if self.denominator else None


class IndicatorScore(NamedTuple):
    """An indicator of a town; ``share`` is its part of the total, 0 to 1."""

    indicator: Indicator
    figure: Figure
    score: float | None
    share: float


class GroupScore(NamedTuple):
    """A group of a town."""

    group: Group
    score: float | None
    share: float
    indicators: Sequence[IndicatorScore]


class Sensitivity(NamedTuple):
    """What would come out if one group's weight were a fifth more or less.

    ``grades`` holds every grade that comes out, the present one included.
    """

    score_min: float
    score_max: float
    grades: Sequence[str]


class TownScore(NamedTuple):
    """A town's index; None: nothing at all was counted."""

    score: float | None
    grade: str | None
    groups: Sequence[GroupScore]
    sensitivity: Sensitivity | None


Figures = Mapping[IndicatorCode, Figure]
_NOTHING = Figure(0.0, 0.0)


def score_town(tree: Tree, figures: Figures) -> TownScore:
    """Return the index of a town whose figures are given."""
    weights = {group.code: group.weight for group in tree.groups}
    groups = _groups(tree, figures, weights)
    score = _total(groups)
    if score is None:
        return TownScore(None, None, groups, None)
    shifted = [
        _total(_groups(tree, figures, {**weights, group.code: group.weight * factor}))
        for group in tree.groups
        for factor in (1 - _SHIFT, 1 + _SHIFT)
    ]
    around = [score, *(value for value in shifted if value is not None)]
    grades = sorted({tree.grade_of(value) for value in around})
    sensitivity = Sensitivity(min(around), max(around), grades)
    return TownScore(score, tree.grade_of(score), groups, sensitivity)


def score_of(indicator: Indicator, figure: Figure) -> float | None:
    """Return 0 to 100 between the indicator's worst and best."""
    if figure.value is None:
        return None
    reached = (figure.value - indicator.worst) / (indicator.best - indicator.worst)
    return 100 * min(max(reached, 0.0), 1.0)


def _groups(tree: Tree, figures: Figures, weights: Mapping[str, float]) -> list[GroupScore]:
    scored = [(group, *_indicators(group, figures)) for group in tree.groups]
    whole = sum(weights[group.code] for group, score, _ in scored if score is not None)
    found: list[GroupScore] = []
    for group, score, indicators in scored:
        share = weights[group.code] / whole if score is not None else 0.0
        parts = [item._replace(share=item.share * share) for item in indicators]
        found.append(GroupScore(group, score, share, parts))
    return found


def _indicators(group: Group, figures: Figures) -> tuple[float | None, list[IndicatorScore]]:
    scores = [
        (indicator, figure, score_of(indicator, figure))
        for indicator in group.indicators
        for figure in (figures.get(indicator.code, _NOTHING),)
    ]
    whole = sum(indicator.weight for indicator, _, score in scores if score is not None)
    items = [
        IndicatorScore(
            indicator, figure, score, indicator.weight / whole if score is not None else 0.0
        )
        for indicator, figure, score in scores
    ]
    if not whole:
        return None, items
    return sum(item.score * item.share for item in items if item.score is not None), items


def _total(groups: Sequence[GroupScore]) -> float | None:
    known = [(group.score, group.share) for group in groups if group.score is not None]
    return sum(score * share for score, share in known) if known else None
