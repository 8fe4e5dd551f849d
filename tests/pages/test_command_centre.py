"""The command centre as people use it: live, by keyboard, with many traps, on a slow link."""

import json
from random import Random

import pytest
from playwright.sync_api import Route, expect

from tests.pages.conftest import Open
from tests.pages.county import CountyRoom
from tests.pages.visit import Size
from tests.processes import wait_until

#: One county room for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("county room")

SCREEN, SMALL = Size(1920, 1080), Size(1366, 768)
FIRST_LOAD_BYTES_MAX = 200_000
FIRST_LOAD_MS_MAX = 1_000
LIVE_MS_MAX = 2_000
FRAME_MS_MAX = 100
TRAPS = 10_000


@pytest.mark.parametrize("size", [SCREEN, SMALL], ids=str)
def test_the_whole_county_fits_the_screen(visit: Open, size: Size) -> None:
    seen = visit("/", size=size)
    seen.await_board()
    assert seen.page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    cut = seen.page.evaluate(
        "[...document.querySelectorAll('.number')].filter(one => one.scrollWidth > one.clientWidth"
        " + 1 && getComputedStyle(one).display !== 'inline').map(one => one.outerHTML)"
    )
    assert cut == []


def test_a_fault_shows_without_a_reload(visit: Open, room: CountyRoom) -> None:
    seen = visit("/", size=SCREEN)
    seen.await_board()
    seen.page.wait_for_selector("#link[data-state=live]")
    trap = room.trap_with_cover()
    seen.page.evaluate(
        """trap => {
            const queue = document.getElementById('queue');
            new MutationObserver(() => {
                if (queue.textContent.includes(trap)) window.shown ??= performance.now();
            }).observe(queue, {childList: true, subtree: true});
        }""",
        trap,
    )
    wait_until(
        lambda: room.inject("cover-open", "--trap", trap).returncode == 0,
        "the simulator to take the fault",
    )
    entry = seen.page.locator("#queue li[data-alert]", has_text=trap)
    entry.wait_for(timeout=60_000)
    ((recorded_at,),) = room.execute(
        b"SELECT e.recorded_at FROM alert_event e JOIN alert a USING (alert_id) JOIN trap t"
        b" USING (trap_id) WHERE t.code = %s AND e.type = 'fired'",
        trap,
    )
    shown_ms = seen.page.evaluate("performance.timeOrigin + window.shown")
    assert shown_ms - recorded_at.timestamp() * 1_000 < LIVE_MS_MAX
    assert seen.page.locator(".severities [role=status]").inner_text().strip() != ""
    # The mark of the trap is worse than before: some mark or cluster of the map says so.
    seen.page.wait_for_selector("#map .orange, #map .red")
    assert not seen.navigated


def test_pause_stops_and_goes_on(visit: Open) -> None:
    seen = visit("/", size=SCREEN)
    seen.await_board()
    seen.page.wait_for_selector("#link[data-state=live]")
    button = seen.page.locator("#pause")
    button.focus()
    seen.page.keyboard.press("Enter")
    assert button.get_attribute("aria-pressed") == "true"
    expect(seen.page.locator(".htmx-request")).to_have_count(0)
    before = len(seen.responses)
    seen.page.evaluate("document.body.dispatchEvent(new CustomEvent('trapwatch:tick'))")
    seen.page.evaluate("new Promise(done => setTimeout(done, 300))")
    assert [answer.url for answer in seen.responses[before:] if "/parts/" in answer.url] == []
    with seen.page.expect_response("**/parts/queue"):
        seen.page.keyboard.press("Enter")


def test_the_chart_has_a_table_twin(visit: Open) -> None:
    seen = visit("/", size=SCREEN)
    seen.await_board()
    seen.page.locator("[data-twin=complaints]").click()
    assert seen.page.locator("#complaints-twin tbody tr").count() == 24
    assert not seen.page.locator("#complaints canvas").is_visible()


