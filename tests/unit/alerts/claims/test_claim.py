from datetime import UTC, date, datetime, timedelta

import pytest

from alerts.claims.model import IntakeChange
from core.errors import InvalidRequestError
from tests.unit.alerts.claims.conftest import MakeClaim

#: 100 complaints in the first half of 2025 by a steady hand, then 47.
FALLING = [17, 16, 17, 17, 16, 17, 17, 16, 17, 16, 17, 17, 8, 8, 8, 8, 8, 7]
STEADY = [20] * 18
#: The same means, but complaints come in bursts.
BURSTS = [40, 1, 3, 38, 8, 10, 2, 36, 4, 1, 39, 12, 8, 8, 8, 8, 8, 7]


def change(**members: object) -> IntakeChange:
    given = {
        "at": datetime(2025, 9, 10, tzinfo=UTC),
        "kind": "intake",
        "what": "12369 并入 12345",
        "source": "12345",
        "effect": "more",
        "recorded_at": datetime(2025, 9, 1, tzinfo=UTC),
    }
    return IntakeChange.model_validate(given | members)


def codes(remarks: tuple[object, ...]) -> list[str]:
    return [getattr(remark, "code") for remark in remarks]  # noqa: B009


def test_a_clear_fall_may_be_printed(claim: MakeClaim) -> None:
    made = claim(FALLING, STEADY)
    own = made.figures.deduplicated.treated
    assert (own.base.count, own.period.count) == (100, 47)
    assert own.rate_ratio == pytest.approx(0.47)
    assert (own.exact.low, own.exact.high) == pytest.approx((0.325010247, 0.671135557))
    assert own.used == "exact"
    assert own.phi is not None
    assert own.phi < 1
    assert own.base.per_100_sites_30_days == pytest.approx(100 / 181 * 30)
    assert made.verdict == "decreased"
    assert (made.verdict_words.zh, made.verdict_words.en) == ("下降", "decreased")
    assert made.may_print_percent
    assert made.sentence.en == (
        "Complaints per 100 restaurants fell by 53 % (95 % interval 33 to 67). "
        "100 (2025-01..2025-06) → 47 (2026-01..2026-06), without repeated ones. "
        "Against the comparison group they fell by 53 % (95 % interval 26 to 70)."
    )
    assert made.sentence.zh.startswith("每百户投诉下降 53 %（95 % 区间 33～67 %）。去重后 100 件")


def test_bursts_take_the_percentage_away(claim: MakeClaim) -> None:
    made = claim(BURSTS, STEADY)
    own = made.figures.deduplicated.treated
    assert own.base.count == 100
    assert own.used == "overdispersed"
    assert own.phi is not None
    assert own.phi > 10
    assert made.verdict == "no_clear_change"
    assert codes(made.withheld) == ["no_clear_change"]
    assert made.sentence.en.startswith("Complaints: no clear change. 100 (2025-01..2025-06) → 47")
    assert "%" not in made.sentence.en.split("No percentage")[0]


def test_a_general_trend_shows_against_the_comparison(claim: MakeClaim) -> None:
    made = claim(FALLING, [2 * count for count in FALLING])
    comparison = made.figures.deduplicated.comparison
    assert comparison is not None
    assert comparison.ratio_of_ratios == pytest.approx(1.0)
    assert comparison.verdict == "no_clear_change"
    assert made.verdict == "decreased"
    assert made.sentence.en.endswith("Against the comparison group they showed no clear change.")


def test_without_comparison_no_percentage(claim: MakeClaim) -> None:
    made = claim(FALLING)
    assert made.verdict == "decreased"
    assert codes(made.withheld) == ["no_comparison"]
    assert not made.may_print_percent
    assert made.figures.all.comparison is None
    straddled = claim(FALLING, marks=[change()])
    assert codes(straddled.withheld) == ["no_comparison", "intake_change_uncompensated"]
    assert "intake_change" in codes(straddled.caveats)
    early = claim(FALLING, marks=[change(at=datetime(2024, 12, 31, 15, tzinfo=UTC))])
    assert codes(early.withheld) == ["no_comparison"]


def test_a_small_base_gives_counts(claim: MakeClaim) -> None:
    made = claim([3, 3, 4, 3, 3, 3] * 2 + [0] * 6, STEADY)
    own = made.figures.deduplicated.treated
    assert (own.base.count, own.rate_ratio) == (19, 0.0)
    assert made.verdict == "decreased"
    assert codes(made.withheld) == ["base_below_20"]
    assert "19 (2025-01..2025-06) → 0" in made.sentence.en
    assert "zero_count" in codes(made.caveats)


def test_17_to_8_says_nothing(claim: MakeClaim) -> None:
    made = claim([3, 3, 3, 3, 2, 3] * 2 + [1, 1, 2, 1, 1, 2], STEADY)
    own = made.figures.deduplicated.treated
    assert (own.base.count, own.period.count) == (17, 8)
    assert (round(own.exact.low, 2), round(own.exact.high or 0, 2)) == (0.18, 1.15)
    assert made.verdict == "no_clear_change"
    assert codes(made.withheld) == ["no_clear_change", "base_below_20"]


def test_a_rise_is_said_as_plainly(claim: MakeClaim) -> None:
    made = claim([10] * 12 + [20] * 6, STEADY)
    assert made.verdict == "increased"
    assert "rose by 100 % (95 % interval " in made.sentence.en
    assert "每百户投诉上升 100 %" in made.sentence.zh


