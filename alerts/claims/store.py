"""SQL of claims: their inputs, and claims as they were made."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import NamedTuple

from core.complaint_category import Category
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.claims")


class Scope(NamedTuple):
    """Which restaurants, days and groups a question is about; ``end_day`` is exclusive."""

    town: str | None
    first_day: date
    end_day: date
    period_day: date
    is_all: bool
    constant_before: bool


class SiteDays(NamedTuple):
    """Days of one group in one month (YYYY-MM)."""

    month: str
    group: str
    site_days: int
    service_days: int


class Complaints(NamedTuple):
    """Complaints of one group and category in one month (YYYY-MM)."""

    month: str
    group: str
    category: str
    complaint_count: int
    deduplicated_count: int


class NewClaim(NamedTuple):
    """A claim to freeze; without ``first_claim_id`` it is the first of its revisions."""

    first_claim_id: int | None
    revision: int
    town: str | None
    baseline: str
    period: str
    verdict: str
    data_sha256: str
    document_sha256: str
    document: bytes


class Revision(NamedTuple):
    """The last revision of a claim."""

    claim_id: int
    first_claim_id: int
    revision: int
    document: bytes


def has_town(connection: Connection, town: str) -> bool:
    """Return whether a town's code is known."""
    row = connection.execute(_QUERIES["select_has_town"], {"town": town}).fetchone()
    return bool(row and row[0])


def select_register_start(connection: Connection, town: str | None) -> date | None:
    """Return the day of the register's first entry; None: it is empty."""
    row = connection.execute(_QUERIES["select_register_start"], {"town": town}).fetchone()
    return row[0] if row else None


@contextmanager
def grouped_sites(connection: Connection, scope: Scope) -> Iterator[None]:
    """Have the restaurants sorted into groups within the block; needs a transaction."""
    connection.execute(_QUERIES["create_sites"], scope._asdict())
    yield
    connection.execute(_QUERIES["drop_sites"])


def count_sites(connection: Connection) -> dict[str, int]:
    """Return how many restaurants each group has."""
    return {group: count for group, count in connection.execute(_QUERIES["count_sites"])}


def sum_site_days(connection: Connection, scope: Scope) -> list[SiteDays]:
    """Return days in business and in service by month and group."""
    rows = connection.execute(_QUERIES["sum_site_days"], scope._asdict())
    return [SiteDays(*row) for row in rows]


def count_complaints(connection: Connection, scope: Scope) -> list[Complaints]:
    """Return complaints by month, group and category."""
    rows = connection.execute(_QUERIES["count_complaints"], scope._asdict())
    return [Complaints(*row) for row in rows]


def select_complaint_days(
    connection: Connection, scope: Scope, categories: Sequence[Category]
) -> list[date]:
    """Return the Asia/Shanghai day of each first complaint of the treated group, in order."""
    parameters = {**scope._asdict(), "categories": list(categories)}
    return [row[0] for row in connection.execute(_QUERIES["select_complaint_days"], parameters)]


def insert_claim(connection: Connection, claim: NewClaim, actor: str, now: datetime) -> int:
    """Store a claim; return its number."""
    parameters = {**claim._asdict(), "actor": actor, "now": now}
    row = connection.execute(_QUERIES["insert_claim"], parameters).fetchone()
    assert row is not None, "INSERT returns the new number"
    return int(row[0])


def lock_latest_revision(connection: Connection, claim_id: int) -> Revision | None:
    """Return the last revision of a claim, by the number of any of them, and lock it."""
    parameters = {"claim_id": claim_id}
    row = connection.execute(_QUERIES["lock_latest_revision"], parameters).fetchone()
    return None if row is None else Revision(*row)
