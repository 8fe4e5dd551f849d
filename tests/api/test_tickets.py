"""The ticket loop over HTTP; NOW is Monday 2026-01-05, 09:00 in Shanghai (01:00 UTC)."""

from collections.abc import Iterator
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from pydantic import SecretStr

from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, Pool
from core.settings import ApiSettings, DatabaseSettings, EvidenceSettings, Settings
from tests.api.conftest import BODY_BYTES_MAX, NOW_US, Acting, Get, problem
from tests.files import JPEG, PDF, PNG

TICKETS = "/api/v1/tickets"
ORDER = {
    "trap_id": 2,
    "problem": "odour",
    "severity": "yellow",
    "source_kind": "complaint",
    "source_ref": "12345-1",
    "summary": "臭",
}
ATTACHMENT_BYTES_MAX = 30_000
EVERYTHING = (
    "SELECT (SELECT array_agg(t ORDER BY ticket_id) FROM ticket t)::text,"
    " (SELECT array_agg(c ORDER BY ticket_id, kind, round) FROM ticket_clock c)::text,"
    " (SELECT count(*) FROM ticket_event), (SELECT count(*) FROM audit_event),"
    " (SELECT count(*) FROM webhook_message), (SELECT count(*) FROM idempotent_answer),"
    " (SELECT count(*) FROM blob)"
)


@pytest.fixture
def app(database_url: str, pool: Pool, clock: ManualClock, tmp_path: Path) -> FastAPI:
    """The application with a directory of its own for files."""
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(database_url)),
        api=ApiSettings(body_bytes_max=BODY_BYTES_MAX, hosts=("testserver",)),
        evidence=EvidenceSettings(
            blob_dir=tmp_path / "blobs", attachment_bytes_max=ATTACHMENT_BYTES_MAX
        ),
    )
    return create_app(settings, pool, clock, random_bytes=bytes)


class Office:
    """People at work over HTTP."""

    def __init__(self, client: TestClient, acting: Acting, clock: ManualClock) -> None:
        self.client = client
        self.acting = acting
        self.clock = clock

    def open(self, key: str = "k1", **fields: Any) -> Response:
        headers = {**self.acting("chen", "clerk"), "Idempotency-Key": key}
        return self.client.post(TICKETS, json=ORDER | fields, headers=headers)

    def attach(self, ticket_id: int, content: bytes, declared: str) -> Response:
        headers = {**self.acting("li", "owner"), "Content-Type": declared}
        return self.client.post(
            f"{TICKETS}/{ticket_id}/attachments", content=content, headers=headers
        )

    def act(
        self, ticket_id: int, action: str, who: tuple[str, str], *, etag: str | None = None,
        key: str | None = None, **detail: Any,
    ) -> Response:  # fmt: skip
        """Act at the version that is there, or at ``etag``."""
        headers = self.acting(*who)
        headers["If-Match"] = etag or self.client.get(f"{TICKETS}/{ticket_id}").headers["etag"]
        if key is not None:
            headers["Idempotency-Key"] = key
        order = {"action": action, "detail": detail}
        return self.client.post(f"{TICKETS}/{ticket_id}/transitions", json=order, headers=headers)

    def bring_to(self, action: str, ticket_id: int, minutes: float = 10) -> Response:
        """Go the usual way up to and with an action."""
        steps: list[tuple[str, tuple[str, str], dict[str, Any]]] = [
            ("accept", ("chen", "clerk"), {}),
            ("file", ("chen", "clerk"), {}),
            ("dispatch", ("sun", "dispatcher"), {"owner_unit": "u1"}),
            ("start", ("li", "owner"), {"person": "李"}),
            ("report", ("li", "owner"), {"volume_l": 400, "hauler": "净源", "note": "emptied"}),
            ("close", ("wang", "verifier"), {"verdict": "remedied"}),
        ]
        for name, who, detail in steps:
            self.clock.advance_s(minutes * 60)
            if name == "start":
                detail["first_contact_at"] = self.clock.now().isoformat()
            if name == "report":
                for stage, content, declared in (
                    ("before", JPEG, "image/jpeg"), ("after", PNG, "image/png"),
                ):  # fmt: skip
                    kept = self.attach(ticket_id, content, declared)
                    detail[f"photos_{stage}"] = [kept.json()["sha256"]]
            answer = self.act(ticket_id, name, who, **detail)
            assert answer.status_code == 200, answer.text
            if name == action:
                break
        return answer


