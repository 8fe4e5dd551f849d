"""What a person may do to the register, each with its audit row, in the caller's transaction."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypeVar

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from alerts.evidence import audit
from api.registry import store
from api.registry.schemas import (
    Device,
    DeviceFields,
    DeviceOrder,
    DevicePatch,
    DeviceStatus,
    Restaurant,
    RestaurantOrder,
    RestaurantPatch,
    Trap,
    TrapOrder,
    TrapPatch,
)
from core.db import Connection
from core.errors import ConflictError, NotFoundError, PreconditionFailedError

Model = TypeVar("Model", bound=BaseModel)
Found = TypeVar("Found")

#: From status to the ones a person may choose; migrations/versions/0001 draws the machine.
DEVICE_MOVES: dict[DeviceStatus, frozenset[DeviceStatus]] = {
    "unclaimed": frozenset({"unclaimed", "active", "maintenance", "retired"}),
    "active": frozenset({"active", "maintenance", "retired"}),
    "maintenance": frozenset({"active", "maintenance", "retired"}),
    "retired": frozenset({"retired"}),
}


def get_restaurant(connection: Connection, restaurant_id: int) -> Restaurant:
    """Return a restaurant.

    Raises: NotFoundError.
    """
    found = store.select_restaurants(connection, restaurant_id=restaurant_id)
    return one(found, f"restaurant {restaurant_id}")


def create_restaurant(
    connection: Connection, order: RestaurantOrder, actor: str, now: datetime
) -> Restaurant:
    """Enter a restaurant.

    Raises: ConflictError: register_no is taken. InvalidRequestError: no such town.
    """
    restaurant_id = store.insert_restaurant(connection, order, now)
    assert restaurant_id is not None, "INSERT returns the new number"
    _audit(connection, ("restaurant", restaurant_id), "created", order, actor=actor, now=now)
    return get_restaurant(connection, restaurant_id)


def change_restaurant(
    connection: Connection,
    restaurant_id: int,
    patch: RestaurantPatch,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> Restaurant:
    """Change members of a restaurant.

    Raises: NotFoundError, PreconditionFailedError, ConflictError, InvalidRequestError,
        RequestValidationError: a needed member would become null.
    """
    store.lock_restaurant(connection, restaurant_id)
    before = get_restaurant(connection, restaurant_id)
    _check_version("restaurant", restaurant_id, before.version, version)
    store.update_restaurant(connection, restaurant_id, merge(RestaurantOrder, before, patch), now)
    _audit(connection, ("restaurant", restaurant_id), "changed", patch, actor=actor, now=now)
    return get_restaurant(connection, restaurant_id)


def get_trap(connection: Connection, trap_id: int) -> Trap:
    """Return a trap.

    Raises: NotFoundError.
    """
    return one(store.select_traps(connection, trap_id=trap_id), f"trap {trap_id}")


def create_trap(connection: Connection, order: TrapOrder, actor: str, now: datetime) -> Trap:
    """Enter a trap.

    Raises: ConflictError: code is taken. InvalidRequestError: no such restaurant.
    """
    trap_id = store.insert_trap(connection, order, now)
    assert trap_id is not None, "INSERT returns the new number"
    _audit(connection, ("trap", trap_id), "created", order, actor=actor, now=now)
    return get_trap(connection, trap_id)


def change_trap(
    connection: Connection, trap_id: int, patch: TrapPatch, actor: str, now: datetime
) -> Trap:
    """Change members of a trap.

    Raises: NotFoundError, ConflictError, InvalidRequestError, RequestValidationError.
    """
    store.lock_trap(connection, trap_id)
    order = merge(TrapOrder, get_trap(connection, trap_id), patch)
    store.update_trap(connection, trap_id, order, now)
    _audit(connection, ("trap", trap_id), "changed", patch, actor=actor, now=now)
    return get_trap(connection, trap_id)


def get_device(connection: Connection, device_id: int) -> Device:
    """Return a device.

    Raises: NotFoundError.
    """
    return one(store.select_devices(connection, device_id=device_id), f"device {device_id}")


def create_device(connection: Connection, order: DeviceOrder, actor: str, now: datetime) -> Device:
    """Enter a device.

    Raises: ConflictError: uid is taken. InvalidRequestError: no such trap or gateway.
    """
    device_id = store.insert_device(connection, order, now)
    assert device_id is not None, "INSERT returns the new number"
    _audit(connection, ("device", device_id), "created", order, actor=actor, now=now)
    return get_device(connection, device_id)


def change_device(
    connection: Connection,
    device_id: int,
    patch: DevicePatch,
    *,
    version: int | None,
    actor: str,
    now: datetime,
) -> Device:
    """Change members of a device; claiming one is this.

    Raises: NotFoundError, PreconditionFailedError, InvalidRequestError, RequestValidationError;
        ConflictError: its status does not allow the new one.
    """
    store.lock_device(connection, device_id)
    before = get_device(connection, device_id)
    _check_version("device", device_id, before.version, version)
    fields = merge(DeviceFields, before, patch)
    if fields.status not in DEVICE_MOVES[before.status]:
        raise ConflictError(f"a device that is {before.status} cannot become {fields.status}")
    store.update_device(connection, device_id, fields, now)
    _audit(connection, ("device", device_id), "changed", patch, actor=actor, now=now)
    return get_device(connection, device_id)


def merge(whole: type[Model], before: BaseModel, patch: BaseModel) -> Model:
    """Return ``whole`` with what was there and what the patch sets.

    Raises: RequestValidationError: the result is not acceptable.
    """
    names = whole.model_fields.keys()
    members: dict[str, Any] = {
        name: value for name, value in before.model_dump().items() if name in names
    }
    members |= patch.model_dump(exclude_unset=True, by_alias=True)
    try:
        return whole.model_validate(members)
    except ValidationError as error:
        raise RequestValidationError(
            [{**item, "loc": ("body", *item["loc"])} for item in error.errors(include_url=False)]
        ) from None


def one(found: Sequence[Found], name: str) -> Found:
    """Return the only thing found.

    Raises: NotFoundError.
    """
    if not found:
        raise NotFoundError(f"there is no {name}")
    return found[0]


def _check_version(kind: str, number: int, version: int, expected: int | None) -> None:
    if expected is not None and expected != version:
        raise PreconditionFailedError(f"{kind} {number} is at version {version}, not {expected}")


def _audit(
    connection: Connection,
    subject: tuple[str, int],
    what: str,
    change: BaseModel,
    *,
    actor: str,
    now: datetime,
) -> None:
    kind, number = subject
    audit.record(
        connection,
        at=now,
        actor=actor,
        action=f"{kind}.{what}",
        subject_kind=kind,
        subject_id=str(number),
        detail=change.model_dump(mode="json", exclude_unset=True, by_alias=True),
    )
