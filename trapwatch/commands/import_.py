"""`trapwatch import`: restaurants, devices and complaints from files."""

import getpass
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO, Literal, NamedTuple

import typer

from core.errors import RequestError, TrapwatchError
from core.settings import Settings
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from core.db import Connection
    from core.delimited import Finding

app = typer.Typer(
    no_args_is_help=True,
    help="Take in CSV files, packed by gzip or not; the same file twice is taken in once.",
)

File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Report every bad row, store nothing.")]
Strict = Annotated[bool, typer.Option(help="One bad row refuses the whole file.")]
Encoding = Annotated[
    str | None, typer.Option(help="Default: UTF-8 or UTF-16 by its mark, UTF-8, or GB 18030.")
]
Actor = Annotated[str | None, typer.Option(help="Who imports; default: who runs this.")]
AsJson = Annotated[bool, typer.Option("--json", help="The report as one JSON object.")]


@app.command()
def complaints(
    file: File,
    *,
    profile: Annotated[str, typer.Option(help="auto, own, 12345, nyc311 or calgary311.")] = "auto",
    town: Annotated[str | None, typer.Option(help="Of rows that name none, by code.")] = None,
    coordinates: Annotated[
        str | None, typer.Option(help="wgs84, gcj02 or bd09; default: the profile's.")
    ] = None,
    dry_run: DryRun = False,
    strict: Strict = False,
    encoding: Encoding = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take in complaints; exit code 1 if any row is bad."""
    from alerts.complaints.imports.run import ImportOptions, import_file
    from alerts.complaints.positions import CoordinateSystem
    from core.clock import SystemClock

    settings = load_settings_beside()
    try:
        system = None if coordinates is None else CoordinateSystem(coordinates)
    except ValueError:
        refuse(f"--coordinates: wgs84, gcj02 or bd09 expected, {coordinates} given")
    options = ImportOptions(
        profile=profile,
        is_dry_run=dry_run,
        is_strict=strict,
        town_code=town,
        coordinate_system=system,
        encoding=encoding,
        window=timedelta(hours=settings.alerts.complaint_window_h),
    )
    with _importing(settings, file, "complaints") as (connection, opened, progress):
        report = import_file(
            connection, opened, file.name, options, actor=_who(actor), now=SystemClock().now(),
            progress=progress,
        )  # fmt: skip
    extra = {
        "restaurants found": report.matched,
        "to be chosen by a person": report.suggested,
        "repeat an earlier one": report.duplicates,
    }
    _print(report.document(), report.findings, extra, as_json)


@app.command()
def restaurants(
    file: File,
    *,
    dry_run: DryRun = False,
    strict: Strict = False,
    encoding: Encoding = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take in restaurants, by register_no; exit code 1 if any row is bad."""
    _register("restaurants", file, _Options(dry_run, strict, encoding, actor, as_json))


@app.command()
def devices(
    file: File,
    *,
    dry_run: DryRun = False,
    strict: Strict = False,
    encoding: Encoding = None,
    actor: Actor = None,
    as_json: AsJson = False,
) -> None:
    """Take in devices, by uid; exit code 1 if any row is bad."""
    _register("devices", file, _Options(dry_run, strict, encoding, actor, as_json))


class _Options(NamedTuple):
    dry_run: bool
    strict: bool
    encoding: str | None
    actor: str | None
    as_json: bool


def _register(kind: Literal["restaurants", "devices"], file: Path, options: _Options) -> None:
    from api.registry.imports import import_register
    from core.clock import SystemClock

    with _importing(load_settings_beside(), file, kind) as (connection, opened, progress):
        report = import_register(
            connection, kind, opened, file.name, actor=_who(options.actor), now=SystemClock().now(),
            is_dry_run=options.dry_run, is_strict=options.strict, encoding=options.encoding,
            progress=progress,
        )  # fmt: skip
    _print(report.document(), report.findings, {}, options.as_json)


@contextmanager
def _importing(
    settings: Settings, file: Path, what: str
) -> Iterator[tuple["Connection", BinaryIO, Callable[[int], None]]]:
    """Open database, file and progress display; a file that cannot be taken ends the command."""
    from rich.console import Console
    from rich.progress import Progress

    from core.db import connect, translated_errors

    url = settings.database.url.get_secret_value()
    try:
        with (
            file.open("rb") as opened,
            connect(url, "trapwatch-import", autocommit=True) as connection,
            translated_errors(),
            Progress(
                transient=True, console=Console(stderr=True), disable=not sys.stderr.isatty()
            ) as bar,
        ):
            task = bar.add_task(f"{what}: rows read", total=None)
            yield connection, opened, lambda count: bar.update(task, completed=count)
    except RequestError as error:
        refuse(f"{file.name}: {error}")
    except (TrapwatchError, OSError) as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _who(actor: str | None) -> str:
    return actor or getpass.getuser()


def _print(
    document: dict[str, Any], findings: "Sequence[Finding]", extra: dict[str, int], as_json: bool
) -> None:
    if as_json:
        print(json.dumps(document, ensure_ascii=False))
    else:
        for found in findings:
            kind = "bad" if found.is_bad else "taken"
            where = f"line {found.line}" + (f", {found.column}" if found.column else "")
            print(f"{kind}: {where}: {found.reason}: {found.value!r}")
        counts = {**document["counts"], **extra}
        print(", ".join(f"{count} {name}" for name, count in counts.items()))
        for type_, count in document.get("skipped_types", {}).items():
            print(f"  skipped {count} × {type_}")
        if document["refused"]:
            print("refused: nothing was stored")
        elif document["dry_run"]:
            print("dry run: nothing was stored")
    if document["counts"]["bad"]:
        raise SystemExit(1)
