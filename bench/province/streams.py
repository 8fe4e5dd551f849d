"""Many live streams of one API process: how long until each has an alert that was committed."""

import asyncio
from collections.abc import Callable
from time import perf_counter

from bench.province.client import Address, BenchError, head_of

_PATIENCE_S = 60.0
#: At the same time: what the API lets wait for a connection to the database.
_OPENING_COUNT = 50

Streams = list[asyncio.StreamReader]


def measure(
    address: Address, stream_count: int, commit: Callable[[], float], rounds: int
) -> list[float]:
    """Open streams, commit ``rounds`` alerts, return each arrival in milliseconds.

    ``commit`` returns when its transaction was over (``perf_counter``); the streams read meanwhile.

    Raises: BenchError: a stream ends or an alert does not come.
    """
    return asyncio.run(_measure(address, stream_count, commit, rounds))


async def _measure(
    address: Address, stream_count: int, commit: Callable[[], float], rounds: int
) -> list[float]:
    writers: list[asyncio.StreamWriter] = []
    opening = asyncio.Semaphore(_OPENING_COUNT)

    async def opened() -> asyncio.StreamReader:
        async with opening:
            reader, writer = await asyncio.open_connection("127.0.0.1", address.port)
            writers.append(writer)
            writer.write(head_of("/events", address))
            await _wait_for(reader, b"event: ready")
            return reader

    arrived_ms: list[float] = []
    try:
        async with asyncio.timeout(_PATIENCE_S):
            streams = await asyncio.gather(*(opened() for _ in range(stream_count)))
        for _ in range(rounds):
            async with asyncio.timeout(_PATIENCE_S):
                waiting = asyncio.gather(*(_wait_for(one, b"event: alert") for one in streams))
                committed = await asyncio.to_thread(commit)
                arrived_ms += [(moment - committed) * 1_000 for moment in await waiting]
    except TimeoutError:
        raise BenchError(f"streams: nothing came within {_PATIENCE_S:.0f} s") from None
    finally:
        for writer in writers:
            writer.close()
    return arrived_ms


async def _wait_for(reader: asyncio.StreamReader, line: bytes) -> float:
    """Read on to the end of the event that holds a line; return when."""
    found = False
    while True:
        read = await reader.readline()
        if not read:
            raise BenchError("a live stream has ended")
        found = found or read.rstrip() == line
        if found and read in {b"\n", b"\r\n"}:
            return perf_counter()
