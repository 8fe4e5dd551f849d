"""`trapwatch evidence`: packs that prove themselves offline, and their verifier."""

import subprocess
import sys
from getpass import getuser
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from alerts.evidence.pack.export import Order
    from core.db import Connection
    from core.settings import EvidenceSettings

app = typer.Typer(no_args_is_help=True, help="Evidence packs of tickets: export, verify.")


@app.command()
def export(
    ticket: Annotated[int, typer.Argument(min=1, help="Number of the ticket.")],
    *,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="File to write; it must not exist.")
    ] = None,
    redact: Annotated[
        bool, typer.Option("--redact", help="Leave out names and free texts.")
    ] = False,
    known_checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint that the reader has kept: prove it from there.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who exports, for the audit trail; default: the login name.")
    ] = None,
) -> None:
    """Write the evidence pack of a ticket; that it was exported is an entry of the ledger."""
    from alerts.evidence.pack.export import Order
    from core.db import connect, translated_errors
    from core.errors import TrapwatchError

    target = output or Path(f"evidence-ticket-{ticket}.zip")
    known = None if known_checkpoint is None else _read(known_checkpoint)
    order = Order(ticket, redact, known)
    settings = load_settings_beside()
    try:
        url = settings.database.url.get_secret_value()
        with connect(url, "trapwatch-evidence", autocommit=True) as connection, translated_errors():
            content = _write(connection, settings.evidence, order, target, by or getuser())
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
    except OSError as error:
        refuse(f"{target}: {error.strerror}")
    print(f"{target}: {content} bytes")


@app.command()
def verify(
    pack: Annotated[Path, typer.Argument(help="The ZIP file.")],
    *,
    key: Annotated[str | None, typer.Option(help="The ledger's published verifier key.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Checkpoint of the same ledger that you have kept.")
    ] = None,
) -> None:
    """Verify a pack offline, with the standard library only; exit code 1 where a check fails."""
    options = [] if key is None else ["--key", key]
    options += [] if checkpoint is None else ["--checkpoint", str(checkpoint)]
    with as_file(files("alerts.evidence.pack").joinpath("verify.py")) as verifier:
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(verifier), str(pack), *options], check=False
        )
    raise SystemExit(done.returncode)


def _write(
    connection: "Connection", evidence: "EvidenceSettings", order: "Order", target: Path, actor: str
) -> int:
    """Export into a new file; return its size. Nothing is entered where it cannot be written."""
    from alerts.evidence.pack import export as packs
    from core.clock import SystemClock

    with target.open("xb") as file:
        try:
            with connection.transaction():
                content = packs.export(
                    connection, packs.exporter_of(evidence), order,
                    actor=actor, now=SystemClock().now(),
                )  # fmt: skip
                file.write(content)
        except BaseException:
            target.unlink()
            raise
    return len(content)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        refuse(f"--known-checkpoint {path}: {error}")
