"""Damaged payloads: valid ones of every family, cut, spliced, flipped and filled with bad words."""

import random
from collections.abc import Sequence

#: What parsers trip over: extremes, wrong types, markers of every family.
_WORDS = (
    b"", b"0", b"-1", b"1e999", b"-1e-999", b"NaN", b"Infinity", b"null", b"true", b"{}", b"[]",
    b'""', b"99999999999999999999999999", b"18446744073709551616", b"\\u0000", b"\xff\xfe", b"\x00",
    b"\xed\xa0\x80", b"1970-01-01T00:00:00Z", b"2106-02-07T06:28:16Z", b"253402300800000",
    b'"bn":', b'"t":268435456', b'"v":', b'"ts":', b'"values":', b'"device":', b'"measured_at":',
    b"##0000", b"##9999", b"CP=&&", b"&&", b";CN=2011;", b"-Rtd=", b",", b";", b"=", b"\r\n",
    b"\x9f", b"\xbf", b"\xff", b"\xc0", b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff", b"\xfb\x7f\xf0",
    b"\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", b"\x12\x00", b"\x1a\x7f",
    b"[" * 50, b'{"a":' * 50,
)  # fmt: skip
#: Mostly one small wound: what is destroyed is refused at the first byte and shows nothing.
_EDITS = (1, 1, 1, 1, 2, 2, 3, 6)
_KINDS = ("flip", "flip", "flip", "word", "word", "digit", "digit", "cut_out", "repeat", "splice",
          "noise", "cut_off")  # fmt: skip


def mutate(rng: random.Random, corpus: Sequence[bytes]) -> bytes:
    """Return one damaged payload of at most about 64 kB."""
    payload = bytearray(rng.choice(corpus))
    for _ in range(rng.choice(_EDITS)):
        start = rng.randrange(len(payload) + 1)
        end = min(len(payload), start + rng.choice((0, 1, 1, 2, 4, 8, 64)))
        kind = rng.choice(_KINDS)
        if kind == "flip" and payload:
            payload[rng.randrange(len(payload))] ^= 1 << rng.randrange(8)
        elif kind == "word":
            payload[start:end] = rng.choice(_WORDS)
        elif kind == "digit":
            _change_a_digit(rng, payload)
        elif kind == "cut_off":
            del payload[start:]
        elif kind == "cut_out":
            del payload[start:end]
        elif kind == "repeat":
            payload[start:start] = payload[start:end] * rng.choice((1, 1, 3, 50))
        elif kind == "splice":
            other = rng.choice(corpus)
            at = rng.randrange(len(other) + 1)
            payload[start:end] = other[at : at + rng.choice((1, 4, 16, 64, 400))]
        elif kind == "noise":
            payload[start:end] = rng.randbytes(rng.choice((1, 2, 8)))
    return bytes(payload[:65_536])


def _change_a_digit(rng: random.Random, payload: bytearray) -> None:
    """Change a number in a text and keep its shape: values and times go astray, not the syntax."""
    digits = [at for at, byte in enumerate(payload) if 48 <= byte <= 57]
    if digits:
        payload[rng.choice(digits)] = rng.choice(b"0123456789.-e")
