"""Alerts and true episodes put together: found, missed, raised for nothing. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

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
        self._branch = {d.trap.code: d.trap.sewer_branch for d in registry if d.trap}
        self._trap = {str(device.device_id): device.trap.code for device in registry if device.trap}

    def of_alert(self, episode: Episode) -> str:
        """Return the place of an alert."""
        subject = episode.subject
        if subject.kind == "gateway":
            return f"gateway {self._gateway[subject.ref]}"
        if subject.kind == "branch":
            return f"branch {subject.ref}"
        return f"trap {subject.trap.code if subject.trap else self._trap[subject.ref]}"

    def branch_of_trap(self, trap_code: str) -> str | None:
        """Return the sewer branch of a trap."""
        return self._branch.get(trap_code)

    def branch_of(self, episode: Episode) -> str | None:
        """Return the branch of the alert's trap."""
        trap = episode.subject.trap
        return f"branch {trap.sewer_branch}" if trap is not None else None


def place_of_truth(truth: TrueEpisode) -> str:
    """Return the place of a true episode."""
    if truth.trap_code is not None:
        return f"trap {truth.trap_code}"
    return f"branch {truth.branch}" if truth.branch else f"gateway {truth.gateway_uid}"


class _Raised(NamedTuple):
    """An episode of the rule, and when it reached the level that counts."""

    at_us: int
    episode: Episode


@dataclass(slots=True)
class _RaisedAt:
    """Episodes by place: told, or told of as part of a group; and those that a crew explained."""

    told: list[tuple[str, _Raised]] = field(default_factory=list)
    known: defaultdict[str, list[_Raised]] = field(default_factory=lambda: defaultdict(list))
    at_work: defaultdict[str, list[_Raised]] = field(default_factory=lambda: defaultdict(list))


def match(
    code: str,
    expectation: Expectation,
    episodes: Sequence[Episode],
    truth: Sequence[TrueEpisode],
    places: Places,
) -> RuleScore:
    """Return how one rule did."""
    score = RuleScore(code)
    raised_at = _raised(code, expectation, episodes, places)
    explaining: defaultdict[str, list[TrueEpisode]] = defaultdict(list)
    for true in truth:
        if true.kind in (*expectation.wanted, *expectation.accepted):
            for place in _places_of(true):
                explaining[place].append(true)
    for place, raised in raised_at.told:
        is_true = any(_belongs(raised, true, expectation) for true in explaining[place])
        (score.true_alerts if is_true else score.false_alerts).append(raised.episode)
    for true in truth:
        if true.kind not in expectation.wanted or not _is_countable(true, expectation):
            continue
        place = place_of_truth(true)
        own = [r for r in raised_at.known[place] if _belongs(r, true, expectation)]
        if own:
            delay_us = min(raised.at_us for raised in own) - true.start_us
            score.found.append((true, max(delay_us, 0)))
        elif not any(_belongs(r, true, expectation) for r in raised_at.at_work[place]):
            score.missed.append(true)  # otherwise a crew was there when it happened, and knows
    return score


def _raised(
    code: str, expectation: Expectation, episodes: Sequence[Episode], places: Places
) -> _RaisedAt:
    groups: defaultdict[str, list[Episode]] = defaultdict(list)
    for episode in episodes:
        if episode.rule.code in expectation.merged_by and episode.is_told:
            groups[places.of_alert(episode)].append(episode)
    found = _RaisedAt()
    for episode in episodes:
        at_us = _reached_us(episode, expectation.level_min)
        if episode.rule.code != code or at_us is None:
            continue
        place, raised = places.of_alert(episode), _Raised(at_us, episode)
        if episode.is_told:
            found.told.append((place, raised))
        if episode.is_told or _is_merged(episode, groups, places):
            found.known[place].append(raised)
        elif episode.suppressed_by in _WORK:
            found.at_work[place].append(raised)
    return found


def _is_merged(episode: Episode, groups: Mapping[str, Sequence[Episode]], places: Places) -> bool:
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


def _belongs(raised: _Raised, true: TrueEpisode, e: Expectation) -> bool:
    ended_us = raised.episode.ended_at_us
    is_over = ended_us is not None and ended_us < true.start_us - e.early_us
    return raised.at_us <= true.end_us + e.late_us and not is_over


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
