"""Requests made up from the API's own description, sent by every caller, judged by Schemathesis.

A case is made up once and sent by each caller in turn: making it up costs more than answering it.
Nothing stops at the first failure: a run lists each kind of failure of an operation once.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import requests
import schemathesis
from fastapi.testclient import TestClient
from httpx import Response
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

#: What holds whoever asks for what. The other checks of Schemathesis are not taken:
#: - negative_data_rejection, positive_data_acceptance: a description cannot say all that we refuse
#:   (an end before its start, a name that is taken), and numbers in a query arrive as text;
#: - ignored_auth: it knows one right credential; tests/access_matrix.py knows all of them;
#: - unsupported_method, missing_required_header, use_after_free and the like: of sequences, or
#:   independent of what is made up; tests/api/test_problems.py has them.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
#: Whoever reads them reads for ever: tests/api/test_events.py.
EXCLUDED = {"stream_events"}
#: Path parameters that name something of county.sql; made-up ones name nothing, as a rule.
_NAMED = {"code": "R01", "scope": "town", "scope_ref": "wt", "month": "2025-12"}
_SHOWN_CHARS = 500
_CONFIG = schemathesis.Config.from_dict({"generation": {"with-security-parameters": False}})
_CAUGHT = settings(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class Figures(NamedTuple):
    """What a run came to: answers by caller and class of status, and failures with a repetition."""

    operations: list[str]
    cases: int
    answers: Counter[tuple[str, str]]
    failures: dict[str, str]

    def summary(self) -> str:
        """One line of JSON."""
        by_caller: dict[str, dict[str, int]] = {}
        for (caller, status), count in sorted(self.answers.items()):
            by_caller.setdefault(caller, {})[status] = count
        figures = {"operations": len(self.operations), "cases": self.cases}
        return json.dumps({**figures, "answers": self.answers.total(), **by_caller})


def operations(document: dict[str, Any]) -> list[APIOperation]:
    """Return what is tried; accounts and tokens last, since they may take a caller's place away."""
    schema = schemathesis.openapi.from_dict(document, config=_CONFIG)
    found = [result.ok() for result in schema.get_all_operations()]
    kept = [one for one in found if one.definition.raw["operationId"] not in EXCLUDED]
    return sorted(kept, key=lambda one: one.definition.raw["tags"] == ["access"])


def run(
    client: TestClient,
    tried: list[APIOperation],
    callers: Mapping[str, Mapping[str, str]],
    count: int,
    first_seed: int,
) -> Figures:
    """Make up ``count`` requests of each operation, a third of them malformed, for each caller."""
    figures = Figures([], 0, Counter(), {})
    cases = 0
    for operation in tried:
        figures.operations.append(operation.definition.raw["operationId"])
        malformed = count // 3
        made = made_up(operation, GenerationMode.POSITIVE, count - malformed, first_seed)
        if operation.body or any(operation.iter_parameters()):
            made += made_up(operation, GenerationMode.NEGATIVE, malformed, first_seed)
        cases += len(made)
        for case in made:
            for caller, headers in callers.items():
                answer = send(client, case, headers)
                figures.answers[caller, f"{answer.status_code // 100}xx"] += 1
                judge(figures, case, caller, answer)
    return figures._replace(cases=cases)


def made_up(
    operation: APIOperation, mode: GenerationMode, count: int, first_seed: int
) -> list[Case]:
    """Return requests of one operation; the same for the same seed."""
    cases: list[Case] = []

    @seed(first_seed)
    @settings(_CAUGHT, max_examples=count)
    @given(operation.as_strategy(mode), st.sampled_from(["", "1", "2"]))
    def collect(case: Case, aim: str) -> None:
        cases.append(aimed(case, aim))

    collect()
    return cases


def aimed(case: Case, aim: str) -> Case:
    """Return ``case`` naming something that exists in its path, unless ``aim`` is empty."""
    if aim:
        for name in case.path_parameters or {}:
            if name.endswith("_id") or name == "seq":
                case.path_parameters[name] = int(aim)
            elif name in _NAMED:
                case.path_parameters[name] = _NAMED[name]
    return case


def send(client: TestClient, case: Case, headers: Mapping[str, str]) -> Response:
    """Send a request as Schemathesis writes it out."""
    written = case.as_transport_kwargs(base_url="http://testserver", headers=dict(headers))
    ready = requests.Request(**written).prepare()
    return client.request(
        ready.method,
        ready.url,
        headers=[(name.encode(), _octets(value)) for name, value in ready.headers.items()],
        content=ready.body,
    )


def _octets(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode("latin-1")


def judge(figures: Figures, case: Case, caller: str, answer: Response) -> None:
    """Note what an answer does against the description."""
    try:
        case.validate_response(answer, checks=CHECKS)
    except* AssertionError as group:
        for failure in group.exceptions:
            kind = f"{case.operation.label}: {type(failure).__name__} {answer.status_code}"
            told = f"{caller}: {failure}\n{case.as_curl_command()}\n{answer.text[:_SHOWN_CHARS]}"
            figures.failures.setdefault(kind, told)
