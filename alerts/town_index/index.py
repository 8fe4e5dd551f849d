"""The index of all towns for a month: of the present, or frozen as it was published."""

from datetime import date, datetime
from typing import Any

from alerts.coverage.model import Span
from alerts.evidence import audit
from alerts.town_index import store
from alerts.town_index.scoring import IndicatorScore, TownScore, score_town
from alerts.town_index.store import Freeze
from alerts.town_index.tree import Tree
from core.db import Connection
from core.errors import ConflictError, NotFoundError

SYSTEM = "system"


def compute(connection: Connection, tree: Tree, month: Span, now: datetime) -> list[dict[str, Any]]:
    """Return every town's figures and scores as JSON-ready documents, the best town first."""
    figures = store.select_figures(connection, month, now)
    towns = store.select_towns(connection)
    scored = [(town, score_town(tree, figures.get(town.town_id, {}))) for town in towns]
    scored.sort(key=lambda pair: (pair[1].score is None, -(pair[1].score or 0), pair[0].town_id))
    return [
        {"code": town.code, "name": town.name, "name_en": town.name_en, **_document(score)}
        for town, score in scored
    ]


def freeze(
    connection: Connection, tree: Tree, month: date, *, reason: str, actor: str, now: datetime
) -> Freeze:
    """Publish a month: its first revision, or a later one beside it.

    Raises: ConflictError: nothing differs from the last revision.
    """
    towns = compute(connection, tree, Span.of_month(month), now)
    last = store.select_freeze(connection, month)
    if last is not None and (last.towns, last.tree["version"]) == (towns, tree.version):
        raise ConflictError(f"revision {last.revision} of {month:%Y-%m} holds: nothing has changed")
    number = 1 if last is None else last.revision + 1
    document = tree.model_dump(mode="json", by_alias=True)
    frozen = Freeze(number, document, towns, reason, actor, now)
    store.insert_freeze(connection, month, frozen)
    audit.record(
        connection,
        at=now,
        actor=actor,
        action="town_index.frozen",
        subject_kind="town_index",
        subject_id=f"{month:%Y-%m}",
        detail={"revision": number, "tree_version": tree.version, "reason": reason},
    )
    return frozen


def revise(
    connection: Connection, tree: Tree, month: date, *, reason: str, actor: str, now: datetime
) -> Freeze:
    """Add a revision to a published month.

    Raises: NotFoundError: it is not published; ConflictError: nothing differs.
    """
    if store.select_freeze(connection, month) is None:
        raise NotFoundError(f"the index of {month:%Y-%m} is not frozen")
    return freeze(connection, tree, month, reason=reason, actor=actor, now=now)


def _document(town: TownScore) -> dict[str, Any]:
    return {
        "score": _rounded(town.score),
        "grade": town.grade,
        "sensitivity": None
        if town.sensitivity is None
        else {
            "score_min": _rounded(town.sensitivity.score_min),
            "score_max": _rounded(town.sensitivity.score_max),
            "grades": list(town.sensitivity.grades),
        },
        "groups": [
            {
                "code": group.group.code,
                "score": _rounded(group.score),
                "share": _rounded(group.share),
                "indicators": [_indicator(item) for item in group.indicators],
            }
            for group in town.groups
        ],
    }


def _indicator(item: IndicatorScore) -> dict[str, Any]:
    return {
        "code": item.indicator.code,
        "numerator": _rounded(item.figure.numerator),
        "denominator": _rounded(item.figure.denominator),
        "value": _rounded(item.figure.value),
        "score": _rounded(item.score),
        "share": _rounded(item.share),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
