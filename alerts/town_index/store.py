"""SQL of the towns' index."""

from collections import defaultdict
from datetime import date, datetime
from typing import Any, NamedTuple

import orjson

from alerts.coverage.model import Span
from alerts.town_index.scoring import Figure
from alerts.town_index.tree import IndicatorCode
from core.db import Connection
from core.sql import load_queries

_QUERIES = load_queries("alerts.town_index")


class Town(NamedTuple):
    """A town."""

    town_id: int
    code: str
    name: str
    name_en: str


class Row(NamedTuple):
    """One thing that a figure counts, and its part of it."""

    subject_kind: str
    subject_id: int
    label: str
    numerator: float
    denominator: float


class Freeze(NamedTuple):
    """A month as it was published; ``tree`` and ``towns`` are JSON."""

    revision: int
    tree: dict[str, Any]
    towns: list[dict[str, Any]]
    reason: str
    frozen_by: str
    frozen_at: datetime


def select_towns(connection: Connection) -> list[Town]:
    """Return all towns."""
    return [Town(*row) for row in connection.execute(_QUERIES["select_towns"])]


def select_figures(
    connection: Connection, month: Span, now: datetime
) -> dict[int, dict[IndicatorCode, Figure]]:
    """Return the figures of every town by its number."""
    rows = connection.execute(_QUERIES["select_figures"], _span(month, now))
    figures: dict[int, dict[IndicatorCode, Figure]] = defaultdict(dict)
    for town_id, indicator, numerator, denominator in rows:
        figures[town_id][indicator] = Figure(numerator, denominator)
    return figures


def select_rows(
    connection: Connection,
    month: Span,
    now: datetime,
    *,
    town: str,
    indicator: IndicatorCode,
    after: tuple[str, int],
    count_max: int,
) -> list[Row]:
    """Return what a figure counts, in order of kind and number."""
    parameters = {
        **_span(month, now),
        "town": town,
        "indicator": indicator,
        "after_kind": after[0],
        "after_id": after[1],
        "count_max": count_max,
    }
    return [Row(*row) for row in connection.execute(_QUERIES["select_rows"], parameters)]


def insert_freeze(connection: Connection, month: date, freeze: Freeze) -> None:
    """Keep a month as it is published."""
    parameters = {
        "month": month,
        "revision": freeze.revision,
        "tree": orjson.dumps(freeze.tree).decode(),
        "towns": orjson.dumps(freeze.towns).decode(),
        "reason": freeze.reason,
        "frozen_by": freeze.frozen_by,
        "now": freeze.frozen_at,
    }
    connection.execute(_QUERIES["insert_freeze"], parameters)


def select_freeze(connection: Connection, month: date) -> Freeze | None:
    """Return the newest revision of a month."""
    row = connection.execute(_QUERIES["select_freeze"], {"month": month}).fetchone()
    return None if row is None else Freeze(*row)


def select_frozen_months(connection: Connection) -> list[date]:
    """Return months whose coverage is frozen and whose index is not."""
    return [row[0] for row in connection.execute(_QUERIES["select_frozen_months"])]


def _span(month: Span, now: datetime) -> dict[str, datetime]:
    return {"starts_at": month.starts_at, "ends_at": month.ends_at, "now": now}
