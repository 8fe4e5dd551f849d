"""What a chat robot's answer means: HTTP 200 says only that the vendor has read the request. Pure.

All three vendors answer 200 with a JSON body whose code tells success (0) from failure. What is
not such a body (a proxy's login page, a county relay that broke) is a failure.

A refusal is tried again by the schedule like any failure: a wrong keyword list, address list or
sign key is somebody's configuration, to be mended within hours, and its reason stands with the
attempt. Two sorts are different. A robot that is called too often is left alone for as long as its
vendor blocks it. A text that the vendor will not have is dead at once: it stays the same.
"""

from collections.abc import Mapping
from typing import NamedTuple

import orjson

from alerts.webhooks.retry import Refusal, Response


class Codes(NamedTuple):
    """A vendor's answer: in which members code and text stand, and the codes that differ."""

    code_names: tuple[str, ...]
    text_names: tuple[str, ...]
    waits_s: Mapping[int, float]
    final: frozenset[int] = frozenset()
    hints: Mapping[int, str] = {}


def read_reply(response: Response, codes: Codes) -> Refusal | None:
    """Return the refusal that a 2xx answer holds; None: delivered."""
    try:
        document = orjson.loads(response.body)
    except orjson.JSONDecodeError:
        return Refusal("the answer is not JSON: not the robot's vendor, or no such robot")
    if not isinstance(document, dict):
        return Refusal("the answer is no JSON object")
    code = next((document[name] for name in codes.code_names if name in document), None)
    if isinstance(code, bool) or not isinstance(code, int):
        return Refusal(f"the answer has no {' or '.join(codes.code_names)}")
    if code == 0:
        return None
    text = next((str(document[name]) for name in codes.text_names if name in document), "")
    hint = codes.hints.get(code)
    reason = f"robot error {code}: {text[:200]}" + (f" ({hint})" if hint else "")
    return Refusal(reason, codes.waits_s.get(code, 0.0), code in codes.final)
