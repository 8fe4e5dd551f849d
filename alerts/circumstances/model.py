"""What explains an alarming signal: work at the trap, another rule's episode, a silence. Pure.

Loaded before readings are judged: live from the database, in replay from memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from alerts.subject import Subject
from alerts.suppression.model import Target

#: An open end.
FOREVER_US = 2**62


class Span(NamedTuple):
    """From when until when something explains; it counts only from ``known_us`` on (our clock)."""

    from_us: int
    to_us: int
    known_us: int = 0

    def covers(self, at_us: int) -> bool:
        """Whether it explains what we hear at ``at_us``."""
        return self.from_us <= at_us <= self.to_us and self.known_us <= at_us


#: A rule's open episode by what it is about: (rule code, subject kind, subject reference).
EpisodeKey = tuple[str, str, str]
Suppressor = Callable[[Target, int], str | None]


def _nothing(_target: Target, _at_us: int) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """``works`` by trap number, ``episodes`` of rules that inhibit others, people's ``suppressor``.

    The suppressor is given target and instant and returns e.g. ``silence:12``.
    """

    works: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    episodes: Mapping[EpisodeKey, Sequence[Span]] = field(default_factory=dict)
    suppressor: Suppressor = _nothing

    def has_work(self, trap_id: int, at_us: int) -> bool:
        """Whether work at the trap explains what its sensors say."""
        return any(span.covers(at_us) for span in self.works.get(trap_id, ()))

    def has_episode(self, rule_code: str, subject: Subject, at_us: int) -> bool:
        """Whether an open episode of that rule is about the subject or what it hangs on."""
        keys = [(rule_code, subject.kind, subject.ref)]
        if subject.device is not None:
            keys.append((rule_code, "device", str(subject.device.device_id)))
        if subject.trap is not None:
            keys.append((rule_code, "trap", str(subject.trap.trap_id)))
            keys.append((rule_code, "branch", subject.trap.sewer_branch or ""))
        if subject.gateway_id is not None:
            keys.append((rule_code, "gateway", str(subject.gateway_id)))
        return any(span.covers(at_us) for key in keys for span in self.episodes.get(key, ()))
