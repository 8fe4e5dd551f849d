"""Registers and reports as pages: who is offered what, what a report says of a frozen month."""

import re
from datetime import date

import pytest

from alerts.coverage import freezing, present
from alerts.timers import town_index_month
from alerts.town_index.tree import load_tree
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Person, TestClient, problem
from tests.webhooks import queue_message

HTML = {"Accept": "text/html", "Accept-Language": "en"}


@pytest.mark.parametrize(
    ("role", "forms"),
    [("viewer", []), ("supervisor", ["patch"]), ("inspector", [])],
)
def test_only_who_may_change_it_is_offered_the_form(
    stranger: TestClient, person: Person, role: str, forms: list[str]
) -> None:
    headers = {**HTML, **person(f"some-{role}", role)}
    text = stranger.get("/restaurants/1/entry", headers=headers).text
    assert re.findall(r'class="change \w+" hx-(\w+)=', text) == forms


def test_registers_that_are_closed_to_somebody_are_not_in_their_navigation(
    stranger: TestClient, person: Person
) -> None:
    def offered(role: str) -> set[str]:
        text = stranger.get("/traps", headers={**HTML, **person(f"one-{role}", role)}).text
        (nav,) = re.findall(r'<nav class="lanes".*?</nav>', text, re.DOTALL)
        return set(re.findall(r'href="(/[\w-]+)"', nav))

    viewer = offered("viewer")
    assert {"/traps", "/rules", "/claims", "/reports"} <= viewer
    assert not {"/webhooks", "/dead-letters"} & viewer
    assert {"/webhooks", "/deliveries", "/dead-letters"} <= offered("admin")


def test_who_is_limited_to_a_town_sees_a_thing_without_its_audit_trail(
    stranger: TestClient, person: Person
) -> None:
    whole = {**HTML, **person("all-of-it", "supervisor")}
    some = {**HTML, **person("some-of-it", "supervisor", towns=["wt"])}
    assert ">History<" in stranger.get("/restaurants/1/entry", headers=whole).text
    limited = stranger.get("/restaurants/1/entry", headers=some)
    assert limited.status_code in {200, 404}
    assert ">History<" not in limited.text


@pytest.mark.parametrize(
    "path",
    [
        *("/traps/T404/entry", "/devices/404", "/gateways/404", "/rules/R99", "/webhooks/404"),
        *("/complaints/404", "/claims/404", "/tickets/404", "/alerts/404"),
        *("/inspection-plans/404", "/restaurants/404/entry", "/reports/2099-01"),
    ],
)
def test_what_is_not_there_is_not_found(client: TestClient, path: str) -> None:
    problem(client.get(path), 404)


def test_a_month_that_is_none_is_refused(client: TestClient) -> None:
    problem(client.get("/reports/2026-13"), 422)


def test_a_dead_letter_shows_its_bytes_escaped(
    stranger: TestClient, person: Person, connection: Connection
) -> None:
    headers = {**HTML, **person("some-admin", "admin")}
    problem(stranger.get("/dead-letters/404", headers=headers), 404)
    with connection.transaction():
        row = connection.execute(
            "INSERT INTO rejected_message (received_at, topic, payload, payload_bytes, digest,"
            " reason, detail) VALUES (now(), 't', %s, 9, '\\x00', 'malformed', 'no JSON')"
            " RETURNING rejected_message_id",
            (b"<b>\xff</b>",),
        ).fetchone()
    assert row is not None
    text = stranger.get(f"/dead-letters/{row[0]}", headers=headers).text
    assert "&lt;b&gt;\ufffd&lt;/b&gt;" in text
    assert "3c 62 3e ff 3c 2f 62 3e" in text


def test_forms_of_the_rows_of_a_list_differ_by_name(
    client: TestClient, connection: Connection
) -> None:
    made = client.post("/api/v1/webhooks", json={"url": "http://127.0.0.1:9/hook"})
    assert made.status_code == 201, made.text
    numbers = [*queue_message(connection, 1), *queue_message(connection, 1)]
    connection.execute(
        "UPDATE webhook_delivery SET state = 'dead', next_attempt_at = NULL, settled_at = now()"
    )
    text = client.get("/deliveries", headers=HTML).text
    named = re.findall(r'<form class="change row"[^>]*aria-label="([^"]*)"', text)
    assert named == [f"Send again {number}" for number in reversed(numbers)]


def test_a_report_says_a_frozen_month_with_its_counts(
    client: TestClient, connection: Connection, clock: ManualClock
) -> None:
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)
    before = client.get("/reports/2026-01", headers=HTML).text
    assert "Coverage of this month has not been frozen" in before
    clock.advance_s(27 * 24 * 3600)
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)
        freezing.freeze_day(connection, date(2026, 1, 31), clock.now())
        assert town_index_month.run_once(connection, clock.now_us(), tree=load_tree()) == 1
    month = {"span": "month"}
    (frozen,) = client.get("/api/v1/coverage/history", params=month).json()["items"]
    text = client.get("/reports/2026-01", headers=HTML).text
    (section,) = re.findall(r'aria-labelledby="coverage".*?</section>', text, re.DOTALL)
    shares = re.findall(r'class="of">([\d,]+)/([\d,]+)<', section)
    county = [(f"{r['numerator']:,}", f"{r['denominator']:,}") for r in frozen["rates"]]
    assert shares[: len(county)] == county
    assert "Revision 1, frozen" in section
    assert "Revision 1 of" in text
    assert client.get("/reports", follow_redirects=False).headers["location"] == "/reports/2026-01"
