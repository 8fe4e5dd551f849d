"""Coming in by password: the cookie, the proof against forged requests, the lock-out, the end."""

import re
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from httpx import Response

from api.access import accounts
from api.access.model import Role
from api.access.records import AccountFields
from api.access.token_format import hash_of
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import problem

PASSWORD = "correct horse battery"


@pytest.fixture
def browser(stranger: TestClient, connection: Connection, clock: ManualClock) -> TestClient:
    """A browser at the login page; ``li`` has an account."""
    with connection.transaction():
        accounts.add_account(
            connection, "li", AccountFields(roles=(Role.SUPERVISOR,)), password=PASSWORD,
            actor="test", now=clock.now(),
        )  # fmt: skip
    return stranger


def log_in(
    browser: TestClient, name: str = "li", password: str = PASSWORD, **more: str
) -> Response:
    return browser.post("/login", data={"name": name, "password": password, **more})


def audited(connection: Connection) -> list[tuple[str, str]]:
    query = "SELECT action, actor FROM audit_event WHERE action LIKE 'session.%' ORDER BY 1, 2"
    return connection.execute(query).fetchall()


def test_a_login_opens_the_pages_and_a_logout_closes_them(
    browser: TestClient, connection: Connection
) -> None:
    assert "密码" in browser.get("/login").text
    assert "Password" in browser.get("/login?lang=en").text
    answer = log_in(browser, next="/docs")
    assert (answer.status_code, answer.headers["location"]) == (303, "/docs")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    secret = cookie.split("=", 1)[1].split(";")[0]
    assert connection.execute("SELECT session_hash FROM session").fetchall() == [(hash_of(secret),)]
    page = browser.get("/").text
    (token,) = re.findall(r'"csrf": "([^"]+)"', page)
    assert browser.get("/api/v1/me").json()["csrf_token"] == token
    assert browser.post("/logout", headers={"X-CSRF-Token": token}).status_code == 303
    browser.cookies.set("trapwatch", secret)
    problem(browser.get("/api/v1/me"), 401)
    assert audited(connection) == [("session.begun", "li"), ("session.ended", "li")]


def test_a_change_by_cookie_needs_the_token_of_its_session(browser: TestClient) -> None:
    log_in(browser)
    order = {"channel": "12345", "category": "odour", "received_at": "2026-01-05T00:00:00Z"}
    for headers in ({}, {"X-CSRF-Token": ""}, {"X-CSRF-Token": "x" * 43}):
        problem(browser.post("/api/v1/complaints", json=order, headers=headers), 403)
    token = browser.get("/api/v1/me").json()["csrf_token"]
    answer = browser.post("/api/v1/complaints", json=order, headers={"X-CSRF-Token": token})
    assert answer.status_code == 201


def test_the_session_is_new_with_each_login_and_the_old_one_ends(
    browser: TestClient, connection: Connection
) -> None:
    log_in(browser)
    first = browser.cookies["trapwatch"]
    log_in(browser)
    assert browser.cookies["trapwatch"] != first
    assert len(connection.execute("SELECT 1 FROM session").fetchall()) == 1


def test_a_session_ends_when_idle_and_whatever_happens_after_twelve_hours(
    browser: TestClient, clock: ManualClock
) -> None:
    log_in(browser)
    for _ in range(13):
        clock.advance_s(55 * 60)
        assert browser.get("/api/v1/me").status_code == 200
    clock.advance_s(55 * 60)
    problem(browser.get("/api/v1/me"), 401)
    log_in(browser)
    clock.advance_s(3_600)
    problem(browser.get("/api/v1/me"), 401)


def test_names_that_do_not_exist_are_answered_like_wrong_passwords(
    browser: TestClient, clock: ManualClock, connection: Connection
) -> None:
    def seen(name: str) -> list[tuple[int, str, str | None]]:
        answers = [log_in(browser, name, "wrong password") for _ in range(6)]
        return [(a.status_code, a.text, a.headers.get("retry-after")) for a in answers]

    known, unknown = seen("li"), seen("nobody")
    assert known == unknown
    assert [status for status, _, _ in known] == [401, 401, 401, 401, 401, 429]
    assert log_in(browser).status_code == 429, "locked: the right password does not help"
    clock.advance_s(30)
    assert log_in(browser).status_code == 303
    assert log_in(browser, password="wrong password").status_code == 401, "counted anew"
    assert ("session.refused", "unknown") in audited(connection)
    assert "nobody" not in str(connection.execute("SELECT * FROM audit_event").fetchall())


def test_an_address_that_goes_through_names_must_wait(
    browser: TestClient, clock: ManualClock
) -> None:
    for number in range(20):
        assert log_in(browser, f"name-{number}", "wrong password").status_code == 401
        clock.advance_s(3)
    assert log_in(browser).status_code == 429
    clock.advance_s(timedelta(days=1).total_seconds())
    assert log_in(browser).status_code == 303


def test_a_disabled_account_does_not_come_in(browser: TestClient, connection: Connection) -> None:
    log_in(browser)
    connection.execute("UPDATE account SET is_active = false")
    problem(browser.get("/api/v1/me"), 401)
    assert log_in(browser).status_code == 401


def test_ones_own_password_is_changed_by_the_one_so_far(browser: TestClient) -> None:
    log_in(browser)
    headers = {"X-CSRF-Token": browser.get("/api/v1/me").json()["csrf_token"]}
    order = {"old": "not the password", "new": "another long one"}
    problem(browser.put("/api/v1/me/password", json=order, headers=headers), 403)
    order["old"] = PASSWORD
    assert browser.put("/api/v1/me/password", json=order, headers=headers).status_code == 204
    assert browser.get("/api/v1/me").status_code == 200
    assert log_in(browser).status_code == 401
    assert log_in(browser, password="another long one").status_code == 303


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "/%2f/x", "\n", ""]
)
def test_a_login_leads_nowhere_else(browser: TestClient, target: str) -> None:
    assert log_in(browser, next=target).headers["location"] == "/"


def test_another_sites_form_does_not_log_in(browser: TestClient) -> None:
    data = {"name": "li", "password": PASSWORD}
    answer = browser.post("/login", data=data, headers={"Origin": "https://evil.example"})
    problem(answer, 403)
