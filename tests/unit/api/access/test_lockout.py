from datetime import timedelta

import pytest

from api.access.lockout import OF_ADDRESS, OF_NAME, Lockout


@pytest.mark.parametrize(
    ("lockout", "failures", "wait_s"),
    [
        (OF_NAME, 1, 0),
        (OF_NAME, 4, 0),
        (OF_NAME, 5, 30),
        (OF_NAME, 6, 60),
        (OF_NAME, 9, 480),
        (OF_NAME, 10, 900),
        (OF_NAME, 1_000_000, 900),
        (OF_ADDRESS, 19, 0),
        (OF_ADDRESS, 20, 30),
        (OF_ADDRESS, 40, 3_600),
    ],
)
def test_the_table(lockout: Lockout, failures: int, wait_s: int) -> None:
    assert lockout.wait(failures) == timedelta(seconds=wait_s)
