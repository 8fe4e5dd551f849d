from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.handover.document import EchoDocument, TicketDocument, payload_of, read_payload
from core.errors import InvalidRequestError

NOW = datetime(2026, 1, 5, 1, tzinfo=UTC)
ECHO = EchoDocument(
    origin="b.example/ledger",
    recipient="a.example/ledger",
    ticket=12,
    seq=1,
    their_ticket=7,
    made_at=NOW,
    state="in_progress",
    state_at=NOW,
    version=3,
    note="",
)


def payload(**changes: Any) -> dict[str, Any]:
    return payload_of(ECHO) | changes


def test_a_payload_reads_back_as_it_was() -> None:
    assert read_payload(payload(), EchoDocument, "a.example/ledger") == ECHO


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "ticket"}, "kind echo"),
        ({"recipient": "c.example"}, "made for c.example"),
        ({"format": "trapwatch-handover/2"}, "payload.format"),
        ({"state": "somewhere"}, "payload.state"),
        ({"ticket": 0}, "payload.ticket"),
        ({"seq": 2**31}, "payload.seq"),
        ({"made_at": "2026-01-05T01:00:00"}, "payload.made_at"),
        ({"note": "\0"}, "payload.note"),
        ({"note": "x" * 4_001}, "payload.note"),
        ({"more": 1}, "payload.more"),
        ({"origin": "a b"}, "payload.origin"),
    ],
)
def test_what_is_wrong_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidRequestError, match=named):
        read_payload(payload(**changes), EchoDocument, "a.example/ledger")
    with pytest.raises(InvalidRequestError):
        read_payload(payload(**changes), TicketDocument, "a.example/ledger")


def test_echoes_are_ordered_by_version_and_then_by_the_clock() -> None:
    later = ECHO.model_copy(update={"made_at": NOW + timedelta(seconds=1)})
    newer = ECHO.model_copy(update={"version": 4, "made_at": NOW - timedelta(days=1)})
    assert ECHO.order < later.order < newer.order
