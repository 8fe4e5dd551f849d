"""`trapwatch deadletter`: messages that were rejected, and what to do about them."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from core.settings import Settings
from trapwatch.commands.access_io import operator
from trapwatch.commands.duration import parse_duration
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from core.db import Connection
    from core.dead_letters.model import DeadLetter, Selection, WholeDeadLetter
    from ingest.dead_letters.store import Overflow

app = typer.Typer(
    no_args_is_help=True, help="Rejected messages: list, show, replay through the path, discard."
)

_TABLE_CHARS = 60

Reason = Annotated[str | None, typer.Option(help="Only of this reason, e.g. decode_error.")]
Gateway = Annotated[str | None, typer.Option(help="Only of this gateway.")]
Since = Annotated[
    str | None, typer.Option(help="Only received since: RFC 3339, or an age such as 90m, 24h, 7d.")
]
Until = Annotated[str | None, typer.Option(help="Only received before: RFC 3339, or an age.")]
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers, as `list` shows them.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Mean every kept message if nothing narrows it down.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]


@app.command(name="list")
def list_(
    *,
    reason: Reason = None,
    gateway: Gateway = None,
    since: Since = None,
    until: Until = None,
    state: Annotated[str, typer.Option(help="kept, replayed, discarded or any.")] = "kept",
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List rejected messages, newest first, then what was only counted."""
    from core.dead_letters import store
    from core.dead_letters.model import State
    from ingest.dead_letters.store import select_overflow

    wanted = next((one for one in get_args(State) if one == state), None)
    if wanted is None and state != "any":
        refuse(f"--state: {', '.join(get_args(State))} or any expected, {state} given")
    selection = _selection(None, reason, gateway, since, until)
    with _database(load_settings_beside()) as connection:
        letters = store.select_dead_letters(connection, selection, wanted, limit)
        overflow = select_overflow(connection, selection, limit)
    if as_json:
        for item in [i._asdict() for i in letters] + [i._asdict() for i in overflow]:
            print(json.dumps(item, default=_json, ensure_ascii=False))
        return
    _print_table(letters, overflow)


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="Number, as `list` shows it.")],
    raw: Annotated[bool, typer.Option(help="Only the payload's bytes, e.g. into a file.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show one rejected message whole."""
    from core.dead_letters import store

    with _database(load_settings_beside()) as connection:
        found = store.select_dead_letter(connection, number)
    if found is None:
        print(f"trapwatch: there is no rejected message {number}", file=sys.stderr)
        raise SystemExit(1)
    if raw:
        sys.stdout.buffer.write(found.payload)
        return
    if as_json:
        whole = found.letter._asdict() | {"payload": found.payload}
        print(json.dumps(whole, default=_json, ensure_ascii=False))
        return
    _print_letter(found)


@app.command()
def replay(
    *,
    ids: Ids = None,
    reason: Reason = None,
    gateway: Gateway = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Send kept messages through the normal path again; exit code 1 if any is refused again."""
    from rich.progress import track

    from ingest.dead_letters.replay import Result, replay
    from ingest.dead_letters.session import ReplaySession

    selection = _narrow(_selection(ids or None, reason, gateway, since, until), everything)
    settings = load_settings_beside()
    counts = dict.fromkeys(Result, 0)
    with _database(settings) as connection:
        numbers = _meant(connection, selection)
        session = ReplaySession(settings, connection)
        for number in track(numbers, "Replaying", disable=as_json or not sys.stderr.isatty()):
            result, why = replay(
                connection, number, actor=operator(), decoder=session.decoder,
                process=session.process, clock=session.clock,
            )  # fmt: skip
            counts[result] += 1
            if why:
                print(f"{number}: {why.splitlines()[-1]}", file=sys.stderr)
    summary = {result.value: count for result, count in counts.items()}
    print(json.dumps(summary) if as_json else _sentence(summary))
    if counts[Result.REFUSED]:
        raise SystemExit(1)


@app.command()
def discard(
    *,
    ids: Ids = None,
    reason: Reason = None,
    gateway: Gateway = None,
    since: Since = None,
    until: Until = None,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Let go of kept messages: they are no longer listed or replayed."""
    from alerts.dead_letters.actions import discard as let_go
    from core.clock import SystemClock

    selection = _narrow(_selection(ids or None, reason, gateway, since, until), everything)
    with _database(load_settings_beside()) as connection:
        numbers = _meant(connection, selection)
        with connection.transaction():
            gone = let_go(connection, numbers, operator(), SystemClock().now())
    summary = {"discarded": len(gone), "gone": len(numbers) - len(gone)}
    print(json.dumps(summary) if as_json else _sentence(summary))


def _meant(connection: "Connection", selection: "Selection") -> list[int]:
    """Return the numbers to settle; a number that is named but not kept stays in the list."""
    from core.dead_letters import store

    numbers = store.select_ids_to_settle(connection, selection)
    return numbers + sorted(set(selection.ids or ()) - set(numbers))


def _narrow(selection: "Selection", everything: bool) -> "Selection":
    if selection.is_everything and not everything:
        refuse("which? give numbers, --reason, --gateway, --since or --until, or --all")
    return selection


def _selection(
    ids: list[int] | None,
    reason: str | None,
    gateway: str | None,
    since: str | None,
    until: str | None,
) -> "Selection":
    from core.dead_letters.model import Selection
    from core.reading import normalise_uid

    uid = None if gateway is None else normalise_uid(gateway)
    return Selection(ids, reason, uid, _moment(since), _moment(until))


def _moment(text: str | None) -> datetime | None:
    """Read RFC 3339, or an age before now."""
    from core.clock import SystemClock

    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return SystemClock().now() - timedelta(seconds=parse_duration(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@contextmanager
def _database(settings: Settings) -> Iterator["Connection"]:
    from core.db import connect, translated_errors
    from core.errors import TrapwatchError

    try:
        url = settings.database.url.get_secret_value()
        with (
            connect(url, "trapwatch-deadletter", autocommit=True) as connection,
            translated_errors(),
        ):
            yield connection
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _print_table(letters: "list[DeadLetter]", overflow: "list[Overflow]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None)
    for name in ("number", "received", "gateway", "codec", "reason"):
        table.add_column(name, no_wrap=True)
    table.add_column("detail", overflow="fold")
    for letter in letters:
        table.add_row(
            str(letter.rejected_message_id), _rfc3339(letter.received_at),
            letter.gateway_uid or "-", letter.codec or "-", letter.reason, _short(letter.detail),
        )  # fmt: skip
    console = Console(highlight=False)
    console.print(table if letters else "No rejected messages match.")
    for over in overflow:
        console.print(
            f"{over.gateway_uid or '-'}: {over.message_count} more with {over.reason} in the hour "
            f"of {_rfc3339(over.hour)} were only counted; the last: {_short(over.sample_detail)}",
            markup=False,
        )


def _print_letter(found: "WholeDeadLetter") -> None:
    for name, value in found.letter._asdict().items():
        shown = _rfc3339(value) if isinstance(value, datetime) else value
        print(f"{name:<21}{'-' if value is None else shown}")
    try:
        print(found.payload.decode())
    except UnicodeDecodeError:
        print(found.payload.hex(" ", -4))


def _short(text: str) -> str:
    line = text.strip().splitlines()[-1] if text.strip() else ""
    return line if len(line) <= _TABLE_CHARS else line[: _TABLE_CHARS - 1] + "…"


def _sentence(summary: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in summary.items())


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    raise TypeError(type(value).__name__)
