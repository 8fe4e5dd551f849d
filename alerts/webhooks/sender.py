"""One attempt: a claimed delivery is opened, put into the form of its kind, sent, its answer kept.

Three typed steps, none can be skipped: ClaimedDelivery -> Prepared -> Response | Failure.
"""

from dataclasses import dataclass, replace

from alerts.webhooks.deep_links import DeepLinks
from alerts.webhooks.kinds import KINDS
from alerts.webhooks.kinds.address import with_query
from alerts.webhooks.kinds.posting import Posting
from alerts.webhooks.model import ClaimedDelivery
from alerts.webhooks.protection import Protection, without_secrets
from alerts.webhooks.retry import Failure, FailureKind, Response
from alerts.webhooks.transport import Prepared, Transport
from core.log import get_logger

_log = get_logger("alerts.relay")


@dataclass(frozen=True, slots=True)
class Sender:
    """Makes attempts, for several threads at once.

    ``public_url`` is where readers of messages find our pages; None: nobody outside can.
    """

    transport: Transport
    protection: Protection
    user_agent: str
    public_url: str | None
    deep_links: DeepLinks | None = None

    def send(self, delivery: ClaimedDelivery, at_us: int) -> Response | Failure:
        """Make one attempt at ``at_us``; never raises. The answer is as it may be kept."""
        try:
            opened = self.protection.opened(delivery)
            return _told(self.transport.send(self._prepare(opened, at_us)), opened)
        except Exception as error:  # a defect must cost this attempt, not the sender's place
            _log.error("webhook_unsendable", delivery_id=delivery.delivery_id, exc_info=error)
            return Failure(FailureKind.UNSENDABLE, f"{type(error).__name__}: {error}", 0)

    def _prepare(self, opened: ClaimedDelivery, at_us: int) -> Prepared:
        """Raises: ValueError: a secret is malformed, or the message has no form of that kind."""
        posting = Posting(
            opened.message_uid,
            opened.body,
            tuple(opened.secrets),
            at_us,
            opened.language,
            tuple(opened.mention_mobiles),
            tuple(opened.mention_user_ids),
            self.public_url,
            self.deep_links if KINDS[opened.kind].is_robot else None,
        )
        request = KINDS[opened.kind].render(posting)
        headers = (("user-agent", self.user_agent), ("accept-encoding", "identity"))
        return Prepared(
            with_query(opened.url, request.query), headers + request.headers, request.body
        )


def _told(answer: Response | Failure, opened: ClaimedDelivery) -> Response | Failure:
    """Return an answer as it may be kept: receivers and errors repeat what they were sent."""
    if isinstance(answer, Failure):
        return replace(answer, detail=without_secrets(answer.detail, opened))
    text = answer.body.decode("utf-8", "surrogateescape")
    return replace(answer, body=without_secrets(text, opened).encode("utf-8", "surrogateescape"))
