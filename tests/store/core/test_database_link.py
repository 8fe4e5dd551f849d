from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from core.backoff import Backoff
from core.database_link import DatabaseLink
from core.db import Connection, connect
from core.errors import DatabaseUnavailableError, MisconfiguredDatabaseError, PermanentDataError
from core.log import get_logger
from tests.chaos.proxy import Direction, Proxy

NOBODY = "postgresql://trapwatch@127.0.0.1:1/nothing"


def make_link(url: str) -> DatabaseLink:
    backoff = Backoff(1.0, lambda: 0.0, delay_s_first=0.1)
    return DatabaseLink(url, "test-link", backoff=backoff, log=get_logger("test"))


@pytest.fixture
def link(database_url: str) -> Iterator[DatabaseLink]:
    made = make_link(database_url)
    yield made
    made.close()


def backend_pid(connection: Connection) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def test_work_runs_on_one_connection_that_is_kept(link: DatabaseLink) -> None:
    assert link.problem is not None
    assert link.run(backend_pid) == link.run(backend_pid)
    assert link.problem is None


def test_a_connection_that_was_cut_fails_once_and_is_replaced(
    link: DatabaseLink, database_url: str
) -> None:
    pid = link.run(backend_pid)
    with connect(database_url, "other", autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    with pytest.raises(DatabaseUnavailableError):
        link.run(backend_pid)
    assert link.problem is not None
    assert link.run(backend_pid) != pid
    assert link.problem is None


def test_answers_that_get_lost_on_an_open_link_end_the_wait(database_url: str) -> None:
    """The server does the work and its answer never arrives; nothing else would end this."""
    address = urlsplit(database_url)
    with Proxy(int(address.port or 0)) as proxy:
        url = database_url.replace(f":{address.port}/", f":{proxy.port}/")
        link = DatabaseLink(
            url, "test-link", backoff=Backoff(1.0, lambda: 0.0), log=get_logger("test"),
            answer_s_max=0.5,
        )  # fmt: skip
        assert link.run(backend_pid) > 0
        proxy.strand(Direction.DOWN)
        with pytest.raises(DatabaseUnavailableError):
            link.run(backend_pid)
        assert link.problem is not None
        proxy.heal()
        assert link.run(backend_pid) > 0
        link.close()


def test_a_database_that_is_away_is_a_problem_with_growing_waits() -> None:
    link = make_link(NOBODY)
    for _ in range(2):
        with pytest.raises(DatabaseUnavailableError):
            link.run(backend_pid)
    assert link.problem is not None
    assert "refused" in link.problem
    assert [link.next_delay_s() for _ in range(3)] == [0.05, 0.1, 0.2]


def test_a_schema_that_is_not_there_yet_is_a_problem_too(link: DatabaseLink) -> None:
    with pytest.raises(MisconfiguredDatabaseError):
        link.run(lambda connection: connection.execute("SELECT * FROM not_migrated_yet"))
    assert link.problem is not None
    link.run(backend_pid)
    assert link.problem is None


def test_a_refused_value_is_the_caller_s_matter(link: DatabaseLink) -> None:
    pid = link.run(backend_pid)
    with pytest.raises(PermanentDataError):
        link.run(lambda connection: connection.execute("SELECT 1/0"))
    assert link.problem is None
    assert link.run(backend_pid) == pid


def test_a_connection_that_cannot_be_prepared_is_not_kept(database_url: str) -> None:
    prepared: list[int] = []

    def prepare(connection: Connection) -> None:
        prepared.append(backend_pid(connection))
        if len(prepared) == 1:
            connection.execute("SELECT * FROM not_migrated_yet")

    link = DatabaseLink(
        database_url,
        "test-link",
        backoff=Backoff(1.0, lambda: 0.0),
        log=get_logger("test"),
        prepare=prepare,
    )
    with pytest.raises(MisconfiguredDatabaseError):
        link.run(backend_pid)
    assert link.run(backend_pid) == prepared[1]
    link.close()
