from pathlib import Path

import pytest

from trapwatch.stack.errors import StackError
from trapwatch.stack.mirror import choose, find_mirror, parse_deb822, parse_one_line

_DEB822 = """\
Types: deb
# a comment between the fields
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
"""


@pytest.mark.parametrize(
    ("text", "mirror"),
    [
        ("deb http://m.example/debian bookworm main", "http://m.example/debian"),
        (
            "deb [arch=amd64 signed-by=/a.gpg] http://m.example/debian/ trixie main contrib",
            "http://m.example/debian/",
        ),
        ("# deb http://m.example/debian bookworm main", None),
        ("deb-src http://m.example/debian bookworm main", None),
        ("deb http://m.example/debian-security bookworm-security main", None),
        ("deb http://m.example/debian-security bookworm main", None),
        ("deb https://vendor.example/apt cloud-tool main", None),
        ("deb https://vendor.example/apt bookworm stable", None),
        ("deb https://vendor.example/apt bookworm main", None),
        ("deb http://archive.example/ubuntu noble main universe", None),
        (
            "deb https://vendor.example/apt bookworm main\ndeb http://m.example/debian sid main",
            "http://m.example/debian",
        ),
        (
            "deb http://s.example/archive/debian/20250520T000000Z bookworm main",
            "http://s.example/archive/debian/20250520T000000Z",
        ),
        ("deb", None),
        ("", None),
    ],
)
def test_one_line_sources(text: str, mirror: str | None) -> None:
    assert choose(parse_one_line(text)) == mirror


def test_deb822_sources() -> None:
    assert choose(parse_deb822(_DEB822)) == "http://mirror.example/debian"


def test_deb822_continuation_lines_and_disabled_paragraphs() -> None:
    disabled = _DEB822.replace("Types: deb\n#", "Enabled: no\nTypes: deb\n#")
    assert choose(parse_deb822(disabled)) is None
    folded = "Types: deb\nURIs:\n http://a.example/debian\nSuites: trixie\nComponents:\n main\n"
    assert choose(parse_deb822(folded)) == "http://a.example/debian"


def test_both_formats_of_a_machine_are_read(tmp_path: Path) -> None:
    apt = tmp_path
    with pytest.raises(StackError, match="TRAPWATCH_APT_MIRROR"):
        find_mirror({}, apt)
    (apt / "sources.list.d").mkdir()
    (apt / "sources.list").write_text("deb https://vendor.example/apt stable main\n")
    (apt / "sources.list.d" / "debian.sources").write_text(_DEB822)
    (apt / "sources.list.d" / "debian.sources.bak").write_text(
        "deb http://old.example/debian sid main"
    )
    assert find_mirror({}, apt) == "http://mirror.example/debian"
    given = {"TRAPWATCH_APT_MIRROR": "http://other.example/debian"}
    assert find_mirror(given, apt) == "http://other.example/debian"
