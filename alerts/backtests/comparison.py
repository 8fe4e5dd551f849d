"""What rules raised in a stretch of time on two sides, and where the sides differ. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, Self

from alerts.circumstances.model import FOREVER_US
from alerts.episode import Episode


class Occurrence(NamedTuple):
    """An alert: of which rule, on what (``kind:ref``), from when to when (None: open)."""

    rule_code: str
    subject: str
    trap_code: str | None
    severity: str
    fired_us: int
    ended_us: int | None
    is_told: bool

    @classmethod
    def of_episode(cls, episode: Episode) -> Self:
        """Return an episode of a replay."""
        trap = episode.subject.trap
        return cls(
            episode.rule.code,
            episode.dedup_key.split(":", 1)[1],
            None if trap is None else trap.code,
            episode.severity,
            episode.fired_at_us,
            episode.ended_at_us,
            episode.is_told,
        )

    @property
    def until_us(self) -> int:
        """Until when it was open."""
        return FOREVER_US if self.ended_us is None else self.ended_us


@dataclass(frozen=True, slots=True)
class Difference:
    """An alert that stands on one side only, or on both but not alike."""

    before: Occurrence | None
    after: Occurrence | None

    @property
    def order(self) -> tuple[str, int]:
        """What to sort by: rule, then time."""
        found = self.before or self.after
        assert found is not None, "one side has it"
        return found.rule_code, found.fired_us


def differences(before: Iterable[Occurrence], after: Iterable[Occurrence]) -> list[Difference]:
    """Return where two sides differ: alerts are the same where they overlap on one subject."""
    theirs: defaultdict[tuple[str, str], list[Occurrence]] = defaultdict(list)
    for occurrence in sorted(after, key=lambda found: found.fired_us):
        theirs[occurrence.rule_code, occurrence.subject].append(occurrence)
    found: list[Difference] = []
    for occurrence in sorted(before, key=lambda found: found.fired_us):
        same = _take_overlapping(theirs[occurrence.rule_code, occurrence.subject], occurrence)
        if same is None or _as_seen(same) != _as_seen(occurrence):
            found.append(Difference(occurrence, same))
    found += [Difference(None, left) for rest in theirs.values() for left in rest]
    return sorted(found, key=lambda difference: difference.order)


def by_period(
    occurrences: Iterable[Occurrence], starts_us: Sequence[int], end_us: int
) -> list[int]:
    """Return how many fired in each of the periods that begin at ``starts_us``."""
    edges = [*starts_us, end_us]
    fired = [occurrence.fired_us for occurrence in occurrences]
    return [sum(start <= at < end for at in fired) for start, end in pairwise(edges)]


def _take_overlapping(candidates: list[Occurrence], wanted: Occurrence) -> Occurrence | None:
    for place, candidate in enumerate(candidates):
        if candidate.fired_us <= wanted.until_us and wanted.fired_us <= candidate.until_us:
            return candidates.pop(place)
    return None


def _as_seen(occurrence: Occurrence) -> tuple[str, int, bool]:
    return occurrence.severity, occurrence.fired_us, occurrence.is_told
