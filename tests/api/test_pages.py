"""Pages as a program sees them: policy, languages, caches, lists; browsers look in tests/pages."""

import re

import numpy
import pytest
import zxingcpp
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from alerts.coverage import present
from api.pages.templates import ASSETS
from core.clock import ManualClock
from core.db import Connection
from tests.api.conftest import Person

PAGES = (
    *(
        "/",
        "/patrol",
        "/lookup",
        "/lookup?q=全",
        "/restaurants/1",
        "/traps/T1",
        "/traps/T1/label",
        "/my",
        "/my/tickets/1",
        "/alerts",
        "/tickets",
    ),
    *("/restaurants", "/devices", "/town-index", "/docs", "/problems"),
    "/complaints?month=2026-01",
    "/town-index/rows?town=wt&indicator=connection",
)


@pytest.fixture
def _counted(connection: Connection, clock: ManualClock) -> None:
    with connection.transaction():
        present.refresh(connection, clock.now(), clock.monotonic_s)


@pytest.mark.usefixtures("_counted")
def test_pages_load_nothing_from_elsewhere_and_run_nothing_inline(client: TestClient) -> None:
    for path in PAGES:
        _check_page(client, path)


def _check_page(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)
    assert not re.search(r"\son\w+=|\sstyle=|<style", answer.text)
    for script in re.findall(r"<script[^>]*>", answer.text):
        assert "src=" in script or 'type="application/json"' in script
    for source in re.findall(r"""(?:src|href)=["'](/static/[^"']+)""", answer.text):
        assert client.get(source).status_code == 200
    assert answer.headers["cache-control"] == "no-store"


