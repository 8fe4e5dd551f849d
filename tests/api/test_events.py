"""The live stream through a real server: TestClient cannot read an answer that does not end."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import MakeToken
from trapwatch.commands.server import Server, listen_on

TIMEOUT_S = 10.0


@pytest.fixture
def server(app: FastAPI, everything: dict[str, str]) -> Iterator[Server]:
    listener = listen_on("127.0.0.1", 0)
    server = Server(uvicorn.Config(app, log_config=None), app.state.services.feed.end_streams)
    thread = Thread(target=server.run, args=([listener],))
    thread.start()
    server.url = f"http://127.0.0.1:{listener.getsockname()[1]}"  # type: ignore[attr-defined]  # for the tests
    server.headers = everything  # type: ignore[attr-defined]  # for the tests
    yield server
    server.should_exit = True
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    listener.close()


Message = dict[str, str]


@contextmanager
def stream(
    server: Server, last_id: str | None = None, headers: dict[str, str] | None = None
) -> Iterator[Iterator[Message]]:
    headers = headers or server.headers  # type: ignore[attr-defined]  # see above
    if last_id is not None:
        headers = {**headers, "Last-Event-ID": last_id}
    url = f"{server.url}/api/v1/events"  # type: ignore[attr-defined]  # see above
    with httpx.stream("GET", url, headers=headers, timeout=TIMEOUT_S) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield messages(answer.iter_lines())


def messages(lines: Iterator[str]) -> Iterator[Message]:
    message: Message = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            message[name] = value
        elif message:
            yield message
            message = {}


def add_event(connection: Connection, seq: int, type_: str = "notified") -> None:
    connection.execute(
        "INSERT INTO alert_event (alert_id, seq, type, at, recorded_at)"
        " VALUES (2, %s, %s, '2026-01-05T00:50Z', now())",
        (seq, type_),
    )
    connection.execute("SELECT pg_notify('events', '')")


def data(message: Message) -> Any:
    return json.loads(message["data"])


def test_events_arrive_with_what_a_page_needs(server: Server, connection: Connection) -> None:
    with stream(server) as arriving:
        ready = next(arriving)
        assert (ready["event"], ready["id"]) == ("ready", "2.1")
        add_event(connection, 2)
        message = next(arriving)
    assert (message["event"], message["id"]) == ("alert", "3.1")
    body = data(message)
    assert (body["type"], body["alert_id"], body["ticket_id"]) == ("alert.notified", 2, 1)
    assert (body["restaurant_name"], body["town_code"], body["trap_code"]) == ("全好", "wt", "T1")
    assert body["at"] == "2026-01-05T00:50:00Z"


def test_a_stream_resumes_where_it_was_cut(server: Server, connection: Connection) -> None:
    with stream(server) as arriving:
        last_id = next(arriving)["id"]
        add_event(connection, 2)
        last_id = next(arriving)["id"]
    add_event(connection, 3)
    connection.execute(
        "INSERT INTO ticket_event (ticket_id, version, action, from_state, to_state, actor, at)"
        " VALUES (1, 2, 'accept', 'new', 'accepted', 'x', now())"
    )
    add_event(connection, 4)
    found: set[tuple[str, int]] = set()
    with stream(server, last_id) as arriving:
        assert next(arriving)["event"] == "ready"
        for message in arriving:
            found.add((message["event"], data(message)["event_id"]))
            if message["id"] == "5.2":
                break
    # What was recorded just before the cut may come again; nothing may be missing.
    assert {("alert", 4), ("ticket", 2), ("alert", 5)} <= found


def test_an_event_that_commits_behind_the_cursor_is_not_lost(
    server: Server, connection: Connection, database_url: str
) -> None:
    from core.db import connect

    with stream(server) as arriving, connect(database_url, "slow") as slow:
        next(arriving)
        slow.execute(
            "INSERT INTO alert_event (alert_id, seq, type, at, recorded_at)"
            " VALUES (1, 2, 'closed', now(), now())"
        )
        add_event(connection, 2)  # a later number, committed first
        assert data(next(arriving))["event_id"] == 4
        slow.commit()
        assert data(next(arriving))["event_id"] == 3


@pytest.mark.parametrize("last_id", ["rubbish", "999999.0", "1.2.3"])
def test_an_unknown_cursor_is_a_reset(server: Server, last_id: str) -> None:
    with stream(server, last_id) as arriving:
        first = next(arriving)
    assert (first["event"], first["id"]) == ("reset", "2.1")


def test_streams_end_when_the_server_stops(server: Server) -> None:
    with stream(server) as arriving:
        assert next(arriving)["event"] == "ready"
        server.should_exit = True
        assert list(arriving) == []


def test_who_is_limited_to_towns_hears_of_them_alone(
    server: Server, connection: Connection, make_token: MakeToken
) -> None:
    of_wt = make_token("of-wt", "read", towns=[1])
    of_xt = make_token("of-xt", "read", towns=[2])
    with stream(server, headers=of_wt) as wt, stream(server, headers=of_xt) as xt:
        next(wt)
        cursor = next(xt)["id"]
        add_event(connection, 2)
        assert data(next(wt))["town_code"] == "wt"
        connection.execute("UPDATE alert SET town_id = 2 WHERE alert_id = 2")
        add_event(connection, 3)
        assert data(next(xt))["town_code"] == "xt", "the first that it hears of"
    connection.execute("UPDATE alert SET town_id = 1 WHERE alert_id = 2")
    with stream(server, cursor, headers=of_xt) as xt:
        next(xt)
        connection.execute("UPDATE alert SET town_id = 2 WHERE alert_id = 2")
        add_event(connection, 4)
        assert data(next(xt))["event_id"] == 5, "what was missed of other towns does not come"


def test_a_stream_ends_with_the_credential_it_began_with(
    server: Server, connection: Connection, clock: ManualClock, make_token: MakeToken
) -> None:
    with stream(server, headers=make_token("brief", "read")) as arriving:
        next(arriving)
        connection.execute("UPDATE api_token SET revoked_at = now() WHERE name = 'brief'")
        clock.advance_s(31)
        add_event(connection, 2)
        assert [message["event"] for message in arriving] == ["alert"]
