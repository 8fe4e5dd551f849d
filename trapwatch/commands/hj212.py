"""`trapwatch hj212`: HJ 212 stations on TCP, on to the broker."""

import asyncio
from typing import Annotated

import typer

from core.errors import ConfigError
from trapwatch.commands.process import load_settings_beside, refuse, stop_on_signals


def hj212(
    listen: Annotated[
        str, typer.Option(help="host:port for the stations; port 0: any free one.")
    ] = "127.0.0.1:9212",
    gateway: Annotated[
        str, typer.Option(help="The gateway as which their frames are published.")
    ] = "hj212",
    connections: Annotated[int, typer.Option(min=1, help="Stations at once.")] = 1_000,
    idle: Annotated[float, typer.Option(min=1, help="Seconds of silence that end one.")] = 7_200,
) -> None:
    """Take HJ 212-2017 frames over TCP and publish them to trapwatch/v1/GATEWAY/up/hj212.

    A station gets the answer it asks for once the broker has its frame. Publishes with the account
    in TRAPWATCH_MQTT__URL: with a broker that has accounts, that of the gateway.
    """
    settings = load_settings_beside()
    from core.broker_address import BrokerAddress
    from ingest.hj212_listener import Hj212Listener
    from ingest.hj212_publisher import FramePublisher
    from trapwatch.broker_accounts.roles import check_gateway_id

    host, _, port = listen.rpartition(":")
    try:
        if not host or not port.isdecimal() or int(port) > 65_535:
            raise ConfigError(f"--listen: host:port expected, {listen} given")
        check_gateway_id(gateway)
        address = BrokerAddress.parse(
            settings.mqtt.url.get_secret_value(), settings.mqtt.tls_ca_file
        )
    except ConfigError as error:
        refuse(str(error))
    publisher = FramePublisher(
        address, f"trapwatch-hj212-{gateway}", f"trapwatch/v1/{gateway}/up/hj212", answer_s_max=10
    )
    listener = Hj212Listener(publisher.publish, connections_max=connections, idle_s_max=idle)
    stop = stop_on_signals()

    async def run() -> None:
        serving = asyncio.create_task(
            listener.serve(
                host, int(port), lambda bound: print(f"listening at {host}:{bound}", flush=True)
            )
        )
        stopping = asyncio.create_task(asyncio.to_thread(stop.wait))
        done, _ = await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stop.set()
        serving.cancel()
        if serving in done:
            serving.result()

    try:
        asyncio.run(run())
    except OSError as error:
        refuse(f"--listen {listen}: {error.strerror or error}")
    finally:
        publisher.close()
