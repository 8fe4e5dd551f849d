import json
from collections.abc import Iterator
from typing import Any

import pytest
import rfc8785

from alerts.claims.document import canonical_claim
from alerts.claims.model import Claim
from alerts.claims.verification import differences_of, input_differences, read_claim
from core.errors import EvidenceDamagedError
from tests.unit.alerts.claims.conftest import MakeClaim

FALLING = [17, 16, 17, 17, 16, 17] * 2 + [8, 8, 8, 8, 8, 7]


@pytest.fixture
def made(claim: MakeClaim) -> Claim:
    return claim(FALLING, [20, 22] * 9)


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(node, dict | list):
        items = node.items() if isinstance(node, dict) else enumerate(node)
        for key, value in items:
            yield from leaves(value, (*path, key))
    else:
        yield path, node


def changed(document: Any, path: tuple[Any, ...], value: Any) -> bytes:
    copy = json.loads(json.dumps(document))
    node = copy
    for key in path[:-1]:
        node = node[key]
    node[path[-1]] = value
    return json.dumps(copy).encode()


def test_the_bytes_are_canonical_and_verify(made: Claim) -> None:
    content = canonical_claim(made)
    assert rfc8785.dumps(json.loads(content)) == content
    again = read_claim(content)
    assert again == made
    assert differences_of(again) == []


def test_every_number_that_is_changed_is_found_and_named(made: Claim) -> None:
    document = json.loads(canonical_claim(made))
    numbers = [
        (path, value)
        for path, value in leaves(document)
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
    assert len(numbers) > 150
    for path, value in numbers:
        other = value + 1 if isinstance(value, int) else value * (1 + 1e-7) + 1e-9
        try:
            found = [one.at for one in differences_of(read_claim(changed(document, path, other)))]
        except EvidenceDamagedError as error:
            found = [str(error).split(":", maxsplit=1)[0]]
        assert found, path
        if path[0] not in ("inputs", "question"):
            name = "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in path)[1:]
            assert {name, "document_sha256"} >= set(found), path
            assert name in found


def test_every_word_that_is_changed_is_found(made: Claim) -> None:
    document = json.loads(canonical_claim(made))
    words = [(path, value) for path, value in leaves(document) if isinstance(value, str)]
    for path, value in words:
        try:
            found = differences_of(read_claim(changed(document, path, value + "?")))
        except EvidenceDamagedError:
            continue
        assert found, path


def test_another_verdict_is_named(made: Claim) -> None:
    content = canonical_claim(made).replace(b'"verdict":"decreased"', b'"verdict":"increased"')
    found = {one.at: (one.stated, one.recomputed) for one in differences_of(read_claim(content))}
    assert found["verdict"] == ("increased", "decreased")
    assert found["figures.deduplicated.treated.verdict"] == ("increased", "decreased")


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not a claim"),
        (b"{", "not a claim"),
        (b"[]", "the document"),
        (b"\xff", "not a claim"),
        (b'{"kind": NaN}', "NaN"),
        (b"[" * 100_000, "not a claim"),
    ],
)
def test_what_is_no_claim_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(EvidenceDamagedError, match=why):
        read_claim(content)


def test_months_that_are_missing_or_turned_are_refused(made: Claim) -> None:
    document = json.loads(canonical_claim(made))
    months = document["inputs"]["months"]
    for other in (months[1:], months[::-1], []):
        with pytest.raises(EvidenceDamagedError, match=r"inputs\.months"):
            read_claim(changed(document, ("inputs", "months"), other))
    with pytest.raises(EvidenceDamagedError, match="comparison group"):
        read_claim(changed(document, ("inputs", "months", 3, "comparison"), None))
    with pytest.raises(EvidenceDamagedError, match="month on month"):
        read_claim(changed(document, ("question", "baseline", "first"), "2025-12"))


def test_inputs_are_compared_with_those_of_now(made: Claim, claim: MakeClaim) -> None:
    now = claim([18, *FALLING[1:]], [20, 22] * 9)
    (first, second) = input_differences(made, now)
    assert first.at == "inputs.months[0].treated.complaint_count"
    assert (second.stated, second.recomputed) == (17, 18)
    assert input_differences(made, made) == []
