"""The inspector's pages as inspectors use them: one hand, by keyboard, in a cellar."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, Route, expect

from tests.files import JPEG, PNG
from tests.pages.conftest import Open
from tests.pages.county import CountyRoom
from tests.pages.visit import Size, Visit
from tests.pages.work import dispatched, start

#: One county room for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("county room")

PHONE = Size(360, 780)
FIRST_LOAD_BYTES_MAX = 200_000
TARGET_PX_MIN = 44


@pytest.fixture
def photos(tmp_path: Path) -> tuple[Path, Path]:
    before, after = tmp_path / "before.jpg", tmp_path / "after.png"
    before.write_bytes(JPEG)
    after.write_bytes(PNG)
    return before, after


@pytest.mark.parametrize("language", ["zh", "en"])
def test_my_pages_are_clean(visit: Open, room: CountyRoom, language: str) -> None:
    ticket_id = dispatched(room)
    seen = visit("/my", language, PHONE)
    _check(seen)
    seen.page.locator(f"a[data-ticket='{ticket_id}']").click()
    seen.page.wait_for_url(f"**/my/tickets/{ticket_id}")
    _check(seen)
    for summary in seen.page.locator(".act summary:visible").all():
        summary.click()
        _check(seen)


def test_the_first_load_is_small(visit: Open, room: CountyRoom) -> None:
    ticket_id = dispatched(room)
    for path in ("/my", f"/my/tickets/{ticket_id}"):
        seen = visit(path, size=PHONE)
        sizes = {a.url: a.request.sizes()["responseBodySize"] for a in seen.responses}
        assert sum(sizes.values()) < FIRST_LOAD_BYTES_MAX, sizes


def test_a_ticket_by_keyboard_only(
    visit: Open, room: CountyRoom, photos: tuple[Path, Path]
) -> None:
    ticket_id = dispatched(room)
    seen = visit("/my", "en", PHONE)
    page = seen.page
    # Files are asked of us from now on: a wish at the last moment may come after the key.
    page.on("filechooser", lambda _chooser: None)
    _tab_to(page, page.locator(f"a[data-ticket='{ticket_id}']"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/my/tickets/{ticket_id}")
    _ready(page)
    _tab_to(page, page.locator("summary.start"))
    page.keyboard.press("Enter")
    _tab_to(page, page.locator("form[data-action=start] [type=submit]"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    _ready(page)
    assert room.get(f"tickets/{ticket_id}")["ticket"]["state"] == "in_progress"
    _tab_to(page, page.locator("summary.report"))
    page.keyboard.press("Enter")
    for name, photo in zip(("photos_before", "photos_after"), photos, strict=True):
        _tab_to(page, page.locator(f"[name={name}]"))
        with page.expect_file_chooser() as chooser:
            page.keyboard.press("Space")
        chooser.value.set_files(photo)
    for name, text in (("volume_l", "400"), ("hauler", "Jingyuan"), ("note", "pumped out")):
        _tab_to(page, page.locator(f"form[data-action=report] [name={name}]"))
        page.keyboard.type(text)
    _tab_to(page, page.locator("form[data-action=report] [type=submit]"))
    with page.expect_navigation():
        page.keyboard.press("Enter")
    found = room.get(f"tickets/{ticket_id}")
    assert found["ticket"]["state"] == "reported"
    assert found["events"][-1]["detail"]["volume_l"] == 400
    assert len(found["attachments"]) == 2


def test_a_report_from_a_cellar_is_sent_once(
    visit: Open, room: CountyRoom, photos: tuple[Path, Path]
) -> None:
    ticket_id = dispatched(room)
    start(room, ticket_id)
    seen = visit(f"/my/tickets/{ticket_id}", "en", PHONE)
    context = seen.page.context
    _kept(seen.page)
    context.set_offline(True)
    _report(seen.page, photos)
    expect(seen.page.locator("#acts-list li.waiting")).to_have_count(1)
    seen.page.reload()
    expect(seen.page.locator("#acts-list li.waiting")).to_have_count(1)
    assert room.get(f"tickets/{ticket_id}")["ticket"]["state"] == "in_progress"
    seen.page.close()
    # Another day, another page; and the first answer is lost on its way.
    page = context.new_page()
    orders = _lose_the_first_answer(context)
    page.goto(f"{room.url}/my/tickets/{ticket_id}")
    expect(page.locator("#acts-list li.waiting")).to_have_count(1)
    context.set_offline(False)
    expect(page.locator("#acts-list li.waiting")).to_have_count(1)
    page.wait_for_function("() => navigator.onLine")
    _until(page, lambda: len(orders) == 1)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#acts-list li.sent")).to_have_count(1)
    keys = {order["idempotency-key"] for order in orders}
    assert (len(orders), len(keys)) == (2, 1)
    found = room.get(f"tickets/{ticket_id}")
    assert found["ticket"]["state"] == "reported"
    assert [event["action"] for event in found["events"]].count("report") == 1
    assert len(found["attachments"]) == 2
    seen.forgive("ERR_INTERNET_DISCONNECTED")


def test_one_starts_and_reports_before_anything_is_sent(
    visit: Open, room: CountyRoom, photos: tuple[Path, Path]
) -> None:
    ticket_id = dispatched(room)
    seen = visit(f"/my/tickets/{ticket_id}", "zh", PHONE)
    _kept(seen.page)
    seen.page.context.set_offline(True)
    expect(seen.page.locator("summary.report")).to_be_hidden()
    seen.page.locator("summary.start").click()
    seen.page.locator("form[data-action=start] [type=submit]").click()
    expect(seen.page.locator("#acts-list li.waiting")).to_have_count(1)
    _report(seen.page, photos)
    expect(seen.page.locator("#acts-list li.waiting")).to_have_count(2)
    seen.page.context.set_offline(False)
    expect(seen.page.locator("#acts-list li.sent")).to_have_count(2)
    assert room.get(f"tickets/{ticket_id}")["ticket"]["state"] == "reported"
    seen.forgive("ERR_INTERNET_DISCONNECTED")


def test_what_somebody_changed_meanwhile_is_not_overwritten(visit: Open, room: CountyRoom) -> None:
    ticket_id = dispatched(room)
    seen = visit(f"/my/tickets/{ticket_id}", "en", PHONE)
    page = seen.page
    _kept(page)
    page.context.set_offline(True)
    page.locator("summary.return").click()
    page.locator("[name=reason]").fill("not ours")
    page.locator("[name=legal_basis]").fill("article 12")
    page.locator("form[data-action=return] [type=submit]").click()
    expect(page.locator("#acts-list li.waiting")).to_have_count(1)
    start(room, ticket_id)
    page.context.set_offline(False)
    expect(page.locator("#acts-list li.refused")).to_contain_text("Somebody changed the ticket")
    assert room.get(f"tickets/{ticket_id}")["ticket"]["state"] == "in_progress"
    # Looked at anew it may be sent again, and is refused for what it is now: no longer possible.
    page.reload()
    page.get_by_role("button", name="Send again").click()
    expect(page.locator("#acts-list li.refused")).to_contain_text("does not allow it")
    page.get_by_role("button", name="Remove").click()
    expect(page.locator("#acts")).to_be_hidden()
    assert room.get(f"tickets/{ticket_id}")["ticket"]["state"] == "in_progress"
    seen.forgive("ERR_INTERNET_DISCONNECTED")
    seen.forgive("status of 412")
    seen.forgive("status of 409")


def _check(seen: Visit) -> None:
    assert seen.violations() == []
    assert seen.overflow_px() <= 0
    small = seen.page.evaluate(
        "least => [...document.querySelectorAll('.phone a, .phone button, .phone summary,"
        " .phone input, .phone textarea')].filter(one => one.checkVisibility()"
        " && one.getBoundingClientRect().height < least).map(one => one.outerHTML)",
        TARGET_PX_MIN,
    )
    assert small == []


def _tab_to(page: Page, target: Locator) -> None:
    for _ in range(80):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"no way to {target} by the Tab key")


def _ready(page: Page) -> None:
    page.wait_for_selector("html[data-ready]")


def _kept(page: Page) -> None:
    """Wait until the page and its files are there without a network."""
    _ready(page)
    page.wait_for_function(
        "async () => navigator.serviceWorker.controller !== null"
        " && (await (await caches.open('trapwatch-my')).keys())"
        "    .filter(({url}) => url.includes('/my/') || url.includes('.js')).length >= 5"
    )


def _report(page: Page, photos: tuple[Path, Path]) -> None:
    page.locator("summary.report").click()
    form = page.locator("form[data-action=report]")
    form.locator("[name=photos_before]").set_input_files(photos[0])
    form.locator("[name=photos_after]").set_input_files(photos[1])
    form.locator("[name=weight_kg]").fill("380")
    form.locator("[name=hauler]").fill("净源环保")
    form.locator("[name=note]").fill("清掏完毕")
    form.locator("[type=submit]").click()


def _lose_the_first_answer(context: BrowserContext) -> list[dict[str, str]]:
    orders: list[dict[str, str]] = []

    def pass_on(route: Route) -> None:
        orders.append(route.request.headers)
        if len(orders) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    context.route("**/transitions", pass_on)
    return orders


def _until(page: Page, is_so: Callable[[], bool]) -> None:
    """Wait for something that the browser's own events bring about."""
    for _ in range(200):
        if is_so():
            return
        page.evaluate("new Promise(done => setTimeout(done, 50))")
    raise AssertionError("it did not happen")
