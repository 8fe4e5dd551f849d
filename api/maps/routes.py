"""The map over HTTP. Answers carry an ETag: a screen asks often, and little changes."""

from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse

from api.dependencies import ServicesDep, TransactionDep
from api.maps import store
from api.maps.schemas import STAGES, Outlines, TrapMarks
from api.routing import strict_router
from api.schemas import Code
from core.errors import NotReadyError

router = strict_router("map")

#: Schematic: Voronoi cells of the demo county's town seats, not anybody's borders.
BUNDLED_OUTLINES = Path(__file__).with_name("outlines.geojson")
_METRE_DIGITS = 5
_CACHE_CONTROL = "private, no-cache"
#: Conditional requests are HTTP's (RFC 9110, 13.1.2), not a parameter of ours.
_NOT_CHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "as If-None-Match has it"}}


class GeoJsonResponse(JSONResponse):
    """GeoJSON, by its own media type (RFC 7946, 12)."""

    media_type = "application/geo+json"


@router.get("/map/traps", response_model=TrapMarks, responses=_NOT_CHANGED)
def list_trap_marks(
    *,
    request: Request,
    connection: TransactionDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
) -> Response:
    """Every trap with a position: where it is, how its restaurant is covered, its worst alert."""
    rows = store.select_marks(connection, town)
    number = {stage: place for place, stage in enumerate(STAGES)}
    marks = TrapMarks(
        trap_id=[row.trap_id for row in rows],
        code=[row.code for row in rows],
        lon_deg=[round(row.lon_deg, _METRE_DIGITS) for row in rows],
        lat_deg=[round(row.lat_deg, _METRE_DIGITS) for row in rows],
        stage=[number[row.stage] for row in rows],
        severity=[row.severity for row in rows],
    )
    return _tagged(request, marks.model_dump_json().encode(), "application/json")


@router.get(
    "/map/outlines",
    response_model=Outlines,
    response_class=GeoJsonResponse,
    responses=_NOT_CHANGED,
)
def get_outlines(*, request: Request, services: ServicesDep) -> Response:
    """The outlines of the towns, as GeoJSON; `name`, `name_en` and `code` are properties."""
    path = services.settings.pages.outlines_file or BUNDLED_OUTLINES
    try:
        body = path.read_bytes()
    except OSError as error:
        raise NotReadyError(f"TRAPWATCH_PAGES__OUTLINES_FILE cannot be read: {error}") from error
    return _tagged(request, body, GeoJsonResponse.media_type)


def _tagged(request: Request, body: bytes, media_type: str) -> Response:
    etag = f'W/"{sha256(body).hexdigest()[:20]}"'
    headers = {"ETag": etag, "Cache-Control": _CACHE_CONTROL}
    known = request.headers.get("if-none-match", "")
    if etag in {tag.strip() for tag in known.split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=media_type, headers=headers)
