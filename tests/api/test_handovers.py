"""A ticket goes from one county to another and its state comes back, each with its database."""

import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from pydantic import SecretStr

from alerts.evidence.canonical import canonical_json
from alerts.evidence.keys import load_signer, make_key
from alerts.handover.envelope import seal
from alerts.seed import seed_rules
from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, connect, open_pool
from core.settings import ApiSettings, DatabaseSettings, EvidenceSettings, Settings
from tests.api.conftest import COUNTY, NOW_US, Acting, acting_at, problem
from tests.files import JPEG, PNG

with warnings.catch_warnings():
    # Starlette wants a fork of httpx for this one class; ours stays with the webhook client's.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

KEYS = {name: make_key() for name in ("a.example/ledger", "b.example/ledger", "c.example/ledger")}
SIGNERS = {name: load_signer(name, pem) for name, pem in KEYS.items()}
A, B, C = KEYS
MOMENT = "2026-01-05T00:00:00Z"
#: What A hands over to B, and what B says of it: as the test of both sides makes them.
TICKET: dict[str, Any] = {
    "format": "trapwatch-handover/1",
    "kind": "ticket",
    "origin": A,
    "recipient": B,
    "ticket": 1,
    "seq": 1,
    "made_at": MOMENT,
    "note": "",
    "facts": {
        "problem": "overflow",
        "severity": "red",
        "state": "new",
        "version": 1,
        "summary": "",
        "source_kind": "alert",
        "source_ref": "1",
        "created_at": MOMENT,
        "filed_at": None,
        "trap_code": "T1",
        "register_no": "R1",
        "restaurant_name": "全好",
        "address": "",
        "town_code": "wt",
        "lon_deg": None,
        "lat_deg": None,
        "clocks": [],
    },
    "history": [],
    "alerts": [],
    "files": [],
}
ECHO: dict[str, Any] = {
    "format": "trapwatch-handover/1",
    "kind": "echo",
    "origin": B,
    "recipient": A,
    "ticket": 1,
    "seq": 1,
    "their_ticket": 7,
    "made_at": MOMENT,
    "state": "accepted",
    "state_at": MOMENT,
    "version": 2,
    "note": "",
}


def signed(by: str, document: dict[str, Any], **changes: Any) -> bytes:
    return seal(document | changes, SIGNERS[by])


