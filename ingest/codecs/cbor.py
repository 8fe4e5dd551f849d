"""CBOR (RFC 8949) to plain values, strict: one item, known tags, unique keys, bounded depth."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Never

import cbor2

from core.errors import DecodeError

DEPTH_MAX = 16

#: Tags that cbor2 would otherwise turn into objects of its own: bignums of any size, references
#: (cycles), regular expressions, sets, addresses and the like. None belongs into a measurement.
_UNWANTED_TAGS = (
    2, 3, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000,
)  # fmt: skip
_TagDecoders = Mapping[int, Callable[[Any, bool], Any]]


class _UnwantedError(ValueError):
    """cbor2 reports it as the cause of its own error."""


def _unwanted(_content: object, _immutable: bool) -> Never:
    raise _UnwantedError("this tag is not expected")


def _unknown(tag: cbor2.CBORTag, _immutable: bool) -> Never:
    raise _UnwantedError(f"tag {tag.tag} is not expected")


def _text_time(text: object, _immutable: bool) -> str:
    if not isinstance(text, str):
        raise _UnwantedError("text expected")
    return text


def _epoch_time(seconds: object, _immutable: bool) -> datetime:
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise _UnwantedError("a number expected")
    return datetime.fromtimestamp(seconds, UTC)


_NO_TIMES: _TagDecoders = dict.fromkeys((0, 1, *_UNWANTED_TAGS), _unwanted)
_TIMES: _TagDecoders = {**_NO_TIMES, 0: _text_time, 1: _epoch_time}


def parse_cbor(payload: bytes, *, times: bool = False) -> Any:
    """Return one CBOR item as dict, list, str, bytes, int, float, Decimal, bool or None.

    ``times`` lets tag 0 (text, RFC 3339) through as the text and tag 1 (Unix seconds) as an aware
    datetime. Decimal fractions (tag 4) become Decimal; tag 55799 ("this is CBOR") is skipped.

    Raises: DecodeError: not well-formed, bytes after the item, a key twice in one map, any other
        tag, or nested deeper than 16.
    """
    decoder = cbor2.CBORDecoder(
        BytesIO(payload),
        max_depth=DEPTH_MAX,
        allow_duplicate_keys=False,
        semantic_decoders=_TIMES if times else _NO_TIMES,
        tag_hook=_unknown,
    )
    try:
        item = decoder.decode()
    except (cbor2.CBORError, ValueError, TypeError, OverflowError, RecursionError) as error:
        reason = f"{error}: {error.__cause__}" if error.__cause__ else str(error)
        raise DecodeError(f"CBOR expected: {reason[:300]}") from None
    try:
        decoder.read(1)
    except cbor2.CBORDecodeEOF:
        return item
    raise DecodeError("CBOR expected: one item and nothing after it, more bytes seen")
