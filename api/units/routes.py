"""Units and routes over HTTP."""

from typing import Annotated

from fastapi import Path

from alerts.units import actions, store
from alerts.units.store import Unit as StoredUnit
from api.dependencies import ActorDep, NowDep, TransactionDep
from api.routing import strict_router
from api.schemas import Id
from api.units.schemas import NewUnitOrder, Route, RouteOrder, Unit, UnitOrder

router = strict_router("units")

UnitPath = Annotated[str, Path(max_length=61)]


@router.get("/units")
def list_units(connection: TransactionDep) -> list[Unit]:
    """All units by code."""
    return [Unit(**unit._asdict()) for unit in store.select_units(connection)]


@router.post("/units", status_code=201)
def create_unit(
    *, connection: TransactionDep, order: NewUnitOrder, actor: ActorDep, now: NowDep
) -> Unit:
    """Add a unit."""
    unit = StoredUnit(order.code, order.name, order.name_en, order.phone, order.is_active)
    return Unit(**actions.add_unit(connection, unit, actor=actor, now=now)._asdict())


@router.put("/units/{code}")
def replace_unit(
    *, connection: TransactionDep, code: UnitPath, order: UnitOrder, actor: ActorDep, now: NowDep
) -> Unit:
    """Replace what is known of a unit."""
    unit = StoredUnit(code, order.name, order.name_en, order.phone, order.is_active)
    return Unit(**actions.change_unit(connection, unit, actor=actor, now=now)._asdict())


@router.get("/unit-routes")
def list_unit_routes(connection: TransactionDep) -> list[Route]:
    """Which unit gets what: of the routes that fit a ticket, the first counts."""
    return [Route(**route._asdict()) for route in store.select_routes(connection)]


@router.put("/unit-routes")
def set_unit_route(
    *, connection: TransactionDep, order: RouteOrder, actor: ActorDep, now: NowDep
) -> Route:
    """Set the route of a town and problem."""
    number = actions.set_route(
        connection, town=order.town, problem=order.problem, unit=order.unit, actor=actor, now=now
    )
    return Route(unit_route_id=number, town=order.town, problem=order.problem, unit=order.unit)


@router.delete("/unit-routes/{unit_route_id}", status_code=204)
def remove_unit_route(
    *, connection: TransactionDep, unit_route_id: Id, actor: ActorDep, now: NowDep
) -> None:
    """Take a route away."""
    actions.remove_route(connection, unit_route_id, actor=actor, now=now)
