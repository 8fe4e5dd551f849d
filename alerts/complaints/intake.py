"""Taking complaints in: town, restaurant, what they repeat; one at a time or by the thousand."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from alerts.complaints import store
from alerts.complaints.duplicates import link
from alerts.complaints.links import store as links
from alerts.complaints.matching import Hint, Match, MatchState, decide, rank
from alerts.complaints.model import NewComplaint
from alerts.complaints.store import Place
from alerts.complaints.towns import Town, town_in, town_named
from alerts.evidence import audit
from alerts.evidence.model import AuditEvent
from alerts.webhooks import outbox
from core.db import AdvisoryLock, Connection, wait_lock
from core.errors import ConflictError, InvalidRequestError
from core.instant import SECOND_US, format_rfc3339, to_us

#: Within this time, complaints of one place and category are about one matter.
WINDOW_DEFAULT = timedelta(hours=72)
#: An older complaint is history: it is counted, and nobody is told of it.
_TOLD_WITHIN = timedelta(hours=72)


class TakenIn(NamedTuple):
    """What was stored: numbers by place in the input, and what was found for them."""

    complaint_ids: Mapping[int, int]
    matches: Mapping[int, Match]
    duplicate_count: int


def receive(
    connection: Connection,
    new: NewComplaint,
    *,
    actor: str,
    now: datetime,
    window: timedelta = WINDOW_DEFAULT,
) -> int:
    """Take in one complaint with its audit row and message; return its number.

    Raises: ConflictError: this number of its source is there already. InvalidRequestError: it
        refers to nothing.
    """
    wait_lock(connection, AdvisoryLock.COMPLAINT_INTAKE)
    taken = take_in(connection, [new], now=now, window=window)
    if 0 not in taken.complaint_ids:
        raise ConflictError("this external_ref of this source is there already")
    complaint_id = taken.complaint_ids[0]
    detail = {
        "source": new.source,
        "external_ref": new.external_ref,
        "received_at": format_rfc3339(to_us(new.received_at)),
        "channel": new.channel,
        "category": new.category,
        "restaurant_id": new.restaurant_id,
        "town_id": new.town_id,
        "address": new.address,
        "duplicate_of": new.duplicate_of,
    }
    event = AuditEvent(now, actor, "complaint.created", "complaint", str(complaint_id), detail)
    audit.record_all(connection, [event])
    return complaint_id


def take_in(
    connection: Connection,
    complaints: Sequence[NewComplaint],
    *,
    now: datetime,
    window: timedelta = WINDOW_DEFAULT,
    import_id: int | None = None,
    towns: Sequence[Town] | None = None,
    town_id_default: int | None = None,
) -> TakenIn:
    """Store complaints that are not there yet, find their restaurants, link repeated ones.

    ``town_id_default`` is for those that name no town that we know.

    The numbers of one source must differ from each other. Who calls writes the audit row.
    """
    if towns is None:
        towns = store.select_towns(connection)
    rooted = [_of_first(connection, new) for new in complaints]
    placed = _placed(connection, rooted, towns, town_id_default)
    stored = store.insert_complaints(connection, placed, now, import_id)
    by_place = _by_place(placed, stored)
    store.insert_reporters(
        connection,
        {
            number: reporter
            for place, number in by_place.items()
            if (reporter := placed[place].reporter) is not None
        },
    )
    matches = match_all(
        connection,
        [
            Place(number, _hint(placed[place]), placed[place].town_id)
            for place, number in by_place.items()
            if placed[place].restaurant_id is None
        ],
    )
    count = link_duplicates(connection, list(by_place.values()), window)
    found = {
        number: _with_restaurant(placed[place], matches.get(number))
        for place, number in by_place.items()
    }
    _tell(connection, found, now)
    return TakenIn(by_place, matches, count)


def match_all(connection: Connection, places: Sequence[Place]) -> dict[int, Match]:
    """Look for the restaurants of complaints; return and store what was found."""
    if not places:
        return {}
    candidates = store.select_candidates(connection, places)
    matches = {
        place.complaint_id: match
        for place in places
        if (match := decide(rank(place.hint, candidates.get(place.complaint_id, ())))).state
        is not MatchState.NONE
    }
    store.update_matches(connection, matches)
    return matches


def link_duplicates(connection: Connection, complaint_ids: Sequence[int], window: timedelta) -> int:
    """Link those of the complaints that repeat an earlier one; return how many."""
    fresh = links.select_reports(connection, complaint_ids)
    if not fresh:
        return 0
    firsts = links.select_firsts(connection, [report.complaint_id for report in fresh], window)
    found = link(fresh, firsts, int(window.total_seconds()) * SECOND_US)
    links.update_duplicates(connection, found)
    return len(found)


def _of_first(connection: Connection, new: NewComplaint) -> NewComplaint:
    """Let what a caller links repeat the first of the matter, of whatever it names."""
    if new.duplicate_of is None:
        return new
    first_id = links.select_first(connection, new.duplicate_of)
    if first_id is None:
        raise InvalidRequestError("duplicate_of: there is no such complaint")
    return new._replace(duplicate_of=first_id)


def _placed(
    connection: Connection,
    complaints: Sequence[NewComplaint],
    towns: Sequence[Town],
    town_id_default: int | None,
) -> list[NewComplaint]:
    """Return the complaints with their towns, as far as name, address or position tell."""
    placed = [
        new
        if new.town_id is not None
        else new._replace(
            town_id=town_named(new.town_text, towns)
            or town_in(new.address or "", towns)
            or town_id_default
        )
        for new in complaints
    ]
    unknown = {
        place: new.position
        for place, new in enumerate(placed)
        if new.town_id is None and new.restaurant_id is None and new.position is not None
    }
    if unknown:
        for place, town_id in store.select_nearest_towns(connection, unknown).items():
            placed[place] = placed[place]._replace(town_id=town_id)
    return placed


def _by_place(
    complaints: Sequence[NewComplaint], stored: Sequence[tuple[int, str | None]]
) -> dict[int, int]:
    """Return the stored numbers by place; what was there already has none."""
    if len(stored) == len(complaints):
        return {place: number for place, (number, _) in enumerate(stored)}
    numbers = {reference: number for number, reference in stored}
    return {
        place: numbers[new.external_ref]
        for place, new in enumerate(complaints)
        if new.external_ref in numbers
    }


def _with_restaurant(new: NewComplaint, match: Match | None) -> NewComplaint:
    if match is None or match.best is None or match.state is not MatchState.AUTOMATIC:
        return new
    best = match.best.candidate
    return new._replace(restaurant_id=best.restaurant_id, town_id=best.town_id)


def _hint(new: NewComplaint) -> Hint:
    position = None if new.is_position_area else new.position
    return Hint(new.restaurant_name or "", new.address or "", new.description, position)


def _tell(connection: Connection, taken: Mapping[int, NewComplaint], now: datetime) -> None:
    messages = [
        outbox.complaint_message(number, new, now)
        for number, new in taken.items()
        if now - new.received_at <= _TOLD_WITHIN
    ]
    if messages:
        outbox.put(connection, messages, now)
        outbox.wake(connection)
