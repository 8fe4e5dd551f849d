"""`trapwatch simulate`: a county that publishes, faults put into it, a receiver of webhooks."""

import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from core.errors import ConfigError, TrapwatchError
from simulators.vocabulary import DEFAULT_RESTAURANTS, DEFAULT_SEED, Fault
from trapwatch.commands.duration import UNITS_S, parse_duration
from trapwatch.commands.process import load_settings, load_settings_beside, refuse, stop_on_signals

app = typer.Typer(no_args_is_help=True, help="Play a county: readings, faults, webhook receiver.")

_ANSWER_TIMEOUT_S = 3.0
_SINCE_DEFAULT_S = 24 * 3_600.0


@app.command()
def run(
    seed: Annotated[int, typer.Option(min=0, help="Which county.")] = DEFAULT_SEED,
    restaurants: Annotated[
        int, typer.Option(min=1, max=100_000, help="How many restaurants it has.")
    ] = DEFAULT_RESTAURANTS,
    speed: Annotated[
        float, typer.Option(min=0.1, max=3_600, help="Times real time, until it has caught up.")
    ] = 1.0,
    since: Annotated[
        str | None,
        typer.Option(help="How far in the past to begin, e.g. 24h (default for a speed above 1)."),
    ] = None,
    duration: Annotated[
        float | None, typer.Option(min=0, help="Stop after so many seconds.")
    ] = None,
) -> None:
    """Publish the county's readings to TRAPWATCH_MQTT__URL until told to stop."""
    from threading import Event

    from core.clock import SystemClock
    from core.instant import SECOND_US
    from core.log import get_logger
    from simulators.broker import Broker
    from simulators.control import Control
    from simulators.county import make_county
    from simulators.fleet import Fleet
    from simulators.publisher import Publisher
    from simulators.run import Pace, Simulation

    settings = load_settings()
    since_s = _since_s(since, speed, settings.ingest.backfill_days_max * UNITS_S["d"])
    stop = stop_on_signals()
    log = get_logger("simulate")
    try:
        broker = Broker.parse(settings.mqtt.url.get_secret_value())
    except ConfigError as error:
        refuse(str(error))
    clock, wake = SystemClock(), Event()
    county = make_county(seed, restaurants)
    control = Control(broker, "trapwatch-sim-control", wake.set)
    control.start()
    try:
        uids = [gateway.uid for gateway in county.gateways]
        with Publisher(broker, uids, "trapwatch-sim") as publisher:
            now_us = clock.now_us()
            fleet = Fleet(county, seed, now_us - round(since_s * SECOND_US))
            pace = Pace(now_us, fleet.now_us, speed)
            log.info(
                "simulating", traps=len(fleet), gateways=len(uids), speed=speed, since_s=since_s
            )
            simulation = Simulation(
                fleet, pace, sink=publisher, requests=control, clock=clock, wake=wake
            )
            simulation.run(stop, duration)
        log.info("stopped", published=simulation.published)
    finally:
        control.close()


