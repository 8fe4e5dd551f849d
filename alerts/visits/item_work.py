"""Doing what a visit says about one item, by the actions of the thing it is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from alerts.evidence import audit
from alerts.inspections import actions as inspections
from alerts.inspections.store import Report
from alerts.pump_outs import actions as pump_outs
from alerts.pump_outs.store import Manifest
from alerts.tickets import actions as tickets
from alerts.tickets.model import Actor
from alerts.visits.model import Item
from alerts.visits.settlement import CheckWork, DeviceWork, LeftOpen, PumpOutWork, TicketWork, Work
from core.db import Connection


class Visiting(NamedTuple):
    """Who is on site, who writes it down, and when."""

    inspector: str
    actor: Actor
    now: datetime


def do_work(
    connection: Connection, item: Item, work: Work, visiting: Visiting
) -> Mapping[str, Any]:
    """Do what was said of an item; return what was written, by number.

    Raises: RequestError: what the thing itself refuses.
    """
    match work:
        case TicketWork():
            return _move_ticket(connection, item, work, visiting)
        case PumpOutWork():
            return _file_manifest(connection, item, work, visiting)
        case CheckWork():
            report = Report(
                item.trap_id, None, visiting.inspector, work.inspected_at, work.dip, work.note
            )
            number = inspections.file_inspection(
                connection, report, visiting.actor.name, visiting.now
            )
            return {"inspection_id": number}
        case DeviceWork():
            return _check_device(connection, item, work, visiting)
        case LeftOpen():
            return {}


def _move_ticket(
    connection: Connection, item: Item, work: TicketWork, visiting: Visiting
) -> Mapping[str, Any]:
    assert item.ticket_id is not None, "an item of this duty has its ticket"
    version = work.version
    state = ""
    for action, detail in work.transitions:
        ticket = tickets.transition(
            connection,
            item.ticket_id,
            action,
            actor=visiting.actor,
            detail=detail,
            expected_version=version,
            now=visiting.now,
        )
        version, state = ticket.version, ticket.state
    return {"ticket_id": item.ticket_id, "version": version, "state": state}


def _file_manifest(
    connection: Connection, item: Item, work: PumpOutWork, visiting: Visiting
) -> Mapping[str, Any]:
    by, now = visiting.actor.name, visiting.now
    manifest = Manifest(
        trap_id=item.trap_id,
        job_id=None,
        pumped_at=work.pumped_at,
        volume_l=work.volume_l,
        hauler=work.hauler,
        disposer=work.disposer,
        manifest_no=work.manifest_no,
    )
    number = pump_outs.file_manifest(connection, manifest, by, now)
    for party, who in work.confirmations:
        pump_outs.confirm(connection, number, party, by=who, actor=by, now=now)
    return {"pump_out_id": number}


def _check_device(
    connection: Connection, item: Item, work: DeviceWork, visiting: Visiting
) -> Mapping[str, Any]:
    """Record it; that the device sends again its own readings say, not we."""
    found = {"result": work.result, "note": work.note}
    audit.record(
        connection,
        at=visiting.now,
        actor=visiting.actor.name,
        action="device.checked",
        subject_kind="device",
        subject_id=str(item.device_id),
        detail={"trap_id": item.trap_id, "inspector": visiting.inspector, **found},
    )
    return {"device_id": item.device_id, **found}
