"""Rejected messages through the normal path again: the same decoder, the same pipeline.

Readings, what became of the message and the audit row are one transaction: a replay that is killed
half-way has not been. Readings that are there already are recognised as such. They keep the time at
which they were first received; what is older than its series' cursor is late and pages nobody.
"""

import traceback
from collections.abc import Callable
from enum import Enum

from alerts.evidence.audit import record
from core.clock import Clock
from core.database_link import UNAVAILABLE
from core.db import Connection, translated_errors
from core.dead_letters import store
from core.dead_letters.model import WholeDeadLetter
from core.errors import PermanentDataError
from core.instant import to_us
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
    connection: Connection,
    number: int,
    *,
    actor: str,
    decoder: Decoder,
    process: Process,
    clock: Clock,
) -> tuple[Result, str]:
    """Send one dead letter through the path; return the result and, where refused, why.

    ``actor`` is who wants it, for the audit trail.

    Raises: TransientError, MisconfiguredDatabaseError: try again.
    """
    with translated_errors(), connection.transaction():
        if not store.lock_dead_letter(connection, number):
            return Result.GONE, ""
        letter = store.select_dead_letter(connection, number)
        assert letter is not None, "it was locked"
        message = _decode(decoder, letter)
        refusal = message if isinstance(message, Rejection) else None
        if refusal is None:
            refusal = _process(connection, message, process, clock)
        result, why = Result.REPLAYED, ""
        if refusal is None:
            store.settle_dead_letter(connection, number, clock.now())
        else:
            result, why = Result.REFUSED, f"{refusal.reason}: {refusal.detail}"
            store.restate_dead_letter(
                connection,
                number,
                reason=refusal.reason,
                detail=refusal.detail,
                codec=refusal.codec,
                gateway_uid=refusal.gateway_uid,
            )
        record(
            connection,
            at=clock.now(),
            actor=actor,
            action=f"dead_letter.{result.value}",
            subject_kind="rejected_message",
            subject_id=str(number),
            detail={} if refusal is None else {"reason": refusal.reason},
        )
        return result, why


def _decode(decoder: Decoder, whole: WholeDeadLetter) -> Message:
    letter, payload = whole
    # Marked as a redelivery: if it is refused again, its bytes are known and not kept twice.
    delivery = Delivery(
        letter.topic, payload, 0, 0, letter.retained, True, to_us(letter.received_at), 0
    )
    if len(payload) < letter.payload_bytes:
        detail = f"only {len(payload)} of its {letter.payload_bytes} bytes were kept"
        return Rejection(delivery, letter.gateway_uid, letter.codec, letter.reason, detail)
    return decoder.decode(delivery)


def _process(
    connection: Connection, message: Message, process: Process, clock: Clock
) -> Rejection | None:
    """Store one decoded message; return why not, None: it is stored."""
    try:
        with connection.transaction():
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
