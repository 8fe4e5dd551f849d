import pytest

from api.paging import decode_cursor, encode_cursor
from core.errors import RequestError


@pytest.mark.parametrize("key", [(1,), (0, -5, 2**63 - 1), (1_767_574_800_000_000, 3, 1)])
def test_a_cursor_gives_its_key_back(key: tuple[int, ...]) -> None:
    assert decode_cursor(encode_cursor(key)) == key


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "1", "äö", "bnVsbA", "WzEuNV0", "W3RydWVd", "WyIxIl0", encode_cursor((2**63,)), "//"],
)
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(RequestError, match="not a cursor"):
        decode_cursor(cursor)