def test_before_anything_was_counted_the_page_says_so(client: TestClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert "尚未统计" in answer.text


def test_the_language_is_asked_for_kept_or_the_browsers(client: TestClient) -> None:
    asked_for: list[tuple[str, dict[str, str], str]] = [
        ("/lookup", {}, "zh-CN"),
        ("/lookup?lang=en", {}, "en"),
        ("/lookup", {"Accept-Language": "de, en;q=0.8"}, "en"),
        ("/lookup", {"Cookie": "trapwatch_lang=en", "Accept-Language": "zh-CN"}, "en"),
        ("/lookup?lang=zh", {"Cookie": "trapwatch_lang=en"}, "zh-CN"),
        ("/lookup?lang=xx", {}, "zh-CN"),
    ]
    for path, headers, lang in asked_for:
        client.cookies.clear()
        answer = client.get(path, headers=headers)
        assert f'<html lang="{lang}"' in answer.text, (path, headers)
        is_kept = "trapwatch_lang" in answer.headers.get("set-cookie", "")
        assert is_kept == ("lang=zh" in path or "lang=en" in path)


@pytest.mark.usefixtures("_counted")
def test_lists_hold_what_the_numbers_count(client: TestClient) -> None:
    def names(path: str) -> set[str]:
        return set(re.findall(r'<td><a href="/restaurants/\d+">(.*?)</a>', client.get(path).text))

    assert names("/restaurants?step=commissioned") == {"全好", "坏值", "失联"}
    assert names("/restaurants?missing=commissioned") == {"未开通", "无设备", "无池"}
    assert names("/restaurants?missing=online") == {"失联"}
    assert names("/restaurants?missing=online&town=xt") == set()
    assert len(names("/restaurants")) == 8


def test_fields_left_empty_are_no_filters(client: TestClient) -> None:
    answer = client.get("/alerts?status=&severity=&town=")
    assert answer.status_code == 200
    assert len(re.findall(r'<td><a href="/restaurants/1">', answer.text)) == 2
    assert client.get("/alerts?severity=purple").status_code == 422


def test_a_list_goes_on_where_it_stopped(client: TestClient) -> None:
    text = client.get("/restaurants?limit=5").text
    following = re.search(r'rel="next" href="([^"]+)"', text)
    assert following
    rest = client.get(following[1].replace("&amp;", "&")).text
    assert len(re.findall(r"<tr><td>", rest)) == 3


def test_one_found_is_gone_to(client: TestClient) -> None:
    for words, number in (("全好", 1), ("r2", 2), ("t3", 3)):
        answer = client.get("/lookup", params={"q": words}, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/restaurants/{number}")


def test_search_words_are_words_not_patterns_or_markup(client: TestClient) -> None:
    assert "没有找到" in client.get("/lookup", params={"q": "%"}).text
    shown = client.get("/lookup", params={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in shown


def test_a_trap_is_found_by_its_code(client: TestClient) -> None:
    answer = client.get("/q/T5", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/traps/T5")
    assert "T5" in client.get("/traps/T5").text
    assert client.get("/traps/T99").status_code == 404
    assert client.get("/restaurants/99").status_code == 404


def test_another_programs_reader_gets_from_the_label_to_the_trap(client: TestClient) -> None:
    label = client.get("/traps/T5/label").text
    clean = _painted(label)
    side = len(clean)
    soiled = clean.copy()
    soiled[side * 2 // 5 : side * 3 // 5, side * 2 // 5 : side * 3 // 5] = 0
    for image in (clean, soiled):
        (found,) = zxingcpp.read_barcodes(image)
        assert found.text == "http://127.0.0.1:8000/q/T5"
        assert found.text in label
    assert "TRAPWATCH_API__PUBLIC_URL" in label  # no phone reaches a loopback


def _painted(label: str) -> NDArray[numpy.uint8]:
    """Paint the drawing's path of moves and of strokes that are as high as a module."""
    drawing = re.search(r'viewBox="0 0 (\d+) \d+" class="qr"><path[^>]* d="([^"]+)"', label)
    assert drawing, label
    modules = numpy.full((int(drawing[1]), int(drawing[1])), 255, numpy.uint8)
    x, y = 0, 0.0
    for command, across, down in re.findall(r"([Mmh])(-?\d+)(?: (-?[\d.]+))?", drawing[2]):
        if command == "h":
            modules[int(y), x : x + int(across)] = 0
            x += int(across)
        else:
            x, y = (
                (int(across), float(down)) if command == "M" else (x + int(across), y + float(down))
            )
    return numpy.kron(modules, numpy.ones((4, 4), numpy.uint8))


def test_the_queue_shows_the_clock_that_runs(client: TestClient, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version,"
        " calendar_version, started_at, due_at, state, step) VALUES (1, 'accept', 1, 'minute', 30,"
        " 'p', 'c', '2026-01-05T00:40Z', '2026-01-05T01:10Z', 'running', 0)"
    )
    text = client.get("/parts/queue").text
    assert 'value="0.667"' in text
    assert '<div class="limit running">' in text
    connection.execute("UPDATE ticket_clock SET due_at = '2026-01-05T00:50Z'")
    text = client.get("/parts/queue").text
    assert '<div class="limit over">' in text
    assert ">1</a>" in client.get("/parts/strip").text.split("due=overdue")[1][:80]


def test_tickets_by_when_a_clock_is_due(client: TestClient, connection: Connection) -> None:
    connection.execute(
        "INSERT INTO ticket_clock (ticket_id, kind, round, unit, amount, policy_version,"
        " calendar_version, started_at, due_at, state, step, stopped_at) VALUES"
        " (1, 'accept', 1, 'minute', 1, 'p', 'c', '2026-01-05T00:40Z', '2026-01-05T00:50Z',"
        " 'running', 0, NULL),"
        " (1, 'resolve', 1, 'minute', 1, 'p', 'c', '2026-01-01T00:40Z', '2026-01-02T00:00Z',"
        " 'stopped', 0, '2026-01-01T01:00Z')"
    )

    def found(**parameters: str) -> int:
        answer = client.get("/api/v1/tickets", params=parameters)
        assert answer.status_code == 200, answer.text
        return len(answer.json()["items"])

    assert found(due_before="2026-01-05T00:50:01Z") == 1
    assert found(due_before="2026-01-05T00:50:00Z") == 0, "exclusive"
    assert found(due_from="2026-01-05T00:50:00Z") == 1, "inclusive"
    assert found(due_before="2026-01-03T00:00:00Z") == 0, "only the running clock"
    assert found(due_before="2026-01-03T00:00:00Z", clock="resolve") == 1
    assert found(due_before="2026-01-03T00:00:00Z", clock="verify") == 0
    for due, count in (("overdue", 1), ("today", 0), ("resolve", 1)):
        rows = client.get(f"/tickets?due={due}").text.count('<td><a href="/tickets/1">')
        assert rows == count


def test_files_are_kept_under_their_digest_and_only_there(client: TestClient) -> None:
    url = ASSETS.url("theme.css")
    pinned = client.get(url)
    assert "immutable" in pinned.headers["cache-control"]
    assert pinned.headers["content-encoding"] == "gzip"
    plain = client.get("/static/theme.css", headers={"Accept-Encoding": "identity"})
    assert plain.headers["cache-control"] == "no-cache"
    assert "content-encoding" not in plain.headers
    assert plain.content == pinned.content
    assert client.get(url.replace(ASSETS.digest, "0" * 12)).status_code == 404
    assert client.get("/static/../app.py").status_code == 404
    assert client.post(url).status_code == 405
    with pytest.raises(KeyError):
        ASSETS.url("nothing.js")


@pytest.mark.usefixtures("_counted")
def test_who_is_limited_to_a_town_sees_no_other(
    stranger: TestClient, person: Person, connection: Connection
) -> None:
    connection.execute("UPDATE restaurant SET lon_deg = 120.9, lat_deg = 30.8")
    headers = person("li", "viewer", towns=["wt"])
    board = stranger.get("/", headers=headers).text
    assert "魏塘" in board
    assert "西塘" not in board
    assert 'id="h-index"' not in board, "the index compares towns"
    assert stranger.get("/parts-of-county/index", headers=headers).status_code == 403
    assert "未开通" not in stranger.get("/restaurants", headers=headers).text
    assert stranger.get("/restaurants/4", headers=headers).status_code == 404
    assert stranger.get("/traps/T4", headers=headers).status_code == 404
    marks = stranger.get("/api/v1/map/traps", headers=headers).json()
    assert marks["code"] == ["T1", "T2", "T3"]