@dataclass
class County:
    """One installation with the same small register."""

    name: str
    client: TestClient
    connection: Connection
    clock: ManualClock
    acting: Acting

    def get(self, path: str) -> Any:
        answer = self.client.get(f"/api/v1{path}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def act(self, ticket_id: int, action: str, **detail: Any) -> Any:
        """Do something to a ticket at the version that it has."""
        url = f"/api/v1/tickets/{ticket_id}"
        answer = self.client.post(
            f"{url}/transitions",
            json={"action": action, "detail": detail},
            headers={
                "If-Match": self.client.get(url).headers["ETag"],
                **self.acting("ze" if action == "close" else "li", *PEOPLE),
            },
        )
        assert answer.status_code == 200, answer.text
        return answer.json()["ticket"]

    def hand_over(self, ticket_id: int = 1, **order: Any) -> Response:
        """Hand a ticket over to B, unless told otherwise."""
        version = self.client.get(f"/api/v1/tickets/{ticket_id}").headers["ETag"]
        return self.client.post(
            f"/api/v1/tickets/{ticket_id}/handovers",
            json={"recipient": B} | order,
            headers={"If-Match": version},
        )

    def exported(self, **order: Any) -> bytes:
        answer = self.hand_over(**order)
        assert answer.status_code == 201, answer.text
        return self.client.get(answer.headers["Location"]).content

    def take(self, document: bytes, trap: int | None = None) -> Response:
        suffix = "" if trap is None else f"?trap={trap}"
        return self.client.post(f"/api/v1/handovers/import{suffix}", content=document)

    def echo(self, ticket_id: int, note: str = "") -> bytes:
        answer = self.client.post(
            f"/api/v1/tickets/{ticket_id}/handover-echoes", json={"note": note}
        )
        assert answer.status_code == 200, answer.text
        return answer.content

    def hear(self, echo: bytes) -> Response:
        return self.client.post("/api/v1/handovers/echoes", content=echo)


#: Every capacity of people.
PEOPLE = ("clerk", "dispatcher", "owner", "verifier", "supervisor")

MakeCounty = Callable[..., County]


@pytest.fixture
def make_county(make_database_url: Callable[[], str], tmp_path: Path) -> Iterator[MakeCounty]:
    """Maker of installations, each with its own database, key and files."""
    closers: list[Callable[[], object]] = []

    def make(name: str, *trusted: str, bytes_max: int = 20_000_000) -> County:
        url = make_database_url()
        clock = ManualClock(NOW_US)
        connection = connect(url, "test", autocommit=True)
        closers.append(connection.close)
        with connection.transaction():
            seed_rules(connection, clock.now())
            connection.execute(COUNTY)
        pool = open_pool(url, "test-api", size_max=2)
        closers.append(pool.close)
        settings = Settings(
            database=DatabaseSettings(url=SecretStr(url)),
            api=ApiSettings(body_bytes_max=20_000, hosts=("testserver",)),
            evidence=EvidenceSettings(
                origin=name,
                signing_key=SecretStr(KEYS[name]),
                trusted_keys=tuple(SIGNERS[one].verifier_key for one in trusted),
                blob_dir=tmp_path / name,
                handover_bytes_max=bytes_max,
            ),
        )
        acting = acting_at(connection, clock.now())
        client = TestClient(
            create_app(settings, pool, clock),
            raise_server_exceptions=False,
            headers=acting("local", *PEOPLE),
        )
        return County(name, client, connection, clock, acting)

    yield make
    for close in reversed(closers):
        close()


@pytest.fixture
def ours(make_county: MakeCounty) -> County:
    """The county that has ticket 1, with an alert and a photo."""
    county = make_county(A, B, C)
    added = county.client.post(
        "/api/v1/tickets/1/attachments", content=JPEG, headers={"Content-Type": "image/jpeg"}
    )
    assert added.status_code == 201, added.text
    return county


@pytest.fixture
def theirs(make_county: MakeCounty) -> County:
    """The county that takes it over; its own trap of that number has no ticket yet."""
    county = make_county(B, A)
    county.connection.execute("""
        UPDATE alert SET ticket_id = NULL;
        UPDATE ticket SET state = 'cancelled', closed_at = now();
        INSERT INTO unit (code, name, name_en, created_at) VALUES ('ps', '排水', 'D', now());
    """)
    return county


def test_out_taken_over_closed_there_and_echoed_back(ours: County, theirs: County) -> None:
    before = ours.get("/tickets/1")
    document = ours.exported(note="属贵县管辖", with_files=True)
    after = ours.get("/tickets/1")
    # Handing over is on the history; state and clocks are as they were.
    assert after["events"][-1]["action"] == "handed_over"
    assert (after["ticket"]["state"], after["clocks"]) == ("new", before["clocks"])
    payload = json.loads(document)["payload"]
    assert payload["facts"]["register_no"] == "R1"
    assert [alert["rule_code"] for alert in payload["alerts"]] == ["R02"]
    assert payload["history"][0]["action"] == "create"

    taken = theirs.take(document)
    assert taken.status_code == 201, taken.text
    number = taken.json()["ticket_id"]
    assert taken.json()["is_new"] is True
    found = theirs.get(f"/tickets/{number}")
    ticket = found["ticket"]
    assert (ticket["source_kind"], ticket["source_ref"]) == ("handover", f"{A} 1")
    assert (ticket["problem"], ticket["severity"], ticket["trap_code"]) == ("overflow", "red", "T1")
    assert [event["action"] for event in found["events"]] == ["open", "taken_over"]
    (photo,) = found["attachments"]
    kept = theirs.client.get(f"/api/v1/tickets/{number}/attachments/{photo['sha256']}")
    assert kept.content == JPEG
    stored = theirs.client.get(f"/api/v1/tickets/{number}/received-handovers/1/document")
    assert stored.content == document
    (received,) = theirs.get(f"/tickets/{number}/handovers")["received"]
    assert (received["origin"], received["their_ticket"]) == (A, 1)
    # The same document again is the same ticket.
    again = theirs.take(document).json()
    assert (again["ticket_id"], again["is_new"]) == (number, False)

    theirs.act(number, "accept")
    first = theirs.echo(number, "已受理")
    theirs.clock.advance_s(60)
    theirs.act(number, "file")
    theirs.act(number, "dispatch", owner_unit="ps")
    after = theirs.client.post(
        f"/api/v1/tickets/{number}/attachments", content=PNG, headers={"Content-Type": "image/png"}
    ).json()["sha256"]
    theirs.act(number, "start", person="张", first_contact_at="2026-01-05T01:00:30Z")
    theirs.act(
        number, "report", photos_before=[photo["sha256"]], photos_after=[after],
        volume_l=400, hauler="清源", note="已疏通",
    )  # fmt: skip
    theirs.act(number, "close", verdict="remedied")
    last = theirs.echo(number, "已办结")

    assert ours.hear(last).json()["handover"]["state"] == "closed"
    late = ours.hear(first).json()
    # What comes late is kept in its place and undoes nothing.
    assert (late["is_news"], late["handover"]["state"]) == (False, "closed")
    assert [echo["state"] for echo in late["handover"]["echoes"]] == ["accepted", "closed"]
    found = ours.get("/tickets/1")
    echoes = [event for event in found["events"] if event["action"] == "handover_echo"]
    assert [echo["detail"]["state"] for echo in echoes] == ["closed"]
    assert found["ticket"]["state"] == "new"
    repeated = ours.hear(last).json()
    assert repeated["is_news"] is False
    assert len(repeated["handover"]["echoes"]) == 2
    actions = ours.connection.execute(
        "SELECT action FROM audit_event WHERE subject_kind = 'ticket' ORDER BY audit_event_id"
    ).fetchall()
    assert [row[0] for row in actions][-3:] == [
        "ticket.handed_over",
        "ticket.handover_echo",
        "ticket.handover_echo_late",
    ]


def test_a_later_hand_over_goes_to_the_same_ticket(theirs: County) -> None:
    number = theirs.take(signed(A, TICKET)).json()["ticket_id"]
    assert theirs.take(signed(A, TICKET, seq=2, note="补充")).json()["ticket_id"] == number
    events = theirs.get(f"/tickets/{number}")["events"]
    assert [event["detail"].get("seq") for event in events][-2:] == [1, 2]
    assert theirs.take(signed(A, TICKET)).json()["is_new"] is False
    # One that is older than what is here, and was never here, comes too late.
    assert theirs.take(signed(A, TICKET, seq=4)).status_code == 201
    assert "older" in problem(theirs.take(signed(A, TICKET, seq=3)), 409)["detail"]
    theirs.act(number, "cancel", false_alarm_code="test")
    reopened = theirs.take(signed(A, TICKET, seq=5)).json()
    assert reopened["ticket_id"] != number


def test_documents_that_are_refused(theirs: County) -> None:
    before = theirs.connection.execute("SELECT count(*) FROM audit_event").fetchone()
    altered = signed(A, TICKET).replace(b'"severity":"red"', b'"severity":"blue"')
    assert "altered" in problem(theirs.take(altered), 422)["detail"]
    elsewhere = signed(A, TICKET, recipient=C)
    assert f"made for {C}" in problem(theirs.take(elsewhere), 422)["detail"]
    unknown = signed(C, TICKET, origin=C)
    assert "not trusted" in problem(theirs.take(unknown), 403)["detail"]
    file = {"sha256": "0" * 64, "media_type": "image/jpeg", "byte_count": 3, "content": "AAAA"}
    assert "files.0" in problem(theirs.take(signed(A, TICKET, files=[file])), 422)["detail"]
    assert "kind ticket" in problem(theirs.take(signed(A, TICKET, kind="echo")), 422)["detail"]
    problem(theirs.take(b"{}"), 422)
    problem(theirs.take(b""), 422)
    owner = theirs.client.post(
        "/api/v1/handovers/import",
        content=signed(A, TICKET),
        headers=theirs.acting("li", "owner"),
    )
    problem(owner, 403)
    assert theirs.connection.execute("SELECT count(*) FROM audit_event").fetchone() == before
    assert theirs.connection.execute("SELECT count(*) FROM handover_received").fetchone() == (0,)
    assert theirs.take(signed(A, TICKET)).status_code == 201
    assert "other contents" in problem(theirs.take(signed(A, TICKET, note="x")), 409)["detail"]


def test_the_trap_is_found_by_code_and_register_or_named(theirs: County) -> None:
    theirs.connection.execute("UPDATE trap SET code = 'Z' || code")
    # The restaurant's only trap is it, whatever its code.
    assert theirs.take(signed(A, TICKET)).status_code == 201
    theirs.connection.execute("UPDATE restaurant SET register_no = 'Z' || register_no")
    stranger = signed(A, TICKET, ticket=77)
    assert "not in the register" in problem(theirs.take(stranger), 422)["detail"]
    assert theirs.take(stranger, trap=4).status_code == 201
    problem(theirs.take(signed(A, TICKET, ticket=78), trap=99), 422)
    # The problem of that trap has its ticket already.
    assert "already" in problem(theirs.take(signed(A, TICKET, ticket=79), trap=4), 409)["detail"]
    moved = signed(A, TICKET, ticket=77, seq=2)
    assert "another trap" in problem(theirs.take(moved, trap=5), 409)["detail"]


def test_echoes_that_are_refused(ours: County) -> None:
    ours.exported()
    assert "never made" in problem(ours.hear(signed(B, ECHO, seq=9)), 404)["detail"]
    usurped = signed(C, ECHO, origin=C)
    assert f"to {B}, not to {C}" in problem(ours.hear(usurped), 403)["detail"]
    problem(ours.hear(canonical_json({"payload": ECHO})), 422)
    assert ours.hear(signed(B, ECHO)).json()["is_news"] is True
    assert "moment" in problem(ours.hear(signed(B, ECHO, note="x")), 409)["detail"]
    assert "kind echo" in problem(ours.hear(signed(B, ECHO, kind="ticket")), 422)["detail"]
    problem(ours.client.post("/api/v1/tickets/1/handover-echoes", json={}), 404)


def test_what_cannot_be_handed_over(ours: County) -> None:
    assert "that is us" in problem(ours.hand_over(recipient=A), 422)["detail"]
    assert "trusted" in problem(ours.hand_over(recipient="d.example"), 422)["detail"]
    stale = ours.client.post(
        "/api/v1/tickets/1/handovers", json={"recipient": B}, headers={"If-Match": '"9"'}
    )
    problem(stale, 412)
    problem(ours.client.post("/api/v1/tickets/1/handovers", json={"recipient": B}), 428)
    version = ours.client.get("/api/v1/tickets/1").headers["ETag"]
    clerk = {"If-Match": version, **ours.acting("li", "clerk")}
    problem(
        ours.client.post("/api/v1/tickets/1/handovers", json={"recipient": B}, headers=clerk), 403
    )
    ours.act(1, "cancel", false_alarm_code="test")
    assert "cancelled" in problem(ours.hand_over(), 409)["detail"]
    assert ours.get("/tickets/1/handovers") == {"sent": [], "received": []}
    problem(ours.client.get("/api/v1/tickets/1/handovers/1/document"), 404)


def test_a_document_that_would_be_too_large(make_county: MakeCounty) -> None:
    small = make_county(A, B, bytes_max=10_000)
    photo = JPEG[:-2] + bytes(12_000) + JPEG[-2:]
    small.client.post(
        "/api/v1/tickets/1/attachments", content=photo, headers={"Content-Type": "image/jpeg"}
    )
    assert "without the files" in problem(small.hand_over(with_files=True), 422)["detail"]
    assert small.hand_over().status_code == 201
    problem(small.take(b" " * 10_001), 413)
