"""Which town a complaint belongs to, by what it says. Pure."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from alerts.complaints import wording

_KINDS = ("街道", "镇", "乡")


class Town(NamedTuple):
    """A town of the register."""

    town_id: int
    code: str
    name: str
    name_en: str


def town_named(text: str, towns: Iterable[Town]) -> int | None:
    """Return the town that a source's own column names; None where none or several fit."""
    given = wording.key(text)
    if not given:
        return None
    bare = _bare(given)
    found = {
        town.town_id
        for town in towns
        if given in {wording.key(town.code), wording.key(town.name_en)}
        or bare == _bare(wording.key(town.name))
    }
    return found.pop() if len(found) == 1 else None


def town_in(text: str, towns: Sequence[Town]) -> int | None:
    """Return the town whose name stands in an address; the longest where several do."""
    given = wording.key(text)
    names = [
        (len(bare), town.town_id)
        for town in towns
        if (bare := _bare(wording.key(town.name))) and bare in given
    ]
    if not names:
        return None
    most = max(names)[0]
    longest = {town_id for length, town_id in names if length == most}
    return longest.pop() if len(longest) == 1 else None


def _bare(name: str) -> str:
    for kind in _KINDS:
        if name.endswith(kind) and len(name) > len(kind) + 1:
            return name.removesuffix(kind)
    return name