@pytest.fixture
def office(client: TestClient, acting: Acting, clock: ManualClock) -> Office:
    """An office with one unit; the first ticket that it opens is number 2."""
    unit = {"code": "u1", "name": "一中队", "name_en": "Squad 1", "phone": "0573-1"}
    assert client.post("/api/v1/units", json=unit).status_code == 201
    return Office(client, acting, clock)


def test_the_whole_loop(office: Office, get: Get) -> None:
    assert office.open().status_code == 201
    closed = office.bring_to("close", 2).json()
    ticket = closed["ticket"]
    assert (ticket["state"], ticket["handler"], ticket["verifier"]) == ("closed", "li", "wang")
    assert ticket["first_resolved_at"] == ticket["reported_at"] == "2026-01-05T01:50:00Z"
    assert ticket["closed_at"] == "2026-01-05T02:00:00Z"
    assert [clock["kind"] for clock in closed["clocks"]] == [
        "accept", "dispatch", "resolve", "respond", "verify",
    ]  # fmt: skip
    assert {clock["state"] for clock in closed["clocks"]} == {"stopped"}
    resolve = closed["clocks"][2]
    assert (resolve["unit"], resolve["amount"]) == ("working_day", 7)
    assert resolve["due_at"] == "2026-01-14T09:30:00Z"
    assert len(closed["attachments"]) == 2
    assert [a["action"] for a in closed["available_actions"]] == ["reopen"]
    assert get("/tickets", unit="u1")["items"] == [ticket]


def test_who_may_do_what_is_served(office: Office, client: TestClient, acting: Acting) -> None:
    office.open()
    office.bring_to("report", 2)
    url = f"{TICKETS}/2/transitions"
    answer = client.get(url, headers=acting("wang", "verifier"))
    assert answer.headers["etag"] == '"6"'
    assert answer.json()[0] == {
        "action": "close", "roles": ["verifier"], "required": ["verdict"],
        "optional": ["note", "sensor_waiver"],
    }  # fmt: skip
    assert [a["action"] for a in answer.json()] == ["close", "rework"]
    assert client.get(url, headers=acting("x", "clerk")).json() == []
    assert len(client.get(url).json()) == 4, "whoever names no role has them all"


def test_every_refusal_is_precise_and_changes_nothing(
    office: Office, client: TestClient, connection: Connection, clock: ManualClock
) -> None:
    office.open()
    office.bring_to("report", 2)
    office.open("k2", problem="overflow")
    before = connection.execute(EVERYTHING).fetchall()
    verifier = ("wang", "verifier")
    verdict = {"verdict": "remedied"}

    def refused(answer: Response, status: int, why: str) -> None:
        assert why in problem(answer, status)["detail"]
        assert connection.execute(EVERYTHING).fetchall() == before

    refused(office.act(2, "accept", ("x", "clerk")), 409, "in state reported allows close, rework")
    refused(office.act(2, "close", verifier, etag='"1"', **verdict), 412, "at version 6, not 1")
    refused(office.act(2, "close", ("x", "owner"), **verdict), 403, "for the verifier, not for own")
    refused(office.act(2, "close", ("li", "verifier"), **verdict), 403, "somebody else closes it")
    refused(office.act(2, "close", verifier), 422, "close must carry verdict")
    refused(office.act(2, "close", verifier, **verdict, price=1), 422, "does not carry price")
    refused(office.act(2, "burn", verifier), 422, "action: one of accept")
    refused(office.act(2, "auto_close", verifier, note="x"), 403, "for the system")
    refused(office.attach(3, PDF, "image/jpeg"), 422, "declared as image/jpeg, but it is app")
    refused(office.attach(3, JPEG[:-2], "image/jpeg"), 422, "a whole file of")
    big = JPEG + b"\0" * ATTACHMENT_BYTES_MAX
    refused(office.attach(3, big, "image/jpeg"), 413, f"{ATTACHMENT_BYTES_MAX} bytes")
    refused(office.open("k3", trap_id=99), 422, "no such trap")
    refused(office.open("k4", problem="overflow"), 409, "ticket 3 is about overflow of this trap")
    order = {"action": "close", "detail": verdict}
    problem(client.post(f"{TICKETS}/2/transitions", json=order), 428)
    clock.advance_s(360 * 86_400)  # 31 December: the year after has no holiday notice yet
    refused(office.open("k5", problem="grease"), 422, "no due time can be given")


