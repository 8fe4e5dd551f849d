"""The whole product on a small demo county, as processes, for browsers to look at."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import psycopg

from alerts.seed import seed_rules
from core.clock import SystemClock
from core.settings import Settings
from tests.processes import Process, free_port, wait_until
from trapwatch.demo import seed

RESTAURANTS = 120
_HASTE = '{"hold_s": 1, "samples_min": 2}'


@dataclass(frozen=True)
class CountyRoom:
    """A running county; ``url`` is where its pages are."""

    url: str
    database_url: str
    environment: dict[str, str]

    def get(self, path: str) -> Any:
        """Return the JSON of a path below /api/v1."""
        with urlopen(f"{self.url}/api/v1/{path}", timeout=10) as answer:
            return json.load(answer)

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
        """Return a trap in service whose cover is watched."""
        ((code,),) = self.execute(
            b"SELECT t.code FROM trap t JOIN device d USING (trap_id) JOIN restaurant r"
            b" USING (restaurant_id) WHERE d.status = 'active' AND r.status = 'open'"
            b" AND starts_with(d.model, 'TW-') ORDER BY 1 LIMIT 1"
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
    seed(database_url, Settings(), restaurants=restaurants)
    with psycopg.connect(database_url) as connection:
        seed_rules(connection, SystemClock().now())
        connection.execute("UPDATE rule_override SET parameters = %s::jsonb", (_HASTE,))
    ports = {name: free_port() for name in ("api", "ingest", "alerts")}
    environment = {
        "TRAPWATCH_DATABASE__URL": database_url,
        "TRAPWATCH_MQTT__URL": mqtt_url,
        "TRAPWATCH_API__PORT": str(ports["api"]),
        "TRAPWATCH_INGEST__METRICS_PORT": str(ports["ingest"]),
        "TRAPWATCH_ALERTS__METRICS_PORT": str(ports["alerts"]),
    }
    room = CountyRoom(f"http://127.0.0.1:{ports['api']}", database_url, environment)
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


def _counted(room: CountyRoom) -> Callable[[], bool]:
    def is_counted() -> bool:
        try:
            return bool(room.get("coverage")["funnel"]["reporting_good"])
        except OSError:
            return False

    return is_counted
