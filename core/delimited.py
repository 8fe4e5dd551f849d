"""Rows of a CSV file as people export them: any of three encodings, packed or not, streamed.

Owns: bytes to rows of named cells with their line numbers. Never: what a cell means. A file is
read twice, once to know its encoding and its hash; no more than one row is kept in memory.
"""

import codecs
import csv
import gzip
import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, NamedTuple

from core.errors import InvalidRequestError

_CHUNK_BYTES = 1 << 20
_GZIP = b"\x1f\x8b"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: What a file without a mark may be in, in the order of trying; GB 18030 takes in GBK.
_ENCODINGS = ("utf-8", "gb18030")
_DELIMITERS = ",;\t"
_VALUE_CHARS_MAX = 200
_GAPS = re.compile(r"[\s_\-]+")


class Finding(NamedTuple):
    """What is wrong with a cell or row; ``is_bad`` False: it was taken nevertheless.

    ``line`` is that of the row's beginning, the header's being 1; ``column`` None: the whole row.
    """

    line: int
    column: str | None
    value: str
    reason: str
    is_bad: bool = True


class DelimitedRow(NamedTuple):
    """One row: its cells by normalised column name, or what made it unreadable."""

    line: int
    cells: dict[str, str]
    finding: Finding | None = None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What the first reading of a file found."""

    sha256: str
    encoding: str
    is_packed: bool


def finding(
    line: int, column: str | None, value: str, reason: str, *, is_bad: bool = True
) -> Finding:
    """Return a finding with its value cut to a length that fits a report."""
    shown = value if len(value) <= _VALUE_CHARS_MAX else value[: _VALUE_CHARS_MAX - 1] + "…"
    return Finding(line, column, shown.replace("\0", "\\0"), reason, is_bad)


def column_key(name: str) -> str:
    """Return a column's name as it is compared: ``Unique Key`` and ``unique_key`` are one."""
    plain = unicodedata.normalize("NFKC", name).replace("\ufeff", "").strip().strip('"')
    return _GAPS.sub("_", plain.casefold()).strip("_")


def examine(
    file: BinaryIO, encoding: str | None = None, *, bytes_max: int | None = None
) -> FileFacts:
    """Return hash and encoding of a seekable file; it is left at its start.

    Raises: InvalidRequestError: it is no text of any known encoding, is not what ``encoding``
        says, is damaged, or has more than ``bytes_max`` bytes unpacked.
    """
    digest = sha256()
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        digest.update(chunk)
    file.seek(0)
    is_packed = file.read(2) == _GZIP
    file.seek(0)
    head, size = _measure(file, is_packed, bytes_max)
    if size == 0:
        raise InvalidRequestError("the file is empty")
    marked = next((name for mark, name in _BOMS if head.startswith(mark)), None)
    tried = [encoding] if encoding else [marked] if marked else list(_ENCODINGS)
    problems = []
    for name in tried:
        problem = _decoding_problem(file, is_packed, name)
        if problem is None:
            return FileFacts(digest.hexdigest(), name, is_packed)
        problems.append(problem)
    raise InvalidRequestError("the file is not readable text: " + "; ".join(problems))


def header(file: BinaryIO, facts: FileFacts) -> list[str]:
    """Return the column names of an examined file, as they stand in it.

    Raises: InvalidRequestError: there is no header.
    """
    with _text(file, facts) as text:
        try:
            first: list[str] = next(_reader(text), [])
        except csv.Error as error:
            raise InvalidRequestError(f"the header is not readable: {error}") from None
    if not any(cell.strip() for cell in first):
        raise InvalidRequestError("the first line must name the columns")
    return first


def read(file: BinaryIO, facts: FileFacts) -> Iterator[DelimitedRow]:
    """Yield the rows below the header; blank lines are passed over.

    A row that has not as many cells as the header, apart from empty ones at its end, or that is
    no CSV at all, comes with a finding instead of cells. Of such a row only the first cell is
    shown: which of the others are personal cannot be told.
    """
    with _text(file, facts) as text:
        reader = _reader(text)
        names = [column_key(name) for name in next(reader)]
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield DelimitedRow(
                    line, {}, finding(line, None, "", f"not readable as CSV: {error}")
                )
                continue
            if any(cell.strip() for cell in cells):
                yield _row(line, names, cells)


def _row(line: int, names: Sequence[str], cells: list[str]) -> DelimitedRow:
    while len(cells) > len(names) and not cells[-1].strip():
        cells.pop()
    if len(cells) != len(names):
        reason = f"{len(cells)} cells, where the header has {len(names)}"
        return DelimitedRow(line, {}, finding(line, None, cells[0], reason))
    return DelimitedRow(
        line, {name: cell.strip() for name, cell in zip(names, cells, strict=True) if name}
    )


def _text(file: BinaryIO, facts: FileFacts) -> io.TextIOWrapper:
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if facts.is_packed else _Kept(file)
    return io.TextIOWrapper(source, facts.encoding, newline="")  # type: ignore[arg-type]  # a reader is enough


class _Kept(io.RawIOBase):
    """The caller's file, which closing the text must not close."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]  # of any buffer
        """Fill the buffer from the file."""
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _reader(text: io.TextIOWrapper) -> "csv._reader":  # type: ignore[name-defined]  # csv does not export its type
    start = text.readline()
    rest = _Joined(start, text)
    delimiter = max(_DELIMITERS, key=start.count)
    return csv.reader(rest, delimiter=delimiter, strict=True)


class _Joined:
    """Lines of a text whose first one has been read."""

    def __init__(self, first: str, rest: io.TextIOWrapper) -> None:
        self._first: str | None = first
        self._rest = rest

    def __iter__(self) -> "_Joined":
        return self

    def __next__(self) -> str:
        if self._first is not None:
            first, self._first = self._first, None
            if first:
                return first
        return next(self._rest)


def _measure(file: BinaryIO, is_packed: bool, bytes_max: int | None) -> tuple[bytes, int]:
    """Return the unpacked file's first bytes and size."""
    head, size = b"", 0
    for chunk in _chunks(file, is_packed):
        head = head or chunk[:4]
        size += len(chunk)
        if bytes_max is not None and size > bytes_max:
            raise InvalidRequestError(f"the file has more than {bytes_max} bytes unpacked")
    return head, size


def _decoding_problem(file: BinaryIO, is_packed: bool, encoding: str) -> str | None:
    try:
        decoder = codecs.getincrementaldecoder(encoding)()
    except LookupError:
        return f"there is no encoding {encoding!r}"
    place = 0
    try:
        for chunk in _chunks(file, is_packed):
            decoder.decode(chunk)
            place += len(chunk)
        decoder.decode(b"", final=True)
    except UnicodeError as error:
        return f"no {encoding} near byte {place + getattr(error, 'start', 0)}"
    return None


def _chunks(file: BinaryIO, is_packed: bool) -> Iterator[bytes]:
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if is_packed else file
    try:
        while chunk := source.read(_CHUNK_BYTES):
            yield chunk
    except (OSError, EOFError) as error:
        raise InvalidRequestError(f"the file cannot be unpacked: {error}") from None
    file.seek(0)
