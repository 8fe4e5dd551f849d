"""Restaurants' entries, traps, devices and gateways, each as a page with its form."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from api.access.guard import GuardedRoute
from api.alerts.routes import list_alerts
from api.dependencies import NowDep, TransactionDep
from api.pages.registers import columns
from api.pages.registers.controls import controls_of
from api.pages.registers.detail import history, show_detail
from api.pages.registers.parts import Form, Section
from api.paging import PagingDep
from api.registry import changes, store
from api.registry.schemas import DevicePatch, RestaurantPatch, TrapPatch
from api.schemas import Code, Id
from core.errors import NotFoundError

router = APIRouter(
    include_in_schema=False, default_response_class=HTMLResponse, route_class=GuardedRoute
)

_COUNT_MAX = 100


@router.get("/restaurants/{restaurant_id}/entry")
def show_restaurant_entry(
    request: Request, connection: TransactionDep, restaurant_id: Id
) -> Response:
    """A restaurant's entry in the register; what happened there is its own page."""
    row = changes.get_restaurant(connection, restaurant_id)
    controls = controls_of(
        RestaurantPatch,
        *("register_no", "name", "restaurant_type", "status", "needs_trap", "address"),
        *("lon_deg", "lat_deg", "permit_no", "permit_valid_to"),
        row=row,
        contexts={"restaurant_type": "restaurant type", "status": "restaurant status"},
    )
    path = f"/api/v1/restaurants/{restaurant_id}"
    form = Form("change", "update_restaurant", "patch", path, controls, row.version)
    traps = store.select_traps(connection, restaurant_id=restaurant_id, count_max=_COUNT_MAX)
    sections = [
        Section("traps", columns.TRAPS, traps),
        *history(request, connection, "restaurant", restaurant_id),
    ]
    return show_detail(
        request,
        "restaurants",
        row.name,
        columns.RESTAURANT,
        row,
        forms=[form],
        sections=sections,
        also=(("timeline", f"/restaurants/{restaurant_id}"),),
    )


@router.get("/traps/{code}/entry")
def show_trap_entry(
    *,
    request: Request,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    code: Code,
) -> Response:
    """A trap's entry in the register; how it stands now is its own page."""
    found = store.select_traps(connection, code=code, count_max=1)
    if not found:
        raise NotFoundError(f"there is no trap {code}")
    (row,) = found
    controls = controls_of(
        TrapPatch,
        *("capacity_l", "outlet_invert_mm", "cover_mm", "area_m2", "rated_flow_lps"),
        *("cleaning_interval_days", "cleaning_basis", "sewer_branch", "on_road"),
        row=row,
    )
    form = Form("change", "update_trap", "patch", f"/api/v1/traps/{row.trap_id}", controls)
    devices = store.select_devices(connection, trap_id=row.trap_id, count_max=_COUNT_MAX)
    alerts = list_alerts(connection=connection, paging=paging, now=now, trap=row.trap_id)
    sections = [
        Section("devices", columns.DEVICES, devices),
        Section("alerts", columns.OPEN_ALERTS, alerts.items),
        *history(request, connection, "trap", row.trap_id),
    ]
    return show_detail(
        request,
        "traps",
        row.code,
        columns.TRAP,
        row,
        forms=[form],
        sections=sections,
        also=(("trap", f"/traps/{row.code}"), ("timeline", f"/restaurants/{row.restaurant_id}")),
    )


@router.get("/devices/{device_id}")
def show_device(request: Request, connection: TransactionDep, device_id: Id) -> Response:
    """A device; claiming it is a change like any other."""
    row = changes.get_device(connection, device_id)
    controls = controls_of(
        DevicePatch,
        *("trap_id", "status", "model", "report_interval_s", "mount_height_mm"),
        *("tilt_baseline_deg", "commissioned_at"),
        row=row,
        contexts={"status": "device status"},
    )
    path = f"/api/v1/devices/{device_id}"
    form = Form("change", "update_device", "patch", path, controls, row.version)
    return show_detail(
        request,
        "devices",
        row.uid,
        columns.DEVICE,
        row,
        forms=[form],
        sections=history(request, connection, "device", device_id),
    )


@router.get("/gateways/{gateway_id}")
def show_gateway(request: Request, connection: TransactionDep, gateway_id: Id) -> Response:
    """A gateway and the devices that were last heard through it."""
    row = changes.one(
        store.select_gateways(connection, gateway_id=gateway_id), f"gateway {gateway_id}"
    )
    devices = store.select_devices(connection, gateway=row.uid, count_max=_COUNT_MAX)
    return show_detail(
        request,
        "gateways",
        row.uid,
        columns.GATEWAY,
        row,
        sections=[Section("devices", columns.DEVICES, devices)],
    )
