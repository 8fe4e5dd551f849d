"""What registers are made of: columns, controls, forms, sections. Pure; templates draw them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import URL

CellKind = Literal["text", "number", "time", "code", "flag", "mark", "name", "list", "json"]
ControlKind = Literal[
    "line",
    "area",
    "number",
    "integer",
    "flag",
    "switch",
    "choice",
    "pick",
    "instant",
    "day",
    "list",
    "numbers",
    "json",
    "hidden",
]
Method = Literal["post", "put", "patch", "delete"]

_MEMBER = re.compile(r"\{(\w+)\}")
#: Pages that can be gone back one by one; before these one goes back to the first.
_BACK_COUNT_MAX = 20


class Column(NamedTuple):
    """A member of a row and how it is shown; ``{member}`` of the address is filled in.

    ``context``: of a code's word. A ``name`` shows its English twin on English pages.
    """

    field: str
    kind: CellKind = "text"
    context: str = ""
    address: str = ""

    def value(self, row: Any) -> Any:
        """Return what stands in the row."""
        return getattr(row, self.field)

    def target(self, row: Any) -> str | None:
        """Return where a click leads; None where a part of the address is missing."""
        if not self.address:
            return None
        parts = {name: getattr(row, name) for name in _MEMBER.findall(self.address)}
        if None in parts.values():
            return None
        return _MEMBER.sub(lambda part: quote(str(parts[part[1]]), safe=""), self.address)


@dataclass(frozen=True, slots=True)
class Control:
    """A field of a form; ``name`` is the path of the member, its parts joined by dots.

    ``choices`` are codes with words in ``context``; ``rows`` are of ours: ``code`` and ``name``.
    """

    name: str
    kind: ControlKind = "line"
    value: Any = None
    context: str = ""
    choices: tuple[str, ...] = ()
    rows: Sequence[Any] = ()
    required: bool = False
    low: float | None = None
    high: float | None = None
    chars_max: int | None = None

    @property
    def label(self) -> str:
        """Return the code of its word: the last part of its name."""
        return self.name.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Form:
    """A change of the API's: ``code`` names it and its button, ``operation`` who may send it.

    ``version`` goes as If-Match. A PATCH carries only what was changed. Afterwards the page goes to
    ``then``, or is shown anew.
    """

    code: str
    operation: str
    method: Method
    path: str
    controls: tuple[Control, ...] = ()
    version: int | None = None
    then: str | None = None
    confirm: bool = False

    @property
    def has_fields(self) -> bool:
        """Return whether there is anything to fill in."""
        return any(control.kind != "hidden" for control in self.controls)


@dataclass(frozen=True, slots=True)
class Section:
    """A related list below what a page is about."""

    code: str
    columns: tuple[Column, ...]
    rows: Sequence[Any]
    more: str | None = None


class Steps(NamedTuple):
    """Addresses of the pages around a list's page."""

    previous: str | None
    following: str | None


def steps_of(url: URL, cursor: str | None) -> Steps:
    """Return where a list goes on and goes back; ``back`` in an address keeps the way."""
    given = parse_qsl(url.query, keep_blank_values=True)
    kept = [(name, value) for name, value in given if name not in {"after", "back"}]
    back = [value for name, value in given if name == "back"]
    after = next((value for name, value in given if name == "after"), "")
    previous = following = None
    if cursor is not None:
        way = [*back, after][-_BACK_COUNT_MAX:]
        following = _address(url, [*kept, *(("back", part) for part in way), ("after", cursor)])
    if after:
        way, last = back[:-1], back[-1] if back else ""
        rest = [("back", part) for part in way] + ([("after", last)] if last else [])
        previous = _address(url, [*kept, *rest])
    return Steps(previous, following)


def filtered(path: str, filters: Mapping[str, Any]) -> str:
    """Return an address with the filters that are set."""
    chosen = {
        name: str(value).lower() if isinstance(value, bool) else value
        for name, value in filters.items()
        if value is not None
    }
    return f"{path}?{urlencode(chosen)}" if chosen else path


def _address(url: URL, query: list[tuple[str, str]]) -> str:
    return f"{url.path}?{urlencode(query)}" if query else url.path
