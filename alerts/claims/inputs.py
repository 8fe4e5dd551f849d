"""Reads the inputs of a question from the database."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC

from alerts.claims import store
from alerts.claims.figures import is_rare
from alerts.claims.model import GroupMonth, InputMonth, Inputs, IntakeChange, Question
from alerts.claims.question import all_months, comparison_categories
from alerts.claims.store import Complaints, Scope
from alerts.intake_changes.store import select_intake_changes
from alerts.statistics.month import Month
from core.complaint_category import Category
from core.db import Connection
from core.errors import InvalidRequestError

_Counts = Mapping[tuple[str, str], Sequence[Complaints]]
_NEITHER = ("joining", "outside", "unknown")


def read_inputs(connection: Connection, question: Question) -> Inputs:
    """Return what the database knows now; needs a transaction.

    Raises: InvalidRequestError: there is no such town, or no restaurant.
    """
    if question.town is not None and not store.has_town(connection, question.town):
        raise InvalidRequestError(f"town: there is no town {question.town}")
    began_on = store.select_register_start(connection, question.town)
    if began_on is None:
        raise InvalidRequestError("the register has no restaurant: there is nothing to relate to")
    months = all_months(question)
    scope = Scope(
        town=question.town,
        first_day=months[0].first_day,
        end_day=months[-1].plus(1).first_day,
        period_day=Month.parse(question.period.first).first_day,
        is_all=question.treated == "all",
        constant_before=began_on > months[0].first_day,
    )
    with store.grouped_sites(connection, scope):
        sites = store.count_sites(connection)
        rows = _months(connection, question, scope, months)
        days = (
            store.select_complaint_days(connection, scope, question.categories)
            if is_rare(question, rows)
            else []
        )
    other = _comparison_group(question)
    return Inputs(
        months=rows,
        complaint_days=tuple(days),
        intake_changes=_intake_changes(connection, months),
        treated_site_count=sites.get("treated", 0),
        comparison_site_count=None if other is None else sites.get(other, 0),
        joining_site_count=sites.get("joining", 0),
        exposure_basis="constant_before_register" if scope.constant_before else "register_entry",
        register_began_on=began_on,
    )


def _months(
    connection: Connection, question: Question, scope: Scope, months: Sequence[Month]
) -> tuple[InputMonth, ...]:
    days = {(row.month, row.group): row for row in store.sum_site_days(connection, scope)}
    counts: dict[tuple[str, str], list[Complaints]] = defaultdict(list)
    for row in store.count_complaints(connection, scope):
        counts[row.month, row.group].append(row)

    def group_month(month: str, group: str, categories: Sequence[Category]) -> GroupMonth:
        found, own = days.get((month, group)), _of(counts, month, [group], categories)
        return GroupMonth(
            site_days=found.site_days if found else 0,
            service_days=found.service_days if found else 0,
            complaint_count=sum(row.complaint_count for row in own),
            deduplicated_count=sum(row.deduplicated_count for row in own),
        )

    other = _comparison_group(question)
    compared = comparison_categories(question)
    return tuple(
        InputMonth(
            month=month,
            treated=group_month(month, "treated", question.categories),
            comparison=None if other is None else group_month(month, other, compared),
            unassigned_count=sum(
                row.complaint_count for row in _of(counts, month, _NEITHER, question.categories)
            ),
        )
        for month in map(str, months)
    )


def _of(
    counts: _Counts, month: str, groups: Iterable[str], categories: Sequence[Category]
) -> list[Complaints]:
    return [
        row
        for group in groups
        for row in counts.get((month, group), ())
        if row.category in categories
    ]


def _comparison_group(question: Question) -> str | None:
    if question.comparison == "none":
        return None
    return "untreated" if question.comparison == "unmonitored" else "treated"


def _intake_changes(connection: Connection, months: Sequence[Month]) -> tuple[IntakeChange, ...]:
    begin_at, end_at = months[0].begins_at, months[-1].plus(1).begins_at
    return tuple(
        IntakeChange(
            at=found.at.astimezone(UTC),
            kind=found.kind,
            what=found.what,
            source=found.source,
            effect=found.effect,
            recorded_at=found.recorded_at.astimezone(UTC),
        )
        for found in select_intake_changes(connection, begin_at, end_at)
    )
