"""Expected against observed: exact lists, compared by the keys that the test gives. Pure."""

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from alerts.rule_tests.duration import format_us
from alerts.rule_tests.observed import Facts
from core.instant import SECOND_US

#: Keys whose values are offsets from the start, µs.
TIMES = {"at", "since", "started_at", "fired_at", "ended_at", "clear_since"}


Same = Callable[[Facts, Facts], bool]


class Line(NamedTuple):
    """One line of a comparison; None: there is none on this side."""

    expected: str | None
    observed: str | None

    @property
    def is_equal(self) -> bool:
        """Whether both sides agree."""
        return self.expected is not None and self.expected == self.observed


class Difference(NamedTuple):
    """What differs: of what, and the two lists side by side."""

    subject: str
    lines: tuple[Line, ...]


def compare(
    subject: str, expected: Sequence[Facts], observed: Sequence[Facts], *, exactly: bool = False
) -> Difference | None:
    """Compare two lists in order; None: they agree. ``exactly``: in every key, to the µs."""
    same: Same = operator.eq if exactly else agrees
    if len(expected) == len(observed) and all(map(same, expected, observed)):
        return None
    keys = list(dict.fromkeys(key for facts in expected for key in facts))
    return Difference(subject, tuple(_align(list(expected), list(observed), keys, same)))


def compare_unordered(
    subject: str, expected: Sequence[Facts], observed: Sequence[Facts]
) -> Difference | None:
    """Compare alerts that hold at the same moment: in any order."""
    rest = list(observed)
    ordered: list[Facts] = []
    for facts in expected:
        found = next((one for one in rest if agrees(facts, one)), None)
        if found is None:
            found = next((one for one in rest if _same_place(facts, one)), None)
        if found is not None:
            rest.remove(found)
            ordered.append(found)
    return compare(subject, expected, [*ordered, *rest])


def agrees(expected: Facts, observed: Facts) -> bool:
    """Whether all keys that are expected have the values observed."""
    return all(_equal(key, value, observed.get(key)) for key, value in expected.items())


def _equal(key: str, expected: Any, observed: Any) -> bool:
    if key in TIMES and expected is not None and observed is not None:
        # What the clock brings about happens just after the moment it is due.
        return bool(0 <= observed - expected < SECOND_US)
    if key == "suppressed_by" and expected and observed:
        return bool(observed == expected or observed.startswith(f"{expected}:"))
    if isinstance(expected, tuple):
        return list(expected) == list(observed or ())
    return bool(expected == observed)


def _same_place(expected: Facts, observed: Facts) -> bool:
    return all(expected[k] == observed[k] for k in ("site", "device", "metric") if k in expected)


def _align(expected: list[Facts], observed: list[Facts], keys: list[str], same: Same) -> list[Line]:
    """Pair what agrees, in order; what is left stands alone or beside what came instead."""
    lines: list[Line] = []
    while expected or observed:
        ahead = next(
            (n for n, facts in enumerate(observed) if expected and same(expected[0], facts)),
            None,
        )
        if ahead == 0:
            text = _text(expected.pop(0), keys)
            observed.pop(0)
            lines.append(Line(text, text))
        elif ahead is not None:
            lines.append(Line(None, _text(observed.pop(0), keys)))
        else:
            wanted = _text(expected.pop(0), keys) if expected else None
            later = bool(expected) and any(
                same(facts, observed[0]) for facts in expected if observed
            )
            seen = _text(observed.pop(0), keys) if observed and not later else None
            lines.append(Line(wanted, seen))
    return lines


def _text(facts: Facts, keys: list[str]) -> str:
    shown = [key for key in facts if key in keys] if keys else list(facts)
    return ", ".join(f"{key} {_value(key, facts[key])}" for key in shown)


def _value(key: str, value: Any) -> str:
    if key in TIMES and value is not None:
        return format_us(value // SECOND_US * SECOND_US)
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(str, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
