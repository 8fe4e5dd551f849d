"""Every register in both languages, on a screen and a phone; what is changed and printed there."""

import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from playwright.sync_api import expect

from alerts.statistics.month import Month
from core.clock import SystemClock
from tests.pages.conftest import Open
from tests.pages.county import CountyRoom
from tests.pages.visit import Size, Visit
from tests.processes import wait_until

#: One county room for all of them, on one worker.
pytestmark = pytest.mark.xdist_group("county room")

SCREEN, PHONE = Size(1920, 1080), Size(390, 844)
LISTS = (
    *("traps", "gateways", "rules", "webhooks", "deliveries", "dead-letters", "claims"),
    "inspection-plans",
)
THINGS = (
    *("entry", "trap", "device", "gateway", "rule", "webhook", "dead letter", "complaint"),
    *("claim", "ticket", "alert", "plan", "report", "report so far"),
)
LAST = Month.of(SystemClock().now()).plus(-1)
CONTROLS = "[...document.querySelectorAll('a[href], button, summary, input, select, textarea')]"
#: In points of 1/72 inch.
A4 = (595, 842)


@pytest.fixture(scope="session")
def paths(room: CountyRoom) -> Mapping[str, str]:
    """One of each kind, and where its page is."""
    trap = room.trap_with_cover()
    assert room.inject("cover-open", "--trap", trap).returncode == 0
    wait_until(lambda: bool(room.get("alerts?limit=1")["items"]), "an alert")
    alert = room.get("alerts?limit=1")["items"][0]
    found = room.get(f"traps?code={trap}")["items"][0]
    key = {"Idempotency-Key": "registers"}
    order = {
        "trap_id": found["trap_id"],
        "problem": "overflow",
        "severity": "orange",
        "source_kind": "patrol",
        "source_ref": "P1",
    }
    room.post("tickets", order, key)
    webhook = {"url": "http://127.0.0.1:9/hook", "description": "registers"}
    room.post("webhooks", webhook, {})
    claim = {"baseline": f"{LAST.plus(-12)}..{LAST.plus(-1)}", "period": f"{LAST}..{LAST}"}
    room.post("complaints/claims", claim, {})
    plan = {"town": found["town_code"], "day": f"{LAST.plus(2)}-01", "inspector": "李"}
    room.post("inspection-plans", plan, {"Idempotency-Key": "plan"})
    made_plan = room.get("inspection-plans")["items"][0]
    ((dead,),) = room.execute(
        b"INSERT INTO rejected_message (received_at, topic, payload, payload_bytes, digest, reason,"
        b" detail) VALUES (now(), 'trapwatch/x', '\\x7b6e6f', 3, '\\x00', 'malformed', 'no JSON')"
        b" RETURNING rejected_message_id"
    )
    ((device,), (gateway,), (complaint,)) = (
        room.execute(b"SELECT min(device_id) FROM device")[0],
        room.execute(b"SELECT min(gateway_id) FROM gateway")[0],
        room.execute(b"SELECT min(complaint_id) FROM complaint WHERE restaurant_id IS NOT NULL")[0],
    )
    return {
        "entry": f"/restaurants/{found['restaurant_id']}/entry",
        "trap": f"/traps/{trap}/entry",
        "device": f"/devices/{device}",
        "gateway": f"/gateways/{gateway}",
        "rule": "/rules/R01",
        "webhook": f"/webhooks/{room.get('webhooks')['items'][-1]['endpoint_id']}",
        "dead letter": f"/dead-letters/{dead}",
        "complaint": f"/complaints/{complaint}",
        "claim": f"/claims/{room.get('complaints/claims')['items'][0]['claim_id']}",
        "ticket": f"/tickets/{room.get('tickets?problem=overflow')['items'][0]['ticket_id']}",
        "alert": f"/alerts/{alert['alert_id']}",
        "plan": f"/inspection-plans/{made_plan['inspection_plan_id']}",
        "report": f"/reports/{LAST}",
        "report so far": f"/reports/{LAST.plus(1)}",
    }


