"""A small province, and the plans of what is asked of it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from alerts.seed import seed_rules
from bench.province.loading import Size, load
from core.clock import SystemClock
from core.db import Connection, Pool, connect, open_pool
from tests.services import with_database
from trapwatch.stack import testing

TELEMETRY = Path(__file__).with_name("telemetry.sql").read_bytes()
SIZE = Size(towns=50, restaurants=20_000, complaints=60_000, tickets=10_000, alerts=15_000)
#: Tables of which nothing may be read but what is asked for.
LARGE = {
    "alert",
    "alert_event",
    "complaint",
    "device",
    "reading",
    "restaurant",
    "restaurant_coverage",
    "series_state",
    "ticket",
    "ticket_clock",
    "ticket_event",
    "trap",
    "webhook_delivery",
}


@pytest.fixture(scope="session")
def province_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """URL of a database with a province, which tests leave as it is."""
    name = f"{testing.DATABASE_PREFIX}{uuid4().hex[:16]}"
    with psycopg.connect(postgres_url, autocommit=True) as server:
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template_database)
            )
        )
        url = with_database(postgres_url, name)
        clock = SystemClock()
        with psycopg.connect(url) as connection:
            seed_rules(connection, clock.now())
        for _ in load(url, SIZE, clock):
            pass
        with psycopg.connect(url) as connection:
            connection.execute(TELEMETRY)
        yield url
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


class _Recorder(psycopg.Cursor[Any]):
    """Notes what it executes."""

    seen: list[tuple[Any, Any]]  # of the class, for one test

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        self.seen.append((query, params))
        return super().execute(query, params, **options)


@dataclass
class Plans:
    """Runs the statements of the product and tells how the database answered them."""

    connection: Connection
    cursor: type[_Recorder] = field(
        default_factory=lambda: type("Recorder", (_Recorder,), {"seen": []})
    )

    def __post_init__(self) -> None:
        self.connection.cursor_factory = self.cursor

    def of(self, ask: Callable[[], object]) -> list[dict[str, Any]]:
        """Return every node of the plans of what ``ask`` executes, as they were carried out."""
        self.cursor.seen.clear()
        ask()
        nodes = []
        for query, parameters in list(self.cursor.seen):
            plain = psycopg.Cursor(self.connection)
            explained = f"EXPLAIN (ANALYZE, FORMAT JSON) {query}"
            (plan,) = plain.execute(explained.encode(), parameters).fetchone() or ("",)
            tops = plan if isinstance(plan, list) else json.loads(plan)
            nodes += _nodes(tops[0]["Plan"])
        self.connection.rollback()  # a pooled connection is lent outside any transaction
        return nodes


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from _nodes(inner)


def rows_read(nodes: list[dict[str, Any]]) -> dict[str, int]:
    """Return how many rows of each large table were looked at, kept or not."""
    counts: dict[str, int] = {}
    for node in nodes:
        table = node.get("Relation Name")
        if table in LARGE:
            each = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            counts[table] = counts.get(table, 0) + round(each * node["Actual Loops"])
    return counts


def scanned_whole(nodes: list[dict[str, Any]]) -> set[str]:
    """Return the large tables that were read without an index."""
    return {
        node["Relation Name"]
        for node in nodes
        if node["Node Type"] == "Seq Scan" and node["Relation Name"] in LARGE
    }


def indexes(nodes: list[dict[str, Any]]) -> set[str]:
    """Return the indexes that were used."""
    return {node["Index Name"] for node in nodes if "Index Name" in node}


@pytest.fixture
def pool(province_url: str) -> Iterator[Pool]:
    """The API's pool, of one connection."""
    opened = open_pool(province_url, "test-plans", size_max=1)
    yield opened
    opened.close()


@pytest.fixture
def plans(pool: Pool) -> Plans:
    """What the pool's connection is asked for."""
    with pool.connection() as connection:
        return Plans(connection)


@pytest.fixture
def worker_plans(province_url: str) -> Iterator[Plans]:
    """What a process of ingest or alerts asks for; nothing of it stays."""
    with connect(province_url, "test-plans") as connection:
        yield Plans(connection)
        connection.rollback()
