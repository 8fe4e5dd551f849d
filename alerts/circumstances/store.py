"""SQL of circumstances: work at traps, open episodes that explain others, suppressions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from alerts.circumstances.model import FOREVER_US, Circumstances, EpisodeKey, Span
from alerts.rules.compiled import RuleInForce
from alerts.suppression.model import suppressor_of
from alerts.suppression.store import select_suppressions
from core.db import Connection
from core.instant import SECOND_US, to_us
from core.sql import load_queries

_QUERIES = load_queries("alerts.circumstances")

#: Work that ended longer ago than this explains nothing any more, also for readings that are late.
_LOOK_BACK = timedelta(hours=6)
_NO_RULES = frozenset({"job", "maintenance", "suspended"})


def select_circumstances(
    connection: Connection, trap_ids: Collection[int], rules: Iterable[RuleInForce], now: datetime
) -> Circumstances:
    """Return what explains signals of these traps at ``now`` and shortly before."""
    rules = list(rules)
    inhibitors = {i for rule in rules for i in rule.definition.inhibited_by} - _NO_RULES
    linger_s = {
        rule.definition.code: rule.definition.explains_s
        for rule in rules
        if rule.definition.code in inhibitors and rule.definition.explains_s
    }
    return Circumstances(
        works=_select_works(connection, sorted(trap_ids), now - _LOOK_BACK),
        episodes=_select_episodes(connection, sorted(inhibitors), linger_s, now),
        suppressor=partial(suppressor_of, suppressions=select_suppressions(connection, now)),
    )


def _select_works(
    connection: Connection, trap_ids: Sequence[int], since: datetime
) -> dict[int, list[Span]]:
    works: dict[int, list[Span]] = {}
    rows = connection.execute(_QUERIES["select_works"], {"trap_ids": trap_ids, "since": since})
    for trap_id, from_at, to_at, known_at in rows:
        to_us_ = FOREVER_US if to_at is None else to_us(to_at)
        span = Span(to_us(from_at), to_us_, to_us(known_at))
        works.setdefault(trap_id, []).append(span)
    return works


def _select_episodes(
    connection: Connection, rule_codes: Sequence[str], linger_s: Mapping[str, float], now: datetime
) -> dict[EpisodeKey, list[Span]]:
    episodes: dict[EpisodeKey, list[Span]] = {}
    if not rule_codes:
        return episodes
    rows = connection.execute(
        _QUERIES["select_explaining_episodes"],
        {
            "rule_codes": list(rule_codes),
            "lingering": list(linger_s),
            "linger_s": list(linger_s.values()),
            "now": now,
        },
    )
    for rule_code, device_id, trap_id, gateway_id, branch, opened_at, settled_at in rows:
        linger_us = round(linger_s.get(rule_code, 0.0) * SECOND_US)
        end_us = FOREVER_US if settled_at is None else to_us(settled_at) + linger_us
        refs = (("device", device_id), ("trap", trap_id), ("gateway", gateway_id))
        for kind, ref in (*refs, ("branch", branch)):
            if ref is not None:
                span = Span(to_us(opened_at), end_us, to_us(opened_at))
                episodes.setdefault((rule_code, kind, str(ref)), []).append(span)
    return episodes
