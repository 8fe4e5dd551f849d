"""SQL of complaints as they come in: themselves, their restaurants, what repeats what, tickets."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Error
from psycopg.types.json import Jsonb

from alerts.complaints.matching import REACH_M, Candidate, Hint, Match
from alerts.complaints.model import KnownComplaint, NewComplaint, Reporter
from alerts.complaints.positions import Position, box
from alerts.complaints.towns import Town
from core.db import Connection
from core.errors import InvalidRequestError
from core.sql import load_queries

_QUERIES = load_queries("alerts.complaints")
#: A place that lies farther from every registered restaurant is in no town that we know.
TOWN_REACH_M = 1_000.0
_COLUMNS = (
    *(
        "source",
        "external_ref",
        "received_at",
        "channel",
        "category",
        "description",
        "restaurant_id",
    ),
    *("restaurant_name", "town_id", "address", "is_position_area", "status", "closed_at"),
    *("status_note", "service_code", "duplicate_of", "has_token"),
)
_REFUSALS = {
    "complaint_restaurant_id_fkey": "restaurant_id: there is no such restaurant",
    "complaint_town_id_fkey": "town_id: there is no such town",
    "complaint_duplicate_of_fkey": "duplicate_of: there is no such complaint",
}


class Place(NamedTuple):
    """A complaint's number, hint and town, for looking up candidates."""

    complaint_id: int
    hint: Hint
    town_id: int | None


class StoredComplaint(NamedTuple):
    """A complaint as the acts on it need it; the schema's comments explain the columns."""

    complaint_id: int
    source: str
    external_ref: str | None
    received_at: datetime
    channel: str
    category: str
    description: str
    restaurant_id: int | None
    restaurant_name: str | None
    town_id: int | None
    address: str | None
    lon_deg: float | None
    lat_deg: float | None
    is_position_area: bool
    status: str
    match_state: str
    duplicate_of: int | None
    ticket_id: int | None

    @property
    def place(self) -> Place:
        """Return it for looking up candidates."""
        position = None
        if self.lon_deg is not None and self.lat_deg is not None and not self.is_position_area:
            position = Position(self.lon_deg, self.lat_deg)
        hint = Hint(self.restaurant_name or "", self.address or "", self.description, position)
        return Place(self.complaint_id, hint, self.town_id)


class TrapChoice(NamedTuple):
    """A trap that a ticket may be about; ``has_ticket``: an active one of this problem."""

    trap_id: int
    code: str
    has_ticket: bool


def select_towns(connection: Connection) -> list[Town]:
    """Return every town."""
    return [Town(*row) for row in connection.execute(_QUERIES["select_towns"])]


def insert_complaints(
    connection: Connection,
    complaints: Sequence[NewComplaint],
    now: datetime,
    import_id: int | None = None,
) -> list[tuple[int, str | None]]:
    """Store complaints in order; return number and reference of those that were not there.

    Raises: InvalidRequestError: one refers to nothing.
    """
    parameters: dict[str, Any] = {
        name: [getattr(complaint, name) for complaint in complaints] for name in _COLUMNS
    }
    positions = [complaint.position for complaint in complaints]
    parameters |= {
        "lon_deg": [position and position.lon_deg for position in positions],
        "lat_deg": [position and position.lat_deg for position in positions],
        "payload": [None if c.payload is None else Jsonb(c.payload) for c in complaints],
        "import_id": import_id,
        "now": now,
    }
    try:
        rows = connection.execute(_QUERIES["insert_complaints"], parameters).fetchall()
    except Error as error:
        refusal = _REFUSALS.get(error.diag.constraint_name or "")
        if refusal is None:
            raise
        raise InvalidRequestError(refusal) from error
    return [(row[0], row[1]) for row in rows]


def insert_reporters(connection: Connection, reporters: Mapping[int, Reporter]) -> None:
    """Store who reported, by complaint."""
    if not reporters:
        return
    parameters: dict[str, Any] = {
        name: [getattr(reporter, name) for reporter in reporters.values()]
        for name in Reporter._fields
    }
    connection.execute(
        _QUERIES["insert_reporters"], {**parameters, "complaint_id": list(reporters)}
    )


def select_reporter(connection: Connection, complaint_id: int) -> Reporter | None:
    """Return who reported a complaint."""
    row = connection.execute(_QUERIES["select_reporter"], {"complaint_id": complaint_id}).fetchone()
    return None if row is None else Reporter(*row)


def lock_known(
    connection: Connection, source: str, external_refs: Sequence[str]
) -> dict[str, KnownComplaint]:
    """Return what of a source is there already, by its reference, and hold it."""
    parameters = {"source": source, "external_refs": list(external_refs)}
    rows = connection.execute(_QUERIES["lock_known"], parameters)
    return {row[0]: KnownComplaint(*row[1:]) for row in rows}


def update_statuses(
    connection: Connection, changes: Sequence[KnownComplaint], now: datetime
) -> None:
    """Write what the source says later."""
    names = KnownComplaint._fields
    parameters: dict[str, Any] = {name: [getattr(c, name) for c in changes] for name in names}
    connection.execute(_QUERIES["update_statuses"], {**parameters, "now": now})


