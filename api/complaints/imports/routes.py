"""Imports of complaints over HTTP. What a file may look like stands in docs/complaints.md."""

from datetime import timedelta
from io import BytesIO
from typing import Annotated, Any, Literal

from fastapi import Depends, Query, Request

from alerts.complaints.imports.run import ImportOptions, import_file
from alerts.complaints.positions import CoordinateSystem
from api.complaints.imports import store
from api.complaints.imports.schemas import (
    ComplaintImport,
    ComplaintImportWithFindings,
    ImportReport,
)
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.paging import ID_MAX, Page, PagingDep
from api.routing import strict_router
from api.schemas import BigId, Code, Line
from core.errors import NotFoundError

router = strict_router("complaints")

ProfileName = Literal["auto", "own", "12345", "nyc311", "calgary311"]
_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}


async def _content(request: Request) -> bytes:
    return await request.body()


@router.post(
    "/complaints/imports",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": _FILE, "application/gzip": _FILE},
        }
    },
)
def create_complaint_import(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    content: Annotated[bytes, Depends(_content)],
    profile: ProfileName = "auto",
    dry_run: Annotated[bool, Query(description="report alone, store nothing")] = False,
    strict: Annotated[bool, Query(description="one bad row refuses the file")] = False,
    town: Annotated[Code | None, Query(description="of rows that name none, by code")] = None,
    coordinates: Annotated[
        CoordinateSystem | None, Query(description="default: the profile's")
    ] = None,
    encoding: Annotated[Code | None, Query(description="default: as the bytes look")] = None,
    file_name: Line = "upload.csv",
    actor: ActorDep,
    now: NowDep,
) -> ImportReport:
    """Take in a CSV file, packed by gzip or not; the same file twice is taken in once."""
    options = ImportOptions(
        profile=profile,
        is_dry_run=dry_run,
        is_strict=strict,
        town_code=town,
        coordinate_system=coordinates,
        encoding=encoding,
        window=timedelta(hours=services.settings.alerts.complaint_window_h),
        bytes_max=services.settings.api.import_bytes_max,
    )
    report = import_file(connection, BytesIO(content), file_name, options, actor=actor, now=now)
    return ImportReport.model_validate(report.document())


@router.get("/complaints/imports")
def list_complaint_imports(
    *, connection: TransactionDep, paging: PagingDep
) -> Page[ComplaintImport]:
    """Files that were taken in, the last one first."""
    (before_id,) = paging.key((ID_MAX,))
    rows = store.select_imports(connection, before_id=before_id, count_max=paging.fetch_count)
    return paging.page(rows, lambda row: (row.import_id,))


@router.get("/complaints/imports/{import_id}")
def get_complaint_import(
    connection: TransactionDep, import_id: BigId
) -> ComplaintImportWithFindings:
    """One file with everything that was found in it."""
    found = store.select_imports(connection, import_id=import_id)
    if not found:
        raise NotFoundError(f"there is no import {import_id}")
    return ComplaintImportWithFindings(
        **found[0].model_dump(),
        problems=store.select_findings(connection, import_id, is_bad=True),
        remarks=store.select_findings(connection, import_id, is_bad=False),
    )
