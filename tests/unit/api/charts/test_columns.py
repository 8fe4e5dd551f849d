import pytest

from api.charts.columns import Span, open_spans, with_gaps


def test_a_long_pause_breaks_the_line_and_a_late_report_does_not() -> None:
    rows = [(0, (10.0, 1.0)), (300, (11.0, 2.0)), (1050, (12.0, 3.0)), (2000, (13.0, 4.0))]
    times, columns = with_gaps(rows, gap_s=750)
    assert times == [0, 300, 1050, 1051, 2000]
    assert columns == [[10.0, 11.0, 12.0, None, 13.0], [1.0, 2.0, 3.0, None, 4.0]]


def test_nothing_measured_is_nothing_drawn() -> None:
    assert with_gaps([], gap_s=750) == ([], [])


@pytest.mark.parametrize(
    ("states", "spans"),
    [
        ([], []),
        ([(0, False), (5, False)], []),
        ([(0, True), (5, True), (9, False)], [Span(0, 9)]),
        ([(0, True), (9, False), (20, True)], [Span(0, 9), Span(20, None)]),
    ],
)
def test_a_cover_is_open_until_it_is_said_to_be_closed(
    states: list[tuple[int, bool]], spans: list[Span]
) -> None:
    assert open_spans(states) == spans
