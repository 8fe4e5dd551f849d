import json
from collections.abc import Iterator
from http.client import HTTPConnection

import pytest
from prometheus_client import Counter

from core.errors import ConfigError
from core.health import HealthServer, serve_health


@pytest.fixture
def problems() -> list[str]:
    return []


@pytest.fixture
def server(problems: list[str]) -> Iterator[HealthServer]:
    counter = Counter("trapwatch_sheep", "Sheep", registry=None)
    counter.inc(3)
    started = HealthServer(0, lambda: problems, [counter])
    yield started
    started.close()


def get(port: int, path: str) -> tuple[int, str, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    response = connection.getresponse()
    found = response.status, response.headers["content-type"], response.read().decode()
    connection.close()
    return found


def test_a_process_that_can_do_its_work_is_alive_and_ready(server: HealthServer) -> None:
    assert get(server.port, "/healthz")[0] == 200
    status, content_type, body = get(server.port, "/readyz")
    assert (status, content_type) == (200, "application/json")
    assert json.loads(body) == {"ready": True, "problems": []}


def test_a_process_with_a_problem_is_alive_but_not_ready_and_says_why(
    server: HealthServer, problems: list[str]
) -> None:
    problems.append("数据库 away")
    assert get(server.port, "/healthz")[0] == 200
    status, _, body = get(server.port, "/readyz")
    assert status == 503
    assert json.loads(body) == {"ready": False, "problems": ["数据库 away"]}


def test_metrics_hold_the_given_collectors_and_the_process_s_own(server: HealthServer) -> None:
    status, content_type, body = get(server.port, "/metrics")
    assert status == 200
    assert content_type.startswith("text/plain")
    assert "trapwatch_sheep_total 3.0" in body
    assert "process_resident_memory_bytes" in body


def test_other_pages_do_not_exist(server: HealthServer) -> None:
    assert get(server.port, "/")[0] == 404


def test_a_query_string_does_not_matter(server: HealthServer) -> None:
    assert get(server.port, "/healthz?probe=1")[0] == 200


def test_the_port_is_free_again_afterwards() -> None:
    first = HealthServer(0, list, [])
    first.close()
    with serve_health(first.port, list, []):
        assert get(first.port, "/healthz")[0] == 200


def test_a_taken_port_is_a_matter_of_configuration(server: HealthServer) -> None:
    with pytest.raises(ConfigError, match=str(server.port)), serve_health(server.port, list, []):
        pass


def test_port_0_serves_nothing() -> None:
    with serve_health(0, list, []):
        pass
