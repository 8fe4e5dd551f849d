"""What an entry of the intake-change log says. Pure."""

from datetime import datetime
from typing import Literal, NamedTuple

Kind = Literal["intake", "intervention"]
Effect = Literal["more", "fewer", "unknown"]


class NewIntakeChange(NamedTuple):
    """What somebody puts on record; ``effect`` is the expected one on the number of complaints."""

    at: datetime
    kind: Kind
    what: str
    source: str
    effect: Effect


class StoredIntakeChange(NamedTuple):
    """An entry of the log."""

    intake_change_id: int
    at: datetime
    kind: Kind
    what: str
    source: str
    effect: Effect
    author: str
    recorded_at: datetime
