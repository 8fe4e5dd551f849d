"""The county room in the system's Chromium: one stack for all tests of a process."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql

from tests.pages.county import CountyRoom, county_room
from tests.pages.visit import FLAGS, Size, Visit, chromium
from tests.services import with_database
from trapwatch.stack import testing
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.tree import Tree


@pytest.fixture(scope="session")
def room(
    postgres_url: str,
    template_database: str,
    service_tree: Tree,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[CountyRoom]:
    """The product on the demo county, running."""
    directory = tmp_path_factory.mktemp("county-room")
    name = f"{testing.DATABASE_PREFIX}{uuid4().hex[:16]}"
    broker = EmbeddedBroker(service_tree, tmp_path_factory.mktemp("county-broker"))
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template_database)
            )
        )
        broker.start()
        try:
            url = with_database(postgres_url, name)
            with county_room(url, broker.url, directory / "log") as running:
                yield running
        finally:
            broker.kill()
            connection.execute(
                sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        opened.close()


Open = Callable[..., Visit]
_SCREEN = Size(1920, 1080)


@pytest.fixture
def visit(browser: Browser, room: CountyRoom) -> Iterator[Open]:
    """Open a page; at the end, nothing may have gone wrong in any of them unseen."""
    visits: list[Visit] = []

    def opened(path: str, language: str = "zh", size: Size = _SCREEN, **options: Any) -> Visit:
        made = Visit.open(browser, room, path, language, size, **options)
        visits.append(made)
        return made

    yield opened
    problems = [problem for made in visits for problem in made.problems]
    for made in visits:
        made.page.context.close()
    assert problems == []
