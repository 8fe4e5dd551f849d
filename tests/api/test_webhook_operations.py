"""Rotation, replays, dead letters, places that are not allowed, secrets that are not shown."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from alerts.webhooks.guard import AddressGuard
from alerts.webhooks.protection import Protection
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Get, problem
from tests.webhooks import KEYRING, queue_message

URL = "http://127.0.0.1:9/robot/send?access_token=0123456789abcdef"
BROUGHT = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
NEW = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


@pytest.fixture
def endpoint(client: TestClient) -> str:
    """The path of an endpoint with a secret that was brought along."""
    created = client.post("/api/v1/webhooks", json={"url": URL, "secret": BROUGHT})
    assert created.status_code == 201, created.text
    return created.headers["location"]


def kill(connection: Connection, *delivery_ids: int) -> None:
    connection.execute(
        "UPDATE webhook_delivery SET state = 'dead', next_attempt_at = NULL, settled_at = now()"
        " WHERE webhook_delivery_id = ANY (%s)",
        (list(delivery_ids),),
    )


def test_a_rotation_shows_the_new_secret_once_and_until_when_the_old_one_signs(
    client: TestClient, endpoint: str, clock: ManualClock
) -> None:
    answer = client.post(f"{endpoint}/secret-rotation", json={"secret": NEW})
    assert answer.status_code == 200, answer.text
    assert answer.json()["secret"] == NEW
    shown = client.get(endpoint)
    assert shown.json()["previous_secret_expires_at"] == "2026-01-06T01:00:00Z"
    assert shown.headers["etag"] == '"2"'
    assert NEW not in shown.text
    clock.advance_s(60)
    leaked = client.post(f"{endpoint}/secret-rotation", json={"overlap_s": 0}).json()
    assert leaked["secret"] not in {NEW, BROUGHT}
    assert leaked["endpoint"]["previous_secret_expires_at"] is None


def test_rotations_that_cannot_be(client: TestClient, endpoint: str) -> None:
    problem(client.post(f"{endpoint}/secret-rotation", json={"secret": "weak"}), 422)
    problem(client.post(f"{endpoint}/secret-rotation", json={"overlap_s": -1}), 422)
    problem(client.post("/api/v1/webhooks/99/secret-rotation", json={}), 404)


def test_a_change_without_a_url_or_with_the_shown_one_keeps_it_and_a_new_one_needs_it(
    client: TestClient, endpoint: str
) -> None:
    shown = client.get(endpoint).json()["url"]
    assert shown == "http://127.0.0.1:9/…"
    changed = client.put(endpoint, json={"severity_min": "red"})
    assert (changed.json()["url"], changed.json()["severity_min"]) == (shown, "red")
    assert client.put(endpoint, json={"url": shown}).json()["url"] == shown
    problem(client.put(endpoint, json={"url": shown.replace(":9", ":8")}), 422)
    problem(client.post("/api/v1/webhooks", json={"url": shown}), 422)
    problem(client.post("/api/v1/webhooks", json={"severity_min": "red"}), 422)


def test_dead_letters_of_all_endpoints_are_listed_and_replayed(
    client: TestClient, connection: Connection, endpoint: str, get: Get
) -> None:
    client.post("/api/v1/webhooks", json={"url": URL})
    one, other = queue_message(connection, 1, 2)
    (queued,) = queue_message(connection, 1)
    kill(connection, one, other)
    connection.execute(
        "INSERT INTO webhook_attempt"
        " (webhook_delivery_id, attempt, started_at, duration_ms, http_status, outcome, detail)"
        " VALUES (%s, 8, now(), 12, 500, 'dead', E'HTTP 500: attempt 8 was the last\nOops')",
        (one,),
    )
    dead = get("/webhook-deliveries", state="dead")["items"]
    assert [(row["delivery_id"], row["endpoint_id"]) for row in dead] == [(other, 2), (one, 1)]
    assert dead[1]["attempts"][0]["detail"] == "HTTP 500: attempt 8 was the last\nOops"
    assert len(get("/webhook-deliveries")["items"]) == 3
    page = get("/webhook-deliveries", limit=1)
    assert [row["delivery_id"] for row in page["items"]] == [queued]

    order = {"since": "2026-01-05T00:00:00Z", "dry_run": True}
    assert client.post(f"{endpoint}/replays", json=order).json() == {"matching": 1, "queued": 0}
    order = {"first_delivery_id": one, "last_delivery_id": other}
    assert client.post(f"{endpoint}/replays", json=order).json() == {"matching": 1, "queued": 1}
    assert [row["delivery_id"] for row in get("/webhook-deliveries", state="dead")["items"]] == [
        other
    ]


def test_replays_that_cannot_be(client: TestClient, endpoint: str) -> None:
    problem(client.post(f"{endpoint}/replays", json={}), 422)
    problem(client.post(f"{endpoint}/replays", json={"since": "yesterday"}), 422)
    problem(client.post(f"{endpoint}/replays", json={"first_delivery_id": 1, "which": "x"}), 422)
    problem(client.post("/api/v1/webhooks/99/replays", json={"first_delivery_id": 1}), 404)


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.1/hook",
        "https://127.1:8443/",  # listed here, but this is what is looked up
        "http://169.254.169.254/latest/meta-data",
        "https://[::ffff:10.0.0.1]/",
        "https://0xa.1/",
        "https://167772161/",
        "https://012.0.0.1/",  # no URL: an octet has no leading zero
        "https://[fd00:ec2::254]/",
        "http://8.8.8.8/",
        "http://no-such-host.invalid/",
    ],
)
def test_places_that_are_not_allowed_are_refused_when_the_endpoint_is_made(
    client: TestClient, app: FastAPI, url: str
) -> None:
    services = app.state.services
    closed = Protection(KEYRING, AddressGuard(), services.protection.resolve)
    object.__setattr__(services, "protection", closed)
    body = problem(client.post("/api/v1/webhooks", json={"url": url}), 422)
    assert any(word in body["detail"] for word in ("public", "https is", "no address", "not a URL"))
    assert client.get("/api/v1/webhooks").json()["items"] == []


def test_without_a_key_no_endpoint_is_made(client: TestClient, app: FastAPI) -> None:
    services = app.state.services
    object.__setattr__(services, "protection", Protection(None, services.protection.guard))
    body = problem(client.post("/api/v1/webhooks", json={"url": URL}), 409)
    assert "TRAPWATCH_WEBHOOKS__SECRET_KEY" in body["detail"]


def test_no_answer_no_audit_row_no_log_and_no_table_holds_a_secret(
    client: TestClient, connection: Connection, endpoint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    token = "0123456789abcdef"
    answers = [
        client.put(endpoint, json={"url": URL + "9"}),
        client.put(endpoint, json={"url": "ftp://127.0.0.1/" + token}),
        client.put(endpoint, json={"url": "http://127.0.0.1:99999/" + token}),
        client.put(endpoint, json={"url": "http://" + token + "@127.0.0.1/"}),
        client.put(endpoint, json={"url": "http://127.0.0.1/" + token + "/空"}),
        client.put(endpoint, json={"url": ["http://127.0.0.1/" + token]}),
        client.post(f"{endpoint}/secret-rotation", json={"secret": BROUGHT + "x"}),
        client.post(f"{endpoint}/test"),
        client.post(f"{endpoint}/pause"),
        client.post(f"{endpoint}/resume"),
        client.delete(endpoint),
        client.get(endpoint),
        client.get("/api/v1/webhooks"),
        client.get(f"{endpoint}/deliveries"),
    ]
    rotated = client.post(f"{endpoint}/secret-rotation", json={"secret": NEW})
    assert rotated.status_code == 200, "the one answer that shows a secret"
    tables = connection.execute(
        "SELECT string_agg(t::text, ' ') FROM (SELECT row_to_json(a)::text FROM audit_event a"
        " UNION ALL SELECT convert_from(canonical, 'UTF8') FROM audit_event"
        " UNION ALL SELECT row_to_json(e)::text FROM webhook_endpoint e"
        " UNION ALL SELECT convert_from(body, 'UTF8') FROM webhook_message) AS t"
    ).fetchone()
    printed = capsys.readouterr()
    everything = " ".join([answer.text for answer in answers])
    everything += f"{tables} {printed.out} {printed.err}"
    for secret in (token, BROUGHT.removeprefix("whsec_"), NEW.removeprefix("whsec_")):
        assert secret not in everything
