"""Alerts and true episodes put together: found, missed, raised for nothing. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alerts.circumstances.model import FOREVER_US
from alerts.episode import Episode
from core.instant import HOUR_US
from core.registry.model import Registry
from scoring.expectations import Expectation
from simulators.truth import TrueEpisode

_WORK = frozenset({"job", "maintenance"})
#: A unit that was silent for more than this part of an episode could not see it.
_SILENT_RATIO_MAX = 0.3


@dataclass(slots=True)
class RuleScore:
    """``found`` pairs a true episode with the delay of its first alert in µs."""

    code: str
    found: list[tuple[TrueEpisode, int]] = field(default_factory=list)
    missed: list[TrueEpisode] = field(default_factory=list)
    true_alerts: list[Episode] = field(default_factory=list)
    false_alerts: list[Episode] = field(default_factory=list)

    @property
    def precision(self) -> float | None:
        """The part of the alerts told that something true explains; None: no alerts."""
        told = len(self.true_alerts) + len(self.false_alerts)
        return len(self.true_alerts) / told if told else None

    @property
    def recall(self) -> float | None:
        """The part of the certain, observable episodes that were found; None: there were none."""
        wanted = len(self.found) + len(self.missed)
        return len(self.found) / wanted if wanted else None


class Places:
    """Where an alert and a true episode are: a trap, a branch, a gateway."""

    def __init__(self, registry: Registry, gateway_uids: Sequence[str]) -> None:
        self._gateway = {str(n): uid for n, uid in enumerate(gateway_uids, 1)}
        self._trap = {
            str(device.device_id): device.trap.code for device in registry if device.trap
        }

    def of_alert(self, episode: Episode) -> str:
        """Return the place of an alert."""
        subject = episode.subject
        if subject.kind == "gateway":
            return f"gateway {self._gateway[subject.ref]}"
        if subject.kind == "branch":
            return f"branch {subject.ref}"
        return f"trap {subject.trap.code if subject.trap else self._trap[subject.ref]}"

    def branch_of(self, episode: Episode) -> str | None:
        """Return the branch of the alert's trap."""
        trap = episode.subject.trap
        return f"branch {trap.sewer_branch}" if trap is not None else None


def place_of_truth(truth: TrueEpisode) -> str:
    """Return the place of a true episode."""
    if truth.trap_code is not None:
        return f"trap {truth.trap_code}"
    return f"branch {truth.branch}" if truth.branch else f"gateway {truth.gateway_uid}"


def match(
    code: str,
    expectation: Expectation,
    episodes: Sequence[Episode],
    truth: Sequence[TrueEpisode],
    places: Places,
) -> RuleScore:
    """Return how one rule did."""
    score = RuleScore(code)
    by_place: dict[str, list[TrueEpisode]] = defaultdict(list)
    for true in truth:
        if true.kind in (*expectation.wanted, *expectation.accepted):
            for place in _places_of(true):
                by_place[place].append(true)
    alerts: dict[str, list[tuple[int, Episode]]] = defaultdict(list)
    at_work: dict[str, list[tuple[int, Episode]]] = defaultdict(list)
    groups: dict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        if episode.rule.code in expectation.merged_by and episode.is_told:
            groups[places.of_alert(episode)].append(episode)
    for episode in episodes:
        if episode.rule.code != code:
            continue
        fired_us = _reached_us(episode, expectation.level_min)
        is_told = episode.is_told and fired_us is not None
        if fired_us is None:
            continue
        place = places.of_alert(episode)
        if is_told or _is_merged(episode, groups, places):
            alerts[place].append((fired_us, episode))
        elif episode.suppressed_by in _WORK:
            at_work[place].append((fired_us, episode))
        if is_told:
            explained = any(_belongs(episode, fired_us, t, expectation) for t in by_place[place])
            (score.true_alerts if explained else score.false_alerts).append(episode)
    for true in truth:
        if true.kind not in expectation.wanted or not _is_countable(true, expectation):
            continue
        own = [
            fired_us - true.start_us
            for fired_us, episode in alerts[place_of_truth(true)]
            if _belongs(episode, fired_us, true, expectation)
        ]
        if not own and any(
            _belongs(episode, fired_us, true, expectation)
            for fired_us, episode in at_work[place_of_truth(true)]
        ):
            continue  # a crew was there when it happened, and knows
        if own:
            score.found.append((true, max(min(own), 0)))
        else:
            score.missed.append(true)
    return score


def _is_merged(
    episode: Episode, groups: Mapping[str, Sequence[Episode]], places: Places
) -> bool:
    """Whether one alert about the branch stands for it."""
    ended_us = FOREVER_US if episode.ended_at_us is None else episode.ended_at_us
    return any(
        group.fired_at_us - HOUR_US <= ended_us
        and episode.fired_at_us <= (group.ended_at_us or FOREVER_US)
        for group in groups[places.branch_of(episode) or ""]
    )


def _places_of(true: TrueEpisode) -> list[str]:
    places = [place_of_truth(true)]
    if true.branch is not None:
        places += [f"trap {code}" for code in true.detail.get("traps", ())]
    return places


def _reached_us(episode: Episode, level_min: int) -> int | None:
    """Return when it reached a level; None: it never did."""
    if episode.level < level_min:
        return None
    raised = [e.at_us for e in episode.events if e.type == "severity_raised"]
    return raised[0] if level_min and raised else episode.fired_at_us


def _belongs(episode: Episode, fired_us: int, true: TrueEpisode, e: Expectation) -> bool:
    ended_us = FOREVER_US if episode.ended_at_us is None else episode.ended_at_us
    return fired_us <= true.end_us + e.late_us and ended_us >= true.start_us - e.early_us


def _is_countable(true: TrueEpisode, expectation: Expectation) -> bool:
    if expectation.needs_sight and true.detail.get("blind"):
        return False
    return (
        true.grade == "certain"
        and bool(true.detail.get("observable", True))
        and float(true.detail.get("silent_ratio", 0.0)) <= _SILENT_RATIO_MAX
    )


def false_alarms_by_severity(scores: Mapping[str, RuleScore]) -> dict[str, int]:
    """Return how many alerts of each severity nothing explains."""
    counts: dict[str, int] = defaultdict(int)
    for score in scores.values():
        for episode in score.false_alerts:
            counts[episode.severity] += 1
    return dict(counts)
