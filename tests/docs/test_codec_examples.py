"""The messages that docs/topics-and-codecs.md shows are what the codecs read."""

import re
from pathlib import Path

import pytest

from ingest.codecs import CODECS
from ingest.topics import Route

PAGE = (Path(__file__).parents[2] / "docs" / "topics-and-codecs.md").read_text("utf-8")
RECEIVED_AT_US = 1_767_574_807_000_000
EXAMPLES = [
    (section[0], example)
    for section in re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    for example in re.findall(r"^```json\n(.*?)^```", section[1], re.MULTILINE | re.DOTALL)
]
#: What the examples of a section say, metric by metric.
SAID = {
    "native": [["level_mm"], ["level_mm", "battery_v"]],
    "senml": [["level_mm", "flow_lps", "volume_l", "cover_open"]],
    "chirpstack": [["snr_db", "battery_pct"]],
    "tts": [["level_mm", "battery_pct", "rssi_dbm", "snr_db"]],
    "thingsboard-gateway": [["level_mm", "battery_pct", "cover_open"]],
}


@pytest.mark.parametrize("codec", sorted(SAID))
def test_an_example_says_what_its_section_promises(codec: str) -> None:
    route = Route(codec, "gw-1")
    said = [
        [
            reading.metric.label
            for reading in CODECS[codec](example.encode(), RECEIVED_AT_US, route).readings
        ]
        for section, example in EXAMPLES
        if section == codec
    ]
    assert said == SAID[codec]


def test_every_example_is_of_a_codec_that_is_shown() -> None:
    assert {section for section, _ in EXAMPLES} == set(SAID)
