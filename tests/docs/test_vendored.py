"""What others wrote is byte for byte what they released, with its licence beside it."""

import json
from hashlib import sha256
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = (ROOT / "api" / "static" / "vendor", ROOT / "tests" / "pages" / "axe")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_vendored_files_are_as_released(place: Path) -> None:
    listed = {place / "vendored.json"}
    for package in json.loads((place / "vendored.json").read_text("utf-8")):
        assert "LICENSE" in package["files"], package["package"]
        for name, digest in package["files"].items():
            path = place / package["directory"] / name
            assert sha256(path.read_bytes()).hexdigest() == digest, path
            listed.add(path)
    assert {path for path in place.rglob("*") if path.is_file()} == listed


def test_the_pages_page_names_every_package_and_version() -> None:
    page = (ROOT / "docs" / "pages.md").read_text("utf-8")
    for place in PLACES:
        for package in json.loads((place / "vendored.json").read_text("utf-8")):
            assert f"| {package['package']} | {package['version']} |" in page
