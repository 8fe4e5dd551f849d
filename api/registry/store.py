"""The SQL of the register: one function a query.

A filter that is not given is None; a page goes by number. Constraint violations are RequestErrors.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from api.registry.schemas import (
    Device,
    DeviceFields,
    DeviceOrder,
    Gateway,
    Restaurant,
    RestaurantOrder,
    Town,
    Trap,
    TrapOrder,
)
from api.store import fetch_all, write
from core.db import Connection
from core.errors import ConflictError, InvalidRequestError, RequestError
from core.sql import load_queries

_QUERIES = load_queries("api.registry")

_REFUSALS: Mapping[str, RequestError] = {
    "restaurant_register_no_key": ConflictError("this register_no is taken"),
    "restaurant_town_id_fkey": InvalidRequestError("town_id: there is no such town"),
    "trap_code_key": ConflictError("this code is taken"),
    "trap_restaurant_id_fkey": InvalidRequestError("restaurant_id: there is no such restaurant"),
    "device_uid_key": ConflictError("this uid is taken"),
    "device_trap_id_fkey": InvalidRequestError("trap_id: there is no such trap"),
    "device_gateway_id_fkey": InvalidRequestError("gateway_id: there is no such gateway"),
}


def select_towns(connection: Connection) -> list[Town]:
    """Return every town."""
    return fetch_all(connection, _QUERIES["select_towns"], {}, Town)


def select_restaurants(
    connection: Connection,
    *,
    restaurant_id: int | None = None,
    town: str | None = None,
    status: str | None = None,
    restaurant_type: str | None = None,
    needs_trap: bool | None = None,
    register_no: str | None = None,
    after_id: int = 0,
    count_max: int = 1,
) -> list[Restaurant]:
    """Return restaurants by number."""
    parameters = {
        "restaurant_id": restaurant_id,
        "town": town,
        "status": status,
        "restaurant_type": restaurant_type,
        "needs_trap": needs_trap,
        "register_no": register_no,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_restaurants"], parameters, Restaurant)


def lock_restaurant(connection: Connection, restaurant_id: int) -> None:
    """Keep a restaurant from changing until the transaction ends."""
    connection.execute(_QUERIES["lock_restaurant"], {"restaurant_id": restaurant_id})


def insert_restaurant(connection: Connection, order: RestaurantOrder, now: datetime) -> int | None:
    """Store a new restaurant; return its number."""
    return _write(connection, "insert_restaurant", {**_restaurant(order), "now": now})


def update_restaurant(
    connection: Connection, restaurant_id: int, order: RestaurantOrder, now: datetime
) -> None:
    """Replace a restaurant's members."""
    parameters = {**_restaurant(order), "restaurant_id": restaurant_id, "now": now}
    _write(connection, "update_restaurant", parameters)


def select_traps(
    connection: Connection,
    *,
    trap_id: int | None = None,
    restaurant_id: int | None = None,
    town: str | None = None,
    code: str | None = None,
    after_id: int = 0,
    count_max: int = 1,
) -> list[Trap]:
    """Return traps by number."""
    parameters = {
        "trap_id": trap_id,
        "restaurant_id": restaurant_id,
        "town": town,
        "code": code,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_traps"], parameters, Trap)


def lock_trap(connection: Connection, trap_id: int) -> None:
    """Keep a trap from changing until the transaction ends."""
    connection.execute(_QUERIES["lock_trap"], {"trap_id": trap_id})


def insert_trap(connection: Connection, order: TrapOrder, now: datetime) -> int | None:
    """Store a new trap; return its number."""
    return _write(connection, "insert_trap", {**order.model_dump(), "now": now})


def update_trap(connection: Connection, trap_id: int, order: TrapOrder, now: datetime) -> None:
    """Replace a trap's members."""
    _write(connection, "update_trap", {**order.model_dump(), "trap_id": trap_id, "now": now})


def select_devices(
    connection: Connection,
    *,
    device_id: int | None = None,
    uid: str | None = None,
    status: str | None = None,
    trap_id: int | None = None,
    gateway: str | None = None,
    after_id: int = 0,
    count_max: int = 1,
) -> list[Device]:
    """Return devices by number."""
    parameters = {
        "device_id": device_id,
        "uid": uid,
        "status": status,
        "trap_id": trap_id,
        "gateway": gateway,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_devices"], parameters, Device)


def lock_device(connection: Connection, device_id: int) -> None:
    """Keep a device from changing until the transaction ends."""
    connection.execute(_QUERIES["lock_device"], {"device_id": device_id})


def insert_device(connection: Connection, order: DeviceOrder, now: datetime) -> int | None:
    """Store a new device; return its number."""
    return _write(connection, "insert_device", {**order.model_dump(), "now": now})


def update_device(
    connection: Connection, device_id: int, fields: DeviceFields, now: datetime
) -> None:
    """Replace a device's members."""
    _write(connection, "update_device", {**fields.model_dump(), "device_id": device_id, "now": now})


def select_gateway_id(connection: Connection, uid: str) -> int | None:
    """Return the number of a gateway."""
    row = connection.execute(_QUERIES["select_gateway_id"], {"uid": uid}).fetchone()
    return None if row is None else int(row[0])


def select_gateways(
    connection: Connection,
    *,
    gateway_id: int | None = None,
    town: str | None = None,
    online: bool | None = None,
    after_id: int = 0,
    count_max: int = 1,
) -> list[Gateway]:
    """Return gateways by number."""
    parameters = {
        "gateway_id": gateway_id,
        "town": town,
        "online": online,
        "after_id": after_id,
        "count_max": count_max,
    }
    return fetch_all(connection, _QUERIES["select_gateways"], parameters, Gateway)


def _write(connection: Connection, query: str, parameters: Mapping[str, Any]) -> int | None:
    return write(connection, _QUERIES[query], parameters, _REFUSALS)


def _restaurant(order: RestaurantOrder) -> dict[str, Any]:
    parameters = order.model_dump(by_alias=True)
    return {**parameters, "opening_windows": Jsonb(parameters["opening_windows"])}