def test_every_number_opens_its_list(visit: Open, room: CountyRoom) -> None:
    seen = visit("/", size=SCREEN)
    seen.await_board()
    links = seen.page.eval_on_selector_all(
        "#strip a, .towns a, .loop a, .index a", "all => all.map(a => [a.getAttribute('href')])"
    )
    paths = sorted({path for (path,) in links})
    assert len(paths) > 40
    broken = [p for p in paths if seen.page.request.get(room.url + p).status != 200]
    assert broken == []


def test_the_funnel_and_its_lists_agree(visit: Open, room: CountyRoom) -> None:
    coverage = room.get("coverage")
    missing = {rate["code"]: rate["denominator"] - rate["numerator"] for rate in coverage["rates"]}
    seen = visit("/restaurants?missing=commissioned&limit=1000", size=SCREEN)
    assert seen.page.locator("tbody tr").count() == missing["connection"]
    seen = visit("/restaurants?step=installed&limit=1000", size=SCREEN)
    assert seen.page.locator("tbody tr").count() == coverage["funnel"]["installed"]


def test_first_load_is_small_and_quick(visit: Open) -> None:
    seen = visit("/", size=SCREEN)
    seen.await_board()
    loaded = [answer for answer in seen.responses if "/events" not in answer.url]
    sizes = {answer.url: answer.request.sizes()["responseBodySize"] for answer in loaded}
    assert sum(sizes.values()) < FIRST_LOAD_BYTES_MAX, sizes
    # Neighbours on a busy machine can only slow it down: the best of a few is the page's own.
    times = []
    for _ in range(3):
        seen.page.reload(wait_until="load")
        seen.page.wait_for_selector("#map[data-marks]")
        times.append(seen.page.evaluate("performance.getEntriesByName('usable')[0].startTime"))
    assert min(times) < FIRST_LOAD_MS_MAX, times


def test_ten_thousand_traps_can_be_panned(visit: Open, room: CountyRoom) -> None:
    dice = Random(21)
    marks = {
        "stages": room.get("map/traps")["stages"],
        "severities": ["none", "blue", "yellow", "orange", "red"],
        "trap_id": list(range(TRAPS)),
        "code": [f"T{n:06}" for n in range(TRAPS)],
        "lon_deg": [round(dice.gauss(120.9, 0.05), 5) for _ in range(TRAPS)],
        "lat_deg": [round(dice.gauss(30.87, 0.04), 5) for _ in range(TRAPS)],
        "stage": [dice.choice((3, 4, 6, 6, 6, 6)) for _ in range(TRAPS)],
        "severity": [dice.choice((0, 0, 0, 0, 0, 0, 0, 0, 1, 4)) for _ in range(TRAPS)],
    }

    def many(route: Route) -> None:
        route.fulfill(body=json.dumps(marks), content_type="application/json")

    seen = visit("/", size=SCREEN, routes={"**/api/v1/map/traps": many})
    seen.page.wait_for_selector(f'#map[data-marks="{TRAPS}"]', timeout=30_000)
    seen.page.wait_for_selector("#map .bubble")
    seen.page.locator(".leaflet-control-zoom-in").click()
    box = seen.page.locator("#map").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    seen.page.mouse.move(x, y)
    seen.page.mouse.down()
    seen.page.evaluate(
        """() => {
            window.frames_ms = []; let last = performance.now();
            const next = now => {
                window.frames_ms.push(now - last);
                last = now;
                requestAnimationFrame(next);
            };
            requestAnimationFrame(next);
        }"""
    )
    for step in range(40):
        seen.page.mouse.move(x + 5 * step, y + 2 * step)
    seen.page.mouse.up()
    frames_ms = sorted(seen.page.evaluate("window.frames_ms"))
    assert len(frames_ms) > 10
    assert frames_ms[len(frames_ms) * 9 // 10] < FRAME_MS_MAX, frames_ms
