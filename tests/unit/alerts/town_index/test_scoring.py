"""Scores by hand: two groups, one of them with two indicators."""

from pathlib import Path

import pytest

from alerts.town_index.scoring import Figure, Figures, score_of, score_town
from alerts.town_index.tree import Indicator, Tree, load_tree, parse_tree
from core.errors import ConfigError

TREE = parse_tree(
    """
version: "1"
grades: [{grade: A, from: 80}, {grade: B, from: 50}, {grade: C, from: 0}]
groups:
  - code: coverage
    name: 接入
    name_en: coverage
    weight: 60
    indicators:
      - {code: connection, name: a, name_en: a, weight: 100, worst: 0.5, best: 1.0}
  - code: satisfaction
    name: 满意
    name_en: satisfaction
    weight: 40
    indicators:
      - {code: complaints, name: b, name_en: b, weight: 75, worst: 10, best: 0}
      - {code: repeated, name: c, name_en: c, weight: 25, worst: 1, best: 0}
"""
)
FIGURES: Figures = {
    "connection": Figure(90, 100),  # 80 points
    "complaints": Figure(6, 2),  # 3 a hundred: 70 points
    "repeated": Figure(1, 2),  # 50 points
}


@pytest.mark.parametrize(
    ("figure", "score"),
    [
        (Figure(3, 4), 50),
        (Figure(1, 1), 100),
        (Figure(1, 2), 0),
        (Figure(0, 9), 0),
        (Figure(0, 0), None),
    ],
)
def test_a_score_runs_from_worst_to_best_and_no_further(
    figure: Figure, score: float | None
) -> None:
    rising = Indicator(code="closed", name="", name_en="", weight=1, worst=0.5, best=1.0)
    assert score_of(rising, figure) == score


def test_a_figure_that_should_be_small() -> None:
    falling = Indicator(code="complaints", name="", name_en="", weight=1, worst=5, best=0)
    assert score_of(falling, Figure(10, 10)) == 80
    assert score_of(falling, Figure(90, 10)) == 0


def test_a_town_by_hand() -> None:
    town = score_town(TREE, FIGURES)
    coverage, satisfaction = town.groups
    assert (coverage.score, satisfaction.score) == (80, 65)
    assert town.score == pytest.approx(0.6 * 80 + 0.4 * 65)
    assert town.grade == "B"
    shares = [item.share for group in town.groups for item in group.indicators]
    assert shares == pytest.approx([0.6, 0.3, 0.1])


def test_what_was_not_counted_leaves_its_weight_to_the_others() -> None:
    town = score_town(TREE, {"connection": Figure(90, 100), "repeated": Figure(1, 2)})
    assert [group.score for group in town.groups] == [80, 50]
    assert town.score == pytest.approx(0.6 * 80 + 0.4 * 50)
    alone = score_town(TREE, {"connection": Figure(90, 100)})
    assert (alone.score, alone.groups[1].score, alone.groups[1].share) == (80, None, 0.0)


def test_where_nothing_was_counted_there_is_no_index() -> None:
    town = score_town(TREE, {})
    assert (town.score, town.grade, town.sensitivity) == (None, None, None)


def test_sensitivity_by_hand() -> None:
    sensitivity = score_town(TREE, FIGURES).sensitivity
    assert sensitivity is not None
    # 72 : 40 and 48 : 40, 60 : 48 and 60 : 32.
    expected = [(w * 80 + v * 65) / (w + v) for w, v in ((72, 40), (48, 40), (60, 48), (60, 32))]
    assert sensitivity.score_min == pytest.approx(min(expected))
    assert sensitivity.score_max == pytest.approx(max(expected))
    assert sensitivity.grades == ["B"]


def test_a_grade_that_hangs_on_the_weights_is_named() -> None:
    # 80.3 as it is; with less weight on coverage it falls below 80.
    figures: Figures = {**FIGURES, "connection": Figure(953, 1000)}
    assert score_town(TREE, figures).grade == "A"
    found = score_town(TREE, figures).sensitivity
    assert found is not None
    assert found.grades == ["A", "B"]


def test_the_shipped_tree_is_whole() -> None:
    tree = load_tree()
    assert [group.code for group in tree.groups] == [
        "coverage",
        "liveness",
        "disposal",
        "timeliness",
        "recurrence",
        "satisfaction",
    ]
    assert tree.grade_of(85) == "A"
    assert tree.grade_of(84.999) == "B"
    assert tree.grade_of(0) == "C"


def edited(old: str, new: str) -> str:
    text = Tree.model_dump_json(TREE, by_alias=True)
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"weight":60.0', '"weight":50.0', "groups: weights add up to 90"),
        ('"weight":75.0', '"weight":80.0', "satisfaction: weights add up to 105"),
        ('"best":1.0', '"best":0.5', "worst and best must differ"),
        ('"from":80.0', '"from":40.0', "from the best to the worst"),
        ('"code":"repeated"', '"code":"complaints"', "stands in the tree once"),
        ('"code":"repeated"', '"code":"beauty"', "beauty"),
        ('"version":"1"', '"colour":"1"', "version"),
    ],
)
def test_a_tree_that_contradicts_itself_is_refused(old: str, new: str, reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        parse_tree(edited(old, new))


def test_a_tree_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load_tree(tmp_path / "tree.yaml")
