import struct
from dataclasses import astuple

import pytest

from core.copy_format import decode_readings, encode_readings
from core.reading_batch import ReadingBatch

UNIX_2000_US = 946_684_800_000_000


def rows_of(batch: ReadingBatch) -> list[tuple[float, ...]]:
    return list(zip(*(column.tolist() for column in astuple(batch)), strict=True))


def test_bytes_are_what_the_manual_says() -> None:
    batch = ReadingBatch.from_rows([(7, 1, UNIX_2000_US + 5, 812.5, 0, UNIX_2000_US + 6)])
    expected = (
        b"PGCOPY\n\xff\r\n\x00"
        + struct.pack(">ii", 0, 0)
        + struct.pack(">h", 6)
        + struct.pack(">iq", 8, 5)
        + struct.pack(">ii", 4, 7)
        + struct.pack(">ih", 2, 1)
        + struct.pack(">id", 8, 812.5)
        + struct.pack(">ih", 2, 0)
        + struct.pack(">iq", 8, 6)
        + struct.pack(">h", -1)
    )
    assert encode_readings(batch) == expected


def test_an_empty_batch_is_header_and_trailer() -> None:
    assert len(encode_readings(ReadingBatch.from_rows([]))) == 19 + 2


def test_what_was_written_is_read() -> None:
    rows = [(7, 1, UNIX_2000_US + 5, 812.5, 0, 3), (8, 2, 4, float("-inf"), 2, UNIX_2000_US)]
    assert rows_of(decode_readings(encode_readings(ReadingBatch.from_rows(rows)))) == rows


def test_a_stream_that_is_cut_or_holds_null_is_refused() -> None:
    stream = encode_readings(ReadingBatch.from_rows([(7, 1, 5, 812.5, 0, 6)]))
    with pytest.raises(ValueError, match="not a binary COPY stream"):
        decode_readings(stream[:-2])
    with pytest.raises(ValueError, match="another width"):
        decode_readings(stream[:-3] + stream[-2:])
    value_at = stream.index(struct.pack(">id", 8, 812.5))
    null = stream[:value_at] + struct.pack(">i", -1) + stream[value_at + 4 :]
    with pytest.raises(ValueError, match="value has another width, or is NULL"):
        decode_readings(null)
