"""What is on record about a ticket, as the files of a pack; and what the audit lines are about."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files as resources
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from alerts.attachments import store as attachment_store
from alerts.evidence.blobs import BlobDir
from alerts.evidence.media import JPEG, PDF, PNG, WEBP
from alerts.evidence.pack import readings, store
from alerts.evidence.pack.manifest import to_json
from alerts.evidence.pack.redaction import redact
from alerts.evidence.pack.store import Document
from alerts.reviews import store as review_store
from core.db import Connection
from core.errors import NotFoundError
from core.reading import METRIC_LABEL

_SUFFIX = {JPEG: "jpg", PNG: "png", WEBP: "webp", PDF: "pdf"}
#: Files that are the same in every pack.
_FIXED = ("README.en.md", "README.zh.md", "verify.py")


class Contents(NamedTuple):
    """Files by path, and the (kind, id) of what their audit lines are about."""

    files: dict[str, bytes]
    subjects: list[tuple[str, str]]


def gather(
    connection: Connection,
    blobs: BlobDir,
    ticket_id: int,
    *,
    zone: ZoneInfo,
    is_redacted: bool,
    now: datetime,
) -> Contents:
    """Return all that is on record about a ticket.

    Raises: NotFoundError; EvidenceDamagedError: a file is gone or altered.
    """
    ticket = store.select_ticket(connection, ticket_id)
    if ticket is None:
        raise NotFoundError(f"there is no ticket {ticket_id}")
    alerts = store.select_alerts(connection, ticket_id)
    device_ids = [alert["device_id"] for alert, _ in alerts if alert["device_id"] is not None]
    devices = store.select_devices(connection, ticket["trap_id"], device_ids)
    documents: dict[str, Any] = {
        "ticket.json": {
            "ticket": ticket,
            "clocks": store.select_clocks(connection, ticket_id),
            "history": store.select_history(connection, ticket_id),
            "alert_ids": [alert["alert_id"] for alert, _ in alerts],
            "attachments": [
                attachment._asdict()
                for attachment in attachment_store.select_attachments(connection, ticket_id)
            ],
        },
        "device/trap.json": store.select_trap(connection, ticket["trap_id"]),
    }
    for device in devices:
        # Calibration is on paper: the register has no field for it, and says so.
        documents[f"device/device-{device['device_id']}.json"] = {**device, "calibration": None}
    files = _photos(connection, blobs, ticket_id)
    segments = []
    for alert, definition in alerts:
        found = readings.around(connection, alert, devices, zone, now)
        files |= found.files
        segments += found.segments
        documents |= _alert_documents(connection, alert, definition, found.spans)
    sealed, documents["proofs/segments.json"] = readings.sealed_files(
        connection, blobs, segments, zone
    )
    files |= sealed | {name: _fixed(name) for name in _FIXED}
    files |= {
        path: to_json(redact(document) if is_redacted else document)
        for path, document in documents.items()
    }
    seals = {str(proof["seal"]) for proof in documents["proofs/segments.json"]}
    return Contents(files, _subjects(ticket, alerts, devices, seals))


def _alert_documents(
    connection: Connection, alert: Document, definition: Document, spans: list[dict[str, Any]]
) -> Mapping[str, Any]:
    number, rule = alert["alert_id"], f"rules/{alert['rule_code']}-v{alert['rule_version']}.json"
    reviews = review_store.select_reviews(connection, [number])
    metric = alert["metric"]
    document = {
        "alert": {**alert, "metric": None if metric is None else METRIC_LABEL[metric]},
        "events": store.select_alert_events(connection, number),
        "reviews": [review._asdict() for review in reviews],
        "is_lead": not reviews,
        "rule": rule,
        "readings": spans,
    }
    return {f"alerts/alert-{number}.json": document, rule: definition}


def _photos(connection: Connection, blobs: BlobDir, ticket_id: int) -> dict[str, bytes]:
    return {
        f"photos/{attachment.sha256}.{_SUFFIX[attachment.media_type]}": blobs.read(
            attachment.sha256
        )
        for attachment in attachment_store.select_attachments(connection, ticket_id)
    }


def _subjects(
    ticket: Document,
    alerts: list[tuple[Document, Document]],
    devices: list[Document],
    seals: set[str],
) -> list[tuple[str, str]]:
    return [
        ("ticket", str(ticket["ticket_id"])),
        *(("alert", str(alert["alert_id"])) for alert, _ in alerts),
        ("trap", str(ticket["trap_id"])),
        *(("device", str(device["device_id"])) for device in devices),
        *(("reading_seal", number) for number in sorted(seals)),
    ]


def _fixed(name: str) -> bytes:
    return resources("alerts.evidence.pack").joinpath(name).read_bytes()
