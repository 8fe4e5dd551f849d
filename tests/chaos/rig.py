"""Everything a chaos run needs, running: services, proxies, ingest, alerts, receiver, publisher."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo

from bench.fixture import QUERIES as COUNTY
from bench.fixture import county
from core.clock import SystemClock
from core.instant import DAY_US
from core.sql import parse_queries
from simulators.load import RawPublisher
from simulators.receiver import WebhookReceiver
from tests.chaos import traffic
from tests.chaos.proxy import Proxy
from tests.chaos.publishing import Publishing
from tests.chaos.schedule import Link
from tests.processes import Process, free_port, wait_until
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import EmbeddedPostgres

QUERIES = parse_queries(Path(__file__).with_name("checks.sql").read_text("utf-8"))
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
#: A reading that no history holds: when it is stored, everything before it has been delivered.
MARKER = "chaos-marker"
_DEVICE_COUNT = 40
#: Long enough ago for a whole run of fast event time, short enough to be taken (7 days).
_START_AGE_US = 6 * DAY_US
_NEXT_START_US = DAY_US // 3
_SETTINGS = {
    # Event times are days old here; they shall page all the same.
    "TRAPWATCH_ALERTS__NOTIFY_AGE_S_MAX": "604800",
    "TRAPWATCH_INGEST__RETRY_DELAY_S_MAX": "1",
    "TRAPWATCH_MQTT__RECONNECT_DELAY_S_MAX": "1",
    "TRAPWATCH_MQTT__KEEPALIVE_S": "5",
    # A relay that was killed holds its claims for this long.
    "TRAPWATCH_WEBHOOKS__TIMEOUT_S": "2",
    "TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE": "127.0.0.0/8",
    "TRAPWATCH_WEBHOOKS__LEASE_S": "7",
}


class Rig:
    """Handles of a running product whose worker and publisher sit behind proxies."""

    def __init__(
        self, url: str, *, postgres: EmbeddedPostgres, broker: EmbeddedBroker,
        proxies: Mapping[Link, Proxy], receiver: WebhookReceiver, directory: Path,
    ) -> None:  # fmt: skip
        self.url = url
        self.postgres = postgres
        self.broker = broker
        self.proxies = proxies
        self.receiver = receiver
        self.directory = directory
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._next_start_us = SystemClock().now_us() // 1_000 * 1_000 - _START_AGE_US
        worker_port, alerts_port = free_port(), free_port()
        self.worker = self._process(
            "ingest", worker_port,
            TRAPWATCH_DATABASE__URL=make_conninfo(
                url, port=proxies[Link.WORKER_DATABASE].port
            ),
            TRAPWATCH_MQTT__URL=f"mqtt://127.0.0.1:{proxies[Link.WORKER_BROKER].port}",
            TRAPWATCH_INGEST__METRICS_PORT=str(worker_port),
        )  # fmt: skip
        self.alerts = self._process(
            "alerts", alerts_port,
            TRAPWATCH_DATABASE__URL=url,
            TRAPWATCH_ALERTS__METRICS_PORT=str(alerts_port),
        )  # fmt: skip

    def _process(self, command: str, port: int, **settings: str) -> Process:
        log = self.directory / f"{command}.log"
        return Process([command], {**_SETTINGS, **settings}, port, log)

    def publishing(self, seed: int, rate_per_s: float) -> Publishing:
        """Return a publisher of this seed's traffic, not yet started; later ones go on later."""
        start_us = self._next_start_us
        self._next_start_us += _NEXT_START_US
        return Publishing(
            self.proxies[Link.PUBLISHER_BROKER].port,
            traffic.mistreated(seed, traffic.history(seed, _DEVICE_COUNT, start_us)),
            self.directory / f"ledger-{start_us}.jsonl",
            rate_per_s=rate_per_s,
        )

    def save_session(self) -> None:
        """Have the broker write its store, so that it knows the worker's session from now on."""
        self.broker.restart()
        self.worker.wait_ready()

    def connection(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a live connection of the test's own.

        Raises: psycopg.OperationalError: the database is away.
        """
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(self.url, autocommit=True)
        return self._connection

    def rows(self, query: str, **parameters: object) -> list[tuple[Any, ...]]:
        """Run a query of checks.sql on a direct connection, opened again after a crash."""
        try:
            return self.connection().execute(QUERIES[query], parameters).fetchall()
        except psycopg.OperationalError:
            if self._connection is not None:
                self._connection.close()
            raise

    def count(self, query: str, **parameters: object) -> int:
        """Return the single number a query finds; -1 while the database is away."""
        try:
            return int(self.rows(query, **parameters)[0][0] or 0)
        except psycopg.OperationalError:
            return -1

    def stored(self) -> int:
        """Return how many readings are stored, cheaply; -1 while the database is away."""
        return self.count("count_rolled_up")

    def send_marker(self) -> None:
        """Publish a last reading and wait for it: what the broker held has then been delivered."""
        payload = (
            f'{{"device":"{MARKER}","metric":"level_mm","value":600,'
            f'"measured_at":{SystemClock().now_us() // 1_000}}}'
        )
        publisher = RawPublisher("127.0.0.1", self.broker.port, "chaos-marker")
        before = self.count("count_markers", uid=MARKER)
        publisher.run([(traffic.TOPIC, payload.encode())])
        wait_until(
            lambda: self.count("count_markers", uid=MARKER) > before,
            "the last reading", patience_s=120,
        )  # fmt: skip
        wait_until(
            lambda: self.worker.metrics()["trapwatch_messages_in_flight"] == 0,
            "everything to be acknowledged",
        )

    def close(self) -> None:
        """Kill what runs and give the connection back."""
        for process in (self.worker, self.alerts):
            if process.running is not None and process.running.poll() is None:
                process.kill()
        if self._connection is not None:
            self._connection.close()


@contextmanager
def running_rig(
    postgres: EmbeddedPostgres, broker: EmbeddedBroker, directory: Path
) -> Iterator[Rig]:
    """Run the product on these services; both are expected up, and are left up."""
    with ExitStack() as stack:
        url = stack.enter_context(county(postgres.url(), _DEVICE_COUNT))
        receiver = stack.enter_context(WebhookReceiver(SECRET))
        targets = {
            Link.PUBLISHER_BROKER: broker.port,
            Link.WORKER_BROKER: broker.port,
            Link.WORKER_DATABASE: postgres.port,
        }
        proxies = {link: stack.enter_context(Proxy(port)) for link, port in targets.items()}
        rig = Rig(
            url, postgres=postgres, broker=broker, proxies=proxies, receiver=receiver,
            directory=directory,
        )  # fmt: skip
        stack.callback(rig.close)
        with psycopg.connect(url) as connection:
            connection.execute(
                COUNTY["create_endpoint"],
                {"url": receiver.url, "secret": SECRET, "now": SystemClock().now()},
            )
        rig.worker.start()
        rig.alerts.start()
        rig.worker.wait_ready()
        rig.alerts.wait_ready()
        yield rig
