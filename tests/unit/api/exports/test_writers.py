import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pyarrow.parquet as pq
import pytest

from api.exports.datasets import DATASETS, Dataset, Kind
from api.exports.writers import write_csv, write_geojson, write_ndjson, write_parquet

DATASET = Dataset(
    {
        "name": Kind.TEXT,
        "count": Kind.INTEGER,
        "share": Kind.NUMBER,
        "ok": Kind.BOOLEAN,
        "at": Kind.INSTANT,
        "day": Kind.DAY,
        "lon_deg": Kind.NUMBER,
        "lat_deg": Kind.NUMBER,
    },
    frozenset(),
)
AT = datetime(2026, 1, 5, 1, 0, 0, 250_000, tzinfo=UTC)
ROW = ["全好, “饭店”\n二楼", 3, -0.5, True, AT, date(2026, 1, 5), 120.9, 30.8]
EMPTY = [None] * 8


def rows(*given: list[Any]) -> Iterator[list[Any]]:
    return iter(given)


def as_csv(*given: list[Any], bom: bool = False) -> bytes:
    sink = io.BytesIO()
    assert write_csv(DATASET, rows(*given), sink, with_bom=bom) == len(given)
    return sink.getvalue()


def test_csv_is_read_back_as_it_was() -> None:
    text = as_csv(ROW, EMPTY).decode()
    assert text.startswith("name,count,share,ok,at,day,lon_deg,lat_deg\r\n")
    table = list(csv.reader(io.StringIO(text, newline="")))
    assert table[1] == [
        "全好, “饭店”\n二楼", "3", "-0.5", "true", "2026-01-05T01:00:00.250000Z", "2026-01-05",
        "120.9", "30.8",
    ]  # fmt: skip
    assert table[2] == [""] * 8


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_execute_is_text(start: str) -> None:
    text = as_csv([f"{start}1+1", *ROW[1:]]).decode()
    (_, row) = csv.reader(io.StringIO(text, newline=""))
    assert row[0] == f"'{start}1+1"


def test_a_negative_number_is_no_formula() -> None:
    assert b",-0.5," in as_csv(ROW)


def test_excel_gets_its_mark_on_request() -> None:
    assert as_csv(ROW, bom=True).startswith(b"\xef\xbb\xbfname,")
    assert as_csv(ROW).startswith(b"name,")


def test_more_rows_than_fit_one_piece() -> None:
    text = as_csv(*([ROW] * 5_000)).decode()
    assert len(list(csv.reader(io.StringIO(text, newline="")))) == 5_001


def test_ndjson() -> None:
    sink = io.BytesIO()
    assert write_ndjson(DATASET, rows(ROW, EMPTY), sink) == 2
    first, second = map(json.loads, sink.getvalue().splitlines())
    assert first["at"] == "2026-01-05T01:00:00.250000Z"
    assert (first["name"], first["ok"], first["day"]) == (ROW[0], True, "2026-01-05")
    assert set(second.values()) == {None}


def test_geojson_has_the_longitude_first_and_null_where_nobody_knows() -> None:
    sink = io.BytesIO()
    assert write_geojson(DATASET, rows(ROW, EMPTY), sink) == 2
    document = json.loads(sink.getvalue())
    placed, unplaced = document["features"]
    assert placed["geometry"] == {"type": "Point", "coordinates": [120.9, 30.8]}
    assert "lon_deg" not in placed["properties"]
    assert unplaced["geometry"] is None


def test_geojson_of_nothing_is_a_collection() -> None:
    sink = io.BytesIO()
    assert write_geojson(DATASET, rows(), sink) == 0
    assert json.loads(sink.getvalue()) == {"type": "FeatureCollection", "features": []}


@pytest.mark.parametrize("count", [0, 1, 20_001])
def test_parquet_keeps_the_types(count: int) -> None:
    sink = io.BytesIO()
    assert write_parquet(DATASET, rows(*([ROW] * count)), sink) == count
    table = pq.read_table(io.BytesIO(sink.getvalue()))
    assert table.num_rows == count
    assert [str(field.type) for field in table.schema] == [
        "string", "int64", "double", "bool", "timestamp[us, tz=UTC]", "date32[day]", "double",
        "double",
    ]  # fmt: skip
    if count:
        assert list(table.slice(0, 1).to_pylist()[0].values()) == ROW


def test_every_dataset_has_its_needed_filters_among_its_filters() -> None:
    assert all(dataset.needed <= dataset.filters for dataset in DATASETS.values())
