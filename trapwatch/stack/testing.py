"""A database cluster for one test run, kept between runs, never shared by two.

Runs beside each other in one checkout take different slots, so nobody waits and nobody's
databases disappear.
"""

import os
import shutil
from hashlib import sha256
from pathlib import Path

from trapwatch.stack.errors import LockedError, StackError
from trapwatch.stack.postgres import TEST_OPTIONS, EmbeddedPostgres
from trapwatch.stack.tree import Tree

#: Set by `trapwatch stack exec`: superuser URL of the maintenance database, and the tree's path.
DATABASE_URL_VARIABLE = "TRAPWATCH_TEST_DATABASE_URL"
TREE_VARIABLE = "TRAPWATCH_TEST_TREE"
#: Databases of single tests start with this; those of an interrupted run are dropped.
DATABASE_PREFIX = "test_"
_SLOT_COUNT = 32
_MEMORY = Path("/dev/shm")
#: Two workers' databases, the write-ahead log and the template, with much to spare.
_MEMORY_BYTES_MIN = 4_000_000_000


#: A thousand databases are made and dropped here; none of them is read after a crash of this
#: cluster. What claims durability has a cluster of its own, with fsync on.
_OPTIONS = {
    **TEST_OPTIONS,
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
}


def cluster_root(data_dir: Path) -> Path:
    """Return where clusters for tests are: in memory where there is room, else on disk.

    A database is a thousand files: making one takes 0.07 s in memory, 0.3 to 1 s on disk.
    """
    try:
        free_bytes = shutil.disk_usage(_MEMORY).free
    except OSError:
        free_bytes = 0
    if free_bytes < _MEMORY_BYTES_MIN:
        return data_dir / "test"
    name = sha256(f"{os.getuid()} {data_dir.resolve()}".encode()).hexdigest()[:16]
    return _MEMORY / f"trapwatch-test-{name}"


def start_test_postgres(tree: Tree, data_dir: Path) -> EmbeddedPostgres:
    """Start a cluster in the first free slot below ``cluster_root`` and empty it.

    Migrated templates of earlier runs stay, which is what makes the next run start fast.

    Raises: StackError: it does not start, or every slot is taken.
    """
    root = cluster_root(data_dir)
    root.mkdir(mode=0o755, parents=True, exist_ok=True)
    for slot in range(_SLOT_COUNT):
        directory = root / f"postgres-{slot}"
        postgres = EmbeddedPostgres(tree, directory, options=_OPTIONS)
        try:
            postgres.start(lock_timeout_s=0.0)
        except LockedError:
            continue
        try:
            postgres.drop_databases(DATABASE_PREFIX)
        except BaseException:
            postgres.kill()
            raise
        return postgres
    raise StackError(f"all {_SLOT_COUNT} test clusters below {root} are in use")
