"""The whole product on a small demo county, as processes, for browsers to look at."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import psycopg

from alerts.seed import seed_rules
from api.access import accounts, csrf
from api.access.cookies import COOKIE
from api.access.model import Role
from api.access.records import AccountFields
from api.access.token_format import hash_of
from api.login import store as login_store
from core.clock import SystemClock
from core.db import connect
from core.settings import Settings
from tests.processes import Process, free_port, wait_until
from tests.webhooks import VARIABLES
from trapwatch.demo import seed

RESTAURANTS = 120
#: The unit of the demo that gets tickets about covers.
UNIT = "drainage"
_HASTE = '{"hold_s": 1, "samples_min": 2}'


@dataclass(frozen=True)
class CountyRoom:
    """A running county; ``url`` is where its pages are."""

    url: str
    database_url: str
    environment: dict[str, str]
    #: Of somebody who has logged in, with every role.
    session: str

    def get(self, path: str) -> Any:
        """Return the JSON of a path below /api/v1."""
        headers = {"Cookie": f"{COOKIE}={self.session}"}
        with urlopen(Request(f"{self.url}/api/v1/{path}", headers=headers), timeout=10) as answer:
            return json.load(answer)

    def post(self, path: str, body: dict[str, Any], headers: Mapping[str, str]) -> None:
        """Send a change, as our own pages would."""
        own = {
            "Content-Type": "application/json",
            "Cookie": f"{COOKIE}={self.session}",
            csrf.HEADER: csrf.csrf_token(self.session),
        }
        request = Request(
            f"{self.url}/api/v1/{path}", json.dumps(body).encode(), {**own, **headers}
        )
        try:
            urlopen(request, timeout=10).close()
        except HTTPError as error:
            raise AssertionError(error.read().decode()) from error

    def inject(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Have the simulator do something to a trap."""
        return subprocess.run(
            [sys.executable, "-m", "trapwatch", "simulate", "inject", *arguments],
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def trap_with_cover(self) -> str:
        """Return a trap in service whose cover is watched; without an alert so far, if any is."""
        ((code,),) = self.execute(
            b"SELECT t.code FROM trap t JOIN device d USING (trap_id) JOIN restaurant r"
            b" USING (restaurant_id) WHERE d.status = 'active' AND r.status = 'open'"
            b" AND starts_with(d.model, 'TW-')"
            b" ORDER BY EXISTS (SELECT FROM alert a WHERE a.trap_id = t.trap_id), 1 LIMIT 1"
        )
        return str(code)

    def execute(self, query: bytes, *parameters: object) -> list[tuple[Any, ...]]:
        """Run a statement of the test's own."""
        with psycopg.connect(self.database_url) as connection:
            cursor = connection.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def county_room(
    database_url: str, mqtt_url: str, log: Path, restaurants: int = RESTAURANTS
) -> Iterator[CountyRoom]:
    """Run ingest, alerts, API and the simulator until everything has been counted once."""
    seed(database_url, Settings.from_env(VARIABLES), restaurants=restaurants)
    with psycopg.connect(database_url) as connection:
        seed_rules(connection, SystemClock().now())
        connection.execute("UPDATE rule_override SET parameters = %s::jsonb", (_HASTE,))
    ports = {name: free_port() for name in ("api", "ingest", "alerts")}
    environment = {
        **VARIABLES,
        "TRAPWATCH_ACCESS__REQUESTS_PER_MIN": "1000000",
        "TRAPWATCH_DATABASE__URL": database_url,
        "TRAPWATCH_MQTT__URL": mqtt_url,
        "TRAPWATCH_API__PORT": str(ports["api"]),
        "TRAPWATCH_INGEST__METRICS_PORT": str(ports["ingest"]),
        "TRAPWATCH_ALERTS__METRICS_PORT": str(ports["alerts"]),
    }
    session = _come_in(database_url)
    room = CountyRoom(f"http://127.0.0.1:{ports['api']}", database_url, environment, session)
    with ExitStack() as stack:
        started = [Process([name], environment, port, log) for name, port in ports.items()]
        simulator = Process(
            ["simulate", "run", "--restaurants", str(restaurants)], environment, 0, log
        )
        for process in (*started, simulator):
            process.start()
            stack.callback(process.stop)
        for process in started:
            process.wait_ready()
        wait_until(_counted(room), "good data of the county to be counted")
        yield room


def _come_in(database_url: str) -> str:
    """Make somebody with every role who has logged in; return the session's secret."""
    now = SystemClock().now()
    session = token_urlsafe(32)
    with connect(database_url, "county-room") as connection:
        fields = AccountFields(roles=tuple(Role), unit=UNIT)
        account = accounts.add_account(connection, "chen", fields, actor="test", now=now)
        login_store.insert_session(connection, hash_of(session), account.account_id, 86_400, now)
    return session


def _counted(room: CountyRoom) -> Callable[[], bool]:
    def is_counted() -> bool:
        try:
            return bool(room.get("coverage")["funnel"]["reporting_good"])
        except OSError:
            return False

    return is_counted
