"""A small county behind the application, with a clock that stands still."""

import secrets
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import Response
from pydantic import SecretStr

from alerts.seed import seed_rules
from api.access import accounts, store, token_format
from api.access.csrf import csrf_token
from api.access.model import Role, Scope
from api.access.records import AccountFields, TokenFields
from api.app import create_app
from api.login import store as login_store
from core.clock import ManualClock
from core.db import Connection, Pool, connect, open_pool
from core.settings import (
    AccessSettings,
    ApiSettings,
    DatabaseSettings,
    Settings,
    WebhookSettings,
)
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
        # The clock stands still, and an allowance with it.
        access=AccessSettings(requests_per_min=100_000, complaints_per_min=100_000),
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
        random_bytes=secrets.token_bytes,
    )


MakeToken = Callable[..., dict[str, str]]


def insert_token(
    connection: Connection,
    now: datetime,
    name: str,
    scopes: Iterable[str],
    *,
    towns: Sequence[int] = (),
    **fields: Any,
) -> dict[str, str]:
    """Store a token and return the headers that use it; not audited."""
    wanted = TokenFields(name=name, scopes=tuple(Scope(scope) for scope in scopes), **fields)
    text = token_format.make_token(secrets.token_bytes(token_format.RANDOM_BYTES))
    store.insert_token(
        connection, wanted, token_format.hash_of(text), towns, created_by="test", now=now
    )
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture
def make_token(connection: Connection, clock: ManualClock) -> MakeToken:
    """Headers of a new token, e.g. ``make_token("meter", "read", towns=[1])``."""

    def make(name: str, *scopes: str, **fields: Any) -> dict[str, str]:
        return insert_token(connection, clock.now(), name, scopes, **fields)

    return make


Person = Callable[..., dict[str, str]]


@pytest.fixture
def person(connection: Connection, clock: ManualClock) -> Person:
    """Headers of somebody who has logged in, e.g. ``person("li", "inspector", towns=["wt"])``."""

    def come_in(name: str, *roles: str, **fields: Any) -> dict[str, str]:
        chosen = AccountFields(roles=tuple(Role(role) for role in roles), **fields)
        with connection.transaction():
            account = accounts.add_account(connection, name, chosen, actor="test", now=clock.now())
            session = secrets.token_urlsafe(32)
            login_store.insert_session(
                connection,
                token_format.hash_of(session),
                account.account_id,
                43_200,
                clock.now(),
            )
        return {"Cookie": f"trapwatch={session}", "X-CSRF-Token": csrf_token(session)}

    return come_in


@pytest.fixture
def everything(make_token: MakeToken) -> dict[str, str]:
    """Headers of a program of the whole county that may do all that a program may: ``local``."""
    return make_token("local", *Scope)


@pytest.fixture
def client(app: FastAPI, everything: dict[str, str]) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False, headers=everything) as opened:
        yield opened


@pytest.fixture
def stranger(app: FastAPI) -> Iterator[TestClient]:
    """Somebody without a credential."""
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as opened:
        yield opened


Acting = Callable[..., dict[str, str]]


def acting_at(connection: Connection, now: datetime) -> Acting:
    """Headers with which somebody acts on tickets, for any unit, e.g. ``acting("li", "owner")``."""
    known: dict[tuple[str, ...], dict[str, str]] = {}
    plain = [scope for scope in Scope if not scope.startswith("tickets:")] + [Scope.TICKETS]

    def headers(name: str, *roles: str) -> dict[str, str]:
        # Tests let one name act in several capacities; here that takes several tokens.
        connection.execute("DROP INDEX IF EXISTS api_token_name")
        if (name, *roles) not in known:
            scopes = [*plain, *(f"tickets:{role}" for role in roles)]
            known[name, *roles] = insert_token(connection, now, name, scopes)
        return dict(known[name, *roles])

    return headers


@pytest.fixture
def acting(connection: Connection, clock: ManualClock) -> Acting:
    return acting_at(connection, clock.now())


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
