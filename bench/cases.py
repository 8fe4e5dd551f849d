"""The cases by name: what `trapwatch bench CASE` runs."""

from collections.abc import Callable, Iterator

from bench import batch, decode, e2e, relay, replay, simulate
from bench.province import case as province
from bench.record import Record

#: (superuser URL of the database server, broker URL, keyword parameters) -> records.
Case = Callable[..., Iterator[Record]]

#: Cases that need no services.
PLAIN: dict[str, Case] = {
    "decode": decode.run,
    "replay": replay.run,
    "simulate": simulate.run,
}

#: Cases that need a database.
WITH_DATABASE: dict[str, Case] = {
    "batch": batch.run_batch,
    "rules": batch.run_rules,
    "rules_share": batch.run_rules_share,
    "relay": relay.run_relay,
    "api": province.run,
}

#: Cases that need a database and a broker.
WITH_SERVICES: dict[str, Case] = {
    "e2e": e2e.run_e2e,
    "e2e_batched": e2e.run_e2e_batched,
    "latency": e2e.run_latency,
}

#: Cases that can be asked for a rate.
PACED = (*WITH_SERVICES, "relay")

NAMES = (*PLAIN, *WITH_DATABASE, *WITH_SERVICES)
