"""What may happen to pump-outs: filed, detected, confirmed; each with its audit row.

A draw-down and a manifest find each other when the later of the two comes in. A link stays once it
is made: an alert may have been answered by it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from alerts.evidence import audit
from alerts.evidence.model import AuditEvent
from alerts.jobs.store import has_job
from alerts.pump_outs import store
from alerts.pump_outs.matching import APART_US_MAX, SAME_US_MAX, Event, match, unseen
from alerts.pump_outs.model import DrawDown, Party, Source
from alerts.pump_outs.store import Manifest
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, NotFoundError
from core.instant import format_rfc3339, to_us

SYSTEM = "system"


def file_manifest(connection: Connection, manifest: Manifest, actor: str, now: datetime) -> int:
    """Store a manifest, match it with a draw-down that waits for one; return its number.

    Raises: InvalidRequestError: no such trap, or the job is not one of it. ConflictError: the
        hauler's manifest_no is there already.
    """
    if not store.lock_traps(connection, [manifest.trap_id]):
        raise InvalidRequestError("trap_id: there is no such trap")
    if manifest.job_id is not None and not has_job(connection, manifest.job_id, manifest.trap_id):
        raise InvalidRequestError("job_id: there is no such job at this trap")
    number = store.insert_manifest(connection, manifest, now)
    if number is None:
        raise ConflictError("this manifest_no of this hauler is there already")
    pumped_us = to_us(manifest.pumped_at)
    detail = manifest._asdict() | {"pumped_at": format_rfc3339(pumped_us)}
    audit.record_all(connection, [_audited("filed", number, detail, actor=actor, now=now)])
    _link(connection, Source.MANIFEST, [Event(number, manifest.trap_id, pumped_us)], now)
    return number


def record_draw_downs(
    connection: Connection, draw_downs: Sequence[DrawDown], now: datetime
) -> list[int]:
    """Store falls of levels that were not known, match them with manifests; return their numbers.

    A fall within an hour of a known one of the same trap is that one, so a repeated evaluation
    stores nothing twice. The draw-downs' traps exist; their rows are locked in order.
    """
    if not draw_downs:
        return []
    trap_ids = {fall.trap_id for fall in draw_downs}
    store.lock_traps(connection, trap_ids)
    known = store.select_events(
        connection,
        trap_ids,
        Source.DETECTED,
        first_us=min(fall.detected_us for fall in draw_downs) - SAME_US_MAX,
        last_us=max(fall.detected_us for fall in draw_downs) + SAME_US_MAX,
        only_unmatched=False,
    )
    fresh = unseen(draw_downs, known)
    if not fresh:
        return []
    stored = store.insert_draw_downs(connection, fresh, now)
    audits = [
        _audited("detected", event.pump_out_id, {"trap_id": event.trap_id}, actor=SYSTEM, now=now)
        for event in stored
    ]
    audit.record_all(connection, audits)
    _link(connection, Source.DETECTED, stored, now)
    return [event.pump_out_id for event in stored]


def confirm(
    connection: Connection, pump_out_id: int, party: Party, *, by: str, actor: str, now: datetime
) -> None:
    """Take down that a party confirms kind and quantity of a manifest.

    Raises: NotFoundError. ConflictError: it has confirmed already, or this is a draw-down.
    """
    source = store.select_source(connection, pump_out_id)
    if source is None:
        raise NotFoundError(f"there is no pump-out {pump_out_id}")
    if source is not Source.MANIFEST:
        raise ConflictError(f"pump-out {pump_out_id} is a draw-down: its manifest is confirmed")
    if not store.insert_confirmation(connection, pump_out_id, party, by, now):
        raise ConflictError(f"the {party} of pump-out {pump_out_id} has confirmed already")
    detail = {"party": party, "by": by}
    audit.record_all(connection, [_audited("confirmed", pump_out_id, detail, actor=actor, now=now)])


def _link(connection: Connection, source: Source, arrived: Sequence[Event], now: datetime) -> None:
    """Match what has just been stored; whatever else lies near each other is matched already."""
    is_manifest = source is Source.MANIFEST
    waiting = store.select_events(
        connection,
        {event.trap_id for event in arrived},
        Source.DETECTED if is_manifest else Source.MANIFEST,
        first_us=min(event.at_us for event in arrived) - APART_US_MAX,
        last_us=max(event.at_us for event in arrived) + APART_US_MAX,
        only_unmatched=True,
    )
    links = match(waiting, arrived) if is_manifest else match(arrived, waiting)
    if not links:
        return
    store.link_draw_downs(connection, links, now)
    audits = [
        _audited(
            "matched", link.draw_down_id, {"manifest_id": link.manifest_id}, actor=SYSTEM, now=now
        )
        for link in links
    ]
    audit.record_all(connection, audits)


def _audited(
    what: str, pump_out_id: int, detail: Mapping[str, object], *, actor: str, now: datetime
) -> AuditEvent:
    return AuditEvent(now, actor, f"pump_out.{what}", "pump_out", str(pump_out_id), detail)
