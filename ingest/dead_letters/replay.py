"""Rejected messages through the normal path again: the same decoder, the same pipeline.

A replay that is killed half-way and repeated, or runs twice at once, stores nothing twice: the
readings are recognised as what is already there. They keep the time at which they were first
received; what is older than its series' cursor is late and pages nobody.
"""

import traceback
from collections.abc import Callable
from enum import Enum

from core.clock import Clock
from core.database_link import UNAVAILABLE
from core.db import Connection, translated_errors
from core.errors import PermanentDataError
from core.instant import to_us
from ingest.dead_letters import store
from ingest.dead_letters.store import WholeDeadLetter
from ingest.decoding import Decoder, Message
from ingest.delivery import Delivery, Rejection
from ingest.ledger import Outcome

#: (connection, messages, now_us) -> what became of them; ``Pipeline.process``.
Process = Callable[[Connection, list[Message], int], Outcome]


class Result(Enum):
    """What a replay of one message came to."""

    REPLAYED = "replayed"  #: committed as readings, or everything in it was there already
    REFUSED = "refused"  #: rejected again; still kept, with the new reason
    GONE = "gone"  #: no such message, or settled before


def replay(
    connection: Connection, number: int, *, decoder: Decoder, process: Process, clock: Clock
) -> tuple[Result, str]:
    """Send one dead letter through the path; return the result and, where refused, why.

    Raises: TransientError, MisconfiguredDatabaseError: try again.
    """
    with translated_errors():
        letter = store.select_dead_letter(connection, number)
    if letter is None or letter.state != "kept":
        return Result.GONE, ""
    message = _decode(decoder, letter)
    refusal = message if isinstance(message, Rejection) else None
    if refusal is None:
        refusal = _process(connection, message, process, clock)
    with translated_errors():
        if refusal is None:
            store.settle_dead_letter(connection, number, "replayed", clock.now())
            return Result.REPLAYED, ""
        store.restate_dead_letter(connection, number, refusal)
    return Result.REFUSED, f"{refusal.reason}: {refusal.detail}"


def _decode(decoder: Decoder, letter: WholeDeadLetter) -> Message:
    # Marked as a redelivery: if it is refused again, its bytes are known and not kept twice.
    delivery = Delivery(
        letter.topic, letter.payload, 0, 0, letter.retained, True, to_us(letter.received_at), 0
    )
    if len(letter.payload) < letter.payload_bytes:
        detail = f"only {len(letter.payload)} of its {letter.payload_bytes} bytes were kept"
        return Rejection(delivery, letter.gateway_uid, letter.codec, letter.reason, detail)
    return decoder.decode(delivery)


def _process(
    connection: Connection, message: Message, process: Process, clock: Clock
) -> Rejection | None:
    """Commit one decoded message; return why not, None: it is committed."""
    try:
        outcome = process(connection, [message], clock.now_us())
    except UNAVAILABLE:
        raise
    except PermanentDataError as error:
        reason, detail = "database_refused", str(error)
    except Exception:  # one message's defect must not stop the replay of the others
        reason, detail = "internal_error", traceback.format_exc()
    else:
        if not outcome.rejected:
            return None
        (reason,) = outcome.rejected
        detail = "the path refuses it still"
    return Rejection(message.delivery, message.gateway_uid, message.codec, reason, detail)
