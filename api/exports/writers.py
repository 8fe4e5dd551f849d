"""Rows as bytes of a file: one writer a format. Pure: where the bytes go is the caller's.

CSV: RFC 4180 with CRLF, UTF-8. A text that a spreadsheet would take for a formula gets an
apostrophe before it (OWASP, CSV injection; full-width forms too, which Chinese Excel folds).
GeoJSON: RFC 7946, WGS84, longitude first. Instants are RFC 3339 in UTC; a missing value is an empty
cell or null.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.exports.datasets import Dataset, Format, Kind
from core.instant import format_rfc3339, to_us

MEDIA_TYPES: Mapping[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "ndjson": "application/x-ndjson",
    "geojson": "application/geo+json",
    "parquet": "application/vnd.apache.parquet",
}
_BOM = b"\xef\xbb\xbf"
_FORMULA_STARTS = frozenset("=+-@\t\r\n＝＋－＠")
_PARQUET_ROW_COUNT = 20_000
_ARROW: Mapping[Kind, Any] = {
    Kind.TEXT: pa.string(),
    Kind.INTEGER: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.INSTANT: pa.timestamp("us", tz="UTC"),
    Kind.DAY: pa.date32(),
}

Rows = Iterator[Sequence[Any]]


class Sink(Protocol):
    """Where bytes go."""

    def write(self, data: bytes, /) -> Any:
        """Take some bytes."""


def write_csv(dataset: Dataset, rows: Rows, sink: Sink, *, with_bom: bool) -> int:
    """Write a table with a heading; return how many rows."""
    if with_bom:
        sink.write(_BOM)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(dataset.columns)
    count = 0
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        count += 1
        if text.tell() > 1 << 16:
            sink.write(text.getvalue().encode())
            text.seek(0)
            text.truncate()
    sink.write(text.getvalue().encode())
    return count


def write_ndjson(dataset: Dataset, rows: Rows, sink: Sink) -> int:
    """Write one JSON object a line; return how many rows."""
    count = 0
    for row in rows:
        document = dict(zip(dataset.columns, map(_json, row), strict=True))
        sink.write(orjson.dumps(document) + b"\n")
        count += 1
    return count


def write_geojson(dataset: Dataset, rows: Rows, sink: Sink) -> int:
    """Write a FeatureCollection; a row without a position has a null geometry."""
    assert dataset.has_position, "only rows that are somewhere can be features"
    names = list(dataset.columns)
    lon, lat = names.index("lon_deg"), names.index("lat_deg")
    sink.write(b'{"type":"FeatureCollection","features":[')
    count = 0
    for row in rows:
        is_placed = row[lon] is not None and row[lat] is not None
        properties = {
            name: _json(value)
            for name, value in zip(names, row, strict=True)
            if name not in {"lon_deg", "lat_deg"}
        }
        feature = {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [row[lon], row[lat]]}
            if is_placed
            else None,
            "properties": properties,
        }
        sink.write((b",\n" if count else b"\n") + orjson.dumps(feature))
        count += 1
    sink.write(b"\n]}\n")
    return count


def write_parquet(dataset: Dataset, rows: Rows, sink: Sink) -> int:
    """Write typed columns; return how many rows."""
    schema = pa.schema([(name, _ARROW[kind]) for name, kind in dataset.columns.items()])
    count = 0
    with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, compression="zstd") as writer:
        while part := list(islice(rows, _PARQUET_ROW_COUNT)):
            columns = [
                pa.array(values, type=field.type)
                for values, field in zip(zip(*part, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(part)
    return count


def writer_of(form: Format, *, with_bom: bool) -> Callable[[Dataset, Rows, Sink], int]:
    """Return the writer of a format."""
    match form:
        case "csv":
            return lambda dataset, rows, sink: write_csv(dataset, rows, sink, with_bom=with_bom)
        case "ndjson":
            return write_ndjson
        case "geojson":
            return write_geojson
        case "parquet":
            return write_parquet


def _json(value: Any) -> Any:
    return format_rfc3339(to_us(value)) if isinstance(value, datetime) else value


def _cell(value: Any) -> Any:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime():
            return format_rfc3339(to_us(value))
        case date():
            return value.isoformat()
        case str() if value[:1] in _FORMULA_STARTS and value:
            return f"'{value}"
        case _:
            return value
