"""Pages: the command centre and its two other modes, the operations, the kinds of problems."""

from typing import Annotated, Any, get_args

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse

from alerts.town_index.tree import IndicatorCode
from api.access.guard import GuardedRoute
from api.dependencies import NowDep, ServicesDep, TransactionDep
from api.pages import board, store
from api.pages.board import Look, Part
from api.pages.lists import Optional
from api.pages.templates import page
from api.paging import PagingDep
from api.problems import PROBLEMS
from api.roll_call import store as roll_call_store
from api.roll_call.routes import list_roll_call
from api.schemas import Code, Id
from api.timelines.routes import get_timeline
from api.timelines.schemas import Lane
from api.town_index.routes import get_town_index, list_index_rows
from core.errors import NotFoundError

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

_FOUND_COUNT_MAX = 50


@router.get("/")
def show_command_centre(
    request: Request, connection: TransactionDep, services: ServicesDep, now: NowDep
) -> Response:
    """Warn (预警): are we covered, what is wrong now, who is on it, is it getting better."""
    look = Look(connection, services, now)
    context: dict[str, Any] = {}
    for part in get_args(Part):
        context |= board.read(part, look)
    return page(request, "command_centre.html", mode="warn", **context)


@router.get("/parts/{part}")
def show_part(
    *,
    request: Request,
    connection: TransactionDep,
    services: ServicesDep,
    now: NowDep,
    part: Part,
) -> Response:
    """One part of the command centre, as it stands now."""
    context = board.read(part, Look(connection, services, now))
    return page(request, f"parts/{part}.html", **context)


@router.get("/parts-of-county/index")
def show_index_part(
    request: Request, connection: TransactionDep, services: ServicesDep, now: NowDep
) -> Response:
    """The towns' index: it compares towns, so it is for the whole county."""
    index = get_town_index(connection=connection, services=services, now=now, month=None)
    return page(request, "parts/index.html", index=index)


@router.get("/patrol")
def show_patrol(
    *,
    request: Request,
    connection: TransactionDep,
    now: NowDep,
    paging: PagingDep,
    town: Optional[Code] = None,
    silent: Optional[bool] = None,
) -> Response:
    """Patrol (巡查): every device answers its name, the longest silent first."""
    entries = list_roll_call(
        connection=connection, paging=paging, now=now, town=town, silent=silent
    )
    return page(
        request,
        "patrol.html",
        mode="patrol",
        counts=roll_call_store.count_roll_call(connection, now),
        entries=entries,
        town=town,
        silent=silent,
    )


@router.get("/lookup")
def show_lookup(
    *,
    request: Request,
    connection: TransactionDep,
    q: Annotated[str, Query(max_length=100, description="name, address, number or trap")] = "",
) -> Response:
    """Look up (调阅): find a restaurant; where it is only one, go there."""
    words = q.strip().replace("\0", "")
    found = (
        store.select_places(connection, words=words, count_max=_FOUND_COUNT_MAX) if words else []
    )
    if len(found) == 1:
        return RedirectResponse(f"/restaurants/{found[0].restaurant_id}", 303)
    return page(request, "lookup.html", mode="lookup", q=words, found=found, place=None)


@router.get("/restaurants/{restaurant_id}")
def show_restaurant(
    *,
    request: Request,
    connection: TransactionDep,
    now: NowDep,
    paging: PagingDep,
    restaurant_id: Id,
    lane: Lane | None = None,
) -> Response:
    """One restaurant: everything that happened there, in lanes along one time."""
    places = store.select_places(connection, restaurant_id=restaurant_id, count_max=1)
    if not places:
        raise NotFoundError(f"there is no restaurant {restaurant_id}")
    timeline = get_timeline(
        connection=connection,
        paging=paging,
        now=now,
        restaurant_id=restaurant_id,
        from_at=None,
        to_at=None,
        lane=lane,
    )
    return page(
        request,
        "restaurant.html",
        mode="lookup",
        q="",
        place=places[0],
        timeline=timeline,
        lane=lane,
        lanes=get_args(Lane),
    )


@router.get("/town-index")
def show_town_index(
    request: Request, connection: TransactionDep, services: ServicesDep, now: NowDep
) -> Response:
    """The figures and scores behind the towns' index of this month."""
    index = get_town_index(connection=connection, services=services, now=now, month=None)
    indicators = {item.code: item for group in index.groups for item in group.indicators}
    return page(request, "town_index.html", mode="warn", index=index, indicators=indicators)


@router.get("/town-index/rows")
def show_index_rows(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    town: Code,
    indicator: IndicatorCode,
) -> Response:
    """What one figure of the index counts."""
    rows = list_index_rows(
        connection=connection, paging=paging, now=now, town=town, indicator=indicator, month=None
    )
    return page(request, "lists/index_rows.html", mode="warn", rows=rows)


@router.get("/openapi.json", response_class=JSONResponse)
def get_description(request: Request) -> JSONResponse:
    """The description of the API."""
    return JSONResponse(request.app.openapi())


@router.get("/docs")
def show_operations(request: Request) -> Response:
    """Every operation of the API, read from /openapi.json."""
    return page(request, "operations.html", mode="")


@router.get("/problems")
def show_problems(request: Request) -> Response:
    """What the ``type`` of a problem means."""
    return page(request, "problems.html", mode="", problems=PROBLEMS)
