"""WeCom (企业微信) group robots.

Source: WeCom developer centre, "Group robot configuration" (群机器人配置说明): POST to
/cgi-bin/webhook/send?key=…, no signature (the key in the URL is the secret); Markdown of at most
4,096 bytes in UTF-8 with the font colours info, comment and warning; 20 messages a minute.
"""

import orjson

from alerts.webhooks.kinds.notice import notice
from alerts.webhooks.kinds.posting import Posting, Request
from alerts.webhooks.kinds.reply import Codes
from alerts.webhooks.kinds.text import fit

TEXT_BYTES_MAX = 4_096

CODES = Codes(
    code_names=("errcode",),
    text_names=("errmsg",),
    waits_s={45009: 60.0},
    hints={93000: "no such key, or the robot was taken out of its group"},
)

_COLOURS = {"green": "info", "blue": "comment", "yellow": "comment", "orange": "warning"}


def render(posting: Posting) -> Request:
    """Return the message as coloured Markdown.

    Mobile numbers cannot be called from Markdown; only user ids can.
    """
    told = notice(posting)
    colour = _COLOURS.get(told.colour, "warning")
    head = [f'**<font color="{colour}">{told.title}</font>**']
    rows = [
        f'>{label}{told.colon}<font color="comment">{value}</font>' if label else f">{value}"
        for label, value in told.rows
    ]
    tail = [told.remark] if told.remark else []
    if told.link is not None:
        tail.append(f"[{told.view}]({told.link})")
    if told.is_mentioning and posting.mention_user_ids:
        tail.append("".join(f"<@{user_id}>" for user_id in posting.mention_user_ids))
    content = fit(head, [*rows, *told.items], tail, TEXT_BYTES_MAX)
    document = {"msgtype": "markdown", "markdown": {"content": content}}
    headers = (("content-type", "application/json; charset=utf-8"),)
    return Request(headers, orjson.dumps(document, option=orjson.OPT_SORT_KEYS))
