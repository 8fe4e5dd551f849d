"""The province: made by the database itself, in one go, and counted as the alerts process would."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import psycopg

from alerts.coverage.present import refresh
from core.clock import Clock
from core.db import connect
from core.sql import load_queries

_QUERIES = load_queries("bench.province")

#: Tables whose rows were given their numbers, and the size that is their highest one.
_NUMBERED = (
    ("restaurant", "restaurant_id", "restaurants"),
    ("trap", "trap_id", "traps"),
    ("gateway", "gateway_id", "gateways"),
    ("device", "device_id", "devices"),
    ("complaint", "complaint_id", "complaints"),
    ("ticket", "ticket_id", "tickets"),
    ("alert", "alert_id", "alerts"),
)


@dataclass(frozen=True, slots=True)
class Size:
    """How much is loaded."""

    towns: int = 100
    restaurants: int = 500_000
    complaints: int = 2_000_000
    tickets: int = 40_000
    alerts: int = 60_000

    @property
    def devices(self) -> int:
        """Three a restaurant."""
        return 3 * self.restaurants

    @property
    def traps(self) -> int:
        """One a restaurant, and a second in one of twenty."""
        return self.restaurants + self.restaurants // 20

    @property
    def gateways(self) -> int:
        """One for every 16 restaurants."""
        return self.restaurants // 16 + 1

    def times(self, share: float) -> "Size":
        """Return the same province with a share of everything but its towns."""
        counts = {name: round(count * share) for name, count in asdict(self).items()}
        return Size(**(counts | {"towns": self.towns}))


def load(url: str, size: Size, clock: Clock) -> Iterator[tuple[str, float]]:
    """Fill a migrated database with a province and take the counts that a timer keeps.

    ``url`` is a superuser's. Yields each step when it is done, with the seconds it took.
    """
    parameters: dict[str, object] = {**asdict(size), "now": clock.now()}
    with psycopg.connect(url, autocommit=True) as connection:
        for name, query in _QUERIES.items():
            if name == "number_on":
                continue
            begun_s = clock.monotonic_s()
            connection.execute(query, parameters)
            yield name, clock.monotonic_s() - begun_s
        for table, column, count in _NUMBERED:
            numbers = {"table": table, "column": column, "count": getattr(size, count)}
            connection.execute(_QUERIES["number_on"], numbers)
    begun_s = clock.monotonic_s()
    with connect(url, "bench") as timer:
        refresh(timer, clock.now(), clock.monotonic_s)
    yield "refresh_coverage", clock.monotonic_s() - begun_s
