import json
from itertools import pairwise
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from alerts.coverage import present
from api.maps.schemas import STAGES
from core.clock import ManualClock
from core.db import Connection
from simulators.names import TOWNS
from tests.api.conftest import Get, problem

#: What a browser would have to fetch for a county of 10,000 traps, compressed.
BYTES_MAX = 250_000


@pytest.fixture(autouse=True)
def _placed(connection: Connection, clock: ManualClock) -> None:
    connection.execute(
        "UPDATE restaurant SET lon_deg = 120.9 + restaurant_id / 1e4, lat_deg = 30.8"
        " WHERE restaurant_id <= 4"
    )
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)


def test_every_trap_with_a_position_has_a_mark(get: Get) -> None:
    marks = get("/map/traps")
    rows = list(zip(marks["code"], marks["stage"], marks["severity"], strict=True))
    named = [(code, marks["stages"][stage], marks["severities"][s]) for code, stage, s in rows]
    assert named == [
        ("T1", "good", "red"),
        ("T2", "bad_data", "none"),
        ("T3", "silent", "none"),
        ("T4", "not_commissioned", "none"),
    ]
    assert (marks["lon_deg"][1], marks["lat_deg"][1]) == (120.9002, 30.8)
    assert len(marks["trap_id"]) == 4


def test_marks_of_a_town(get: Get) -> None:
    assert get("/map/traps", town="xt")["code"] == ["T4"]
    assert get("/map/traps", town="nowhere")["code"] == []


def test_the_worst_open_alert_counts(get: Get, connection: Connection) -> None:
    connection.execute("UPDATE alert SET severity = 'yellow' WHERE status = 'firing'")
    assert get("/map/traps")["severity"][0] == 2
    connection.execute("UPDATE alert SET status = 'closed', settled_at = now()")
    assert get("/map/traps")["severity"][0] == 0


def test_what_has_not_changed_is_not_sent_again(client: TestClient, connection: Connection) -> None:
    first = client.get("/api/v1/map/traps")
    known = {"If-None-Match": first.headers["etag"]}
    again = client.get("/api/v1/map/traps", headers=known)
    assert (again.status_code, again.content) == (304, b"")
    connection.execute("UPDATE restaurant SET lon_deg = 121 WHERE restaurant_id = 1")
    assert client.get("/api/v1/map/traps", headers=known).status_code == 200


def test_ten_thousand_marks_are_small(client: TestClient, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO restaurant (register_no, name, restaurant_type, town_id, address, lon_deg,"
        " lat_deg, created_at, updated_at) SELECT 'N' || n, 'N', 'small', 1, '',"
        " 120.9 + random() / 5, 30.8 + random() / 5, now(), now() FROM generate_series(1, 10000) n"
    )
    connection.execute(
        "INSERT INTO trap (code, restaurant_id, capacity_l, outlet_invert_mm, cover_mm, area_m2,"
        " created_at, updated_at) SELECT 'T' || lpad(restaurant_id::text, 6, '0'), restaurant_id,"
        " 1, 1, 2, 1, now(), now() FROM restaurant WHERE name = 'N'"
    )
    with client.stream("GET", "/api/v1/map/traps") as answer:
        sent = sum(len(chunk) for chunk in answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert sent < BYTES_MAX
    plain = client.get("/api/v1/map/traps", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(plain.json()["trap_id"]) == 10_004


def test_the_bundled_outlines_are_the_towns_and_say_that_they_are_a_sketch(
    client: TestClient,
) -> None:
    answer = client.get("/api/v1/map/outlines")
    assert answer.headers["content-type"] == "application/geo+json"
    features = answer.json()["features"]
    assert [f["properties"]["code"] for f in features] == [town.code for town in TOWNS]
    for feature, town in zip(features, TOWNS, strict=True):
        assert feature["properties"]["schematic"] is True
        (ring,) = feature["geometry"]["coordinates"]
        assert ring[0] == ring[-1]
        for lon_deg, lat_deg in ((town.lon_deg, town.lat_deg), feature["properties"]["label"]):
            assert _is_left_of_all(ring, lon_deg, lat_deg), town.code


def _is_left_of_all(ring: list[list[float]], x: float, y: float) -> bool:
    """Return whether a point lies within a convex counter-clockwise ring."""
    return all(
        (bx - ax) * (y - ay) - (by - ay) * (x - ax) > 0 for (ax, ay), (bx, by) in pairwise(ring)
    )


def test_another_county_brings_its_own_outlines(client: TestClient, tmp_path: Path) -> None:
    services = client.app.state.services  # type: ignore[attr-defined]  # test
    settings = services.settings
    own = tmp_path / "outlines.geojson"
    pages = settings.pages.model_copy(update={"outlines_file": own})
    object.__setattr__(services, "settings", settings.model_copy(update={"pages": pages}))
    problem(client.get("/api/v1/map/outlines"), 503)
    own.write_text(json.dumps({"type": "FeatureCollection", "features": []}), "utf-8")
    assert client.get("/api/v1/map/outlines").json()["features"] == []


def test_stages_are_those_that_coverage_knows(connection: Connection) -> None:
    (definition,) = connection.execute(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conname = 'restaurant_coverage_stage_check'"
    ).fetchone() or ("",)
    assert [stage for stage in STAGES if f"'{stage}'" not in definition] == []
    assert definition.count("::text,") + 1 == len(STAGES)
