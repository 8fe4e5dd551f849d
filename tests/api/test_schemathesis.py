"""Every operation of the description with every role: no 5xx, no answer it does not describe.

A short run for everybody, a long one for `make fuzz-api`; a seed repeats a run.
"""

import os
import sys

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

import api.registry.store
from alerts.coverage import present
from core.clock import ManualClock
from core.db import Connection
from core.errors import MisconfiguredDatabaseError
from tests import api_fuzz
from tests.access_matrix import ROLES
from tests.api.conftest import Person

#: Tests among which the operations are dealt out, each with a county of its own.
SHARES = range(4)
Callers = dict[str, dict[str, str]]


@pytest.fixture
def callers(
    person: Person, everything: dict[str, str], connection: Connection, clock: ManualClock
) -> Callers:
    """Headers of each role, of one limited to a town, of a program and of a stranger."""
    # What was never counted is 503, as it should be: tests/api/test_coverage.py has it.
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)
    return {
        **{role: person(f"some-{role}", role) for role in ROLES},
        "limited": person("of-weitang", "supervisor", "admin", towns=["wt"]),
        "program": everything,
        "stranger": {},
    }


def check(
    app: FastAPI, callers: Callers, share: int, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    seed = int(os.environ.get("TRAPWATCH_TEST_FUZZ_SEED", "1"))
    tried = api_fuzz.operations(app.openapi())[share :: len(SHARES)]
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        figures = api_fuzz.run(client, tried, callers, count, seed)
    with capsys.disabled():
        sys.stdout.write(f"\nseed {seed} {figures.summary()}\n")
    assert not figures.failures, "\n\n".join(f"{k}\n{v}" for k, v in figures.failures.items())
    assert figures.cases >= len(tried)
    for caller in callers.keys() - {"stranger"}:
        assert figures.answers[caller, "2xx"] > 0, f"{caller}: nothing gets through"
        assert figures.answers[caller, "4xx"] > 0, f"{caller}: nothing is refused"


@pytest.mark.parametrize("share", SHARES)
def test_what_is_answered_is_described(
    app: FastAPI, callers: Callers, share: int, capsys: pytest.CaptureFixture[str]
) -> None:
    check(app, callers, share, 3, capsys)


@pytest.mark.fuzz
@pytest.mark.parametrize("share", SHARES)
def test_many_answers_are_described(
    app: FastAPI, callers: Callers, share: int, capsys: pytest.CaptureFixture[str]
) -> None:
    check(app, callers, share, int(os.environ.get("TRAPWATCH_TEST_FUZZ_COUNT", "30")), capsys)


def test_what_is_left_out_exists(app: FastAPI) -> None:
    names = {
        operation["operationId"]
        for methods in app.openapi()["paths"].values()
        for operation in methods.values()
    }
    tried = {one.definition.raw["operationId"] for one in api_fuzz.operations(app.openapi())}
    assert names - tried == api_fuzz.EXCLUDED


def test_a_defect_would_be_found(
    app: FastAPI, callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failures() -> set[str]:
        tried = [one for one in api_fuzz.operations(document) if one.path == "/api/v1/towns"]
        return set(api_fuzz.run(client, tried, callers, 3, 1).failures)

    def defective(*_: object, **__: object) -> None:
        raise MisconfiguredDatabaseError("a defect")

    document = app.openapi()
    responses = document["paths"]["/api/v1/towns"]["get"]["responses"]
    with TestClient(app, raise_server_exceptions=False) as client:
        monkeypatch.setattr(api.registry.store, "select_towns", defective)
        assert "GET /api/v1/towns: ServerError 503" in failures()
        monkeypatch.undo()
        responses["200"]["content"]["application/json"]["schema"] = {"type": "integer"}
        assert "GET /api/v1/towns: JsonSchemaError 200" in failures()
        del responses["default"]
        assert "GET /api/v1/towns: UndefinedStatusCode 401" in failures()
