"""A database cluster for one test run, kept between runs, never shared by two.

Runs beside each other in one checkout take different slots, so nobody waits and nobody's
databases disappear.
"""

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


#: A thousand databases are made and dropped here; none of them is read after a crash of this
#: cluster. What claims durability has a cluster of its own, with fsync on.
_OPTIONS = {**TEST_OPTIONS, "fsync": "off", "full_page_writes": "off"}


def start_test_postgres(tree: Tree, data_dir: Path) -> EmbeddedPostgres:
    """Start a cluster in the first free slot below ``<data_dir>/test`` and empty it.

    Migrated templates of earlier runs stay, which is what makes the next run start fast.

    Raises: StackError: it does not start, or every slot is taken.
    """
    for slot in range(_SLOT_COUNT):
        directory = data_dir / "test" / f"postgres-{slot}"
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
    raise StackError(f"all {_SLOT_COUNT} test clusters below {data_dir / 'test'} are in use")
