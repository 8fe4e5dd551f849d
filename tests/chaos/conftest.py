"""Services of a chaos run: their own, with commit times kept, to be killed at will."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.rig import Rig, running_rig
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import TEST_OPTIONS, EmbeddedPostgres
from trapwatch.stack.tree import Tree

Say = Callable[[Mapping[str, Any]], None]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """Print the figures of a run as one line of JSON, also when the test passes."""

    def write(figures: Mapping[str, Any]) -> None:
        with capsys.disabled():
            sys.stdout.write(f"\n{json.dumps(figures)}\n")

    return write


@pytest.fixture
def rig(
    service_tree: Tree, broker: EmbeddedBroker, tmp_path_factory: pytest.TempPathFactory,
    tmp_path: Path,
) -> Iterator[Rig]:  # fmt: skip
    """The product behind proxies, ready; its logs are in the test's ``tmp_path``."""
    postgres = EmbeddedPostgres(
        service_tree,
        tmp_path_factory.mktemp("postgres"),
        # The order of commits is what the checker replays.
        options={**TEST_OPTIONS, "track_commit_timestamp": "on"},
    )
    postgres.start()
    try:
        with running_rig(postgres, broker, tmp_path) as made:
            yield made
    finally:
        postgres.kill()


@pytest.fixture
def seed() -> int:
    """Which faults and which traffic; TRAPWATCH_TEST_CHAOS_SEED repeats a run."""
    return int(os.environ.get("TRAPWATCH_TEST_CHAOS_SEED", "1"))
