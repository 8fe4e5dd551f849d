"""Which Debian mirror this machine uses: read from its own apt sources, written nowhere."""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from trapwatch.stack.errors import StackError

VARIABLE = "TRAPWATCH_APT_MIRROR"
_APT = Path("/etc/apt")
_SIDE_ARCHIVE = re.compile(r"(security|updates|backports|proposed)")
_CODENAME = re.compile(r"^(bullseye|bookworm|trixie|forky|duke|sid|\w*stable|testing)$")


@dataclass(frozen=True, slots=True)
class Source:
    """One archive of apt: its address, suites and components."""

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]


def parse_one_line(text: str) -> list[Source]:
    """Read ``deb [options] uri suite component...`` lines; others are skipped."""
    found = []
    for line in text.splitlines():
        bare = re.sub(r"\[[^]]*\]", " ", line.partition("#")[0])
        kind, *rest = bare.split() or [""]
        if kind == "deb" and len(rest) >= 2:
            found.append(Source(rest[0], (rest[1],), tuple(rest[2:])))
    return found


def parse_deb822(text: str) -> list[Source]:
    """Read the paragraphs of a ``.sources`` file; disabled and source-only ones are skipped."""
    found = []
    for paragraph in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        name = ""
        for line in paragraph.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            if line[0].isspace():
                fields[name] = f"{fields.get(name, '')} {line.strip()}"
            else:
                name, _, value = line.partition(":")
                name = name.strip().lower()
                fields[name] = value.strip()
        enabled = fields.get("enabled", "yes").lower() not in {"no", "false", "0"}
        if not enabled or "deb" not in fields.get("types", "").split():
            continue
        suites = tuple(fields.get("suites", "").split())
        components = tuple(fields.get("components", "").split())
        found += [Source(uri, suites, components) for uri in fields.get("uris", "").split()]
    return found


def choose(sources: Iterable[Source]) -> str | None:
    """Return the address of Debian's main archive among ``sources``, or None.

    Main means: a Debian release as suite, component ``main``, and neither the security archive
    nor a third party's (whose suites are named otherwise or which have other components).
    """
    best: tuple[int, str] | None = None
    for source in sources:
        if not any(_CODENAME.match(suite) for suite in source.suites):
            continue
        if "main" not in source.components or "security" in source.uri:
            continue
        # A third party may use Debian's suite names; Debian's mirrors end in /debian, and
        # snapshots carry it inside.
        score = 2 * ("/debian" in source.uri) + (source.uri.rstrip("/").endswith("/debian"))
        score -= bool(_SIDE_ARCHIVE.search(source.uri))
        if score > 0 and (best is None or score > best[0]):
            best = (score, source.uri)
    return best[1] if best else None


def read_sources(apt: Path = _APT) -> list[Source]:
    """Return what this machine's apt is told to use."""
    files = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found: list[Source] = []
    for file in files:
        if not file.is_file():
            continue
        text = file.read_text("utf-8", "replace")
        if file.suffix == ".sources":
            found += parse_deb822(text)
        elif file.suffix == ".list":
            found += parse_one_line(text)
    return found


def find_mirror(environment: Mapping[str, str] = os.environ, apt: Path = _APT) -> str:
    """Return the address of a Debian mirror for this machine.

    Raises: StackError: apt names none and ``TRAPWATCH_APT_MIRROR`` is not set.
    """
    mirror = environment.get(VARIABLE) or choose(read_sources(apt))
    if mirror is None:
        raise StackError(
            f"no Debian mirror among this machine's apt sources in {apt}; "
            f"set {VARIABLE} to one, or run the services with `docker compose up`"
        )
    return mirror