def clean_at_both_sizes(seen: Visit, language: str) -> None:
    assert seen.page.get_attribute("html", "lang") == {"zh": "zh-CN", "en": "en"}[language]
    for place in seen.page.locator("details").all():
        place.evaluate("one => one.open = true")
    for size in (SCREEN, PHONE):
        seen.resize(size)
        assert seen.violations() == []
        assert seen.overflow_px() <= 0, size


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_clean(visit: Open, paths: Mapping[str, str], name: str, language: str) -> None:
    assert paths
    seen = visit(f"/{name}?limit=8", language, SCREEN)
    assert seen.page.locator("nav.lanes [aria-current=page]").count() == 1
    clean_at_both_sizes(seen, language)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", THINGS)
def test_a_thing_is_clean(visit: Open, paths: Mapping[str, str], name: str, language: str) -> None:
    clean_at_both_sizes(visit(paths[name], language, SCREEN), language)


def test_a_dead_letter_is_sent_again_and_what_came_of_it_shows_without_a_reload(
    visit: Open, room: CountyRoom
) -> None:
    ((uid, measured_at),) = room.execute(
        b"SELECT uid, now() - INTERVAL '1 day' FROM device WHERE status = 'active' LIMIT 1"
    )
    text = json.dumps(
        {"device": uid, "metric": "rssi_dbm", "value": -71, "measured_at": measured_at.isoformat()}
    )
    ((number,),) = room.execute(
        b"INSERT INTO rejected_message (received_at, topic, gateway_uid, codec, payload, digest,"
        b" payload_bytes, reason, detail) VALUES (now(), 'trapwatch/v1/gw-again/up', 'gw-again',"
        b" 'native', convert_to(%s, 'UTF8'), '\\x01', %s, 'internal_error', 'an older version')"
        b" RETURNING rejected_message_id",
        text,
        len(text),
    )
    seen = visit(f"/dead-letters/{number}", "en", SCREEN)
    seen.page.get_by_role("button", name="Send again").click()
    state = seen.page.get_by_text("replayed", exact=True).first
    state.wait_for()
    assert seen.page.get_by_role("button", name="Send again").count() == 0
    assert seen.violations() == []
    found = room.execute(
        b"SELECT value FROM reading JOIN device USING (device_id) WHERE uid = %s"
        b" AND measured_at = %s",
        uid,
        measured_at,
    )
    assert found == [(-71,)]


@pytest.mark.parametrize(
    ("code", "button", "found"),
    [("R02", "Run its tests", "passed"), ("R16", "Try on history", "differences")],
)
def test_a_rule_is_tried_and_what_that_found_shows_without_a_reload(
    visit: Open, paths: Mapping[str, str], code: str, button: str, found: str
) -> None:
    assert paths
    seen = visit(f"/rules/{code}", "en", SCREEN)
    seen.page.locator("details", has_text=button).locator("summary").click()
    seen.page.get_by_role("button", name=button).click()
    seen.page.locator("#trials summary", has_text=found).wait_for()
    assert seen.page.locator("#trials[hx-get]").count() == 0, "it asks on for nothing"
    clean_at_both_sizes(seen, "en")


def test_everything_on_a_page_is_reached_by_keyboard(visit: Open, paths: Mapping[str, str]) -> None:
    seen = visit(paths["ticket"], "en", SCREEN)
    seen.page.locator("details summary").first.focus()
    seen.page.keyboard.press("Enter")
    wanted = seen.page.evaluate(
        f"{CONTROLS}.filter(one => one.checkVisibility() && one.type !== 'hidden').length"
    )
    seen.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    reached = set()
    for _ in range(2 * wanted):
        seen.page.keyboard.press("Tab")
        reached.add(seen.page.evaluate(f"{CONTROLS}.indexOf(document.activeElement)"))
    assert len(reached - {-1}) == wanted


