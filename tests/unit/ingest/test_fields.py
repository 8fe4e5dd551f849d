import pytest

from core.errors import DecodeError
from ingest.codecs.fields import device_uid


@pytest.mark.parametrize(
    ("raw", "uid"),
    [
        ("24E124136B502217", "24e124136b502217"),
        ("24-E1-24-13-6B-50-22-17", "24e124136b502217"),
        (" 24:e1:24:13:6b:50:22:17 ", "24e124136b502217"),
        ("T000123-Level", "T000123-Level"),
        ("a" * 64, "a" * 64),
        (" " * 500 + "a" + " " * 500, "a"),
    ],
)
def test_a_device_has_the_registrys_spelling(raw: str, uid: str) -> None:
    assert device_uid(raw) == uid


@pytest.mark.parametrize("raw", ["", "  ", "a" * 65, "a" * 10_000, "a\0b", "a" + " " * 200 + "b"])
def test_what_cannot_be_a_device_is_refused_with_its_beginning(raw: str) -> None:
    with pytest.raises(DecodeError, match=r"device: 1\.\.64 printable characters expected"):
        device_uid(raw)
