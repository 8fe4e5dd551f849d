"""The files of the pages: read once, compressed once, cached for ever under their digest.

One digest over all of them stands in every URL, so relative URLs inside styles and scripts lead
to the same edition, and a new edition is a new URL.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PREFIX = "/static"
_DIGEST_LENGTH = 12
_FOR_EVER = "public, max-age=31536000, immutable"
#: Icons and images are compressed by themselves.
_TEXT_SUFFIXES = frozenset({".css", ".js", ".svg"})
_GZIP_LEVEL = 9


@dataclass(frozen=True, slots=True)
class _Asset:
    media_type: str
    body: bytes
    gzipped: bytes | None

    @classmethod
    def read(cls, path: Path) -> "_Asset":
        body = path.read_bytes()
        is_text = path.suffix in _TEXT_SUFFIXES
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        # The time stands still: equal bytes, equal files.
        gzipped = gzip.compress(body, _GZIP_LEVEL, mtime=0) if is_text else None
        return cls(media_type, body, gzipped)


class Assets:
    """An ASGI application that serves the files of a directory below ``/static``."""

    def __init__(self, directory: Path) -> None:
        """Read everything; later changes on disk are not seen."""
        paths = sorted(path for path in directory.rglob("*") if path.is_file())
        self._assets = {path.relative_to(directory).as_posix(): _Asset.read(path) for path in paths}
        together = sha256()
        for name, asset in self._assets.items():
            together.update(sha256(name.encode()).digest() + sha256(asset.body).digest())
        self.digest = together.hexdigest()[:_DIGEST_LENGTH]

    def url(self, name: str) -> str:
        """Return the address of a file.

        Raises: KeyError: there is none, so a template that names it is wrong.
        """
        if name not in self._assets:
            raise KeyError(name)
        return f"{PREFIX}/{self.digest}/{name}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; names without the digest work too, but are not kept."""
        if scope["type"] != "http" or scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405)
        name = scope["path"].removeprefix(f"{PREFIX}/")
        edition, _, rest = name.partition("/")
        is_pinned = edition == self.digest
        asset = self._assets.get(rest if is_pinned else name)
        if asset is None:
            raise HTTPException(404)
        await _response(asset, Headers(scope=scope), is_pinned=is_pinned)(scope, receive, send)


def _response(asset: _Asset, asked: Headers, *, is_pinned: bool) -> Response:
    headers = {"Cache-Control": _FOR_EVER if is_pinned else "no-cache"}
    body = asset.body
    if asset.gzipped is not None:
        headers["Vary"] = "Accept-Encoding"
        if "gzip" in asked.get("accept-encoding", ""):
            headers["Content-Encoding"] = "gzip"
            body = asset.gzipped
    return Response(body, media_type=asset.media_type, headers=headers)
