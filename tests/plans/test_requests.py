"""Whatever the API is asked for, it reads about as many rows as it answers with."""

import warnings
from collections.abc import Iterator
from functools import partial
from random import Random
from secrets import token_bytes, token_hex

import pytest
from pydantic import SecretStr

from api.access.model import Scope
from api.access.records import TokenFields
from api.access.token_format import RANDOM_BYTES
from api.access.tokens import create_token
from api.app import create_app
from bench.province.questions import QUESTIONS, Question, asked
from core.clock import SystemClock
from core.db import Pool, connect
from core.settings import ApiSettings, DatabaseSettings, Settings
from tests.plans.conftest import SIZE, Plans, rows_read, scanned_whole

with warnings.catch_warnings():
    # Starlette wants a fork of httpx for this one class; ours stays with the webhook client's.
    warnings.simplefilter("ignore")
    from fastapi.testclient import TestClient

#: One province for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("province")

_LIMIT = 20
#: Of any large table, of 10,000 rows at least: a page, what its rows refer to, and what filters
#: without an index of their own turn down within one town. Trends of towns count fragments of
#: months.
_ROWS_MAX = 4_000
_TREND_ROWS_MAX = 8_000
#: Questions that join more tables than are put in order (`core.db.open_pool`), beside lists of
#: alerts, which are among the bench's.
_WIDE = (
    "/open311/v2/requests.json",
    "/api/v1/roll-call?limit=20&town=t7",
)


@pytest.fixture
def client(province_url: str, pool: Pool) -> Iterator[TestClient]:
    clock = SystemClock()
    settings = Settings(
        database=DatabaseSettings(url=SecretStr(province_url)),
        api=ApiSettings(hosts=("testserver",)),
    )
    fields = TokenFields(name=f"test-{token_hex(4)}", scopes=(Scope.READ,))
    with connect(province_url, "test") as connection:
        _, token = create_token(
            connection,
            fields,
            random_bytes=token_bytes(RANDOM_BYTES),
            actor="test",
            now=clock.now(),
        )
    with TestClient(create_app(settings, pool, clock)) as opened:
        opened.headers["Authorization"] = f"Bearer {token}"
        yield opened


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_reads_what_it_answers(
    question: Question, client: TestClient, plans: Plans
) -> None:
    rows_max = _TREND_ROWS_MAX if "trend" in question.template else _ROWS_MAX
    now_us = SystemClock().now_us()
    for seed in range(3):
        path = asked(question, Random(seed), SIZE, now_us=now_us, limit=_LIMIT)
        nodes = plans.of(partial(_get, client, f"/api/v1{path}"))
        assert nodes, "nothing was asked of the database"
        assert not scanned_whole(nodes), path
        assert max(rows_read(nodes).values(), default=0) <= rows_max, path


@pytest.mark.parametrize("path", _WIDE)
def test_joins_as_they_are_written_read_what_is_answered(
    path: str, client: TestClient, plans: Plans
) -> None:
    nodes = plans.of(partial(_get, client, path))
    assert not scanned_whole(nodes)
    assert 1 <= max(rows_read(nodes).values()) <= _ROWS_MAX


def _get(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
