"""JSON to typed values, with every way of failing told as one error."""

from collections.abc import Callable
from typing import TypeVar

import msgspec

from core.errors import DecodeError

_REASON_CHARS_MAX = 300
_Parsed = TypeVar("_Parsed")


def parse_json(parse: Callable[[bytes], _Parsed], payload: bytes, what: str) -> _Parsed:
    """Return ``parse(payload)``; ``parse`` is a msgspec decoder's, ``what`` names the payload.

    Raises: DecodeError: not UTF-8, not JSON, nested too deep, or of other types.
    """
    try:
        return parse(payload)
    except msgspec.MsgspecError as error:
        # The path in its text grows with the depth at which the payload fails.
        reason = str(error)[:_REASON_CHARS_MAX]
        raise DecodeError(f"JSON of {what} expected: {reason}") from None
    except (UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"flat JSON in UTF-8 expected: {error}") from None