def select_restaurants_by_no(
    connection: Connection, register_nos: Collection[str]
) -> dict[str, int]:
    """Return restaurants by the number of the register."""
    parameters = {"register_nos": sorted(register_nos)}
    rows = connection.execute(_QUERIES["select_restaurants_by_no"], parameters)
    return {row[0]: row[1] for row in rows}


def select_candidates(
    connection: Connection, places: Sequence[Place]
) -> dict[int, list[Candidate]]:
    """Return the restaurants that each complaint may mean, by its number."""
    parameters: dict[str, Any] = {
        "place": list(range(len(places))),
        "name": [place.hint.name for place in places],
        "address": [place.hint.address for place in places],
        "text": [place.hint.text for place in places],
        "town_id": [place.town_id for place in places],
        **_boxes([place.hint.position for place in places], REACH_M),
    }
    found: dict[int, list[Candidate]] = {}
    rows = connection.execute(_QUERIES["select_candidates"], parameters)
    for place, *row in rows:
        found.setdefault(places[place].complaint_id, []).append(_candidate(row))
    return found


def select_restaurant(connection: Connection, restaurant_id: int) -> Candidate | None:
    """Return a restaurant as a candidate."""
    parameters = {"restaurant_id": restaurant_id}
    row = connection.execute(_QUERIES["select_restaurant"], parameters).fetchone()
    return None if row is None else _candidate(row)


def select_nearest_towns(
    connection: Connection, positions: Mapping[int, Position]
) -> dict[int, int]:
    """Return the towns of positions, by the positions' keys, where a restaurant is near."""
    keys = list(positions)
    parameters: dict[str, Any] = {
        "place": list(range(len(keys))),
        "lon_deg": [positions[key].lon_deg for key in keys],
        "lat_deg": [positions[key].lat_deg for key in keys],
        **_boxes([positions[key] for key in keys], TOWN_REACH_M),
    }
    rows = connection.execute(_QUERIES["select_nearest_towns"], parameters)
    return {keys[row[0]]: row[1] for row in rows}


def update_matches(connection: Connection, matches: Mapping[int, Match]) -> None:
    """Write what was found for complaints; a restaurant only where it is taken or confirmed."""
    if not matches:
        return
    best = [match.best for match in matches.values()]
    states = [match.state for match in matches.values()]
    taken = {"automatic", "confirmed"}
    parameters = {
        "complaint_id": list(matches),
        "restaurant_id": [
            b.candidate.restaurant_id if b and state in taken else None
            for b, state in zip(best, states, strict=True)
        ],
        "match_state": [str(state) for state in states],
        "match_score": [b and b.score for b in best],
        "reasons": ["\n".join(b.reasons) if b else "" for b in best],
    }
    connection.execute(_QUERIES["update_matches"], parameters)


def lock_complaint(connection: Connection, complaint_id: int) -> StoredComplaint | None:
    """Return a complaint and hold it."""
    row = connection.execute(_QUERIES["lock_complaint"], {"complaint_id": complaint_id}).fetchone()
    return None if row is None else StoredComplaint(*row)


def set_ticket(connection: Connection, complaint_id: int, ticket_id: int, now: datetime) -> None:
    """Write which ticket a complaint belongs to."""
    parameters = {"complaint_id": complaint_id, "ticket_id": ticket_id, "now": now}
    connection.execute(_QUERIES["set_ticket"], parameters)


def select_traps(connection: Connection, restaurant_id: int, problem: str) -> list[TrapChoice]:
    """Return the traps of a restaurant; first those with an active ticket of the problem."""
    parameters = {"restaurant_id": restaurant_id, "problem": problem}
    return [TrapChoice(*row) for row in connection.execute(_QUERIES["select_traps"], parameters)]


def select_closed_ticket(
    connection: Connection, trap_id: int, problem: str, since: datetime
) -> int | None:
    """Return the ticket of a (trap, problem) that was closed last, not before ``since``."""
    parameters = {"trap_id": trap_id, "problem": problem, "since": since}
    row = connection.execute(_QUERIES["select_closed_ticket"], parameters).fetchone()
    return None if row is None else int(row[0])


def _boxes(positions: Sequence[Position | None], radius_m: float) -> dict[str, Any]:
    corners = [None if position is None else box(position, radius_m) for position in positions]
    return {
        "west_deg": [corner and corner[0].lon_deg for corner in corners],
        "south_deg": [corner and corner[0].lat_deg for corner in corners],
        "east_deg": [corner and corner[1].lon_deg for corner in corners],
        "north_deg": [corner and corner[1].lat_deg for corner in corners],
    }


def _candidate(row: Sequence[Any]) -> Candidate:
    restaurant_id, name, address, lon_deg, lat_deg, town_id = row
    position = None if lon_deg is None or lat_deg is None else Position(lon_deg, lat_deg)
    return Candidate(restaurant_id, name, address, position, town_id)
