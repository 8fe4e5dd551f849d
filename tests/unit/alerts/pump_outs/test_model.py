import pytest

from alerts.pump_outs.model import Party, is_complete, verified_us

G, H, D = Party.GENERATOR, Party.HAULER, Party.DISPOSER


@pytest.mark.parametrize(
    ("confirmed_us", "since_us"),
    [
        ({}, None),
        ({H: 10}, None),
        ({G: 10, D: 20}, None),
        ({H: 10, G: 20}, 20),
        ({H: 30, D: 20}, 30),
        ({H: 10, G: 30, D: 20}, 20),
    ],
)
def test_verified_is_what_the_hauler_and_one_other_confirmed(
    confirmed_us: dict[Party, int], since_us: int | None
) -> None:
    assert verified_us(confirmed_us) == since_us


def test_complete_is_four_fifths_of_the_capacity() -> None:
    assert is_complete(360.0, 450.0)
    assert not is_complete(359.9, 450.0)
    assert is_complete(600.0, 450.0)
