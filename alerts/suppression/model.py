"""Silences and maintenance windows, and which of them keeps an alert from being told. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Self

from alerts.rules.definition import SEVERITIES
from alerts.schedules.recurrence import Recurrence
from alerts.subject import Subject

Scope = Literal["county", "town", "restaurant", "trap", "gateway"]

_RANK = {str(severity): rank for rank, severity in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be told: of which rule, how severe, about what. None: it is about no such thing.

    ``gateway_id`` is the gateway itself, or the one that the device hangs on.
    """

    rule_code: str
    severity: str
    device_id: int | None = None
    gateway_id: int | None = None
    trap_id: int | None = None
    restaurant_id: int | None = None
    town_id: int | None = None

    @classmethod
    def of(cls, rule_code: str, severity: str, subject: Subject) -> Self:
        """Return the target of an episode about ``subject``."""
        return cls(
            rule_code, severity, subject.device_id, subject.gateway_id, subject.trap_id,
            subject.restaurant_id, subject.town_id,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Silence:
    """A person's word: of what matches, nothing is told in [starts, ends).

    A matcher that is None matches everything; one that is set matches only its very value, so
    never a target that has none (alerts about a branch have no trap).
    """

    silence_id: int
    starts_us: int
    ends_us: int
    rule_code: str | None = None
    severity_max: str | None = None
    town_id: int | None = None
    restaurant_id: int | None = None
    trap_id: int | None = None
    device_id: int | None = None

    def covers(self, target: Target, at_us: int) -> bool:
        """Return whether it keeps the target from being told at ``at_us``."""
        return (
            self.starts_us <= at_us < self.ends_us
            and self.rule_code in {None, target.rule_code}
            and self.town_id in {None, target.town_id}
            and self.restaurant_id in {None, target.restaurant_id}
            and self.trap_id in {None, target.trap_id}
            and self.device_id in {None, target.device_id}
            and (self.severity_max is None or _RANK[target.severity] <= _RANK[self.severity_max])
        )


@dataclass(frozen=True, slots=True)
class MaintenanceWindow:
    """A place that is worked on at recurring times; it counts in [known, ends)."""

    window_id: int
    scope: Scope
    scope_id: int | None
    recurrence: Recurrence
    known_us: int
    ends_us: int

    def covers(self, target: Target, at_us: int) -> bool:
        """Return whether it keeps the target from being told at ``at_us``."""
        return (
            self.known_us <= at_us < self.ends_us
            and self._is_about(target)
            and self.recurrence.covers(at_us)
        )

    def _is_about(self, target: Target) -> bool:
        if self.scope == "county":
            return True
        ref = {
            "town": target.town_id,
            "restaurant": target.restaurant_id,
            "trap": target.trap_id,
            "gateway": target.gateway_id,
        }[self.scope]
        return ref is not None and ref == self.scope_id


@dataclass(frozen=True, slots=True)
class Suppressions:
    """All that are in force, were shortly before, or will be."""

    silences: Sequence[Silence] = ()
    windows: Sequence[MaintenanceWindow] = ()

    def __bool__(self) -> bool:
        return bool(self.silences or self.windows)


def suppressor_of(target: Target, at_us: int, suppressions: Suppressions) -> str | None:
    """Return what keeps the target from being told: ``silence:12``, ``maintenance:3``, or None."""
    for silence in suppressions.silences:
        if silence.covers(target, at_us):
            return f"silence:{silence.silence_id}"
    for window in suppressions.windows:
        if window.covers(target, at_us):
            return f"maintenance:{window.window_id}"
    return None
