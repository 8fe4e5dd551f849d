"""What a machine remembers between episodes: when the last one ended, and how often it bounced.

Pure. A bounce is a relapse (cleared for a while, then not) or a reopening. Three bounces within
six hours start flapping: people get one notice and then at most one digest in six hours, and the
episode does not resolve before six hours without a bounce. The second, lower threshold is what
stops it from flapping about flapping.
"""

from dataclasses import dataclass, replace

from core.instant import HOUR_US

BOUNCES_MIN = 3
WINDOW_US = 6 * HOUR_US
DIGEST_US = 6 * HOUR_US


@dataclass(frozen=True, slots=True)
class Memory:
    """``resolved_us``: event time at which the last episode resolved (0: none that counts)."""

    resolved_us: int = 0
    bounced_us: tuple[int, ...] = ()
    is_flapping: bool = False
    told_us: int = 0

    def may_reopen(self, at_us: int, reopen_us: int) -> bool:
        """Whether firing at ``at_us`` continues the last episode."""
        return self.resolved_us > 0 and at_us - self.resolved_us <= reopen_us

    def is_spent(self, at_us: int, reopen_us: int) -> bool:
        """Whether nothing in here can matter any more at ``at_us``."""
        still_bounces = self.bounced_us and at_us - self.bounced_us[-1] <= WINDOW_US
        return at_us - self.resolved_us > reopen_us and not still_bounces


NOTHING = Memory()


def bounce(memory: Memory, at_us: int) -> tuple[Memory, bool]:
    """Count a bounce; return the memory and whether people are to be told that it flaps."""
    recent = [t for t in memory.bounced_us if at_us - t <= WINDOW_US]
    bounced_us = (*recent, at_us)[-BOUNCES_MIN:]
    is_flapping = memory.is_flapping or len(bounced_us) >= BOUNCES_MIN
    tell = is_flapping and (not memory.is_flapping or at_us - memory.told_us >= DIGEST_US)
    told_us = at_us if tell else memory.told_us
    return Memory(0, bounced_us, is_flapping, told_us), tell


def resolve(memory: Memory, at_us: int) -> Memory:
    """Remember that the episode resolved at ``at_us``; flapping has ended with it."""
    if memory.is_flapping:
        return Memory(resolved_us=at_us)
    return replace(memory, resolved_us=at_us)
