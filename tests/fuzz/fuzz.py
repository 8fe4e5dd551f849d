"""Damaged payloads into every codec: readings, presences or a DecodeError, never anything else."""

import math
import random
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from core.errors import DecodeError
from core.instant import INSTANT_MAX_US, INSTANT_MIN_US
from core.reading import Quality
from core.settings import IngestSettings
from ingest.codecs import CODECS
from ingest.codecs.decoded import Decoded
from ingest.codecs.hj212_frame import encode_frame
from ingest.sparkplug_host import SparkplugHost
from ingest.topics import UID_CHARS_MAX, Route, Topics
from tests.fuzz.mutate import mutate

GOLDEN = Path(__file__).parents[1] / "golden" / "codecs"
RECEIVED_AT_US = 1_767_574_807_000_000
#: One decode of at most 64 kB; an honest one takes milliseconds.
_SLOW_S = 2.0
_PER_TASK = 5_000


class Task(NamedTuple):
    """One share of a run, repeatable by its seed."""

    codec: str
    seed: int
    count: int


class Found(NamedTuple):
    """What a share came to; ``fault`` is a defect of ours with what repeats it."""

    codec: str
    decoded: int
    refused: int
    fault: str | None


def run(count: int, seed: int, workers: int = 2) -> tuple[Counter[str], list[str], float]:
    """Spread ``count`` payloads over all codecs; return the counts, the faults and the seconds."""
    codecs = [*sorted(CODECS), "sparkplug-host"]
    share = -(-count // len(codecs))
    tasks = [
        Task(codec, seed * 1_000_003 + part, min(_PER_TASK, share - part * _PER_TASK))
        for codec in codecs
        for part in range(-(-share // _PER_TASK))
    ]
    began_s = perf_counter()
    counts: Counter[str] = Counter()
    faults = []
    with ProcessPoolExecutor(workers) as pool:
        for found in pool.map(run_task, tasks):
            counts[f"{found.codec} decoded"] += found.decoded
            counts[f"{found.codec} refused"] += found.refused
            if found.fault is not None:
                faults.append(found.fault)
    return counts, faults, perf_counter() - began_s


def run_task(task: Task) -> Found:
    """Fuzz one codec; stop at the first fault."""
    rng = random.Random(f"{task.codec} {task.seed}")
    corpora = {codec: corpus_of(codec) for codec in CODECS}
    codec = "sparkplug" if task.codec == "sparkplug-host" else task.codec
    own, others = corpora[codec], [p for corpus in corpora.values() for p in corpus]
    valid = corpus_of(codec, valid=True)
    decode = SparkplugHost().decode if task.codec == "sparkplug-host" else CODECS[codec]
    routes = routes_of(codec)
    tally: Counter[str] = Counter()
    for _ in range(task.count):
        payload = mutate(rng, rng.choices((valid, own, others), (8, 1, 1))[0])
        if codec == "hj212" and rng.random() < 0.7:
            payload = encode_frame(payload[6:-6])  # behind the CRC there is more to damage
        route = rng.choice(routes)
        began_s = perf_counter()
        try:
            fault = contract_broken(decode(payload, RECEIVED_AT_US, route), task.codec)
            tally["decoded"] += 1
        except DecodeError as error:
            fault = None if error.detail else "a DecodeError without a reason"
            tally["refused"] += 1
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
        if fault is None and perf_counter() - began_s > _SLOW_S:
            fault = f"{perf_counter() - began_s:.1f} s for {len(payload)} bytes"
        if fault is not None:
            said = f"{task.codec}, seed {task.seed}, {route.topic}: {fault}\n{payload.hex()}"
            return Found(task.codec, tally["decoded"], tally["refused"], said)
    return Found(task.codec, tally["decoded"], tally["refused"], None)


def contract_broken(decoded: Decoded, codec: str) -> str | None:
    """Return what is wrong with a result; None: nothing."""
    readings, presences = decoded
    # Only a conversation knows messages that say nothing new (a death that is out of date).
    if not readings and not presences and codec != "sparkplug-host":
        return "neither a reading nor a presence"
    for uid in (*(r.device_uid for r in readings), *(p.uid for p in presences)):
        if not 0 < len(uid) <= 2 * UID_CHARS_MAX + 1 or not uid.isprintable():
            return f"uid {uid!r}"
    for reading in readings:
        if not INSTANT_MIN_US <= reading.measured_at_us <= INSTANT_MAX_US:
            return f"time {reading.measured_at_us}"
        if reading.quality is Quality.GOOD and not math.isfinite(reading.value):
            return f"good value {reading.value}"
    return None


def corpus_of(codec: str, *, valid: bool = False) -> Sequence[bytes]:
    """Return the golden payloads of a codec, all or only those that decode."""
    found = []
    for folder in sorted((GOLDEN / codec).iterdir()):
        if valid and folder.name.startswith("error_"):
            continue
        for name in ("payload.json", "payload.bin", "payload.hex"):
            file = folder / name
            if file.exists():
                text = file.read_bytes()
                found.append(bytes.fromhex(text.decode()) if name.endswith("hex") else text)
    return found


def routes_of(codec: str) -> Sequence[Route]:
    """Return the routes of a codec's golden topics."""
    topics: Topics = Topics(IngestSettings().topics)
    names = {(f / "topic.txt").read_text("utf-8").strip() for f in (GOLDEN / codec).iterdir()}
    return [topics.route(name) for name in sorted(names)]


def summary(counts: Mapping[str, int], seed: int, seconds: float) -> dict[str, object]:
    """Return a run's figures."""
    return {"seed": seed, "payloads": sum(counts.values()), "seconds": round(seconds, 1), **counts}
