import pytest

from alerts.inspections.fullness import Dip, fits, fullness_ratio, is_due

INCH_MM = 25.4


def test_six_and_six_inches_of_48_are_a_quarter() -> None:
    ratio = fullness_ratio(Dip(6 * INCH_MM, 36 * INCH_MM, 6 * INCH_MM), 48 * INCH_MM)
    assert ratio == pytest.approx(0.25)
    assert is_due(fullness_ratio(Dip(90, 450, 60), 600))


@pytest.mark.parametrize(
    ("dip", "ratio", "due"),
    [
        (Dip(0, 600, 0), 0.0, False),
        (Dip(100, 451, 49), 149 / 600, False),
        (Dip(150, 450, 0), 0.25, True),
        (Dip(0, 450, 150), 0.25, True),
        (Dip(400, 0, 300), 7 / 6, True),
    ],
)
def test_fat_and_solids_count_water_does_not(dip: Dip, ratio: float, due: bool) -> None:
    assert fullness_ratio(dip, 600) == pytest.approx(ratio)
    assert is_due(fullness_ratio(dip, 600)) is due


def test_layers_end_at_the_cover() -> None:
    assert fits(Dip(100, 700, 100), 900)
    assert not fits(Dip(100, 700, 101), 900)
