"""The page of one trap, and links and codes that lead to it."""

import pytest

from alerts.webhooks.deep_links import DeepLink
from alerts.webhooks.protection import deep_links_of
from core.clock import SystemClock
from core.settings import Settings
from tests.pages.conftest import Open
from tests.pages.county import CountyRoom
from tests.pages.visit import Size
from tests.pages.work import dispatched

#: One county room for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("county room")

DESK, PHONE = Size(1366, 768), Size(360, 780)
FIRST_LOAD_BYTES_MAX = 200_000


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_trap_is_clean(visit: Open, room: CountyRoom, language: str) -> None:
    seen = visit(f"/traps/{room.trap_with_cover()}", language, DESK)
    seen.page.wait_for_selector("#chart[data-drawn]")
    for size in (DESK, PHONE):
        seen.resize(size)
        assert seen.violations() == []
        assert seen.overflow_px() <= 0
    sizes = {a.url: a.request.sizes()["responseBodySize"] for a in seen.responses}
    assert sum(sizes.values()) < FIRST_LOAD_BYTES_MAX, sizes


@pytest.mark.parametrize("span", ["24h", "30d", "1y", "2y"])
def test_every_span_is_drawn_and_has_its_table(visit: Open, room: CountyRoom, span: str) -> None:
    seen = visit(f"/traps/{room.trap_with_cover()}?span={span}", "en", DESK)
    seen.page.wait_for_selector("#chart[data-drawn]")
    button = seen.page.locator("#twin-button")
    button.focus()
    seen.page.keyboard.press("Enter")
    days = {"30d": 30, "1y": 365, "2y": 730}
    rows = seen.page.locator("#twin tbody tr").count()
    assert rows == days[span] + 1 if span in days else rows in {24, 25}
    assert not seen.page.locator("#chart").is_visible()
    assert seen.violations() == []


def test_the_drawing_says_what_it_shows(visit: Open, room: CountyRoom) -> None:
    code = room.trap_with_cover()
    room.execute(
        b"INSERT INTO reading (measured_at, device_id, metric, value, quality, received_at)"
        b" SELECT now(), d.device_id, 1, t.outlet_invert_mm + 40, 0, now()"
        b" FROM device d JOIN trap t USING (trap_id) WHERE t.code = %s",
        code,
    )
    seen = visit(f"/traps/{code}", "en", DESK, own_clock=True)
    assert "40 mm above the outlet" in seen.page.locator("#section-text").inner_text()
    assert seen.page.get_by_role("img", name="40 mm above the outlet").count() == 1
    assert seen.page.locator(".section .water:not(.old)").count() == 1
    with seen.page.expect_response(f"**/traps/{code}/section"):
        seen.page.clock.fast_forward("00:30")


def test_a_code_at_a_trap_opens_it(visit: Open, room: CountyRoom) -> None:
    code = room.trap_with_cover()
    seen = visit(f"/q/{code}", size=PHONE)
    assert seen.page.url.endswith(f"/traps/{code}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_label_is_clean_and_prints_alone(visit: Open, room: CountyRoom, language: str) -> None:
    seen = visit(f"/traps/{room.trap_with_cover()}", language, DESK)
    seen.page.locator("a[href$='/label']").click()
    code = seen.page.locator(".trap-label [role=img] svg")
    code.wait_for()
    assert seen.violations() == []
    seen.resize(PHONE)
    assert seen.violations() == []
    assert seen.overflow_px() <= 0
    seen.page.emulate_media(media="print")
    assert code.is_visible()
    assert not seen.page.locator("h1, .also, .top .modes").locator("visible=true").count()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_link_in_a_message_shows_a_ticket_without_a_login(
    visit: Open, room: CountyRoom, language: str
) -> None:
    ticket_id = dispatched(room)
    links = deep_links_of(Settings.from_env(room.environment))
    assert links is not None
    now_s = int(SystemClock().now().timestamp())
    token = links.token(DeepLink("ticket", ticket_id, now_s + 600))
    seen = visit(f"/d/{token}", language, PHONE, logged_in=False)
    assert f"#{ticket_id}" in seen.page.locator("h1").inner_text()
    assert seen.page.locator("form, button").count() == 0
    assert seen.violations() == []
    assert seen.overflow_px() <= 0
    seen.page.locator("a.big").click()
    seen.page.wait_for_url(f"**/login?next=%2Fmy%2Ftickets%2F{ticket_id}")
