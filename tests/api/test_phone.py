"""The inspector's pages, the worker and links of messages, as a program sees them."""

import pytest
from fastapi.testclient import TestClient

from alerts.webhooks.deep_links import DeepLink, DeepLinks
from alerts.webhooks.sealing.keyring import keys_of
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Person, problem
from tests.webhooks import VARIABLES

LINKS = DeepLinks(keys_of(VARIABLES["TRAPWATCH_WEBHOOKS__SECRET_KEY"]), 172_800)


@pytest.fixture(autouse=True)
def _ours(connection: Connection) -> None:
    connection.execute(
        "INSERT INTO unit (code, name, name_en, phone, created_at) VALUES"
        " ('crew-1', '一队', 'Crew 1', '0573-1', now()), ('crew-2', '二队', 'Crew 2', '', now())"
    )
    connection.execute("UPDATE ticket SET owner_unit = 'crew-1', state = 'dispatched'")
    connection.execute("UPDATE restaurant SET lon_deg = 120.92, lat_deg = 30.83")


def test_mine_are_those_of_my_unit(stranger: TestClient, person: Person) -> None:
    mine = stranger.get("/my", headers=person("li", "inspector", unit="crew-1"))
    assert 'href="/my/tickets/1"' in mine.text
    other = stranger.get("/my", headers=person("wang", "inspector", unit="crew-2"))
    assert "没有待办" in other.text
    nobodys = stranger.get("/my?lang=en", headers=person("sun", "viewer"))
    assert "Your account has no unit" in nobodys.text


def test_only_its_unit_gets_the_forms_of_a_ticket(stranger: TestClient, person: Person) -> None:
    ours = stranger.get("/my/tickets/1", headers=person("li", "inspector", unit="crew-1")).text
    assert 'data-action="start"' in ours
    assert 'data-action="return"' in ours
    assert 'href="tel:0573-1"' in ours
    assert "geo:30.830000,120.920000" in ours
    # The same place as Chinese maps show it lies some hundred metres away.
    assert "position=120.92" in ours
    assert "position=120.920000" not in ours
    theirs = stranger.get("/my/tickets/1", headers=person("wang", "inspector", unit="crew-2")).text
    assert "data-action" not in theirs


def test_a_ticket_of_another_town_is_not_there(stranger: TestClient, person: Person) -> None:
    headers = person("li", "inspector", unit="crew-1", towns=["xt"])
    problem(stranger.get("/my/tickets/1", headers=headers), 404)
    assert "/my/tickets/1" not in stranger.get("/my", headers=headers).text


def test_the_worker_keeps_to_its_place(client: TestClient) -> None:
    worker = client.get("/my/worker.js")
    assert worker.headers["service-worker-allowed"] == "/my"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert "unsafe" not in worker.headers["content-security-policy"]


def test_a_link_shows_its_ticket_and_nothing_else(
    stranger: TestClient, person: Person, clock: ManualClock
) -> None:
    now_s = int(clock.now().timestamp())
    path = f"/d/{LINKS.token(DeepLink('ticket', 1, now_s + 60))}"
    shown = stranger.get(path)
    assert shown.status_code == 200
    assert "#1" in shown.text
    assert "<form" not in shown.text
    assert 'csrf": null' in shown.text
    assert "set-cookie" not in shown.headers
    problem(stranger.get("/api/v1/tickets/1"), 401)
    problem(stranger.post(path), 405)
    # Whoever is logged in sees the ticket itself; what lies outside their towns stays there.
    headers = person("li", "inspector", unit="crew-1", towns=["xt"])
    followed = stranger.get(path, headers=headers)
    assert followed.headers["location"] == "/my/tickets/1"
    problem(stranger.get("/my/tickets/1", headers=headers), 404)


def test_a_link_that_is_over_leads_to_the_login(stranger: TestClient, clock: ManualClock) -> None:
    now_s = int(clock.now().timestamp())
    path = f"/d/{LINKS.token(DeepLink('ticket', 1, now_s + 60))}"
    clock.advance_s(60)
    over = stranger.get(path)
    assert over.headers["location"] == "/my/tickets/1"
    login = stranger.get("/my/tickets/1", headers={"Accept": "text/html"})
    assert login.headers["location"] == "/login?next=%2Fmy%2Ftickets%2F1"


def test_a_link_shows_an_alert(stranger: TestClient, person: Person, clock: ManualClock) -> None:
    now_s = int(clock.now().timestamp())
    path = f"/d/{LINKS.token(DeepLink('alert', 2, now_s + 60))}"
    shown = stranger.get(path)
    assert (shown.status_code, "#2" in shown.text) == (200, True)
    headers = person("li", "inspector", unit="crew-1")
    followed = stranger.get(path, headers=headers)
    assert followed.headers["location"] == "/alerts/2"


@pytest.mark.parametrize("token", ["x", "A" * 40])
def test_what_is_no_link_shows_nothing(stranger: TestClient, token: str) -> None:
    problem(stranger.get(f"/d/{token}"), 404)


def test_a_link_to_what_is_gone(stranger: TestClient, clock: ManualClock) -> None:
    now_s = int(clock.now().timestamp())
    problem(stranger.get(f"/d/{LINKS.token(DeepLink('ticket', 999, now_s + 60))}"), 404)
