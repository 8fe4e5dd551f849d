"""A note about the `trapwatch up` that runs in a data directory, for commands beside it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

_NAME = "up.json"


@dataclass(frozen=True, slots=True)
class Running:
    """Addresses of a running stack; those of broker and database hold its passwords."""

    page: str
    broker: str
    database: str
    broker_admin: str | None = None

    def write(self, data_dir: Path) -> None:
        """Leave the note, for its owner only."""
        note = data_dir / _NAME
        note.touch(mode=0o600)
        note.chmod(0o600)
        note.write_text(json.dumps(asdict(self)), "utf-8")

    @classmethod
    def read(cls, data_dir: Path) -> Self | None:
        """Return the note; None where there is none that can be read."""
        try:
            return cls(**json.loads((data_dir / _NAME).read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def remove(data_dir: Path) -> None:
        """Take the note away."""
        (data_dir / _NAME).unlink(missing_ok=True)
