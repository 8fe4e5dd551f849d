"""What the routes of units answer and are told."""

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas import Answer, Line, Order

UnitCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")]


class Unit(Answer):
    """A unit that tickets are given to (承办单位)."""

    code: str
    name: str
    name_en: str
    phone: str
    is_active: bool


class UnitOrder(Order):
    """What is known of a unit."""

    name: Line
    name_en: Line
    phone: Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9+() -]*$")] = ""
    is_active: bool = Field(True, description="whether it gets new tickets")


class NewUnitOrder(UnitOrder):
    """A unit to add."""

    code: UnitCode


class Route(Answer):
    """Which unit gets what; null: every town, every problem."""

    unit_route_id: int
    town: str | None
    problem: str | None
    unit: str


class RouteOrder(Order):
    """A route to set; it replaces the one of the same town and problem."""

    town: Line | None = Field(None, description="town code")
    problem: Line | None = None
    unit: UnitCode
