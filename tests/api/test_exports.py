"""Exports: whole tables with their count and hash, on the record."""

import csv
import io
import json
from base64 import b64encode
from hashlib import sha256
from typing import Any

import pyarrow.parquet as pq
import pytest
from httpx import Response

from alerts.coverage import present
from api.exports.datasets import DATASETS
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import TestClient, problem

DAY = {"from": "2026-01-05T00:00:00Z", "to": "2026-01-06T00:00:00Z"}


@pytest.fixture(autouse=True)
def _counted(connection: Connection, clock: ManualClock) -> None:
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)


def export(client: TestClient, dataset: str, **parameters: Any) -> Response:
    answer = client.get(f"/api/v1/exports/{dataset}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer


@pytest.mark.parametrize("dataset", list(DATASETS))
@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
def test_every_dataset_in_every_format(client: TestClient, dataset: str, form: str) -> None:
    chosen = DATASETS[dataset]  # type: ignore[index]  # the names are its keys
    needed = DAY if chosen.needed else {}
    answer = export(client, dataset, format=form, **needed)
    match form:
        case "csv":
            heading, *rows = csv.reader(io.StringIO(answer.text, newline=""))
            assert heading == list(chosen.columns)
            count = len(rows)
        case "ndjson":
            lines = [json.loads(line) for line in answer.content.splitlines()]
            assert all(list(line) == list(chosen.columns) for line in lines)
            count = len(lines)
        case _:
            table = pq.read_table(io.BytesIO(answer.content))
            assert table.column_names == list(chosen.columns)
            count = table.num_rows
    assert int(answer.headers["export-row-count"]) == count
    assert int(answer.headers["content-length"]) == len(answer.content)
    digest = b64encode(sha256(answer.content).digest()).decode()
    assert answer.headers["repr-digest"] == f"sha-256=:{digest}:"


def test_filters_choose_rows(client: TestClient) -> None:
    lines = export(client, "restaurants", format="ndjson", town="xt", status="open").text
    assert [json.loads(line)["register_no"] for line in lines.splitlines()] == [
        "R4", "R5", "R6", "R8",
    ]  # fmt: skip
    silent = export(client, "uncovered", format="ndjson", status="silent").text
    assert [json.loads(line)["register_no"] for line in silent.splitlines()] == ["R3"]


def test_readings_say_metric_and_quality_in_words(client: TestClient) -> None:
    lines = export(client, "readings", format="ndjson", trap="T1", **DAY).text.splitlines()
    found = [json.loads(line) for line in lines]
    assert len(found) == 14
    assert {(row["metric"], row["quality"]) for row in found} == {
        ("level_mm", "good"),
        ("distance_mm", "sensor_fault"),
        ("cover_open", "good"),
    }
    assert [row["value"] for row in found if row["metric"] == "distance_mm"] == [None]
    assert export(client, "readings", format="ndjson", device="dev-2", **DAY).content == b""


def test_features_are_where_the_restaurant_is(client: TestClient, connection: Connection) -> None:
    connection.execute(
        "UPDATE restaurant SET lon_deg = 120.92, lat_deg = 30.84 WHERE register_no = 'R1'"
    )
    features = export(client, "restaurants", format="geojson").json()["features"]
    assert features[0]["geometry"] == {"type": "Point", "coordinates": [120.92, 30.84]}
    assert features[1]["geometry"] is None


def test_an_export_is_on_the_record(client: TestClient, connection: Connection) -> None:
    answer = export(client, "tickets", town="wt", bom=True)
    assert answer.content.startswith(b"\xef\xbb\xbf")
    row = connection.execute(
        "SELECT subject_id, detail FROM audit_event WHERE action = 'export.made'"
    ).fetchone()
    assert row is not None
    assert row[0] == "tickets"
    assert row[1] == {
        "format": "csv",
        "filters": {"town": "wt"},
        "row_count": 1,
        "byte_count": len(answer.content),
        "sha256": sha256(answer.content).hexdigest(),
    }


@pytest.mark.parametrize(
    ("path", "parameters", "words"),
    [
        ("readings", {}, "from, to"),
        ("traps", {"status": "open"}, "can be filtered by town"),
        ("tickets", {"format": "geojson"}, "have no position"),
        ("tickets", {"format": "xlsx"}, "not acceptable"),
        ("passwords", {}, "not acceptable"),
    ],
)
def test_what_cannot_be_exported_is_said_and_not_recorded(
    client: TestClient, connection: Connection, path: str, parameters: dict[str, str], words: str
) -> None:
    answer = client.get(f"/api/v1/exports/{path}", params=parameters)
    assert words in problem(answer, 422)["detail"]
    assert connection.execute("SELECT count(*) FROM audit_event").fetchone() == (0,)
