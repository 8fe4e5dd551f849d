"""A past of minutes: nothing is evaluated over windows, what is judged at once still is."""

from typing import TYPE_CHECKING

from alerts.replays.county import replay_county
from alerts.replays.past import Past
from alerts.rules.catalogue import load_catalogue
from core.instant import MINUTE_US
from core.reading import Metric
from core.reading_batch import ReadingBatch
from core.registry.model import Registry
from scoring.run import rulebook_of

if TYPE_CHECKING:
    from tests.unit.alerts.conftest import MakeDevice

#: No evaluation instant lies in these three minutes.
START_US = 1_772_985_600_000_000 + MINUTE_US


def test_a_past_shorter_than_any_evaluation_is_judged_by_its_readings(
    device: "MakeDevice",
) -> None:
    unit = device()
    rows = [
        (unit.device_id, int(Metric.LEVEL_MM), START_US + n * MINUTE_US, 880.0, 0, START_US)
        for n in range(4)
    ]
    past = Past(START_US, START_US + 3 * MINUTE_US, Registry([unit]), ReadingBatch.from_rows(rows))
    rulebook = rulebook_of(load_catalogue())
    rulebook.put(unit)
    assert [episode.rule.code for episode in replay_county(rulebook, past)] == ["R02"]


def test_an_empty_past_has_no_episodes(device: "MakeDevice") -> None:
    past = Past(START_US, START_US, Registry([device()]), ReadingBatch.from_rows([]))
    rulebook = rulebook_of(load_catalogue())
    assert replay_county(rulebook, past) == []
