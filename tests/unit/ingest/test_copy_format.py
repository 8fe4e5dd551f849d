import struct

from core.reading_batch import ReadingBatch
from ingest.copy_format import encode_readings

UNIX_2000_US = 946_684_800_000_000


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
