"""One message on its way to one endpoint, and the request that it becomes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import orjson

from alerts.webhooks.deep_links import DeepLinks


class Request(NamedTuple):
    """What one attempt sends: more query parameters, headers, body."""

    headers: tuple[tuple[str, str], ...]
    body: bytes
    query: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Posting:
    """A stored message (``body``: its exact bytes) and what an endpoint says about its form.

    ``timestamp_us`` is the time of this attempt; ``public_url`` leads to our pages and API for
    whoever reads the message, None where nobody outside can follow it; ``deep_links`` makes links
    that need no login. ``secrets``: the newest first; of a robot the vendor's sign key, '' where it
    has none.
    """

    message_uid: str
    body: bytes
    secrets: tuple[str, ...] = field(repr=False)
    timestamp_us: int
    language: str = "zh-CN"
    mention_mobiles: tuple[str, ...] = ()
    mention_user_ids: tuple[str, ...] = ()
    public_url: str | None = None
    deep_links: DeepLinks | None = None

    @cached_property
    def envelope(self) -> Mapping[str, Any]:
        """The message as ``type``, ``timestamp`` and ``data``.

        Raises: ValueError: it is not one of ours.
        """
        document = orjson.loads(self.body)
        if not isinstance(document, dict) or not {"type", "timestamp", "data"} <= document.keys():
            raise ValueError("not a message: type, timestamp and data expected")
        return document

    @property
    def type(self) -> str:
        """What happened."""
        return str(self.envelope["type"])

    @property
    def data(self) -> Mapping[str, Any]:
        """What it happened to."""
        data: Mapping[str, Any] = self.envelope["data"]
        return data

    @property
    def link(self) -> str | None:
        """Where its subject can be looked at; None: nobody outside could follow it.

        A page that shows it for a while without a login, where that can be had; else the API.
        """
        path = self.data.get("url")
        if self.public_url is None or path is None:
            return None
        page = None if self.deep_links is None else self.deep_links.path(path, self.timestamp_us)
        return f"{self.public_url}{page or path}"
