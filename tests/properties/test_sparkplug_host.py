"""Whatever is lost, repeated or reordered: no value ends under another's name."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.settings import IngestSettings
from ingest.sparkplug_host import SparkplugHost
from ingest.topics import Topics
from simulators.encoders.sparkplug import DOUBLE, Sent, birth, node_death, payload, topic

TOPICS = Topics(IngestSettings().topics)
AT_MS = 1_767_574_800_000
#: A metric's values are its own, so that a wrong name shows.
VALUES = {"level_mm": 1_000.0, "flow_lps": 2_000.0, "tilt_deg": 3_000.0, "temperature": 4_000.0}
LABELS = {"temperature": "temperature_c"}

Message = tuple[str, bytes]


def conversation(rng: random.Random, births: int) -> list[Message]:
    """One edge node's life: each birth deals its aliases out anew."""
    messages: list[Message] = []
    for bd_seq in range(births):
        seq = 0
        messages.append((topic("g", "NBIRTH", "e"), birth([], AT_MS, 0, bd_seq)))
        names = list(VALUES)
        rng.shuffle(names)
        alias_of = {name: alias for alias, name in enumerate(names)}
        introduced = [Sent(VALUES[name], DOUBLE, name, alias) for name, alias in alias_of.items()]
        seq = 1
        messages.append((topic("g", "DBIRTH", "e", "d"), birth(introduced, AT_MS, seq, None)))
        for _ in range(rng.randrange(1, 12)):
            seq = (seq + 1) % 256
            name = rng.choice(names)
            sent = Sent(VALUES[name] + 1, DOUBLE, None, alias_of[name], tells_datatype=False)
            messages.append((topic("g", "DDATA", "e", "d"), payload([sent], AT_MS, seq)))
        if rng.random() < 0.3:
            messages.append((topic("g", "NDEATH", "e"), node_death(AT_MS, bd_seq)))
    return messages


def play(host: SparkplugHost, messages: list[Message]) -> tuple[int, int]:
    """Return how many were believed and how many were not; check that no value is misnamed."""
    believed = refused = 0
    for name, message in messages:
        try:
            readings, _ = host.decode(message, AT_MS * 1_000, TOPICS.route(name))
        except DecodeError as error:
            assert error.detail
            refused += 1
            continue
        believed += 1
        for reading in readings:
            expected = {LABELS.get(key, key): value for key, value in VALUES.items()}
            assert 0 <= reading.value - expected[reading.metric.label] <= 1
    return believed, refused


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5))
def test_nothing_lost_means_everything_believed(seed: int, births: int) -> None:
    host = SparkplugHost()
    messages = conversation(random.Random(seed), births)
    assert play(host, messages) == (len(messages), 0)
    assert host.take_commands() == []


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5), st.floats(0, 0.5), st.floats(0, 0.3))
def test_losses_and_repeats_never_misname_a_value_and_a_rebirth_heals(
    seed: int, births: int, loss: float, repeats: float
) -> None:
    rng = random.Random(seed)
    host = SparkplugHost()
    kept = [m for m in conversation(rng, births) if "NBIRTH" in m[0] or rng.random() >= loss]
    play(host, [m for m in kept for _ in range(1 + (rng.random() < repeats))])
    healed = conversation(rng, 1)
    assert play(host, healed) == (len(healed), 0)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**32), st.integers(2, 6), st.data())
def test_a_life_that_passed_while_we_were_away_never_misnames_a_value(
    seed: int, births: int, data: st.DataObject
) -> None:
    rng = random.Random(seed)
    host = SparkplugHost()
    messages = conversation(rng, births)
    start = data.draw(st.integers(0, len(messages)))
    end = data.draw(st.integers(start, len(messages)))
    play(host, messages[:start])
    host.distrust()
    play(host, messages[end:])
    healed = conversation(rng, 1)
    assert play(host, healed) == (len(healed), 0)
