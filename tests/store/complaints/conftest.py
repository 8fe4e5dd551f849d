"""Towns and restaurants that the samples' complaints are about."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.complaints.imports.report import ImportReport
from alerts.complaints.imports.run import ImportOptions, import_file
from core.db import Connection, connect

SAMPLES = Path(__file__).parents[2] / "golden" / "complaints"
#: After every sample was made.
NOW = datetime(2026, 9, 1, tzinfo=UTC)

COUNTY = Path(__file__).with_name("places.sql").read_bytes()


@pytest.fixture
def county(database_url: str) -> Iterator[Connection]:
    with connect(database_url, "test", autocommit=True) as connection:
        connection.execute(COUNTY)
        yield connection


Load = Callable[..., ImportReport]


@pytest.fixture
def load(county: Connection) -> Load:
    """Import a sample by name."""

    def run(name: str, **options: object) -> ImportReport:
        with open(SAMPLES / name, "rb") as file:
            return import_file(
                county,
                file,
                name,
                ImportOptions(**options),
                actor="clerk",
                now=NOW,  # type: ignore[arg-type]  # test
            )

    return run