@app.command()
def history(
    *,
    out: Annotated[Path, typer.Option(help="Directory to write into.")],
    seed: Annotated[int, typer.Option(min=0, help="Which history.")] = DEFAULT_SEED,
    traps: Annotated[int, typer.Option(min=1, max=100_000, help="How many traps.")] = 300,
    days: Annotated[int, typer.Option(min=1, max=366, help="How many days.")] = 60,
    reporting: Annotated[
        str, typer.Option(help="5min: also at once where something happens; 20min: polled.")
    ] = "5min",
    start: Annotated[
        str | None, typer.Option(help="First local day, e.g. 2026-03-09 (the default).")
    ] = None,
) -> None:
    """Write a simulated past with its labelled truth: readings.npz, objects.json, truth.jsonl."""
    from rich.progress import Progress

    from simulators.archive import write_history
    from simulators.history import DEFAULT_START_US, simulate
    from simulators.reporting import Reporting

    try:
        plan = Reporting.named(reporting)
        start_us = DEFAULT_START_US if start is None else _local_day_us(start)
        with Progress(transient=True, disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task(f"{traps} traps, {days} days", total=1.0)
            done = simulate(
                seed,
                traps,
                days,
                plan,
                start_us,
                progress=lambda share: bar.update(task, completed=share),
            )
        write_history(out, done)
    except (ConfigError, OSError) as error:
        refuse(str(error))
    print(f"{out}: {len(done.readings)} readings, {len(done.truth)} true episodes")


@app.command()
def seed() -> None:
    """Write the county into an empty, migrated database; do nothing where there is a town."""
    from trapwatch.demo import seed as write_county

    settings = load_settings()
    try:
        written = write_county(settings.database.url.get_secret_value(), settings)
    except TrapwatchError as error:
        _fail(str(error))
    print("county written" if written else "there is a town already: nothing written")


@app.command()
def inject(
    fault: Annotated[Fault, typer.Argument(help="What to do to the trap.")],
    trap: Annotated[str, typer.Option(help="Code of the trap, e.g. T000123.")],
    fill_s: Annotated[
        float, typer.Option("--fill-s", help="Blockage: run over after so many seconds.")
    ] = 30.0,
    clear: Annotated[bool, typer.Option("--clear", help="Take the fault out again.")] = False,
) -> None:
    """Put a fault into a trap of the running simulator; exit 1 if that cannot be done."""
    from uuid import uuid4

    from simulators.broker import Broker
    from simulators.control import Request, ask

    url = load_settings_beside().mqtt.url.get_secret_value()
    request_id = uuid4().hex
    try:
        broker = Broker.parse(url)
        answer = ask(
            broker,
            f"trapwatch-inject-{request_id[:12]}",
            Request(request_id, fault, trap, fill_s, clear),
            _ANSWER_TIMEOUT_S,
        )
    except ConfigError as error:
        refuse(str(error))
    except TrapwatchError as error:
        _fail(f"broker: {error}")
    if answer is None:
        _fail(f"no simulator is running on {broker.host}:{broker.port} (trapwatch simulate run)")
    if not answer.ok:
        _fail(answer.detail)
    print(answer.detail)


@app.command()
def receiver(
    secret: Annotated[str, typer.Option(help="The endpoint's secret, whsec_…")],
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free one.")] = 9_000,
) -> None:
    """Receive webhooks, check their signatures, print one line a delivery."""
    from simulators.receiver import Delivery, WebhookReceiver

    def show(delivery: Delivery) -> None:
        from core.instant import format_rfc3339

        verdict = "signature ok" if delivery.problem is None else f"REFUSED: {delivery.problem}"
        body = delivery.body.decode("utf-8", "replace")
        at = format_rfc3339(delivery.received_at_us)
        print(f"{at} {delivery.webhook_id or '-'} {verdict} {body}", flush=True)

    load_settings()
    stop = stop_on_signals()
    try:
        running = WebhookReceiver(secret, port, on_delivery=show)
    except (OSError, ValueError) as error:
        refuse(f"receiver: {error}")
    with running:
        print(f"receiving at {running.url}", flush=True)
        stop.wait()


@app.command()
def robot(
    vendor: Annotated[str, typer.Argument(help="dingtalk, wecom or feishu.")],
    secret: Annotated[
        str | None, typer.Option(help="The robot's sign key; WeCom has none.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="0: any free one.")] = 9_001,
) -> None:
    """Be a group's chat robot by its vendor's rules; print one line a call."""
    from core.instant import format_rfc3339
    from simulators.robot_server import Call, RobotServer
    from simulators.robots import VENDORS, Robot

    def show(call: Call) -> None:
        verdict = "accepted" if call.is_accepted else f"REFUSED: {call.answer}"
        body = call.body.decode("utf-8", "replace")
        print(f"{format_rfc3339(call.received_at_us)} {verdict} {body}", flush=True)

    if vendor not in VENDORS:
        raise typer.BadParameter(f"VENDOR: {', '.join(VENDORS)} expected")
    load_settings()
    stop = stop_on_signals()
    try:
        server = RobotServer(Robot(vendor, secret=secret), port)
    except OSError as error:
        refuse(f"robot: {error}")
    server.on_call = show
    with server:
        print(f"the robot's address is {server.url}", flush=True)
        stop.wait()


def _local_day_us(text: str) -> int:
    from datetime import UTC, datetime

    from core.instant import to_us
    from simulators.kitchen import LOCAL_OFFSET_US

    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise typer.BadParameter("--start: a day such as 2026-03-09 expected") from None
    return to_us(day) - LOCAL_OFFSET_US


def _since_s(since: str | None, speed: float, longest_s: float) -> float:
    if since is None:
        return _SINCE_DEFAULT_S if speed > 1 else 0.0
    since_s = parse_duration(since)
    if since_s > 0 and speed <= 1:
        raise typer.BadParameter("--since needs a --speed above 1, or it would never catch up")
    if since_s > longest_s:
        raise typer.BadParameter(
            f"--since: at most {longest_s:g} s (TRAPWATCH_INGEST__BACKFILL_DAYS_MAX)"
        )
    return since_s


def _fail(message: str) -> NoReturn:
    print(f"trapwatch: {message}", file=sys.stderr)
    raise SystemExit(1)
