"""Services of a chaos run: their own, with commit times kept, to be killed at will."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.rig import Rig, running_rig
from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import TEST_OPTIONS, EmbeddedPostgres
from trapwatch.stack.tree import Tree


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
