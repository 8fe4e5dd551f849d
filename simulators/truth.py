"""What truly happened in a simulated fleet: labelled episodes, and their file (JSON lines).

A rule is scored against these. ``certain`` episodes must be found; a ``borderline`` one lies so
near its limit that noise decides: neither finding nor missing it counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

Grade = Literal["certain", "borderline"]


@dataclass(frozen=True, slots=True)
class TrueEpisode:
    """One episode, from ``start_us`` to ``end_us`` (simulated true time).

    One of ``trap_code``, ``branch`` and ``gateway_uid`` says where. ``detail`` holds what is
    particular to the kind, and always ``metrics`` (labels of what is needed to see it) and
    ``observable`` (whether the trap's unit has all of them).
    """

    kind: str
    start_us: int
    end_us: int
    trap_code: str | None = None
    branch: str | None = None
    gateway_uid: str | None = None
    grade: Grade = "certain"
    detail: dict[str, Any] = field(default_factory=dict)


def write_truth(path: Path, episodes: Iterable[TrueEpisode]) -> None:
    """Write episodes, one JSON object a line."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
    with path.open("wb") as file:
        for episode in episodes:
            file.write(orjson.dumps(episode, option=options))


def read_truth(path: Path) -> list[TrueEpisode]:
    """Return the episodes of a file that ``write_truth`` wrote."""
    with path.open("rb") as file:
        return [TrueEpisode(**orjson.loads(line)) for line in file]
