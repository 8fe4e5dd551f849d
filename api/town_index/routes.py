"""The towns' index over HTTP. How it is computed stands in alerts.town_index."""

from datetime import date
from typing import Annotated

from fastapi import Path, Query

from alerts.coverage.model import Span, local_today
from alerts.town_index import index, store
from alerts.town_index.store import Freeze
from alerts.town_index.tree import IndicatorCode, Tree, load_tree
from api.dependencies import ActorDep, NowDep, ServicesDep, TransactionDep
from api.paging import Page, PagingDep
from api.routing import strict_router
from api.schemas import Code
from api.town_index.schemas import (
    IndexRevisionOrder,
    IndexRow,
    TownIndex,
    TownScore,
    TreeGroup,
)
from core.errors import InvalidRequestError, NotFoundError

router = strict_router("town index")

_KINDS = ("complaint", "device", "restaurant", "ticket")
MonthQuery = Annotated[str | None, Query(pattern=r"^\d{4}-\d{2}$", description="YYYY-MM")]


@router.get("/town-index")
def get_town_index(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    now: NowDep,
    month: MonthQuery = None,
) -> TownIndex:
    """The index of a month: as it was frozen, or of the present month as it stands now."""
    tree = load_tree(services.settings.alerts.town_index_file)
    first = _month(month, local_today(now))
    frozen = store.select_freeze(connection, first)
    if frozen is not None:
        return _frozen(first, frozen)
    if first != local_today(now).replace(day=1):
        raise NotFoundError(f"the index of {first:%Y-%m} is not frozen")
    towns = index.compute(connection, tree, Span.of_month(first), now)
    return TownIndex(
        month=f"{first:%Y-%m}",
        revision=None,
        as_of=now,
        reason=None,
        tree_version=tree.version,
        groups=_groups(tree),
        towns=[TownScore.model_validate(town) for town in towns],
    )


@router.get("/town-index/rows")
def list_index_rows(
    *,
    connection: TransactionDep,
    paging: PagingDep,
    now: NowDep,
    town: Code,
    indicator: IndicatorCode,
    month: MonthQuery = None,
) -> Page[IndexRow]:
    """What a figure counts, as it stands now."""
    kind, number = paging.key((0, 0))
    if not 0 <= kind <= len(_KINDS):
        raise InvalidRequestError("after: this cursor belongs to another list")
    rows = store.select_rows(
        connection,
        Span.of_month(_month(month, local_today(now))),
        now,
        town=town,
        indicator=indicator,
        after=(_KINDS[kind - 1] if kind else "", number),
        count_max=paging.fetch_count,
    )
    found = [IndexRow(**row._asdict()) for row in rows]
    return paging.page(found, lambda row: (_KINDS.index(row.subject_kind) + 1, row.subject_id))


@router.post("/town-index/{month}/revisions", status_code=201)
def create_index_revision(
    *,
    connection: TransactionDep,
    services: ServicesDep,
    month: Annotated[str, Path(pattern=r"^\d{4}-\d{2}$", description="YYYY-MM")],
    order: IndexRevisionOrder,
    actor: ActorDep,
    now: NowDep,
) -> TownIndex:
    """Compute a published month again, beside what was published; refused where nothing differs."""
    first = _month(month, local_today(now))
    tree = load_tree(services.settings.alerts.town_index_file)
    frozen = index.revise(connection, tree, first, reason=order.reason, actor=actor, now=now)
    return _frozen(first, frozen)


def _month(text: str | None, today: date) -> date:
    if text is None:
        return today.replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise InvalidRequestError("month: there is no such month") from None


def _frozen(month: date, frozen: Freeze) -> TownIndex:
    return TownIndex(
        month=f"{month:%Y-%m}",
        revision=frozen.revision,
        as_of=frozen.frozen_at,
        reason=frozen.reason,
        tree_version=frozen.tree["version"],
        groups=_groups(Tree.model_validate(frozen.tree)),
        towns=[TownScore.model_validate(town) for town in frozen.towns],
    )


def _groups(tree: Tree) -> list[TreeGroup]:
    return [TreeGroup.model_validate(group.model_dump()) for group in tree.groups]
