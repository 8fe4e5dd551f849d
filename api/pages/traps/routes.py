"""The page of one trap, its drawing, and the label that leads there."""

from datetime import datetime, timedelta
from typing import Any, get_args
from urllib.parse import quote

import segno
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from alerts.webhooks.kinds.address import reachable
from api.access.guard import GuardedRoute
from api.charts import store
from api.charts.routes import SPANS, gap_s, thresholds_of
from api.charts.schemas import SpanCode
from api.dependencies import NowDep, ServicesDep, TransactionDep
from api.pages.store import select_places
from api.pages.templates import page
from api.pages.traps.section import Section, section
from api.readings.store import select_trap_devices
from api.registry.schemas import Trap
from api.registry.store import select_traps
from api.schemas import Code
from core.db import Connection
from core.errors import NotFoundError
from core.reading import Metric
from core.registry.store import select_devices

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)


@router.get("/traps/{code}")
def show_trap(
    *,
    request: Request,
    connection: TransactionDep,
    now: NowDep,
    code: Code,
    span: SpanCode = "7d",
) -> Response:
    """One trap: how it stands now, its past along one axis, what happened to it."""
    trap = _trap(connection, code)
    (place,) = select_places(connection, restaurant_id=trap.restaurant_id, count_max=1)
    return page(
        request,
        "trap.html",
        mode="lookup",
        trap=trap,
        place=place,
        span=span,
        spans=get_args(SpanCode),
        events=store.select_events(connection, trap.trap_id, now - SPANS[span], now),
        **_now(connection, trap, now),
    )


@router.get("/traps/{code}/section")
def show_trap_section(
    *, request: Request, connection: TransactionDep, now: NowDep, code: Code
) -> Response:
    """The drawing by itself, with the level of now."""
    trap = _trap(connection, code)
    return page(request, "parts/section.html", trap=trap, **_now(connection, trap, now))


@router.get("/traps/{code}/label")
def show_trap_label(
    *, request: Request, connection: TransactionDep, services: ServicesDep, code: Code
) -> Response:
    """What to print and put up at the trap: a QR code (ISO/IEC 18004) that opens its page."""
    trap = _trap(connection, code)
    (place,) = select_places(connection, restaurant_id=trap.restaurant_id, count_max=1)
    public_url = services.settings.api.public_url
    address = f"{public_url.rstrip('/')}/q/{quote(trap.code)}"
    # A quarter of it may be under grease.
    drawn = segno.make(address, error="q", boost_error=False, micro=False)
    return page(
        request,
        "label.html",
        mode="lookup",
        trap=trap,
        place=place,
        address=address,
        is_reachable=reachable(public_url) is not None,
        qr=Markup(drawn.svg_inline(omitsize=True, svgclass="qr", lineclass=None)),
    )


def _trap(connection: Connection, code: str) -> Trap:
    traps = select_traps(connection, code=code)
    if not traps:
        raise NotFoundError(f"there is no trap {code}")
    return traps[0]


def _now(connection: Connection, trap: Trap, now: datetime) -> dict[str, Any]:
    device_ids = select_trap_devices(connection, trap.trap_id)
    devices = select_devices(connection, device_ids)
    # A reading that arrives now may be measured a moment ahead.
    before = now + timedelta(minutes=5)
    level, flow, cover = (
        store.select_latest(connection, device_ids, metric, before)
        for metric in (Metric.LEVEL_MM, Metric.FLOW_LPS, Metric.COVER_OPEN)
    )
    drawn: Section = section(
        outlet_invert_mm=trap.outlet_invert_mm,
        cover_mm=trap.cover_mm,
        level_mm=None if level is None else level.value,
        measured_at=None if level is None else level.measured_at,
        now=now,
        gap=timedelta(seconds=gap_s(devices, is_hourly=False)),
        limits=[(t.rule_code, t.level_mm) for t in thresholds_of(connection, devices)],
    )
    return {
        "section": drawn,
        "flow": flow,
        "is_cover_open": None if cover is None else cover.value > 0,
    }
