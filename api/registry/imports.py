"""Restaurants and devices from CSV files: each row like a request of its own, all reported.

A row whose number is in the register already changes what it says otherwise; an empty cell says
nothing. Names of columns are those of the API; towns, gateways and traps go by code or uid.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, BinaryIO, Literal, NamedTuple

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ValidationError

from api.registry import changes, store
from api.registry.schemas import DeviceOrder, DevicePatch, RestaurantOrder, RestaurantPatch
from core.db import Connection
from core.delimited import DelimitedRow, Finding, column_key, examine, finding, header, read
from core.errors import InvalidRequestError, RequestError
from core.reading import normalise_uid

Kind = Literal["restaurants", "devices"]
_ALIASES = {
    "登记号": "register_no",
    "名称": "name",
    "业态": "restaurant_type",
    "状态": "status",
    "镇街": "town",
    "地址": "address",
    "经度": "lon_deg",
    "纬度": "lat_deg",
    "排水许可证": "permit_no",
    "设备编号": "uid",
    "网关": "gateway",
    "隔油池": "trap",
}


@dataclass(slots=True)
class RegisterReport:
    """What became of the rows, and every finding."""

    kind: Kind
    file_name: str
    file_sha256: str
    encoding: str
    is_dry_run: bool
    is_refused: bool = False
    read: int = 0
    new: int = 0
    known: int = 0
    updated: int = 0
    bad: int = 0
    findings: list[Finding] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {
            "kind": self.kind,
            "file_name": self.file_name,
            "file_sha256": self.file_sha256,
            "encoding": self.encoding,
            "dry_run": self.is_dry_run,
            "refused": self.is_refused,
            "counts": self.counts(),
            "problems": [
                {"line": f.line, "column": f.column, "value": f.value, "reason": f.reason}
                for f in self.findings
            ],
        }

    def counts(self) -> dict[str, int]:
        """Return how many rows became what; they add up to ``read``."""
        return {name: getattr(self, name) for name in ("read", "new", "known", "updated", "bad")}


class _Actor(NamedTuple):
    connection: Connection
    name: str
    now: datetime


class _UndoneError(Exception):
    """Ends the transaction of a dry run or of a refused file."""


def import_register(
    connection: Connection,
    kind: Kind,
    file: BinaryIO,
    file_name: str,
    *,
    actor: str,
    now: datetime,
    is_dry_run: bool = False,
    is_strict: bool = False,
    encoding: str | None = None,
    progress: Callable[[int], None] = lambda _count: None,
) -> RegisterReport:
    """Take in a file, in one transaction; bad rows are left out, or with ``is_strict`` all.

    Raises: InvalidRequestError: it is no such file as a whole.
    """
    facts = examine(file, encoding)
    names = {_ALIASES.get(column_key(name), column_key(name)) for name in header(file, facts)}
    model, key, others = _KINDS[kind]
    known = {*model.model_fields, *others} - {f"{other}_id" for other in others}
    unknown = sorted(name for name in names - known if name)
    if unknown or key not in names:
        what = f"unknown column {', '.join(unknown)}" if unknown else f"no column {key}"
        raise InvalidRequestError(f"{what}; known: {', '.join(sorted(known))}")
    report = RegisterReport(kind, file_name, facts.sha256, facts.encoding, is_dry_run)
    acting = _Actor(connection, actor, now)
    try:
        with connection.transaction():
            for row in read(file, facts):
                report.read += 1
                _take(acting, kind, row, report)
                progress(report.read)
            report.is_refused = is_strict and report.bad > 0
            if is_dry_run or report.is_refused:
                raise _UndoneError
    except _UndoneError:
        pass
    return report


def _take(acting: _Actor, kind: Kind, row: DelimitedRow, report: RegisterReport) -> None:
    """Take in one row, or keep why not."""
    found: list[Finding] = []
    if row.finding is not None:
        found.append(row.finding)
    else:
        cells = {_ALIASES.get(name, name): cell for name, cell in row.cells.items() if cell}
        try:
            with acting.connection.transaction():
                members = _members(acting.connection, kind, cells)
                outcome = _IMPORTERS[kind](acting, members)
        except (ValidationError, RequestValidationError) as error:
            for entry in error.errors():
                column = str(entry["loc"][-1]) if entry["loc"] else None
                value = cells.get(column or "", "")
                found.append(finding(row.line, column, value, entry["msg"]))
        except RequestError as error:
            column, _, reason = str(error).partition(": ")
            is_named = bool(reason) and column in cells
            value = cells.get(column, "") if is_named else ""
            shown = reason if is_named else str(error)
            found.append(finding(row.line, column if is_named else None, value, shown))
        else:
            setattr(report, outcome, getattr(report, outcome) + 1)
    report.findings.extend(found)
    report.bad += bool(found)


def _members(connection: Connection, kind: Kind, cells: Mapping[str, str]) -> dict[str, Any]:
    """Return a row's cells as members of a request, its references looked up."""
    members: dict[str, Any] = dict(cells)
    if "town" in members:
        text = members.pop("town")
        fitting = [
            town.town_id
            for town in store.select_towns(connection)
            if text in {town.code, town.name, town.name_en}
        ]
        if not fitting:
            raise InvalidRequestError("town: there is no such town")
        members["town_id"] = fitting[0]
    if "trap" in members:
        traps = store.select_traps(connection, code=members.pop("trap"))
        if not traps:
            raise InvalidRequestError("trap: there is no trap of this code")
        members["trap_id"] = traps[0].trap_id
    if "gateway" in members:
        uid = normalise_uid(members.pop("gateway"))
        number = store.select_gateway_id(connection, uid)
        if number is None:
            raise InvalidRequestError("gateway: there is no gateway of this uid")
        members["gateway_id"] = number
    if kind == "restaurants" and "opening_windows" in members:
        try:
            members["opening_windows"] = json.loads(members["opening_windows"])
        except ValueError:
            raise InvalidRequestError("opening_windows: JSON expected") from None
    return members


