"""What a visit says about the items of its stop, and whether that accounts for all of them. Pure.

Between planning and visiting others work too: an item that was listed may be gone, another may have
come up. What is still due must be accounted for; what came up may be, and is on record either way.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from alerts.inspections.fullness import Dip
from alerts.pump_outs.model import Party
from alerts.visits.model import Duty, Item, Outcome

#: Why an item is left open that nobody knew of when the visit was planned.
CAME_UP = "it came up after the plan was made"


class TicketWork(NamedTuple):
    """Transitions of a ticket, in order, the first at the version that was read."""

    version: int
    transitions: tuple[tuple[str, Mapping[str, Any]], ...]


class PumpOutWork(NamedTuple):
    """The manifest of a pump-out that was done, and who confirmed it there (party, by whom)."""

    pumped_at: datetime
    volume_l: float
    hauler: str
    disposer: str
    manifest_no: str
    confirmations: tuple[tuple[Party, str], ...]


class DeviceWork(NamedTuple):
    """What was found or done at a silent device: sends_again, repaired, exchanged, taken_out."""

    result: str
    note: str


class CheckWork(NamedTuple):
    """A dip measurement."""

    inspected_at: datetime
    dip: Dip
    note: str


class LeftOpen(NamedTuple):
    """Nothing was done about it, and why."""

    reason: str


Work = TicketWork | PumpOutWork | DeviceWork | CheckWork | LeftOpen
_DUTY_OF: Mapping[type[Work], Duty] = {
    TicketWork: Duty.TICKET,
    PumpOutWork: Duty.PUMP_OUT,
    DeviceWork: Duty.DEVICE,
    CheckWork: Duty.CHECK,
}


class Entry(NamedTuple):
    """What was done about one item, by its key."""

    key: str
    work: Work


class Problem(NamedTuple):
    """Where in the list something is wrong (a JSON pointer), and what."""

    pointer: str
    detail: str


class Settled(NamedTuple):
    """How an item ended; ``note`` says why it was left open, ``result`` what was written."""

    item: Item
    outcome: Outcome
    note: str = ""
    result: Mapping[str, Any] = {}


def pointer_to(index: int, member: str = "") -> str:
    """Return the JSON pointer of an entry or its member, in the request's body."""
    return f"#/items/{index}" + (f"/{member}" if member else "")


def find_problems(
    entries: Sequence[Entry], listed: Mapping[str, Item], present: Mapping[str, Item]
) -> list[Problem]:
    """Return what is wrong with entries before any is done; by key: what was listed, what is due.

    An entry about something that is gone is let through: whether it still can be done is for the
    thing itself to say.
    """
    problems: list[Problem] = []
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        item = present.get(entry.key) or listed.get(entry.key)
        if entry.key in seen:
            problems.append(Problem(pointer_to(index, "key"), f"{entry.key} stands twice"))
        elif item is None:
            detail = f"nothing called {entry.key} is due at this stop"
            problems.append(Problem(pointer_to(index, "key"), detail))
        elif _DUTY_OF.get(type(entry.work), item.duty) is not item.duty:
            detail = f"{entry.key} is settled by {item.duty} or by left_open"
            problems.append(Problem(pointer_to(index), detail))
        seen.add(entry.key)
    problems += [
        Problem("#/items", f"{key} is not accounted for: do it, or say why it is left open")
        for key in listed
        if key in present and key not in seen
    ]
    return problems


def unsettled(
    settled: Collection[str], listed: Mapping[str, Item], present: Mapping[str, Item]
) -> list[Settled]:
    """Return how the items end that no entry was about: gone, or they came up and stay due."""
    gone = [
        Settled(item, Outcome.GONE)
        for key, item in listed.items()
        if key not in settled and key not in present
    ]
    came_up = [
        Settled(item, Outcome.LEFT_OPEN, CAME_UP)
        for key, item in present.items()
        if key not in settled and key not in listed
    ]
    return gone + came_up
