"""`trapwatch handover`: signed documents of tickets between jurisdictions, as files."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from core.errors import ConfigError, TrapwatchError
from core.settings import Settings
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from alerts.handover.party import Party
    from alerts.tickets.model import Actor
    from core.db import Connection

app = typer.Typer(
    no_args_is_help=True, help="Hand tickets over to other jurisdictions, and take theirs."
)

Ticket = Annotated[int, typer.Argument(help="Number of our ticket.")]
File = Annotated[Path, typer.Argument(help="The document, as it was sent.", exists=True)]
Out = Annotated[Path, typer.Option(help="Where the document is written to.")]
By = Annotated[str, typer.Option(help="Who does this; it stands in the audit trail.")]
Note = Annotated[str, typer.Option(help="What the other side is told.")]


@app.command()
def key() -> None:
    """Print our verifier key, for the other side's TRAPWATCH_EVIDENCE__TRUSTED_KEYS."""
    party = _party(load_settings_beside())
    if party.signer is None:
        refuse("there is no signing key: TRAPWATCH_EVIDENCE__SIGNING_KEY is not set")
    print(party.signer.verifier_key)


@app.command()
def export(
    ticket: Ticket,
    *,
    to: Annotated[str, typer.Option(help="The name in the other side's key.")],
    out: Out,
    by: By,
    note: Note = "",
    with_files: Annotated[bool, typer.Option(help="Photos and documents go along.")] = False,
) -> None:
    """Sign a ticket over to another jurisdiction; its state and clocks here go on."""
    from alerts.evidence.blobs import BlobDir
    from alerts.handover import sending, store
    from core.clock import SystemClock

    settings = load_settings_beside()
    with _database(settings) as connection:
        sent = sending.hand_over(
            connection,
            BlobDir(settings.evidence.blob_dir),
            ticket,
            recipient=to,
            note=note,
            with_files=with_files,
            party=_party(settings),
            actor=_person(by),
            expected_version=None,
            now=SystemClock().now(),
        )
        document = store.select_document(connection, ticket, sent.seq)
        assert document is not None, "it was stored a moment ago"
        out.write_bytes(document)
    print(json.dumps({"ticket": ticket, "seq": sent.seq, "sha256": sent.sha256}))


@app.command(name="import")
def import_(
    file: File,
    *,
    by: By,
    trap: Annotated[int | None, typer.Option(help="trap_id, where the document's do not fit.")] = (
        None
    ),
) -> None:
    """Open the ticket that somebody hands over to us; the same document again changes nothing."""
    from alerts.evidence.blobs import BlobDir
    from alerts.handover import receiving
    from core.clock import SystemClock

    settings = load_settings_beside()
    with _database(settings) as connection:
        received, is_new = receiving.import_ticket(
            connection,
            BlobDir(settings.evidence.blob_dir),
            file.read_bytes(),
            trap_id=trap,
            party=_party(settings),
            actor=_person(by),
            now=SystemClock().now(),
        )
    print(json.dumps({"ticket": received.ticket_id, "seq": received.seq, "is_new": is_new}))


@app.command()
def echo(ticket: Ticket, *, out: Out, by: By, note: Note = "") -> None:
    """Sign how a ticket that was handed over to us stands."""
    from alerts.handover import receiving
    from core.clock import SystemClock

    settings = load_settings_beside()
    with _database(settings) as connection:
        document = receiving.make_echo(
            connection,
            ticket,
            note=note,
            party=_party(settings),
            actor=_person(by),
            now=SystemClock().now(),
        )
        out.write_bytes(document)


@app.command(name="record-echo")
def record_echo(file: File, *, by: By) -> None:
    """Take down what became of a ticket that we handed over."""
    from alerts.handover import sending
    from core.clock import SystemClock

    settings = load_settings_beside()
    with _database(settings) as connection:
        sent, is_news = sending.record_echo(
            connection,
            file.read_bytes(),
            party=_party(settings),
            actor=_person(by),
            now=SystemClock().now(),
        )
    print(json.dumps({"ticket": sent.ticket_id, "seq": sent.seq, "is_news": is_news}))


def _party(settings: Settings) -> "Party":
    from alerts.handover.party import party_of

    try:
        return party_of(settings.evidence)
    except ConfigError as error:
        refuse(str(error))


def _person(name: str) -> "Actor":
    """Return whoever can read the database's password: in every role, by the name they give."""
    from alerts.tickets.lifecycle import Role
    from alerts.tickets.model import Actor

    return Actor(name, frozenset(Role) - {Role.SYSTEM})


@contextmanager
def _database(settings: Settings) -> Iterator["Connection"]:
    """Yield a connection in one transaction; what is refused ends the command with exit code 1."""
    from core.db import connect, translated_errors

    try:
        url = settings.database.url.get_secret_value()
        with connect(url, "trapwatch-handover") as connection, translated_errors():
            yield connection
    except (TrapwatchError, OSError) as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None
