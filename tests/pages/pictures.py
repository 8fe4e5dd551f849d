"""Takes the pictures of docs/img: a demo county on an ordinary day, with a few things wrong.

`make pictures`; it waits until every device has reported once, about six minutes.
"""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psycopg
from playwright.sync_api import Browser, sync_playwright
from psycopg import sql

from alerts.statistics.month import Month
from core.clock import SystemClock
from migrations.runner import migrate
from tests.pages.county import UNIT, CountyRoom, county_room
from tests.pages.visit import FLAGS, Size, Visit, chromium
from tests.processes import wait_until
from tests.services import with_database
from trapwatch.stack import testing
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.paths import CHECKOUT
from trapwatch.stack.tree import Tree

IMG = CHECKOUT / "docs" / "img"
RESTAURANTS = 600
ONLINE_RATIO = 0.97
PATIENCE_S = 900.0
FAULTS = (
    *(("blockage", "--fill-s", "5"),) * 3,
    *(("cover-open",),) * 6,
    *(("pump-out",),) * 2,
)
#: How far each ticket is taken, one after another.
PROGRESS = (
    ("accept",),
    ("accept", "file"),
    ("accept", "file", "dispatch"),
    ("accept", "file", "dispatch", "start"),
)
SCREEN, DESK, PHONE = Size(1920, 1080), Size(1366, 768), Size(390, 844)
HAND = Size(360, 780)


def main() -> None:
    """Take every picture anew."""
    IMG.mkdir(exist_ok=True)
    with TemporaryDirectory() as directory, _room(Path(directory)) as room:
        wait_until(lambda: _online_ratio(room) > ONLINE_RATIO, "devices to report", PATIENCE_S)
        traps = _make_a_day(room)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
            for language in ("zh", "en"):
                for name, path, sizes in (
                    ("command-centre", "/", (SCREEN, DESK)),
                    ("patrol", "/patrol", (DESK, PHONE)),
                    ("restaurant", f"/restaurants/{_restaurant_of(room, traps[0])}", (DESK, PHONE)),
                    ("ticket", f"/tickets/{_tickets(room)[0]['ticket_id']}", (DESK,)),
                    ("report", f"/reports/{Month.of(SystemClock().now()).plus(-1)}", (DESK,)),
                    ("traps", "/traps?limit=20", (DESK,)),
                    ("trap", f"/traps/{traps[0]}", (DESK, HAND)),
                    ("my", "/my", (HAND,)),
                    ("my-ticket", f"/my/tickets/{_tickets(room)[0]['ticket_id']}", (HAND,)),
                ):
                    for size in sizes:
                        picture = _take(browser, room, path, language, size)
                        (IMG / f"{name}-{size}-{language}.webp").write_bytes(picture)
            browser.close()


@contextmanager
def _room(directory: Path) -> Iterator[CountyRoom]:
    tree = Tree(CHECKOUT / "var" / "services")
    postgres = testing.start_test_postgres(tree, CHECKOUT / "var")
    (directory / "broker").mkdir()
    broker = EmbeddedBroker(tree, directory / "broker")
    try:
        name = f"pictures_{uuid4().hex[:8]}"
        with psycopg.connect(postgres.url(), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = with_database(postgres.url(), name)
        migrate(url)
        broker.start()
        with county_room(url, broker.url, directory / "log", RESTAURANTS) as room:
            yield room
    finally:
        broker.kill()
        postgres.stop()


def _online_ratio(room: CountyRoom) -> float:
    funnel = room.get("coverage")["funnel"]
    return float(funnel["online"] / funnel["commissioned"])


def _make_a_day(room: CountyRoom) -> list[str]:
    """Put faults into traps, and take their tickets some way; return the traps."""
    rows = room.execute(
        b"SELECT t.code FROM trap t JOIN device d USING (trap_id) JOIN restaurant r"
        b" USING (restaurant_id) WHERE d.status = 'active' AND r.status = 'open'"
        b" AND starts_with(d.model, 'TW-') ORDER BY md5(t.code) LIMIT %s",
        len(FAULTS),
    )
    traps = [code for (code,) in rows]
    for (fault, *options), trap in zip(FAULTS, traps, strict=True):
        done = room.inject(fault, "--trap", trap, *options)
        assert done.returncode == 0, done.stderr
    wait_until(lambda: len(_tickets(room)) >= len(PROGRESS), "tickets about covers", 120)
    for ticket, actions in zip(_tickets(room), PROGRESS, strict=False):
        for action in actions:
            _act(room, ticket["ticket_id"], action)
    return traps


def _restaurant_of(room: CountyRoom, trap: str) -> int:
    return int(room.get(f"traps?code={trap}")["items"][0]["restaurant_id"])


def _tickets(room: CountyRoom) -> list[dict[str, Any]]:
    return list(room.get("tickets?active=true&problem=cover")["items"])


def _act(room: CountyRoom, ticket_id: int, action: str) -> None:
    found = room.get(f"tickets/{ticket_id}")
    now = found["ticket"]["updated_at"]
    details = {
        "dispatch": {"owner_unit": UNIT},
        "start": {"person": "李", "first_contact_at": now},
    }
    if action not in {row["action"] for row in found["available_actions"]}:
        return  # the system has done it already, as with red ones
    body = {"action": action, "detail": details.get(action, {})}
    version = f'"{found["ticket"]["version"]}"'
    room.post(f"tickets/{ticket_id}/transitions", body, {"If-Match": version})


def _take(browser: Browser, room: CountyRoom, path: str, language: str, size: Size) -> bytes:
    seen = Visit.open(browser, room, path, language, size)
    if path == "/":
        seen.await_board()
        seen.page.wait_for_selector("#map .cluster")
    elif path.startswith("/traps/"):
        seen.page.wait_for_selector("#chart[data-drawn]")
    assert seen.problems == [], seen.problems
    # WebP is a fourth of a PNG; Playwright only offers PNG and JPEG, the browser itself all three.
    session = seen.page.context.new_cdp_session(seen.page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    seen.page.context.close()
    return b64decode(taken["data"])


if __name__ == "__main__":
    main()
