"""A ZIP of which no byte is free: stored, in order, no times, comments or extra fields. Pure."""

from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

_NO_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_PLAIN_FILE = 0o100644 << 16


def encode_archive(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files in their order; the same files are the same bytes."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for name, content in files.items():
            assert name.isascii(), "names of a pack are our own"
            entry = ZipInfo(name, _NO_TIME)
            entry.create_system = _UNIX
            entry.external_attr = _PLAIN_FILE
            archive.writestr(entry, content)
    return stream.getvalue()
