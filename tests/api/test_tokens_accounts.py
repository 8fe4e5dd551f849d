"""Tokens and accounts over HTTP: shown once, ended at once, audited."""

import secrets
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from api.access.token_format import is_token, make_token
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Person, problem

AUDIT = "SELECT action, subject_id, actor FROM audit_event ORDER BY audit_event_id"


@pytest.fixture
def admin(person: Person) -> dict[str, str]:
    return person("chief", "admin")


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_a_token_is_shown_once_used_expires_and_is_revoked(
    stranger: TestClient, admin: dict[str, str], clock: ManualClock, connection: Connection
) -> None:
    order = {"name": "meter", "scopes": ["read"], "expires_at": "2026-01-06T00:00:00Z"}
    made = stranger.post("/api/v1/tokens", headers=admin, json=order)
    assert made.status_code == 201, made.text
    secret, token = made.json()["secret"], made.json()["token"]
    assert is_token(secret)
    problem(stranger.post("/api/v1/tokens", headers=admin, json=order), 409)
    assert stranger.get("/api/v1/towns", headers=bearer(secret)).status_code == 200
    listed = stranger.get("/api/v1/tokens", headers=admin)
    assert secret not in listed.text
    assert [item["last_used_at"] for item in listed.json()["items"]] == ["2026-01-05T01:00:00Z"]
    stored = connection.execute("SELECT * FROM api_token").fetchall()
    assert secret not in str(stored)
    clock.advance_s(timedelta(days=1).total_seconds())
    problem(stranger.get("/api/v1/towns", headers=bearer(secret)), 401)
    clock.advance_s(-timedelta(days=1).total_seconds())
    path = f"/api/v1/tokens/{token['token_id']}"
    assert stranger.delete(path, headers=admin).json()["revoked_at"] is not None
    problem(stranger.get("/api/v1/towns", headers=bearer(secret)), 401)
    problem(stranger.delete(path, headers=admin), 409)
    assert connection.execute(AUDIT).fetchall()[1:] == [
        ("token.created", "meter", "chief"),
        ("token.revoked", "meter", "chief"),
    ]


def test_unknown_mistyped_and_foreign_credentials_are_answered_alike(stranger: TestClient) -> None:
    unknown = make_token(secrets.token_bytes(32))
    answers = [
        stranger.get("/api/v1/towns", headers={"Authorization": text})
        for text in (f"Bearer {unknown}", f"Bearer {unknown}x", "Bearer", "Basic YTpi", unknown)
    ]
    answers.append(stranger.get("/api/v1/towns", headers={"Cookie": "trapwatch=rubbish"}))
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_one_name_is_one_actor(stranger: TestClient, admin: dict[str, str], person: Person) -> None:
    person("li", "viewer")
    token = {"name": "li", "scopes": ["read"]}
    problem(stranger.post("/api/v1/tokens", headers=admin, json=token), 409)
    for name in ("li", "system", "public"):
        order = {"name": name, "roles": ["viewer"]}
        problem(stranger.post("/api/v1/accounts", headers=admin, json=order), 409)


@pytest.mark.parametrize(
    "change",
    [{"roles": []}, {"roles": ["god"]}, {"towns": ["xx"]}, {"unit": "xx"}, {"password": "short"},
     {"name": "a b"}, {"name": "cli:root"}],
    ids=str,
)  # fmt: skip
def test_a_bad_account_is_refused_and_nothing_is_made(
    stranger: TestClient, admin: dict[str, str], connection: Connection, change: dict[str, object]
) -> None:
    order = {"name": "li", "roles": ["viewer"], **change}
    problem(stranger.post("/api/v1/accounts", headers=admin, json=order), 422)
    assert connection.execute("SELECT name FROM account").fetchall() == [("chief",)]


def test_an_account_is_changed_and_its_sessions_end(
    stranger: TestClient, admin: dict[str, str], person: Person
) -> None:
    li = person("li", "viewer")
    assert stranger.get("/api/v1/me", headers=li).json()["roles"] == ["viewer"]
    order = {"roles": ["inspector"], "towns": ["wt"], "is_active": True}
    path = "/api/v1/accounts/2"
    stale = {**admin, "If-Match": '"7"'}
    problem(stranger.put(path, headers=stale, json=order), 412)
    changed = stranger.put(path, headers=admin, json=order)
    assert (changed.json()["roles"], changed.json()["towns"]) == (["inspector"], ["wt"])
    problem(stranger.get("/api/v1/me", headers=li), 401)


def test_the_last_administrator_stays(stranger: TestClient, admin: dict[str, str]) -> None:
    for change in ({"roles": ["viewer"]}, {"is_active": False}, {"towns": ["wt"]}):
        order = {"roles": ["admin"], **change}
        problem(stranger.put("/api/v1/accounts/1", headers=admin, json=order), 409)
    assert stranger.get("/api/v1/me", headers=admin).json()["roles"] == ["admin"]


def test_a_busy_caller_is_told_to_wait(app: object, stranger: TestClient) -> None:
    limits = stranger.app.state.services.limits  # type: ignore[attr-defined]  # ours
    answer = stranger.get("/healthz")
    assert answer.headers["ratelimit"].startswith('"default";r=')
    key = next(key for key in limits._buckets if key[1][0] == "address")
    limits._buckets[key] = (0.0, limits._clock.monotonic_s())
    refused = stranger.get("/healthz")
    problem(refused, 429)
    assert int(refused.headers["retry-after"]) >= 1
