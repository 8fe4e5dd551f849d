"""Every page in both languages at its sizes: reachable, readable, quiet, within its window."""

import pytest

from api.access.csrf import csrf_token
from tests.pages.conftest import Open
from tests.pages.county import CountyRoom
from tests.pages.visit import Size

#: One county room for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("county room")

SCREEN, DESK, PHONE = Size(1920, 1080), Size(1366, 768), Size(390, 844)
#: Short lists: what is looked for does not hang on their length, and looking at a row takes time.
PAGES = {
    "/": (SCREEN, DESK, PHONE),
    "/patrol?limit=8": (DESK, PHONE),
    "/lookup?q=%E9%9D%A2%E9%A6%86": (DESK, PHONE),
    "/alerts?limit=8": (DESK, PHONE),
    "/tickets?limit=8": (DESK, PHONE),
    "/restaurants?limit=8": (DESK, PHONE),
    "/devices?limit=8": (DESK, PHONE),
    "/complaints?limit=8": (DESK, PHONE),
    "/town-index": (DESK, PHONE),
    "/problems": (DESK, PHONE),
}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_clean(visit: Open, path: str, language: str) -> None:
    first, *others = PAGES[path]
    seen = visit(path, language, first)
    assert seen.page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
    if path == "/":
        seen.await_board()
    assert seen.violations() == []
    assert seen.overflow_px() <= 0
    for size in others:
        seen.resize(size)
        assert seen.violations() == []
        assert seen.overflow_px() <= 0, size


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_restaurants_past_is_clean(visit: Open, room: CountyRoom, language: str) -> None:
    ((restaurant_id,),) = room.execute(
        b"SELECT restaurant_id FROM complaint WHERE restaurant_id IS NOT NULL"
        b" AND received_at > now() - INTERVAL '60 days' GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    seen = visit(f"/restaurants/{restaurant_id}", language, DESK)
    assert seen.violations() == []
    assert seen.page.locator(".timeline tbody tr").count() > 0
    seen.resize(PHONE)
    assert seen.violations() == []
    assert seen.overflow_px() <= 0


def test_one_restaurant_found_is_gone_to(visit: Open, room: CountyRoom) -> None:
    ((code, restaurant_id),) = room.execute(b"SELECT code, restaurant_id FROM trap LIMIT 1")
    seen = visit("/lookup", size=DESK)
    seen.page.get_by_role("searchbox").fill(code.lower())
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_url(f"**/restaurants/{restaurant_id}")


def test_fields_left_empty_stay_out_of_the_address(visit: Open) -> None:
    seen = visit("/alerts?status=firing", size=DESK)
    seen.page.get_by_label("等级").select_option("red")
    seen.page.get_by_role("button", name="筛选").click()
    seen.page.wait_for_url("**/alerts?status=firing&severity=red")


def test_the_language_is_kept(visit: Open) -> None:
    seen = visit("/patrol?limit=1", "zh", DESK)
    seen.page.get_by_role("link", name="English").click()
    seen.page.wait_for_url("**lang=en**")
    seen.page.get_by_role("link", name="Look up").click()
    seen.page.wait_for_url("**/lookup")
    assert seen.page.get_attribute("html", "lang") == "en"


def test_the_login_is_clean_and_leads_back(visit: Open) -> None:
    seen = visit("/patrol?limit=1", "en", DESK, logged_in=False)
    assert seen.page.url.endswith("/login?next=%2Fpatrol")
    assert seen.violations() == []
    seen.resize(PHONE)
    assert seen.violations() == []
    assert seen.overflow_px() <= 0


def test_a_person_logs_out(visit: Open, room: CountyRoom) -> None:
    seen = visit("/patrol?limit=1", "en", DESK)
    assert "chen" in seen.page.locator(".who").inner_text()
    # Not for real: the session is everybody's here. That it ends is shown beneath the browser.
    seen.page.route("**/logout", lambda route: route.fulfill(status=204))
    with seen.page.expect_request("**/logout") as sent:
        seen.page.get_by_role("button", name="Log out").click()
    assert sent.value.headers["x-csrf-token"] == csrf_token(room.session)
