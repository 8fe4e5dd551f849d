"""Files as people export them."""

import gzip
import io

import pytest

from core.delimited import DelimitedRow, column_key, examine, header, read
from core.errors import InvalidRequestError


def rows(content: bytes, encoding: str | None = None) -> list[DelimitedRow]:
    file = io.BytesIO(content)
    return list(read(file, examine(file, encoding)))


TEXT = "编号,地址\n1,人民路\n2,\n"
EXPECTED = [{"编号": "1", "地址": "人民路"}, {"编号": "2", "地址": ""}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_packed_or_not(encoding: str, packed: bool) -> None:
    content = TEXT.encode(encoding)
    found = rows(gzip.compress(content, mtime=0) if packed else content)
    assert [row.cells for row in found] == EXPECTED


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_delimiters_and_line_ends(delimiter: str, end: str) -> None:
    content = TEXT.replace(",", delimiter).replace("\n", end).encode()
    assert [row.cells for row in rows(content)] == EXPECTED


def test_quotes_with_newlines_keep_their_line_numbers() -> None:
    found = rows(b'a,b\n"x\ny, ""z""",2\n\n,,\n3,4,,\n')
    assert [(row.line, row.cells) for row in found] == [
        (2, {"a": 'x\ny, "z"', "b": "2"}),
        (6, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a,b\n1\n", "1 cells, where the header has 2"),
        (b"a,b\n1,2,3\n", "3 cells, where the header has 2"),
        (b'a,b\n"1,2\n3,4\n', "not readable as CSV"),
        (b'a,b\n"1"x,2\n', "not readable as CSV"),
        (b"a,b\n" + b"x" * 200_000 + b",1\n", "not readable as CSV"),
    ],
)
def test_rows_that_are_none_are_found(content: bytes, reason: str) -> None:
    found = rows(content)
    assert found[0].finding is not None
    assert reason in found[0].finding.reason
    assert len(found[0].finding.value) <= 200


def test_after_a_bad_row_the_next_one_is_read() -> None:
    assert [bool(row.finding) for row in rows(b'a,b\n"1"x,2\n3,4\n')] == [True, False]


@pytest.mark.parametrize(
    ("content", "encoding", "why"),
    [
        (b"", None, "empty"),
        (b"\x1f\x8b\x08trash", None, "unpacked"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], None, "unpacked"),
        (b"a\xff\xff", None, "not readable text"),
        ("人".encode("gb18030"), "utf-8", "no utf-8"),
        (b"a", "klingon", "there is no encoding"),
    ],
)
def test_files_that_are_none(content: bytes, encoding: str | None, why: str) -> None:
    with pytest.raises(InvalidRequestError, match=why):
        examine(io.BytesIO(content), encoding)


def test_a_packed_file_is_not_unpacked_without_end() -> None:
    bomb = gzip.compress(b"a" * 10_000_000, mtime=0)
    with pytest.raises(InvalidRequestError, match="more than 1000000 bytes"):
        examine(io.BytesIO(bomb), bytes_max=1_000_000)


@pytest.mark.parametrize("content", [b"\n1,2\n", b",,\n"])
def test_a_file_without_a_header(content: bytes) -> None:
    file = io.BytesIO(content)
    with pytest.raises(InvalidRequestError, match="name the columns"):
        header(file, examine(file))


def test_names_of_columns_are_levelled() -> None:
    names = ["Unique Key", "unique_key", " UNIQUE-KEY ", '\ufeff"Unique Key"', "ｕｎｉｑｕｅ key"]
    assert {column_key(name) for name in names} == {"unique_key"}
