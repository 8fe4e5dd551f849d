"""`trapwatch claim`: what may be said about how complaints changed, made and checked."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from core.errors import RequestError, TrapwatchError
from trapwatch.commands.process import load_settings_beside, refuse

if TYPE_CHECKING:
    from alerts.claims.model import Claim
    from alerts.claims.verification import Difference

app = typer.Typer(
    no_args_is_help=True,
    help="Claims about complaints: figures, words and the data to recompute them.",
)
EXIT_DIFFERS = 1
#: More than a baseline of years needs.
_BYTES_MAX = 16_000_000


@app.command()
def make(
    *,
    baseline: Annotated[str, typer.Option(help="Months such as 2025-01..2025-12.")],
    period: Annotated[str, typer.Option(help="Months after it that are over.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="File to write, or -.")],
    town: Annotated[str | None, typer.Option(help="Town code; default: all towns.")] = None,
    category: Annotated[
        str | None, typer.Option(help="One or several by comma; default: everything but fume.")
    ] = None,
    treated: Annotated[str, typer.Option(help="monitored or all.")] = "monitored",
    comparison: Annotated[
        str, typer.Option(help="unmonitored, other_categories or none.")
    ] = "unmonitored",
    seasonal: Annotated[
        bool, typer.Option("--seasonal", help="Calendar months differ: needs 24 months.")
    ] = False,
) -> None:
    """Make a claim of the database as it is now; print the sentence that it allows."""
    from typing import get_args

    from alerts.claims.actions import claim_now
    from alerts.claims.document import canonical_claim
    from alerts.claims.model import ComparisonKind, Treated
    from alerts.claims.question import make_question
    from alerts.statistics.month import Month
    from core.clock import SystemClock
    from core.db import connect, translated_errors

    kind = next((one for one in get_args(ComparisonKind) if one == comparison), None)
    group = next((one for one in get_args(Treated) if one == treated), None)
    if kind is None or group is None:
        refuse("--treated monitored|all, --comparison unmonitored|other_categories|none expected")
    now = SystemClock().now()
    try:
        question = make_question(
            baseline=baseline,
            period=period,
            current=Month.of(now),
            town=town,
            category=category,
            treated=group,
            comparison=kind,
            seasonal=seasonal,
        )
        url = load_settings_beside().database.url.get_secret_value()
        with connect(url, "trapwatch-claim") as connection, translated_errors():
            claim = claim_now(connection, question, now)
    except RequestError as error:
        refuse(str(error))
    except TrapwatchError as error:
        _fail(str(error))
    _write(output, canonical_claim(claim))
    print(f"{claim.sentence.zh}\n{claim.sentence.en}", file=sys.stderr)


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A claim's file, or - for standard input.")],
    database: Annotated[
        bool, typer.Option("--database", help="Read the data from the database again as well.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """Compute a claim again from its own data; exit 1 and name each difference."""
    from alerts.claims.verification import differences_of, input_differences, read_claim
    from core.errors import EvidenceDamagedError

    try:
        claim = read_claim(_read(file))
        found = differences_of(claim)
        if database:
            found += input_differences(claim, _from_database(claim))
    except EvidenceDamagedError as error:
        if as_json:
            print(json.dumps({"verified": False, "damaged": str(error)}, ensure_ascii=False))
        _fail(str(error))
    except TrapwatchError as error:
        _fail(str(error))
    _report(claim, found, database=database, as_json=as_json)
    if found:
        raise SystemExit(EXIT_DIFFERS)


def _report(claim: "Claim", found: "list[Difference]", *, database: bool, as_json: bool) -> None:
    from dataclasses import asdict
    from importlib.metadata import version

    running = version("trapwatch")
    if as_json:
        document = {
            "verified": not found,
            "database": database,
            "data_sha256": claim.data_sha256,
            "document_sha256": claim.document_sha256,
            "code_version": {"stated": claim.code_version, "running": running},
            "differences": [asdict(one) for one in found],
        }
        print(json.dumps(document, ensure_ascii=False))
        return
    for one in found:
        print(f"{one.at}: {_short(one.stated)} stated, {_short(one.recomputed)} recomputed")
    if claim.code_version != running:
        print(f"made by version {claim.code_version}, checked by {running}")
    if not found:
        source = "its own data and the database" if database else "its own data"
        print(f"verified: every number and word follows from {source}")
        print(f"{claim.sentence.zh}\n{claim.sentence.en}")


def _from_database(claim: "Claim") -> "Claim":
    from alerts.claims.actions import claim_now
    from core.db import connect, translated_errors

    url = load_settings_beside().database.url.get_secret_value()
    with connect(url, "trapwatch-claim") as connection, translated_errors():
        return claim_now(connection, claim.question, claim.as_of)


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}…"


def _read(file: Path) -> bytes:
    try:
        if str(file) == "-":
            return sys.stdin.buffer.read(_BYTES_MAX + 1)
        with file.open("rb") as opened:
            content = opened.read(_BYTES_MAX + 1)
    except OSError as error:
        refuse(f"{file}: {error.strerror}")
    if len(content) > _BYTES_MAX:
        refuse(f"{file}: larger than any claim")
    return content


def _write(output: Path, content: bytes) -> None:
    if str(output) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        refuse(f"-o {output}: {error.strerror}")


def _fail(message: str) -> NoReturn:
    print(f"trapwatch: {message}", file=sys.stderr)
    raise SystemExit(EXIT_DIFFERS)
