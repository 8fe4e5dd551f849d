"""Dead letters over HTTP: who sees them, what may be done, what is on the record."""

from base64 import b64decode
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from core.db import Connection
from tests.api.conftest import Person, problem

PATH = "/api/v1/dead-letters"
ENTER = (
    "INSERT INTO rejected_message (received_at, topic, gateway_uid, payload, payload_bytes, digest,"
    " reason, detail) VALUES (%s, 't', %s, '\\x00ff', 2, '\\x00', %s, 'no JSON')"
    " RETURNING rejected_message_id"
)
Keep = Callable[..., int]


@pytest.fixture
def keep(connection: Connection) -> Keep:
    def keep(reason: str = "malformed", gateway: str = "gw-1", day: int = 1) -> int:
        row = connection.execute(ENTER, (f"2026-01-0{day}T00:00:00Z", gateway, reason)).fetchone()
        connection.commit()
        assert row is not None
        return int(row[0])

    return keep


@pytest.fixture
def admin(person: Person) -> dict[str, str]:
    return person("ma", "admin")


def audit(connection: Connection) -> list[Any]:
    query = b"SELECT action, actor, subject_id FROM audit_event WHERE subject_kind = %s ORDER BY 1"
    return connection.execute(query, ("rejected_message",)).fetchall()


def test_they_are_listed_and_shown_with_their_bytes(
    stranger: TestClient, keep: Keep, person: Person
) -> None:
    headers = person("su", "supervisor")
    first, second, third = keep(), keep("oversized", day=2), keep(gateway="gw-2", day=3)

    def listed(**parameters: object) -> list[int]:
        answer = stranger.get(PATH, params=parameters, headers=headers)
        assert answer.status_code == 200, answer.text
        return [row["rejected_message_id"] for row in answer.json()["items"]]

    assert listed() == [third, second, first]
    assert listed(reason="oversized") == [second]
    assert listed(gateway="gw-2") == [third]
    assert listed(since="2026-01-02T00:00:00Z", until="2026-01-03T00:00:00Z") == [second]
    assert listed(state="replayed") == []
    whole = stranger.get(f"{PATH}/{first}", headers=headers).json()
    assert b64decode(whole["payload"]) == b"\x00\xff"
    problem(stranger.get(f"{PATH}/404", headers=headers), 404)
    problem(stranger.post(f"{PATH}/{first}/replay", headers=headers), 403)


def test_one_is_asked_for_and_let_go(
    stranger: TestClient, keep: Keep, admin: dict[str, str], connection: Connection
) -> None:
    number = keep()
    asked = stranger.post(f"{PATH}/{number}/replay", headers=admin)
    assert (asked.status_code, asked.json()["replay_requested_by"]) == (202, "ma")
    assert stranger.post(f"{PATH}/{number}/replay", headers=admin).status_code == 202
    gone = stranger.post(f"{PATH}/{number}/discard", headers=admin)
    assert gone.json()["state"] == "discarded"
    assert gone.json()["replay_requested_at"] is None
    for act in ("replay", "discard"):
        said = problem(stranger.post(f"{PATH}/{number}/{act}", headers=admin), 409)
        assert "discarded already" in said["detail"]
        problem(stranger.post(f"{PATH}/404/{act}", headers=admin), 404)
    assert audit(connection) == [
        ("dead_letter.discarded", "ma", str(number)),
        ("dead_letter.replay_requested", "ma", str(number)),
    ]


def test_all_that_fit_are_counted_first_and_settled_then(
    stranger: TestClient, keep: Keep, admin: dict[str, str], connection: Connection
) -> None:
    first, _, third = keep(), keep("oversized"), keep(day=2)

    def settle(act: str, **order: object) -> Any:
        answer = stranger.post(f"{PATH}/{act}", json=order, headers=admin)
        assert answer.status_code in {200, 202}, answer.text
        return answer.json()

    assert settle("replays", reason="malformed", dry_run=True) == {"matching": 2, "done": 0}
    assert audit(connection) == []
    assert settle("replays", reason="malformed") == {"matching": 2, "done": 2}
    assert settle("replays", reason="malformed") == {"matching": 2, "done": 0}
    assert {row[2] for row in audit(connection)} == {str(first), str(third)}
    until = "2026-01-02T00:00:00Z"
    assert settle("discards", gateway="gw-1", until=until) == {"matching": 2, "done": 2}
    assert settle("discards", gateway="gw-9") == {"matching": 0, "done": 0}
    said = problem(stranger.post(f"{PATH}/discards", json={}, headers=admin), 422)
    (error,) = said["errors"]
    assert error["detail"] == "at least one of reason, gateway, since, until expected"


def test_the_page_says_how_many_before_anything_happens(
    stranger: TestClient, keep: Keep, admin: dict[str, str], person: Person
) -> None:
    keep(), keep(day=2)
    headers = {**admin, "Accept": "text/html", "Accept-Language": "en"}
    assert "Kept messages that fit" not in stranger.get("/dead-letters", headers=headers).text
    shown = stranger.get("/dead-letters?reason=malformed", headers=headers).text
    assert "Kept messages that fit: 2" in shown
    assert 'hx-post="/api/v1/dead-letters/replays"' in shown
    seen = {**person("su", "supervisor"), "Accept": "text/html", "Accept-Language": "en"}
    shown = stranger.get("/dead-letters?reason=malformed", headers=seen).text
    assert "Kept messages that fit: 2" in shown
    assert "hx-post" not in shown
