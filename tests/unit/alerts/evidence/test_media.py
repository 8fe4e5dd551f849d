"""What a file is, and what only says so."""

import struct
import zlib

import pytest

from alerts.evidence.media import media_type_of
from tests.files import JPEG, PDF, PNG, WEBP


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (JPEG, "image/jpeg"),
        (PNG, "image/png"),
        (WEBP, "image/webp"),
        (PDF, "application/pdf"),
        (JPEG + b"\0" * 100, "image/jpeg"),
    ],
)
def test_a_whole_file_is_known(content: bytes, media_type: str) -> None:
    assert media_type_of(content) == media_type


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"MZ\x90\0" + b"\0" * 100,
        b"<svg onload='alert(1)'/>",
        b"<html>\xff\xd8\xff",
        JPEG[:-2],
        PNG[:-4],
        WEBP[:-3],
        PDF[:-6],
        b"GIF89a" + b"\0" * 20,
    ],
)
def test_what_is_none_or_cut_off_is_refused(content: bytes) -> None:
    assert media_type_of(content) is None


def test_the_png_of_the_tests_is_one() -> None:
    length, name = struct.unpack(">I4s", PNG[8:16])
    data = PNG[16 : 16 + length]
    assert struct.unpack(">I", PNG[16 + length : 20 + length])[0] == zlib.crc32(name + data)
