"""One look at one page, and everything that went wrong during it."""

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Response, Route

from api.access.cookies import COOKIE
from tests.pages.county import CountyRoom

#: Headless, as root, without a graphics card, and without the browser's own errands.
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}
_AXE = (Path(__file__).with_name("axe") / "axe.min.js").read_text("utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def chromium() -> str:
    """Return where the system's Chromium is.

    Raises: FileNotFoundError: `make setup` has not installed it.
    """
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("chromium: install it (Debian package chromium), or `make setup`")
    return found


class Size(NamedTuple):
    """A window's size in CSS pixels."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


@dataclass
class Visit:
    """An open page with its log."""

    page: Page
    problems: list[str] = field(default_factory=list)
    responses: list[Response] = field(default_factory=list)
    #: Whether another page was loaded since the first.
    navigated: bool = False

    @classmethod
    def open(
        cls,
        browser: Browser,
        room: CountyRoom,
        path: str,
        language: str,
        size: Size,
        *,
        routes: Mapping[str, Callable[[Route], None]] = MappingProxyType({}),
        logged_in: bool = True,
        own_clock: bool = False,
    ) -> Self:
        """Open a page and wait until it has loaded; ``routes`` answer in the server's place.

        With ``own_clock`` the test may move the page's time by ``page.clock.fast_forward``.
        """
        context = browser.new_context(
            viewport={"width": size.width, "height": size.height}, locale=LOCALES[language]
        )
        if logged_in:
            context.add_cookies([{"name": COOKIE, "value": room.session, "url": room.url}])
        visit = cls(context.new_page())
        if own_clock:
            visit.page.clock.install()
        for pattern, answer in routes.items():
            visit.page.route(pattern, answer)
        host = urlsplit(room.url).netloc
        visit.page.on("console", visit._hear)
        visit.page.on("pageerror", lambda error: visit.problems.append(f"error: {error}"))
        visit.page.on("request", lambda request: visit._watch(request, host))
        visit.page.on("response", visit._keep)
        answer = visit.page.goto(room.url + path, wait_until="load")
        assert answer is not None
        assert answer.status == 200, answer.url
        visit.page.on("framenavigated", lambda _: visit._navigate())
        return visit

    def _keep(self, response: Response) -> None:
        self.responses.append(response)

    def _navigate(self) -> None:
        self.navigated = True

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.problems.append(f"{message.type}: {message.text}")

    def _watch(self, request: Request, host: str) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != host:
            self.problems.append(f"leaves the host: {request.url}")

    def forgive(self, text: str) -> None:
        """Take back problems that a test has made itself; there must have been one."""
        expected = [problem for problem in self.problems if text in problem]
        assert expected, f"nothing said {text}: {self.problems}"
        self.problems = [problem for problem in self.problems if text not in problem]

    def await_board(self) -> None:
        """Wait until all parts of the command centre are there."""
        for part in ("#map[data-marks]", ".scores", "#complaints canvas"):
            self.page.wait_for_selector(part)

    def resize(self, size: Size) -> None:
        """Give the window another size, and the page two frames to follow."""
        self.page.set_viewport_size({"width": size.width, "height": size.height})
        self.page.evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )

    def violations(self) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA and its best practices."""
        # By the debugger's way in: the pages' policy lets no foreign script in, and shall not.
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(_AXE)
        found: dict[str, Any] = self.page.evaluate(
            "rules => axe.run(document, {resultTypes: ['violations'],"
            " runOnly: {type: 'tag', values: rules}})",
            _RULES,
        )
        return [
            f"{violation['id']}: {node['target']} {node['failureSummary']}"
            for violation in found["violations"]
            for node in violation["nodes"]
        ]

    def overflow_px(self) -> int:
        """Return by how much the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))
