"""`trapwatch bench`: measured figures, one JSON object a line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from trapwatch.commands.process import load_settings, refuse

if TYPE_CHECKING:
    from bench.record import Record


def bench(
    case: Annotated[
        str,
        typer.Argument(
            help="all, decode, replay, simulate, rules, batch, relay, api, e2e, e2e_batched, "
            "latency."
        ),
    ],
    rate: Annotated[
        float | None,
        typer.Option(help="Messages (relay: deliveries) a second; relay, e2e*, latency."),
    ] = None,
    duration: Annotated[float | None, typer.Option(help="Seconds of load or of a case.")] = None,
    share: Annotated[
        float | None, typer.Option(min=0.001, max=1.0, help="Of the province that is loaded (api).")
    ] = None,
) -> None:
    """Run one case against services of its own and print a JSON record a line."""
    from bench.cases import NAMES, PACED, PLAIN, WITH_DATABASE, WITH_SERVICES
    from core.errors import TrapwatchError

    names = NAMES if case == "all" else (case,)
    if not set(names) <= set(NAMES):
        refuse(f"CASE: all or one of {', '.join(NAMES)} expected, {case} given")
    if rate is not None and not set(names) <= set(PACED):
        refuse(f"--rate does not apply to {case}")
    if share is not None and names != ("api",):
        refuse(f"--share does not apply to {case}")
    given = {"duration_s": duration, "rate_per_s": rate, "share": share}
    parameters = {name: value for name, value in given.items() if value is not None}
    try:
        for name in names:
            if name in PLAIN:
                _print(PLAIN[name](**parameters))
                continue
            with _services(with_broker=name in WITH_SERVICES) as urls:
                _print((WITH_DATABASE | WITH_SERVICES)[name](*urls, **parameters))
    except TrapwatchError as error:
        print(f"trapwatch: {error}", file=sys.stderr)
        raise SystemExit(1) from None


def _print(records: "Iterator[Record]") -> None:
    for record in records:
        print(record.to_json(), flush=True)


@contextmanager
def _services(*, with_broker: bool) -> Iterator[list[str]]:
    """Start a database (durable, with commit timestamps) and a broker for one case."""
    from trapwatch.stack.broker import EmbeddedBroker
    from trapwatch.stack.local import data_dir_of
    from trapwatch.stack.postgres import OPTIONS, EmbeddedPostgres
    from trapwatch.stack.tree import Tree

    data_dir = data_dir_of(load_settings())
    tree = Tree(data_dir / "services")
    options = {
        **OPTIONS,
        "track_commit_timestamp": "on",
        "timescaledb.max_background_workers": "0",
    }
    data_dir.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=data_dir, prefix="bench-", ignore_cleanup_errors=True) as scratch:
        postgres = EmbeddedPostgres(tree, Path(scratch) / "postgres", options=options)
        postgres.start()
        try:
            if not with_broker:
                yield [postgres.url()]
                return
            broker = EmbeddedBroker(tree, Path(scratch) / "broker")
            broker.start()
            try:
                yield [postgres.url(), broker.url]
            finally:
                broker.stop()
        finally:
            postgres.stop()
