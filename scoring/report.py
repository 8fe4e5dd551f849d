"""What a scoring run found, in numbers: by rule, overall, and against the targets. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, NamedTuple

from alerts.circumstances.model import FOREVER_US
from alerts.episode import Episode
from core.instant import MINUTE_US
from scoring.matching import Places, RuleScore, place_of_truth
from simulators.truth import TrueEpisode

OVERALL_MIN, RULE_MIN, BEFORE_SPILL_MIN, FALSE_A_MONTH_MAX = 0.95, 0.90, 0.95, 0.2
_FLOOD_RULES = frozenset({"R01", "R02", "R03", "R04", "R05"})
_SILENT_RATIO_MAX = 0.3


class ScoredRun(NamedTuple):
    """Scores by rule, and (raised in time, all) of floods that spilled."""

    scores: Mapping[str, RuleScore]
    before_spill: tuple[int, int]


@dataclass(frozen=True, slots=True)
class RuleFigures:
    """One rule; None where there was nothing to find or nothing was raised."""

    code: str
    true_alerts: int
    false_alerts: int
    found: int
    missed: int
    precision: float | None
    recall: float | None
    delay_min: float | None
    false_a_site_month: float


@dataclass(frozen=True, slots=True)
class ScoreReport:
    """Figures of one or several runs; ``site_months`` is traps times months of 30 days.

    ``before_spill``: (raised in time, all) of the overflows and sudden blockages that spilled.
    ``false_a_site_month`` counts alerts of yellow and above.
    """

    seeds: tuple[int, ...]
    reporting: str
    site_months: float
    rules: tuple[RuleFigures, ...]
    precision: float | None
    recall: float | None
    before_spill: tuple[int, int]
    false_a_site_month: float

    def misses(self) -> list[str]:
        """Return which targets were not reached."""
        found = [
            f"{name} {value:.3f} < {least}"
            for name, value, least in (
                ("precision", self.precision, OVERALL_MIN),
                ("recall", self.recall, OVERALL_MIN),
                *((f"{r.code} precision", r.precision, RULE_MIN) for r in self.rules),
                *((f"{r.code} recall", r.recall, RULE_MIN) for r in self.rules),
                ("raised before spill", _share(*self.before_spill), BEFORE_SPILL_MIN),
            )
            if value is not None and value < least
        ]
        if self.false_a_site_month > FALSE_A_MONTH_MAX:
            found.append(
                f"false alarms per site-month {self.false_a_site_month:.3f} > {FALSE_A_MONTH_MAX}"
            )
        return found

    def document(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {**asdict(self), "misses": self.misses()}


def make_report(
    seeds: Sequence[int],
    reporting: str,
    site_months: float,
    runs: Sequence[ScoredRun],
) -> ScoreReport:
    """Return the figures of runs taken together."""
    all_scores = [run.scores for run in runs]
    codes = sorted({code for run in all_scores for code in run})
    rules = tuple(_figures(code, [run[code] for run in all_scores], site_months) for code in codes)
    spills = [run.before_spill for run in runs]
    false_grave = sum(
        episode.severity != "blue"
        for run in all_scores
        for score in run.values()
        for episode in score.false_alerts
    )
    return ScoreReport(
        tuple(seeds),
        reporting,
        site_months,
        rules,
        _share(_sum(rules, "true_alerts"), _sum(rules, "true_alerts", "false_alerts")),
        _share(_sum(rules, "found"), _sum(rules, "found", "missed")),
        (sum(n for n, _ in spills), sum(n for _, n in spills)),
        false_grave / site_months,
    )


def raised_before_spill(
    episodes: Sequence[Episode], truth: Sequence[TrueEpisode], places: Places
) -> tuple[int, int]:
    """Return how many floods were told before they spilled, and how many spilled.

    Floods are certain overflows and sudden blockages on a trap whose unit was heard. An alert of
    the same trouble may have been told long before; it counts if it is still open when the flood
    begins.
    """
    told: dict[str, list[tuple[int, int]]] = {}
    for episode in episodes:
        if episode.rule.code in _FLOOD_RULES:
            for event in episode.events:
                if event.notice == "alert.fired" and episode.severity != "blue":
                    until_us = FOREVER_US if episode.ended_at_us is None else episode.ended_at_us
                    told.setdefault(places.of_alert(episode), []).append((event.at_us, until_us))
    raised = spilled = 0
    for flood in truth:
        if flood.kind not in {"overflow", "blockage_sudden"} or not _was_watched(flood):
            continue
        first_us = min(
            (
                spill.start_us
                for spill in truth
                if spill.kind == "spill"
                and spill.trap_code == flood.trap_code
                and flood.start_us <= spill.start_us <= flood.end_us
            ),
            default=None,
        )
        if first_us is None:
            continue
        spilled += 1
        branch = places.branch_of_trap(flood.trap_code or "")
        moments = [*told.get(place_of_truth(flood), ()), *told.get(f"branch {branch}", ())]
        raised += any(at <= first_us and flood.start_us <= until for at, until in moments)
    return raised, spilled


def _was_watched(flood: TrueEpisode) -> bool:
    return (
        flood.grade == "certain"
        and bool(flood.detail.get("observable", True))
        and float(flood.detail.get("silent_ratio", 0.0)) <= _SILENT_RATIO_MAX
    )


def _figures(code: str, scores: Sequence[RuleScore], site_months: float) -> RuleFigures:
    true_alerts = sum(len(score.true_alerts) for score in scores)
    false_alerts = sum(len(score.false_alerts) for score in scores)
    delays = [delay_us for score in scores for _, delay_us in score.found]
    missed = sum(len(score.missed) for score in scores)
    return RuleFigures(
        code,
        true_alerts,
        false_alerts,
        len(delays),
        missed,
        _share(true_alerts, true_alerts + false_alerts),
        _share(len(delays), len(delays) + missed),
        round(median(delays) / MINUTE_US, 1) if delays else None,
        round(false_alerts / site_months, 4),
    )


def _sum(rules: Iterable[RuleFigures], *names: str) -> int:
    return sum(int(getattr(rule, name)) for rule in rules for name in names)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