def test_an_upload_above_the_limit_is_cut_off_while_it_is_read(
    office: Office, client: TestClient, connection: Connection
) -> None:
    office.open()

    def chunks() -> Iterator[bytes]:
        yield from (JPEG, *(b"\0" * 9_000 for _ in range(4)))

    headers = {"Content-Type": "image/jpeg"}
    problem(client.post(f"{TICKETS}/2/attachments", content=chunks(), headers=headers), 413)
    assert connection.execute("SELECT count(*) FROM blob").fetchone() == (0,)


def test_a_file_comes_back_as_it_was(office: Office, client: TestClient, tmp_path: Path) -> None:
    office.open()
    kept = office.attach(2, JPEG, "image/jpeg; charset=binary")
    assert kept.status_code == 201
    assert office.attach(2, JPEG, "image/jpeg").status_code == 201, "repeating changes nothing"
    assert len(client.get(f"{TICKETS}/2").json()["attachments"]) == 1
    url = f"{TICKETS}/2/attachments/{kept.json()['sha256']}"
    answer = client.get(url)
    assert (answer.content, answer.headers["content-type"]) == (JPEG, "image/jpeg")
    assert answer.headers["content-disposition"].startswith("attachment")
    problem(client.get(f"{TICKETS}/2/attachments/{'0' * 64}"), 404)
    problem(client.get(f"{TICKETS}/2/attachments/..%2Fsecret"), 404)
    (path,) = (found for found in (tmp_path / "blobs").rglob("*") if found.is_file())
    path.write_bytes(b"something else")
    assert "something" not in str(problem(client.get(url), 500))


def test_opening_needs_a_key_and_a_repeated_request_is_answered_again(
    office: Office, client: TestClient, connection: Connection, acting: Acting
) -> None:
    missing = client.post(TICKETS, json=ORDER, headers=acting("chen", "clerk"))
    assert "Idempotency-Key" in problem(missing, 400)["detail"]
    first, again = office.open(), office.open()
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert first.headers["etag"] == again.headers["etag"] == '"1"'
    assert connection.execute("SELECT count(*) FROM ticket").fetchone() == (2,)
    assert "another request" in problem(office.open(problem="overflow"), 422)["detail"]
    clerk = ("chen", "clerk")
    done = office.act(2, "accept", clerk, etag='"1"', key="a1")
    repeated = office.act(2, "accept", clerk, etag='"1"', key="a1")
    assert (done.status_code, done.content) == (200, repeated.content)
    problem(office.act(2, "accept", clerk, etag='"1"', key="a2"), 412)
    other = {**acting("zhou", "clerk"), "Idempotency-Key": "k1"}
    assert client.post(TICKETS, json=ORDER, headers=other).status_code == 409, "a key is one's own"


def test_a_refused_request_leaves_its_key_free(office: Office) -> None:
    problem(office.open(trap_id=99), 422)
    assert office.open().status_code == 201


def test_a_request_under_way_is_409(office: Office, connection: Connection, acting: Acting) -> None:
    acting("chen", "clerk")
    with connection.transaction():
        connection.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 7425))",
            ("POST /api/v1/tickets chen\nk1",),
        )
        assert "under way" in problem(office.open(), 409)["detail"]
    assert office.open().status_code == 201


