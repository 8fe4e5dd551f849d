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

COUNTY = b"""
INSERT INTO town (code, name, name_en)
VALUES ('wt', '\xe9\xad\x8f\xe5\xa1\x98\xe8\xa1\x97\xe9\x81\x93', 'Weitang'),
       ('xt', '\xe8\xa5\xbf\xe5\xa1\x98\xe9\x95\x87', 'Xitang'), ('bk', 'Brooklyn', 'Brooklyn'),
       ('HIL', 'Hillhurst', 'Hillhurst');
INSERT INTO restaurant (register_no, name, restaurant_type, town_id, address, lon_deg, lat_deg, created_at, updated_at)
VALUES ('R1', '\xe8\x80\x81\xe7\x81\xb6\xe9\xa5\xad\xe5\xba\x97', 'small', 1,
        '\xe9\xad\x8f\xe5\xa1\x98\xe8\xa1\x97\xe9\x81\x93\xe4\xba\xba\xe6\xb0\x91\xe5\xa4\xa7\xe9\x81\x9312\xe5\x8f\xb7',
        120.92, 30.83, now(), now()),
       ('R2', 'Third Avenue Grill', 'small', 3, '8102 3rd Ave', 40.0 - 114.02891, 40.62742, now(), now()),
       ('R3', 'Bay Ridge Diner', 'small', 3, '415 86 St', -74.02798, 40.62268, now(), now());
INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2, created_at, updated_at)
VALUES ('T1', 1, 450, 600, 900, 0.75, now(), now());
"""


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