def test_a_list_goes_on_and_back(visit: Open, paths: Mapping[str, str]) -> None:
    assert paths
    seen = visit("/traps?limit=8", "en", SCREEN)
    first = seen.page.locator("tbody tr").first.inner_text()
    for _ in range(2):
        seen.page.get_by_role("link", name="Next page").click()
        seen.page.wait_for_load_state()
    assert seen.page.locator("tbody tr").first.inner_text() != first
    for _ in range(2):
        seen.page.get_by_role("link", name="Previous page").click()
        seen.page.wait_for_load_state()
    assert seen.page.locator("tbody tr").first.inner_text() == first
    assert seen.page.get_by_role("link", name="Previous page").count() == 0


def test_the_csv_has_the_filters_of_the_list(visit: Open, room: CountyRoom) -> None:
    town = room.get("towns")["items"][0]["code"]
    seen = visit(f"/traps?town={town}", "en", SCREEN)
    link = seen.page.get_by_role("link", name="CSV file").get_attribute("href")
    answer = seen.page.request.get(f"{room.url}{link}")
    ((count,),) = room.execute(
        b"SELECT count(*) FROM trap JOIN restaurant USING (restaurant_id) JOIN town USING (town_id)"
        b" WHERE town.code = %s",
        town,
    )
    assert int(answer.headers["export-row-count"]) == count > 0


def test_a_change_carries_its_version_and_only_what_was_changed(
    visit: Open, room: CountyRoom, paths: Mapping[str, str]
) -> None:
    seen = visit(paths["entry"], "en", SCREEN)
    seen.page.get_by_text("Change", exact=True).first.click()
    seen.page.get_by_label("permit", exact=True).fill("P-2026-1")
    with seen.page.expect_request("**/api/v1/restaurants/*") as sent:
        seen.page.get_by_role("button", name="Change").click()
    assert json.loads(sent.value.post_data or "") == {"permit_no": "P-2026-1"}
    headers = sent.value.headers
    assert re.fullmatch(r'"\d+"', headers["if-match"])
    assert headers["idempotency-key"]
    assert headers["x-csrf-token"]
    expect(seen.page.locator("dd", has_text="P-2026-1")).to_be_visible()
    (number,) = re.findall(r"\d+", paths["entry"])
    assert room.get(f"restaurants/{number}")["permit_no"] == "P-2026-1"
    expect(seen.page.get_by_text("restaurant.changed").first).to_be_visible()


def test_what_is_wrong_is_said_at_its_field(
    visit: Open, room: CountyRoom, paths: Mapping[str, str]
) -> None:
    seen = visit(paths["trap"], "en", SCREEN)
    seen.page.get_by_text("Change", exact=True).first.click()
    field = seen.page.get_by_label("capacity (L)")
    before = room.get(f"traps?code={paths['trap'].rpartition('/')[2]}")["items"]
    field.fill("-5")
    seen.page.get_by_role("button", name="Change").click()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    said = seen.page.locator(f"#{field.get_attribute('aria-describedby')}")
    expect(said).to_contain_text("greater than 0")
    assert seen.violations() == []
    assert room.get(f"traps?code={paths['trap'].rpartition('/')[2]}")["items"] == before
    seen.problems[:] = [one for one in seen.problems if "422" not in one]


def test_a_version_that_is_not_the_last_changes_nothing(
    visit: Open, paths: Mapping[str, str]
) -> None:
    seen = visit(paths["entry"], "en", SCREEN)
    seen.page.get_by_text("Change", exact=True).first.click()
    seen.page.locator("form.change").first.evaluate("one => { one.dataset.version = '99999' }")
    seen.page.get_by_label("permit", exact=True).fill("P-0")
    seen.page.get_by_role("button", name="Change").click()
    expect(seen.page.locator("p.problem").first).to_contain_text("Somebody changed it meanwhile")
    seen.problems[:] = [one for one in seen.problems if "412" not in one]


