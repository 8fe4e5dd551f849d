"""Case ``relay``: messages to 50 endpoints of which 10 fail; how long the healthy ones wait.

From PostgreSQL's commit timestamp of the message to the moment its request has arrived, on the
same machine. Four of the failing endpoints hang, three answer 500, at three nobody listens.
"""

import base64
import secrets
import socket
from collections.abc import Iterator
from threading import Event
from time import monotonic

import psycopg

from alerts.webhooks.endpoints import create_endpoint
from alerts.webhooks.model import EndpointFields
from alerts.webhooks.protection import protection_of
from bench import worker
from bench.fixture import QUERIES, county
from bench.record import Record, cpu_s, measured, rss_mb
from core.clock import SystemClock
from core.settings import Settings
from simulators.receiver import Failure, WebhookReceiver

_SECRET = "whsec_" + base64.b64encode(b"benchmark-secret-of-32-bytes-xyz").decode()
_HEALTHY, _HANGING, _ANGRY, _ABSENT = 40, 4, 3, 3
_ENDPOINTS = _HEALTHY + _HANGING + _ANGRY + _ABSENT
_DELIVERIES = 10_000


def run_relay(server_url: str, rate_per_s: float = 200.0) -> Iterator[Record]:
    """Yield the record of 10,000 deliveries, offered at ``rate_per_s`` (0: all in one commit)."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    variables = {
        "TRAPWATCH_WEBHOOKS__SECRET_KEY": key,
        "TRAPWATCH_WEBHOOKS__ALLOW_PRIVATE": "127.0.0.0/8",
    }
    with (
        WebhookReceiver(_SECRET) as healthy,
        WebhookReceiver(_SECRET) as hanging,
        WebhookReceiver(_SECRET) as angry,
        county(server_url, 1) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        hanging.fail(Failure("timeout"))
        angry.fail(Failure(status=500))
        urls = [f"{healthy.url}/{n}" for n in range(_HEALTHY)]
        urls += [hanging.url] * _HANGING + [angry.url] * _ANGRY + [_nobody()] * _ABSENT
        _add_endpoints(connection, urls, variables)
        with worker.process("alerts", url, variables) as relay:
            worker.wait_for(connection, "count_relays", 1)
            before = cpu_s(relay.pid)
            started_s = monotonic()
            _offer(connection, rate_per_s)
            wanted = _DELIVERIES // _ENDPOINTS * _HEALTHY
            delivered = worker.wait_for(connection, "count_ok", wanted)
            elapsed_s = monotonic() - started_s
            spent = cpu_s(relay.pid)
            memory_mb = rss_mb(relay.pid)
        commits = connection.execute(QUERIES["message_commits"]).fetchall()
        committed_us = {str(uid): int(str(at_us)) for uid, at_us in commits}
    waits_ms = [
        (request.received_at_us - committed_us[request.webhook_id]) / 1_000
        for request in healthy.deliveries
    ]
    used_s = sum(spent.values()) - sum(before.values())
    yield measured(
        "relay",
        {"rate_per_s": rate_per_s, "deliveries": _DELIVERIES, "endpoints": _ENDPOINTS,
         "hanging": _HANGING, "answer_500": _ANGRY, "refusing": _ABSENT},
        rate=delivered / elapsed_s,
        unit="healthy deliveries/s",
        samples_ms=waits_ms,
        memory_mb=memory_mb,
        extra={
            "delay": "commit to receipt, healthy endpoints",
            "delivered": delivered,
            "received": len(waits_ms),
            "max_ms": max(waits_ms),
            "cpu_ms_each": 1_000 * used_s / delivered,
        },
    )  # fmt: skip


def _add_endpoints(
    connection: "psycopg.Connection[tuple[object, ...]]",
    urls: list[str],
    variables: dict[str, str],
) -> None:
    protection = protection_of(Settings.from_env(variables).webhooks)
    for url in urls:
        create_endpoint(
            connection, EndpointFields(url), secret=_SECRET, random_bytes=bytes(32),
            protection=protection, actor="bench", now=SystemClock().now(),
        )  # fmt: skip


def _offer(connection: "psycopg.Connection[tuple[object, ...]]", rate_per_s: float) -> None:
    """Queue messages to all endpoints, each its own commit, at a steady pace."""
    messages = _DELIVERIES // _ENDPOINTS
    if not rate_per_s:
        connection.execute(QUERIES["queue_messages"], {"first": 1, "last": messages})
        return
    pause, start_s = Event(), monotonic()
    for number in range(1, messages + 1):
        pause.wait(max(0.0, start_s + number * _ENDPOINTS / rate_per_s - monotonic()))
        connection.execute(QUERIES["queue_messages"], {"first": number, "last": number})


def _nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}/"