def _restaurant(acting: _Actor, members: Mapping[str, Any]) -> str:
    register_no = str(members.get("register_no", ""))
    found = store.select_restaurants(acting.connection, register_no=register_no)
    if not found:
        order = RestaurantOrder.model_validate(members)
        changes.create_restaurant(acting.connection, order, acting.name, acting.now)
        return "new"
    patch = _difference(RestaurantPatch.model_validate(members), found[0])
    if patch is None:
        return "known"
    changes.change_restaurant(
        acting.connection, found[0].restaurant_id, patch, version=None, actor=acting.name,
        now=acting.now,
    )  # fmt: skip
    return "updated"


def _device(acting: _Actor, members: Mapping[str, Any]) -> str:
    uid = normalise_uid(str(members.get("uid", "")))
    found = store.select_devices(acting.connection, uid=uid)
    if not found:
        order = DeviceOrder.model_validate(members)
        changes.create_device(acting.connection, order, acting.name, acting.now)
        return "new"
    given = {name: value for name, value in members.items() if name != "uid"}
    patch = _difference(DevicePatch.model_validate(given), found[0])
    if patch is None:
        return "known"
    changes.change_device(
        acting.connection, found[0].device_id, patch, version=None, actor=acting.name,
        now=acting.now,
    )  # fmt: skip
    return "updated"


def _difference(patch: Any, stored: BaseModel) -> Any:
    """Return the part of a patch that says something else than the register; None: nothing."""
    before = stored.model_dump()
    given = patch.model_dump(exclude_unset=True, by_alias=True)
    told = {name: value for name, value in given.items() if value != before[name]}
    return type(patch).model_validate(told) if told else None


_KINDS: dict[Kind, tuple[type[BaseModel], str, frozenset[str]]] = {
    "restaurants": (RestaurantOrder, "register_no", frozenset({"town"})),
    "devices": (DeviceOrder, "uid", frozenset({"trap", "gateway"})),
}
_IMPORTERS: dict[Kind, Callable[[_Actor, Mapping[str, Any]], str]] = {
    "restaurants": _restaurant,
    "devices": _device,
}
