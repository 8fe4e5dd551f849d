import io
import json
from collections.abc import Iterator

import pytest
import structlog

from core.log import configure_logging, get_logger


@pytest.fixture(autouse=True)
def own_configuration() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_logger_outlives_the_stream_it_first_wrote_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that ran within a test left every logger with that test's closed stream."""
    first, second = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.stderr", first)
    configure_logging("info", json=True)
    log = get_logger("test")
    log.info("one")
    first.close()
    monkeypatch.setattr("sys.stderr", second)
    log.info("two", number=2)
    line = json.loads(second.getvalue())
    assert (line["event"], line["number"], line["component"]) == ("two", 2, "test")


def test_what_is_below_the_level_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    configure_logging("warning", json=False)
    get_logger("test").info("quiet")
    assert stream.getvalue() == ""
