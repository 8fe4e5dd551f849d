"""What is open only where that is set, and what an owner's unit is for."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, Pool
from core.settings import AccessSettings, ApiSettings, DatabaseSettings, Settings
from tests.api.conftest import Person, problem

COMPLAINT = {"channel": "12345", "category": "odour", "received_at": "2026-01-05T00:00:00Z"}
MakeStranger = Callable[..., TestClient]


@pytest.fixture
def make_stranger(database_url: str, pool: Pool, clock: ManualClock) -> MakeStranger:
    """Somebody without a credential at an application with these settings."""

    def make(address: str = "192.0.2.1", **fields: Any) -> TestClient:
        settings = Settings(
            database=DatabaseSettings(url=SecretStr(database_url)),
            api=ApiSettings(hosts=("testserver",)),
            access=AccessSettings(**fields),
        )
        return TestClient(create_app(settings, pool, clock), client=(address, 1))

    return make


def test_complaints_are_taken_from_the_public_where_that_is_set(
    make_stranger: MakeStranger, connection: Connection
) -> None:
    problem(make_stranger().post("/api/v1/complaints", json=COMPLAINT), 401)
    stranger = make_stranger(public_complaints=True, complaints_per_min=2)
    for _ in range(2):
        assert stranger.post("/api/v1/complaints", json=COMPLAINT).status_code == 201
    refused = stranger.post("/api/v1/complaints", json=COMPLAINT)
    problem(refused, 429)
    assert refused.headers["retry-after"] == "30"
    problem(stranger.get("/api/v1/complaints/1"), 401)
    assert connection.execute("SELECT DISTINCT actor FROM audit_event").fetchall() == [("public",)]


def test_metrics_are_told_to_this_machine_unless_that_is_unset(
    make_stranger: MakeStranger,
) -> None:
    assert make_stranger("127.0.0.1").get("/metrics").status_code == 200
    assert make_stranger("::1").get("/metrics").status_code == 200
    problem(make_stranger("192.0.2.1").get("/metrics"), 401)
    problem(make_stranger("127.0.0.1", metrics_from_loopback=False).get("/metrics"), 401)


def test_only_the_tickets_unit_acts_as_its_owner(
    stranger: TestClient, connection: Connection, person: Person
) -> None:
    connection.execute(
        "INSERT INTO unit (code, name, name_en, created_at) VALUES"
        " ('crew-1', '一队', 'Crew 1', now()), ('crew-2', '二队', 'Crew 2', now())"
    )
    connection.execute("INSERT INTO unit_route (unit_id, created_at) VALUES (1, now())")
    path = "/api/v1/tickets/1/transitions"

    def act(who: dict[str, str], action: str, **detail: str) -> Any:
        version = stranger.get(path, headers=who).headers["etag"]
        order = {"action": action, "detail": detail}
        return stranger.post(path, headers={**who, "If-Match": version}, json=order)

    accepted = act(person("chen", "dispatcher"), "accept")
    assert accepted.json()["ticket"]["owner_unit"] == "crew-1", accepted.text
    contact = {"person": "li", "first_contact_at": "2026-01-05T00:50:00Z"}
    theirs, ours = (
        person("wang", "inspector", unit="crew-2"),
        person("li", "inspector", unit="crew-1"),
    )
    assert stranger.get(path, headers=theirs).json() == []
    problem(act(theirs, "start", **contact), 403)
    problem(act(person("sun", "inspector"), "start", **contact), 403)
    assert [step["action"] for step in stranger.get(path, headers=ours).json()] == [
        "start",
        "return",
    ]
    started = act(ours, "start", **contact)
    assert started.json()["ticket"]["handler"] == "li", started.text
