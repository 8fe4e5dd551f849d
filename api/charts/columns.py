"""Columns of a chart from stored rows: gaps stay gaps, the cover's state lasts until it changes.

Pure. Moments are whole seconds since the Unix epoch, as browsers draw them.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

#: A report may be this many intervals late before the line breaks: one lost is no gap yet.
GAP_INTERVALS = 2.5

Column = list[float | None]


class Span(NamedTuple):
    """From when to when something was the case, in seconds; ``to_s`` None: it still is."""

    from_s: int
    to_s: int | None


def with_gaps(
    rows: Sequence[tuple[int, tuple[float, ...]]], gap_s: float
) -> tuple[list[int], list[Column]]:
    """Return times and one column a value; a row of None breaks the lines in every gap.

    ``rows``: moment and values, in order of time. A gap is longer than ``gap_s``.
    """
    times: list[int] = []
    width = len(rows[0][1]) if rows else 0
    columns: list[Column] = [[] for _ in range(width)]
    for at_s, values in rows:
        if times and at_s - times[-1] > gap_s:
            times.append(times[-1] + 1)
            for column in columns:
                column.append(None)
        times.append(at_s)
        for column, value in zip(columns, values, strict=True):
            column.append(round(value, 3))
    return times, columns


def open_spans(states: Iterable[tuple[int, bool]]) -> list[Span]:
    """Return when a cover was open, from what was said of it in order of time."""
    spans: list[Span] = []
    since_s: int | None = None
    for at_s, is_open in states:
        if is_open and since_s is None:
            since_s = at_s
        elif not is_open and since_s is not None:
            spans.append(Span(since_s, at_s))
            since_s = None
    return spans if since_s is None else [*spans, Span(since_s, None)]