def test_a_ticket_is_taken_on_by_its_page(
    visit: Open, room: CountyRoom, paths: Mapping[str, str]
) -> None:
    seen = visit(paths["ticket"], "zh", SCREEN)
    seen.page.get_by_text("受理", exact=True).first.click()
    form = seen.page.get_by_role("form", name="受理")
    form.get_by_role("button").click()
    number = paths["ticket"].rpartition("/")[2]
    wait_until(lambda: room.get(f"tickets/{number}")["ticket"]["state"] != "new", "the ticket")


def test_an_endpoint_is_paused_and_resumed(
    visit: Open, room: CountyRoom, paths: Mapping[str, str]
) -> None:
    seen = visit(paths["webhook"], "en", SCREEN)
    for button, state in (("Pause", "paused"), ("Resume", "active")):
        seen.page.get_by_role("button", name=button, exact=True).click()
        expect(seen.page.locator("dd", has_text=re.compile(f"^{state}$"))).to_be_visible()
        assert room.get(paths["webhook"][1:])["state"] == state


def test_a_rule_is_overridden_at_a_place_by_its_page(
    visit: Open, room: CountyRoom, paths: Mapping[str, str]
) -> None:
    trap = paths["trap"].split("/")[2]
    seen = visit(f"/rules/R02?scope=trap&scope_ref={trap}", "zh", SCREEN)
    seen.page.get_by_text("覆盖参数", exact=True).first.click()
    form = seen.page.get_by_role("form", name="覆盖参数")
    form.get_by_label("原因").fill("试验")
    form.get_by_role("button").click()
    expect(form.locator("p.problem")).to_contain_text("1 value(s)")
    form.get_by_label("hold_s", exact=True).fill("30")
    form.get_by_role("button").click()
    seen.page.get_by_role("button", name="取消覆盖").wait_for()
    made = room.get("rules/R02/overrides")["items"][-1]
    assert (made["scope_ref"], made["parameters"], made["reason"]) == (trap, {"hold_s": 30}, "试验")
    seen.page.on("dialog", lambda dialog: dialog.accept())
    seen.page.get_by_role("button", name="取消覆盖").click()
    wait_until(
        lambda: all(o["scope_ref"] != trap for o in room.get("rules/R02/overrides")["items"]),
        "the override to go",
    )
    seen.problems[:] = [one for one in seen.problems if "422" not in one]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_ticket_and_a_report_are_printed(
    visit: Open, paths: Mapping[str, str], language: str, tmp_path: Path
) -> None:
    for name, pages_max in (("ticket", 2), ("report", 4)):
        seen = visit(paths[name], language, SCREEN)
        file = tmp_path / f"{name}.pdf"
        seen.page.pdf(path=file, prefer_css_page_size=True, print_background=True)
        pages, size, text = read_pdf(file)
        assert 1 <= pages <= pages_max, name
        assert all(abs(a - b) <= 1 for a, b in zip(size, A4, strict=True)), size
        seen.page.emulate_media(media="print")
        printed = seen.page.locator("main").inner_text()
        assert seen.page.locator("form.change:visible, nav.lanes:visible").count() == 0
        text = text or printed
        assert ("+08:00" in text) or ("+08:00" in printed)
        if name == "report":
            sentence = seen.page.locator(".sentence").inner_text()
            assert sentence in printed
            assert {"zh": "应同时说明", "en": "To be said beside it"}[language] in printed


def read_pdf(file: Path) -> tuple[int, tuple[float, float], str]:
    """Return the number of pages, the first one's size in points, and the text where it is read."""
    content = file.read_bytes()
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    box = re.search(rb"/MediaBox\s*\[\s*0\s+0\s+([\d.]+)\s+([\d.]+)", content)
    assert box is not None
    try:
        text = subprocess.run(
            ["pdftotext", "-layout", file, "-"], capture_output=True, text=True, check=True
        ).stdout
    except FileNotFoundError:
        text = ""
    return pages, (float(box[1]), float(box[2])), text
