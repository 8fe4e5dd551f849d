"""Exports over HTTP: made in one go, counted and hashed, audited, then sent.

The file is spooled first: its row count and SHA-256 stand in the answer's headers, and what fails
half-way is a problem instead of half a file.
"""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from tempfile import SpooledTemporaryFile
from typing import IO, Annotated, Any

from fastapi import Depends, Query
from fastapi.responses import StreamingResponse

from alerts.evidence import audit
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.exports import store
from api.exports.datasets import DATASETS, Dataset, DatasetName, Filter, Format
from api.exports.writers import MEDIA_TYPES, Rows, writer_of
from api.routing import strict_router
from api.schemas import Code, Instant
from core.errors import InvalidRequestError
from core.instant import format_rfc3339, to_us
from core.reading import METRIC_LABEL, Quality

router = strict_router("exports")

_MEMORY_BYTES = 4_000_000
_PIECE_BYTES = 1 << 16
#: Row columns that are numbers of ours in the database and words in a file.
_WORDS = {"metric": METRIC_LABEL, "quality": {int(q): q.label for q in Quality}}


@dataclass(frozen=True, slots=True)
class _Wanted:
    town: str | None
    status: str | None
    trap: str | None
    device: str | None
    from_at: datetime | None
    to_at: datetime | None

    def given(self) -> dict[Filter, str]:
        """Return the filters that were given, as they are told in the audit trail."""
        values: dict[Filter, str | datetime | None] = {
            "town": self.town,
            "status": self.status,
            "trap": self.trap,
            "device": self.device,
            "from": self.from_at,
            "to": self.to_at,
        }
        return {
            name: format_rfc3339(to_us(value)) if isinstance(value, datetime) else value
            for name, value in values.items()
            if value is not None
        }


async def _wanted(
    *,
    town: Annotated[Code | None, Query(description="town code")] = None,
    status: Annotated[Code | None, Query(description="status, state or reason")] = None,
    trap: Annotated[Code | None, Query(description="code of a trap")] = None,
    device: Annotated[Code | None, Query(description="uid of a device")] = None,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
) -> _Wanted:
    return _Wanted(town, status, trap, device, from_at, to_at)


def _schema(media_type: str) -> dict[str, str]:
    is_json = media_type.startswith("application/geo+json")
    return {"type": "object"} if is_json else {"type": "string", "format": "binary"}


@router.get(
    "/exports/{dataset}",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "the file; see `Export-Row-Count` and `Repr-Digest` (RFC 9530)",
            "content": {
                media_type.partition(";")[0]: {"schema": _schema(media_type)}
                for media_type in MEDIA_TYPES.values()
            },
        }
    },
)
def create_export(
    *,
    connection: TransactionDep,
    actor: ActorDep,
    now: NowDep,
    dataset: DatasetName,
    wanted: Annotated[_Wanted, Depends(_wanted)],
    form: Annotated[Format, Query(alias="format")] = "csv",
    bom: Annotated[bool, Query(description="CSV for Excel: begin with a byte order mark")] = False,
) -> StreamingResponse:
    """A whole dataset as a file, on the record."""
    chosen = DATASETS[dataset]
    filters = wanted.given()
    _check(dataset, chosen, filters, form)
    spool = _Spool()
    parameters = {name: getattr(wanted, name) for name in _Wanted.__slots__}
    rows = _worded(chosen, store.iterate(connection, dataset, parameters))
    row_count = writer_of(form, with_bom=bom)(chosen, rows, spool)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="export.made",
        subject_kind="export",
        subject_id=dataset,
        detail={
            "format": form,
            "filters": filters,
            "row_count": row_count,
            "byte_count": spool.byte_count,
            "sha256": spool.digest.hex(),
        },
    )
    stamp = format_rfc3339(to_us(now)).replace(":", "")[:17]
    return StreamingResponse(
        spool.read(),
        media_type=MEDIA_TYPES[form],
        headers={
            "Content-Length": str(spool.byte_count),
            "Content-Disposition": f'attachment; filename="{dataset}-{stamp}.{form}"',
            "Repr-Digest": spool.repr_digest,
            "Export-Row-Count": str(row_count),
            "Cache-Control": "no-store",
        },
    )


class _Spool:
    """A file on its way: in memory while it is small, hashed while it is written."""

    closed = False

    def __init__(self) -> None:
        self._file: IO[bytes] = SpooledTemporaryFile(_MEMORY_BYTES)  # noqa: SIM115 - read() closes
        self._hash = sha256()
        self.byte_count = 0

    @property
    def digest(self) -> bytes:
        return self._hash.digest()

    @property
    def repr_digest(self) -> str:
        """Return the header of RFC 9530 section 3."""
        return f"sha-256=:{b64encode(self.digest).decode()}:"

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.byte_count += len(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()

    def read(self) -> Iterator[bytes]:
        with self._file as file:
            file.seek(0)
            while piece := file.read(_PIECE_BYTES):
                yield piece


def _check(name: str, dataset: Dataset, filters: dict[Filter, Any], form: Format) -> None:
    unfit = sorted(set(filters) - dataset.filters)
    if unfit:
        fitting = ", ".join(sorted(dataset.filters)) or "none"
        raise InvalidRequestError(f"{', '.join(unfit)}: {name} can be filtered by {fitting}")
    missing = sorted(dataset.needed - set(filters))
    if missing:
        raise InvalidRequestError(f"{', '.join(missing)}: {name} needs it, or it would be too much")
    if form == "geojson" and not dataset.has_position:
        raise InvalidRequestError(f"format: {name} have no position; csv, ndjson or parquet")


def _worded(dataset: Dataset, rows: Rows) -> Rows:
    names = list(dataset.columns)
    places = {names.index(name): words for name, words in _WORDS.items() if name in names}
    if not places:
        return rows
    return (
        [places[n][value] if n in places else value for n, value in enumerate(row)] for row in rows
    )
