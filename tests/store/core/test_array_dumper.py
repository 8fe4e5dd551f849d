"""numpy arrays arrive in the database as what they are."""

import numpy as np
import pytest

from core.db import connect


@pytest.mark.parametrize(
    ("dtype", "cast"),
    [
        (np.int16, "smallint[]"), (np.int32, "int[]"), (np.int64, "bigint[]"),
        (np.float64, "float8[]"), (np.bool_, "boolean[]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("values", [[], [0], [1, 0, 1], list(range(-3, 4))])
def test_an_array_arrives_as_it_is(
    database_url: str, dtype: "type[np.generic]", cast: str, values: list[int]
) -> None:
    array = np.asarray(values, dtype=dtype)
    with connect(database_url, "test") as connection:
        row = connection.execute(
            "SELECT %s, pg_typeof(%s)::text, cardinality(%s)", (array, array, array)
        ).fetchone()
    assert row is not None
    assert row[0] == array.tolist()
    assert row[2] == len(values)
    assert row[1] == {
        "int[]": "integer[]", "float8[]": "double precision[]",
    }.get(cast, cast)  # fmt: skip


def test_extremes_and_nan_survive(database_url: str) -> None:
    floats = np.asarray([np.nan, np.inf, -0.0, 1e-300])
    wide = np.asarray([-(2**63), 2**63 - 1])
    with connect(database_url, "test") as connection:
        row = connection.execute("SELECT %s, %s", (floats, wide)).fetchone()
    assert row is not None
    np.testing.assert_array_equal(row[0], floats)
    assert row[1] == wide.tolist()


def test_an_unknown_dtype_is_refused(database_url: str) -> None:
    with connect(database_url, "test") as connection, pytest.raises(KeyError):
        connection.execute("SELECT %s", (np.zeros(2, dtype=np.complex128),))
