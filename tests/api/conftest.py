"""A small county behind the application, with a clock that stands still."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from httpx import Response
from pydantic import SecretStr

from alerts.seed import seed_rules
from api.app import create_app
from core.clock import ManualClock
from core.db import Connection, Pool, connect, open_pool
from core.settings import ApiSettings, DatabaseSettings, Settings, WebhookSettings
from migrations.runner import load_migrations
from tests.webhooks import VARIABLES

with warnings.catch_warnings():
    # Starlette wants a fork of httpx for this one class; ours stays with the webhook client's.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

#: 2026-01-05 09:00 in Shanghai.
NOW_US = 1_767_574_800_000_000
BODY_BYTES_MAX = 20_000
COUNTY = Path(__file__).with_name("county.sql").read_bytes()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW_US)


@pytest.fixture
def connection(database_url: str, clock: ManualClock) -> Iterator[Connection]:
    """A connection of the test's own to the seeded county."""
    with connect(database_url, "test", autocommit=True) as opened:
        with opened.transaction():
            seed_rules(opened, clock.now())
            opened.execute(COUNTY)
        yield opened


@pytest.fixture
def pool(database_url: str, connection: Connection) -> Iterator[Pool]:
    opened = open_pool(database_url, "test-api", size_max=4)
    yield opened
    opened.close()


@pytest.fixture
def app(database_url: str, pool: Pool, clock: ManualClock) -> FastAPI:
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(database_url)),
        api=ApiSettings(body_bytes_max=BODY_BYTES_MAX, hosts=("testserver", "127.0.0.1")),
        webhooks=WebhookSettings(
            secret_key=SecretStr(VARIABLES["TRAPWATCH_WEBHOOKS__SECRET_KEY"]),
            allow_private=("127.0.0.0/8",),
        ),
    )
    return create_app(
        settings,
        pool,
        clock,
        migrations={entry.name: entry.checksum for entry in load_migrations()},
        random_bytes=bytes,
    )


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as opened:
        yield opened


Acting = Callable[..., dict[str, str]]


@pytest.fixture
def acting() -> Acting:
    """Headers with which somebody acts in some roles, e.g. ``acting("li", "owner")``."""

    def headers(name: str, *roles: str) -> dict[str, str]:
        return {"X-Trapwatch-Actor": quote(name), "X-Trapwatch-Role": ",".join(roles)}

    return headers


Get = Callable[..., Any]


@pytest.fixture
def get(client: TestClient) -> Get:
    """The JSON of a path below /api/v1 that answers 200."""

    def fetch(path: str, **parameters: object) -> Any:
        answer = client.get(f"/api/v1{path}", params=parameters)  # type: ignore[arg-type]  # test
        assert answer.status_code == 200, answer.text
        return answer.json()

    return fetch


def problem(answer: Response, status: int) -> dict[str, Any]:
    """Return a problem's body after checking that it is one."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert {"type", "title", "detail", "instance"} <= body.keys()
    return body
