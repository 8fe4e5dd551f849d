"""The register over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from api.dependencies import ActorDep, NowDep, OptionalVersionDep, TransactionDep, set_version
from api.paging import Page, PagingDep
from api.registry import changes, store
from api.registry.schemas import (
    Device,
    DeviceOrder,
    DevicePatch,
    DeviceStatus,
    Gateway,
    Restaurant,
    RestaurantOrder,
    RestaurantPatch,
    RestaurantStatus,
    Town,
    Trap,
    TrapOrder,
    TrapPatch,
)
from api.routing import strict_router
from api.schemas import Code, Id, RestaurantType
from core.reading import normalise_uid

router = strict_router("registry")

TownFilter = Annotated[Code | None, Query(description="town code")]


@router.get("/towns")
def list_towns(connection: TransactionDep) -> Page[Town]:
    """Every town, on one page."""
    return Page(items=store.select_towns(connection), next=None)


@router.get("/restaurants")
def list_restaurants(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: TownFilter = None,
    status: RestaurantStatus | None = None,
    restaurant_type: Annotated[RestaurantType | None, Query(alias="type")] = None,
    needs_trap: bool | None = None,
    register_no: Code | None = None,
) -> Page[Restaurant]:
    """Restaurants by number."""
    (after_id,) = paging.key((0,))
    rows = store.select_restaurants(
        connection,
        town=town,
        status=status,
        restaurant_type=restaurant_type,
        needs_trap=needs_trap,
        register_no=register_no,
        after_id=after_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.restaurant_id,))


@router.get("/restaurants/{restaurant_id}")
def get_restaurant(connection: TransactionDep, response: Response, restaurant_id: Id) -> Restaurant:
    """One restaurant."""
    restaurant = changes.get_restaurant(connection, restaurant_id)
    set_version(response, restaurant.version)
    return restaurant


@router.post("/restaurants", status_code=201)
def create_restaurant(
    *,
    connection: TransactionDep,
    response: Response,
    order: RestaurantOrder,
    actor: ActorDep,
    now: NowDep,
) -> Restaurant:
    """Enter a restaurant."""
    restaurant = changes.create_restaurant(connection, order, actor, now)
    set_version(response, restaurant.version)
    response.headers["Location"] = f"/api/v1/restaurants/{restaurant.restaurant_id}"
    return restaurant


@router.patch("/restaurants/{restaurant_id}")
def update_restaurant(
    *,
    connection: TransactionDep,
    response: Response,
    restaurant_id: Id,
    patch: RestaurantPatch,
    version: OptionalVersionDep,
    actor: ActorDep,
    now: NowDep,
) -> Restaurant:
    """Change members of a restaurant."""
    restaurant = changes.change_restaurant(
        connection, restaurant_id, patch, version=version, actor=actor, now=now
    )
    set_version(response, restaurant.version)
    return restaurant


@router.get("/traps")
def list_traps(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: TownFilter = None,
    restaurant: Annotated[Id | None, Query(description="restaurant_id")] = None,
    code: Code | None = None,
) -> Page[Trap]:
    """Traps by number."""
    (after_id,) = paging.key((0,))
    rows = store.select_traps(
        connection,
        town=town,
        restaurant_id=restaurant,
        code=code,
        after_id=after_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.trap_id,))


@router.get("/traps/{trap_id}")
def get_trap(connection: TransactionDep, trap_id: Id) -> Trap:
    """One trap."""
    return changes.get_trap(connection, trap_id)


@router.post("/traps", status_code=201)
def create_trap(
    *,
    connection: TransactionDep,
    response: Response,
    order: TrapOrder,
    actor: ActorDep,
    now: NowDep,
) -> Trap:
    """Enter a trap."""
    trap = changes.create_trap(connection, order, actor, now)
    response.headers["Location"] = f"/api/v1/traps/{trap.trap_id}"
    return trap


@router.patch("/traps/{trap_id}")
def update_trap(
    *, connection: TransactionDep, trap_id: Id, patch: TrapPatch, actor: ActorDep, now: NowDep
) -> Trap:
    """Change members of a trap."""
    return changes.change_trap(connection, trap_id, patch, actor, now)


@router.get("/devices")
def list_devices(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    uid: Code | None = None,
    status: DeviceStatus | None = None,
    trap: Annotated[Id | None, Query(description="trap_id")] = None,
    gateway: Annotated[Code | None, Query(description="uid of the gateway")] = None,
) -> Page[Device]:
    """Devices by number; ``status=unclaimed`` are those that wait to be assigned to a trap."""
    (after_id,) = paging.key((0,))
    rows = store.select_devices(
        connection,
        uid=None if uid is None else normalise_uid(uid),
        status=status,
        trap_id=trap,
        gateway=None if gateway is None else normalise_uid(gateway),
        after_id=after_id,
        count_max=paging.fetch_count,
    )
    return paging.page(rows, lambda row: (row.device_id,))


@router.get("/devices/{device_id}")
def get_device(connection: TransactionDep, response: Response, device_id: Id) -> Device:
    """One device."""
    device = changes.get_device(connection, device_id)
    set_version(response, device.version)
    return device


@router.post("/devices", status_code=201)
def create_device(
    *,
    connection: TransactionDep,
    response: Response,
    order: DeviceOrder,
    actor: ActorDep,
    now: NowDep,
) -> Device:
    """Enter a device."""
    device = changes.create_device(connection, order, actor, now)
    set_version(response, device.version)
    response.headers["Location"] = f"/api/v1/devices/{device.device_id}"
    return device


@router.patch("/devices/{device_id}")
def update_device(
    *,
    connection: TransactionDep,
    response: Response,
    device_id: Id,
    patch: DevicePatch,
    version: OptionalVersionDep,
    actor: ActorDep,
    now: NowDep,
) -> Device:
    """Change members of a device. Claim it with trap_id, status, commissioned_at and the rest."""
    device = changes.change_device(
        connection, device_id, patch, version=version, actor=actor, now=now
    )
    set_version(response, device.version)
    return device


@router.get("/gateways")
def list_gateways(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    town: TownFilter = None,
    online: bool | None = None,
) -> Page[Gateway]:
    """Gateways by number."""
    (after_id,) = paging.key((0,))
    rows = store.select_gateways(
        connection, town=town, online=online, after_id=after_id, count_max=paging.fetch_count
    )
    return paging.page(rows, lambda row: (row.gateway_id,))


@router.get("/gateways/{gateway_id}")
def get_gateway(connection: TransactionDep, gateway_id: Id) -> Gateway:
    """One gateway."""
    found = store.select_gateways(connection, gateway_id=gateway_id)
    return changes.one(found, f"gateway {gateway_id}")
