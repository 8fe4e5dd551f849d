import psycopg
import pytest

from core.db import translate
from core.errors import (
    DatabaseUnavailableError,
    MisconfiguredDatabaseError,
    PermanentDataError,
    TrapwatchError,
)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (None, DatabaseUnavailableError),  # the socket broke
        ("08006", DatabaseUnavailableError),
        ("40001", DatabaseUnavailableError),
        ("40P01", DatabaseUnavailableError),
        ("53300", DatabaseUnavailableError),
        ("25P03", DatabaseUnavailableError),
        ("55P03", DatabaseUnavailableError),
        ("57P01", DatabaseUnavailableError),
        ("57P03", DatabaseUnavailableError),
        ("58030", DatabaseUnavailableError),
        ("22003", PermanentDataError),
        ("23514", PermanentDataError),
        ("54000", PermanentDataError),
        ("28P01", MisconfiguredDatabaseError),
        ("42P01", MisconfiguredDatabaseError),
        ("0A000", MisconfiguredDatabaseError),
        ("3D000", MisconfiguredDatabaseError),
    ],
)
def test_an_sqlstate_says_what_to_do(state: str | None, expected: type[TrapwatchError]) -> None:
    error = psycopg.Error("it went wrong\nDETAIL: much more")
    error.sqlstate = state
    translated = translate(error)
    assert type(translated) is expected
    assert "it went wrong" in str(translated)
    assert "DETAIL" not in str(translated)
