"""Computes a claim's file again and names everything that differs. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import isclose
from typing import Any, NoReturn

from pydantic import ValidationError

from alerts.claims.document import make_claim
from alerts.claims.model import Claim
from alerts.claims.question import all_months, check_question
from core.errors import EvidenceDamagedError, InvalidRequestError

#: Two libraries may differ in the last of the ten digits that are written.
_RELATIVE = 2e-9


@dataclass(frozen=True, slots=True)
class Difference:
    """A member that does not follow from the file's own data; ``at`` is its path."""

    at: str
    stated: Any
    recomputed: Any


def read_claim(content: bytes) -> Claim:
    """Return the claim of a file.

    Raises: EvidenceDamagedError: it is not one; the message names the member.
    """
    try:
        document = json.loads(content, parse_constant=_refuse_constant)
        claim = Claim.model_validate(document)
        check_question(claim.question)
        months = tuple(map(str, all_months(claim.question)))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the document"
        raise EvidenceDamagedError(f"{place}: {first['msg']}") from None
    except (ValueError, RecursionError, InvalidRequestError) as error:
        raise EvidenceDamagedError(f"not a claim: {error}") from None
    if tuple(month.month for month in claim.inputs.months) != months:
        raise EvidenceDamagedError("inputs.months: not the months of the question, in order")
    wants_comparison = claim.question.comparison != "none"
    if any((month.comparison is not None) != wants_comparison for month in claim.inputs.months):
        raise EvidenceDamagedError("inputs.months: comparison group not as the question says")
    return claim


def differences_of(claim: Claim) -> list[Difference]:
    """Return what differs between a claim and the one that its question and inputs make.

    Raises: EvidenceDamagedError: its inputs make none.
    """
    try:
        again = make_claim(
            claim.question, claim.inputs, as_of=claim.as_of, code_version=claim.code_version
        )
    except InvalidRequestError as error:
        raise EvidenceDamagedError(f"inputs: {error}") from None
    return list(_walk("", claim.model_dump(mode="json"), again.model_dump(mode="json")))


def input_differences(claim: Claim, current: Claim) -> list[Difference]:
    """Return where the inputs of a claim differ from those that the database gives now."""
    stated, now = (one.inputs.model_dump(mode="json") for one in (claim, current))
    return list(_walk("inputs", stated, now))


def _walk(at: str, stated: Any, again: Any) -> Iterator[Difference]:
    if isinstance(stated, dict) and isinstance(again, dict):
        for name in sorted(stated.keys() | again.keys()):
            inner = f"{at}.{name}" if at else name
            yield from _walk(inner, stated.get(name), again.get(name))
    elif isinstance(stated, list) and isinstance(again, list) and len(stated) == len(again):
        for place, (one, other) in enumerate(zip(stated, again, strict=True)):
            yield from _walk(f"{at}[{place}]", one, other)
    elif not _same(stated, again):
        yield Difference(at, stated, again)


def _same(stated: Any, again: Any) -> bool:
    if isinstance(stated, float) and isinstance(again, float):
        return isclose(stated, again, rel_tol=_RELATIVE)
    return bool(stated == again)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
