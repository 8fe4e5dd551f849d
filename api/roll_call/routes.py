"""The roll-call over HTTP."""

from typing import Annotated

from fastapi import Query

from api.dependencies import NowDep, TransactionDep
from api.paging import Key, Page, PagingDep
from api.roll_call import store
from api.roll_call.schemas import RollCallCounts, RollCallEntry
from api.routing import strict_router
from api.schemas import Code
from core.errors import RequestError
from core.instant import INSTANT_MAX_US, to_us

router = strict_router("roll-call")


@router.get("/roll-call")
def list_roll_call(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    town: Annotated[Code | None, Query(description="town code")] = None,
    silent: Annotated[
        bool | None, Query(description="whether it should be heard and is not")
    ] = None,
) -> Page[RollCallEntry]:
    """Devices in service, the longest silent first."""
    after_us, after_id = paging.key((0, 0))
    if not 0 <= after_us <= INSTANT_MAX_US:
        raise RequestError("after: not a cursor of this list")
    rows = store.select_roll_call(
        connection,
        town=town,
        silent=silent,
        now=now,
        after=(after_us, after_id),
        count_max=paging.fetch_count,
    )
    return paging.page(rows, entry_key)


@router.get("/roll-call/counts")
def count_roll_call(connection: TransactionDep, now: NowDep) -> RollCallCounts:
    """Devices in service and how many are silent: the county, then each town."""
    return RollCallCounts(as_of=now, items=store.count_roll_call(connection, now))


def entry_key(entry: RollCallEntry) -> Key:
    """Return the place of an entry in the list."""
    return (0 if entry.received_at is None else to_us(entry.received_at), entry.device_id)
