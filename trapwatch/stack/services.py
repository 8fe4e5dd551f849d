"""Database and broker of one checkout, together."""

from pathlib import Path
from types import TracebackType
from typing import Self

from trapwatch.stack.broker import EmbeddedBroker
from trapwatch.stack.postgres import EmbeddedPostgres
from trapwatch.stack.tree import Tree

DATABASE = "trapwatch"


class EmbeddedServices:
    """PostgreSQL in ``<data_dir>/postgres`` and Mosquitto in ``<data_dir>/broker``.

    A context manager: both run inside the block; stopped in order, broker first.
    """

    def __init__(self, tree: Tree, data_dir: Path, *, secured: bool = False) -> None:
        """Prepare both; ``secured``: the broker lets in accounts only."""
        self.postgres = EmbeddedPostgres(tree, data_dir / "postgres")
        self.broker = EmbeddedBroker(tree, data_dir / "broker", secured=secured)

    @property
    def database_url(self) -> str:
        """URL of the product's database, for its owner (no superuser)."""
        return self.postgres.url(DATABASE, DATABASE)

    @property
    def mqtt_url(self) -> str:
        """URL of the broker."""
        return self.broker.url

    def start(self) -> None:
        """Start both and create the database where it is missing.

        Raises: StackError, LockedError.
        """
        self.postgres.start()
        self.postgres.ensure_database(DATABASE)
        self.broker.start()

    def stop(self) -> None:
        """Stop both in order."""
        try:
            self.broker.stop()
        finally:
            self.postgres.stop()

    def kill(self) -> None:
        """SIGKILL both."""
        self.broker.kill()
        self.postgres.kill()

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.stop()