def test_nothing_before_is_no_ratio(claim: MakeClaim) -> None:
    made = claim([0] * 12 + [5] * 6, STEADY)
    own = made.figures.deduplicated.treated
    assert (own.rate_ratio, own.exact.high, own.phi, own.overdispersed) == (None,) * 4
    assert made.verdict == "increased"
    assert codes(made.withheld) == ["base_below_20"]
    empty = claim(FALLING, [0] * 18)
    comparison = empty.figures.deduplicated.comparison
    assert comparison is not None
    assert comparison.ratio_of_ratios is None
    assert comparison.verdict == "no_clear_change"


def test_january_alone_is_never_a_percentage(claim: MakeClaim) -> None:
    alone = claim([30] * 12 + [10], [30] * 13, period="2026-01")
    assert codes(alone.withheld) == ["spring_festival"]
    both = claim([30] * 12 + [10, 10], [30] * 14, period="2026-01..2026-02")
    assert both.may_print_percent


def test_repeated_complaints_can_decide(claim: MakeClaim) -> None:
    repeated = [(40, 10)] * 12 + [(10, 10)] * 6
    made = claim(repeated, STEADY)
    assert made.figures.all.treated.verdict == "decreased"
    assert made.verdict == "no_clear_change"
    assert "duplicates_decide" in codes(made.caveats)


def test_an_intervention_counts_if_it_was_dated_before_looking(claim: MakeClaim) -> None:
    start = datetime(2025, 12, 20, tzinfo=UTC)
    begun = change(kind="intervention", at=start, what="开通", recorded_at=start)
    made = claim(FALLING, STEADY, marks=[begun])
    assert made.change_point == begun
    assert "dated_after_looking" not in codes(made.caveats)
    later = change(kind="intervention", at=start, recorded_at=start + timedelta(days=60))
    made = claim(FALLING, STEADY, marks=[later])
    assert made.change_point is None
    assert "dated_after_looking" in codes(made.caveats)
    assert "intake_change" not in codes(made.caveats)


def test_the_chart_judges_the_period_by_the_baseline(claim: MakeClaim) -> None:
    chart = claim(FALLING, STEADY).chart
    assert [point.phase for point in chart.points] == ["baseline"] * 12 + ["period"] * 6
    values = [point.value for point in chart.points[:12]]
    assert chart.mean == pytest.approx(sum(values) / 12)
    assert all("outside" in point.signals for point in chart.points[12:])
    unstable = claim([17] * 6 + [30] + [17] * 5 + [8] * 6, STEADY)
    assert "baseline_unstable" in codes(unstable.caveats)


def test_months_between_baseline_and_period_are_shown(claim: MakeClaim) -> None:
    made = claim([17] * 18, STEADY, period="2026-04..2026-06")
    phases = [point.phase for point in made.chart.points]
    assert phases == ["baseline"] * 12 + ["between"] * 3 + ["period"] * 3
    assert made.figures.all.treated.base.months == ("2025-04", "2025-05", "2025-06")


def test_a_seasonal_series_has_a_rate_for_each_calendar_month(claim: MakeClaim) -> None:
    year = [5, 5, 5, 5, 60, 60, 60, 60, 60, 5, 5, 5]
    counts = year + [count + place % 2 for place, count in enumerate(year)] + year[:6]
    asked = {"baseline": "2024-01..2025-12", "comparison": "none"}
    plain = claim(counts, **asked).figures.deduplicated.treated
    seasonal = claim(counts, **asked, seasonal=True)
    own = seasonal.figures.deduplicated.treated
    assert plain.phi is not None
    assert own.phi is not None
    assert plain.phi > 20
    assert own.phi < 1
    assert own.phi_degrees == 12
    assert seasonal.chart.moving_range < 1
    assert not any(point.signals for point in seasonal.chart.points[24:])


def test_rare_complaints_are_charted_by_the_days_between_them(claim: MakeClaim) -> None:
    days = [date(2025, 1, 3) + timedelta(days=14 * place) for place in range(26)]
    made = claim([2] * 12 + [0] * 6, STEADY, days=[*days, date(2026, 6, 30)])
    assert made.pauses is not None
    assert made.pauses.centre_days == pytest.approx(14)
    assert made.pauses.points[-1].signals == ("outside",)
    assert claim(FALLING, STEADY, days=days).pauses is None


def test_caveats_name_what_the_sites_hide(claim: MakeClaim) -> None:
    made = claim(
        FALLING,
        STEADY,
        inputs={"joining_site_count": 3, "exposure_basis": "constant_before_register"},
    )
    assert codes(made.caveats)[:3] == ["selection", "joining_sites", "exposure_assumed"]
    county = claim(FALLING, STEADY, treated="all", comparison="other_categories")
    assert "selection" not in codes(county.caveats)


def test_a_month_without_sites_has_no_rate(claim: MakeClaim) -> None:
    made = claim(FALLING, STEADY)
    first = made.inputs.months[0]
    closed = first.model_copy(update={"treated": first.treated.model_copy(update={"site_days": 0})})
    with pytest.raises(InvalidRequestError, match="2025-01: a group has no restaurant"):
        claim(FALLING, STEADY, inputs={"months": (closed, *made.inputs.months[1:])})
