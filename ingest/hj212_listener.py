"""HJ 212 stations on TCP: frames go on over MQTT unchanged; answers wait for the broker.

Owns: connections, cutting the stream into frames, the acknowledgement. Never: what a frame says;
that is the codec's, in the worker.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

from core.errors import DecodeError
from core.log import get_logger
from ingest.codecs.hj212_frame import FRAME_BYTES_MAX, Frame, encode_frame, parse_frames, take_frame

#: Publishes one frame; returns once the broker has acknowledged it, False where it did not.
Publish = Callable[[bytes], Awaitable[bool]]

_log = get_logger("ingest.hj212_listener")
_READ_BYTES = 65_536
_ACKNOWLEDGED, _NOTICED = "9014", "9013"
_ANSWER_WANTED, _IN_PARTS = 1, 2
_SYSTEM = "91"


def answer_to(frame: Frame) -> bytes | None:
    """Return the acknowledgement that a frame asks for; None: it asks for none.

    Source: HJ 212-2017 §6.6.5: data uploads (CN 2xxx, 3xxx) get 9014, everything else 9013; the
    answer repeats QN, PW and MN and asks for nothing itself.
    """
    if not frame.flag & _ANSWER_WANTED:
        return None
    is_upload = frame.fields.get("CN", "")[:1] in {"2", "3"}
    command = _ACKNOWLEDGED if is_upload else _NOTICED
    flag = frame.flag & ~(_ANSWER_WANTED | _IN_PARTS)
    said = {name: frame.fields.get(name, "") for name in ("QN", "PW", "MN")}
    segment = (
        f"QN={said['QN']};ST={_SYSTEM};CN={command};PW={said['PW']};MN={said['MN']};"
        f"Flag={flag};CP=&&&&"
    )
    return encode_frame(segment.encode())


class Hj212Listener:
    """Serves stations until cancelled; at most ``connections_max`` at once."""

    def __init__(self, publish: Publish, *, connections_max: int, idle_s_max: float) -> None:
        self._publish = publish
        self._connections_max = connections_max
        self._idle_s_max = idle_s_max
        self._connections = 0

    async def serve(self, host: str, port: int, started: Callable[[int], None]) -> None:
        """Listen; ``started`` is told the port.

        Raises: OSError: the address cannot be listened on.
        """
        server = await asyncio.start_server(self._serve_station, host, port, limit=_READ_BYTES)
        async with server:
            started(int(server.sockets[0].getsockname()[1]))
            await server.serve_forever()

    async def _serve_station(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        peer = writer.get_extra_info("peername")
        if self._connections >= self._connections_max:
            _log.warning("station_refused", peer=peer, connections=self._connections)
            writer.close()
            return
        self._connections += 1
        try:
            await self._relay(reader, writer)
        except (OSError, TimeoutError) as error:
            _log.info("station_lost", peer=peer, error=str(error) or type(error).__name__)
        finally:
            self._connections -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        buffer = bytearray()
        while True:
            async with asyncio.timeout(self._idle_s_max):
                received = await reader.read(_READ_BYTES)
            if not received:
                return
            buffer += received
            while (frame := take_frame(buffer)) is not None:
                await self._take(frame, writer)
            # What cannot become a frame any more is thrown away by take_frame.
            assert len(buffer) <= FRAME_BYTES_MAX

    async def _take(self, frame: bytes, writer: asyncio.StreamWriter) -> None:
        """Publish a frame, answer a good one; a broken one is kept by ingest with the reason."""
        if not await self._publish(frame):
            _log.warning("frame_not_published", frame_bytes=len(frame))
            return  # the station hears nothing and sends it again
        try:
            (parsed,) = parse_frames(frame)
        except DecodeError as error:
            _log.warning("frame_broken", reason=error.detail)
            return
        answer = answer_to(parsed)
        if answer is not None:
            writer.write(answer)
            await writer.drain()
