"""One measured result: a JSON object a line, comparable between commits and machines."""

import json
import os
import platform
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Record:
    """A case's figures; percentiles are of one unit of the case's work, in milliseconds."""

    case: str
    parameters: dict[str, Any]
    rate: float
    unit: str
    p50_ms: float
    p95_ms: float
    p99_ms: float
    rss_mb: float
    extra: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the record as one line, with the commit and the machine."""
        flat = asdict(self)
        extra = flat.pop("extra")
        figures = {key: _rounded(value) for key, value in (flat | extra).items()}
        return json.dumps(figures | {"commit": commit(), "machine": machine()}, ensure_ascii=False)


def measured(
    case: str,
    parameters: dict[str, Any],
    *,
    rate: float,
    unit: str,
    samples_ms: Sequence[float],
    memory_mb: float | None = None,
    extra: dict[str, Any] | None = None,
) -> Record:
    """Return the record of samples in milliseconds; memory is this process's unless given."""
    p50, p95, p99 = np.percentile(np.asarray(samples_ms), (50, 95, 99)).tolist()
    memory_mb = rss_mb() if memory_mb is None else memory_mb
    return Record(case, parameters, rate, unit, p50, p95, p99, memory_mb, extra or {})


def repeat(work: Callable[[], object], duration_s: float, count_min: int = 5) -> list[float]:
    """Run ``work`` for about ``duration_s`` after one warm-up; return each run's milliseconds."""
    work()
    samples: list[float] = []
    end = perf_counter() + duration_s
    while perf_counter() < end or len(samples) < count_min:
        start = perf_counter()
        work()
        samples.append((perf_counter() - start) * 1_000)
    return samples


def rss_mb(pid: int | str = "self") -> float:
    """Return a process's resident memory in MB."""
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_s(pid: int) -> dict[str, float]:
    """Return the CPU seconds of a process so far: of its main thread and of all the others.

    Threads that have ended since are among the others (proc(5): the process's own line has them).
    """
    main = _spent_s(Path(f"/proc/{pid}/task/{pid}/stat"))
    return {"main": main, "others": _spent_s(Path(f"/proc/{pid}/stat")) - main}


def _spent_s(stat: Path) -> float:
    fields = stat.read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime, stime


@cache
def commit() -> str:
    """Return the tree's commit, with ``+`` where it was changed; ``unknown`` outside git."""
    try:
        revision = _git("rev-parse", "--short=12", "HEAD")
        return revision + ("+" if _git("status", "--porcelain", "-uno") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


@cache
def machine() -> str:
    """Return what the figures were taken on."""
    model = platform.processor() or platform.machine()
    with open("/proc/cpuinfo", encoding="utf-8") as cpus:
        for line in cpus:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return f"{os.cpu_count()} x {model}, Python {platform.python_version()}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
