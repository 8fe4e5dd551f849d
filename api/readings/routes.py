"""Readings over HTTP, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query

from api.dependencies import TransactionDep
from api.paging import Page, PagingDep
from api.readings import store
from api.readings.schemas import HourlyReading, RawReading
from api.routing import strict_router
from api.schemas import Code, Id, Instant
from core.db import Connection
from core.errors import InvalidRequestError, NotFoundError, RequestError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US, from_us, to_us
from core.reading import METRIC_BY_LABEL, METRIC_LABEL, normalise_uid

router = strict_router("readings")

ReadingPage = Page[RawReading] | Page[HourlyReading]
_FIRST = from_us(INSTANT_MIN_US)
_LAST = from_us(INSTANT_MAX_US)


@dataclass(frozen=True, slots=True)
class _Wanted:
    metric: str | None
    from_at: Instant
    to_at: Instant
    resolution: Literal["raw", "hourly"]


async def _wanted(
    metric: Annotated[Code | None, Query(description="label, e.g. level_mm")] = None,
    from_at: Annotated[Instant | None, Query(alias="from", description="inclusive")] = None,
    to_at: Annotated[Instant | None, Query(alias="to", description="exclusive")] = None,
    resolution: Literal["raw", "hourly"] = "raw",
) -> _Wanted:
    if metric is not None and metric not in METRIC_BY_LABEL:
        raise InvalidRequestError(f"metric: one of {', '.join(METRIC_BY_LABEL)} expected")
    return _Wanted(metric, from_at or _FIRST, to_at or _LAST, resolution)


WantedDep = Annotated[_Wanted, Depends(_wanted)]


@router.get("/traps/{trap_id}/readings")
def list_trap_readings(
    *, connection: TransactionDep, paging: PagingDep, wanted: WantedDep, trap_id: Id
) -> ReadingPage:
    """Readings of the devices that hang in a trap now."""
    if not store.trap_exists(connection, trap_id):
        raise NotFoundError(f"there is no trap {trap_id}")
    return _page(connection, paging, wanted, store.select_trap_devices(connection, trap_id))


@router.get("/readings")
def list_readings(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    wanted: WantedDep,
    device: Annotated[Code, Query(description="uid")],
) -> ReadingPage:
    """Readings of one device, claimed or not."""
    device_id = store.select_device_id(connection, normalise_uid(device))
    if device_id is None:
        raise NotFoundError(f"there is no device {device}")
    return _page(connection, paging, wanted, [device_id])


def _page(
    connection: Connection, paging: PagingDep, wanted: _Wanted, device_ids: Sequence[int]
) -> ReadingPage:
    after_us, after_device_id, after_metric = paging.key((INSTANT_MAX_US, 0, 0))
    try:
        window = store.Window(
            device_ids=device_ids,
            metrics=[int(METRIC_BY_LABEL[wanted.metric])] if wanted.metric else list(METRIC_LABEL),
            from_at=wanted.from_at,
            to_at=wanted.to_at,
            after_at=from_us(after_us),
            after_device_id=_bounded(after_device_id, 2**31),
            after_metric=_bounded(after_metric, 2**15),
            count_max=paging.fetch_count,
        )
    except OverflowError:
        raise RequestError("after: not a cursor of this list") from None
    if wanted.resolution == "hourly":
        return paging.page(
            store.select_hourly_readings(connection, window),
            lambda row: (to_us(row.hour), row.device_id, row.metric_number),
        )
    return paging.page(
        store.select_raw_readings(connection, window),
        lambda row: (to_us(row.measured_at), row.device_id, row.metric_number),
    )


def _bounded(value: int, limit: int) -> int:
    if not -limit <= value < limit:
        raise OverflowError
    return value