def test_of_two_at_one_version_one_wins(office: Office, connection: Connection) -> None:
    office.open()
    ready = Barrier(2)
    statuses: list[int] = []

    def accept(name: str) -> None:
        ready.wait(timeout=30)
        statuses.append(office.act(2, "accept", (name, "clerk"), etag='"1"').status_code)

    threads = [Thread(target=accept, args=(name,)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(statuses) == [200, 412]
    count = "SELECT count(*) FROM ticket_event WHERE action = 'accept'"
    assert connection.execute(count).fetchone() == (1,)


def test_a_complaint_that_comes_back_reopens_its_ticket(office: Office) -> None:
    office.open()
    office.bring_to("close", 2)
    reopened = office.open("k2")
    assert reopened.status_code == 200
    ticket = reopened.json()["ticket"]
    assert (ticket["ticket_id"], ticket["state"], ticket["reopen_count"]) == (2, "in_progress", 1)


def test_due_times_are_computed_anew_by_the_supervisor_alone(
    office: Office, client: TestClient, acting: Acting, connection: Connection
) -> None:
    office.open()
    url, reason = f"{TICKETS}/2/due-times", {"reason": "new policy"}
    clerk, supervisor = acting("chen", "clerk"), acting("gao", "supervisor")
    problem(client.post(url, json=reason, headers=supervisor), 428)
    problem(client.post(url, json=reason, headers={**clerk, "If-Match": '"1"'}), 403)
    problem(client.post(url, json=reason, headers={**supervisor, "If-Match": '"2"'}), 412)
    done = client.post(url, json=reason, headers={**supervisor, "If-Match": '"1"'})
    assert (done.status_code, done.headers["etag"]) == (200, '"2"')
    audited = "SELECT actor, detail ->> 'reason' FROM audit_event WHERE action = 'ticket.recompute'"
    assert connection.execute(audited).fetchall() == [("gao", "new policy")]


def test_units_and_routes(office: Office, client: TestClient, get: Get) -> None:
    unit = {"code": "u1", "name": "二", "name_en": "2"}
    problem(client.post("/api/v1/units", json=unit), 409)
    problem(client.post("/api/v1/units", json=unit | {"code": "no spaces"}), 422)
    problem(client.put("/api/v1/units/u9", json={"name": "九", "name_en": "9"}), 404)
    put = client.put("/api/v1/units/u1", json={"name": "二", "name_en": "2", "is_active": False})
    assert put.json() == unit | {"phone": "", "is_active": False}
    assert get("/units") == [put.json()]
    route = {"town": "wt", "problem": "odour", "unit": "u1"}
    number = client.put("/api/v1/unit-routes", json=route).json()["unit_route_id"]
    assert get("/unit-routes") == [route | {"unit_route_id": number}]
    problem(client.put("/api/v1/unit-routes", json=route | {"town": "nowhere"}), 422)
    assert client.delete(f"/api/v1/unit-routes/{number}").status_code == 204
    problem(client.delete(f"/api/v1/unit-routes/{number}"), 404)


SEVEN = Path(__file__).with_name("indicators.sql").read_bytes()
INSTANT = "2026-01-{:02d}T00:00:00Z"


def test_indicators_as_worked_out_by_hand(
    office: Office, get: Get, connection: Connection, clock: ManualClock
) -> None:
    """Seven tickets; the figures are of January, as of the 20th."""
    connection.execute(SEVEN)
    clock.advance_s(15 * 86_400)
    found = get("/tickets/indicators", **{"from": INSTANT.format(1), "to": "2026-02-01T00:00:00Z"})

    def ratio(numerator: int, denominator: int) -> dict[str, Any]:
        share = numerator / denominator
        return {"numerator": numerator, "denominator": denominator, "ratio": share}

    assert found["filed_count"] == 6
    assert found["on_time"] == ratio(2, 5)
    assert found["closed"] == ratio(2, 4)
    assert found["reworked"] == ratio(2, 3)
    assert found["returned"] == ratio(2, 6)
    assert found["overdue_open"] == ratio(1, 2)
    assert found["first_resolution"] == {"count": 2, "median_h": 25.0, "p90_h": 37.0}
    assert found["final_closing"] == {"count": 3, "median_h": 60.0, "p90_h": 396.0}
    assert found["as_of"] == "2026-01-20T01:00:00Z"
    elsewhere = get(
        "/tickets/indicators", **{"from": INSTANT.format(1), "to": INSTANT.format(9), "town": "xt"}
    )
    assert elsewhere["on_time"] == {"numerator": 0, "denominator": 0, "ratio": None}
    assert elsewhere["final_closing"] == {"count": 0, "median_h": None, "p90_h": None}
    assert clock.now_us() > NOW_US
    query = {"from": INSTANT.format(9), "to": INSTANT.format(9)}
    problem(office.client.get(f"{TICKETS}/indicators", params=query), 422)
