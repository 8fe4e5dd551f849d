"""A simulated history as files: readings.npz, objects.json, truth.jsonl.

Owns: their format. Never: what is in them.
"""

from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from core.errors import ConfigError
from core.reading_batch import ReadingBatch
from simulators.county import County, Device, Gateway, Restaurant, Trap
from simulators.history import SimulatedHistory
from simulators.names import TownSeed
from simulators.plan.model import Closure, Inspection, Job, PumpOut, Rain
from simulators.truth import read_truth, write_truth

_READINGS, _OBJECTS, _TRUTH = "readings.npz", "objects.json", "truth.jsonl"


def write_history(directory: Path, history: SimulatedHistory) -> None:
    """Write a history into a directory, which is made if need be."""
    directory.mkdir(parents=True, exist_ok=True)
    columns = {field.name: getattr(history.readings, field.name) for field in fields(ReadingBatch)}
    np.savez(directory / _READINGS, **columns)
    objects = {
        "start_us": history.start_us,
        "end_us": history.end_us,
        "county": {
            "towns": [town._asdict() for town in history.county.towns],
            **{
                name: [asdict(item) for item in getattr(history.county, name)]
                for name in ("restaurants", "traps", "gateways", "devices")
            },
        },
        **{
            name: [item._asdict() for item in getattr(history, name)]
            for name in ("jobs", "pump_outs", "inspections", "closures", "rain")
        },
    }
    (directory / _OBJECTS).write_bytes(orjson.dumps(objects, option=orjson.OPT_INDENT_2))
    write_truth(directory / _TRUTH, history.truth)


def read_history(directory: Path) -> SimulatedHistory:
    """Return the history of a directory that ``write_history`` wrote.

    Raises: ConfigError: there is none.
    """
    try:
        objects: dict[str, Any] = orjson.loads((directory / _OBJECTS).read_bytes())
        with np.load(directory / _READINGS) as columns:
            readings = ReadingBatch(*(columns[field.name] for field in fields(ReadingBatch)))
        truth = read_truth(directory / _TRUTH)
    except OSError as error:
        raise ConfigError(f"{directory}: no simulated history: {error}") from None
    county = objects["county"]
    return SimulatedHistory(
        County(
            tuple(TownSeed(**row) for row in county["towns"]),
            tuple(Restaurant(**row) for row in county["restaurants"]),
            tuple(Trap(**row) for row in county["traps"]),
            tuple(Gateway(**row) for row in county["gateways"]),
            tuple(Device(**row) for row in county["devices"]),
        ),
        objects["start_us"],
        objects["end_us"],
        readings,
        tuple(Job(**row) for row in objects["jobs"]),
        tuple(PumpOut(**row) for row in objects["pump_outs"]),
        tuple(Inspection(**row) for row in objects["inspections"]),
        tuple(Closure(**row) for row in objects["closures"]),
        tuple(Rain(**row) for row in objects["rain"]),
        tuple(truth),
    )
