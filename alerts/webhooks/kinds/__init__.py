"""The kinds of endpoints as a table: form of the request, meaning of the answer, limits. Pure.

A kind is all that makes one receiver different from another; relay, retries, outbox and filters
know none by name.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from alerts.webhooks.kinds import alertmanager, cloudevents, dingtalk, feishu, standard, wecom
from alerts.webhooks.kinds.address import no_secret, path_ends, query_has, sign_key
from alerts.webhooks.kinds.bucket import FIVE_A_SECOND, TWENTY_A_MINUTE, Bucket
from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.kinds.reply import Codes, read_reply
from alerts.webhooks.retry import Failure, Refusal, Response


class Kind(NamedTuple):
    """One kind. ``codes`` and ``bucket`` are those of chat robots; None: the status says it all.

    ``check_url`` and ``check_secret`` raise ValueError. ``can_carry`` says for which types of
    messages there is a form, ``mentions`` by which fields of an endpoint people can be called.
    """

    render: Callable[[Posting], Request]
    check_secret: Callable[[str], None]
    check_url: Callable[[str], None] = lambda _url: None
    can_carry: Callable[[str], bool] = lambda _event_type: True
    audiences: tuple[str, ...] = ("machine", "people")
    mentions: tuple[str, ...] = ()
    codes: Codes | None = None
    bucket: Bucket | None = None

    @property
    def is_robot(self) -> bool:
        """Whether it is a chat robot: read by people, paced, its address a secret."""
        return self.bucket is not None


KINDS: Mapping[str, Kind] = {
    "standard": Kind(standard.render, standard.check_secret),
    "cloudevents": Kind(cloudevents.render, standard.check_secret),
    "alertmanager": Kind(
        alertmanager.render, standard.check_secret, can_carry=alertmanager.can_carry,
        audiences=("machine",),
    ),
    "dingtalk": Kind(
        dingtalk.render, sign_key, query_has("access_token"), audiences=("people",),
        mentions=("mention_mobiles", "mention_user_ids"),
        codes=dingtalk.CODES, bucket=TWENTY_A_MINUTE,
    ),
    "wecom": Kind(
        wecom.render, no_secret, query_has("key"), audiences=("people",),
        mentions=("mention_user_ids",), codes=wecom.CODES, bucket=TWENTY_A_MINUTE,
    ),
    "feishu": Kind(
        feishu.render, sign_key, path_ends("hook"), audiences=("people",),
        mentions=("mention_user_ids",), codes=feishu.CODES, bucket=FIVE_A_SECOND,
    ),
}  # fmt: skip

ROBOTS = tuple(name for name, kind in KINDS.items() if kind.is_robot)


def refusal_of(kind: str, answer: Response | Failure) -> Refusal | None:
    """Return the no that hides in an answer of 2xx; None: it is a yes, or not 2xx at all."""
    codes = KINDS[kind].codes
    if codes is None or isinstance(answer, Failure) or not 200 <= answer.status <= 299:
        return None
    return read_reply(answer, codes)
