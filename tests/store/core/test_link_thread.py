"""A thread on a link of its own: it goes on after a failure, which gives back what was held."""

from threading import Event

from core.backoff import Backoff
from core.database_link import DatabaseLink
from core.db import AdvisoryLock, Connection, try_hold
from core.link_thread import LinkThread
from core.log import get_logger

WAIT_S = 30.0


def test_a_failure_gives_back_the_lock_and_the_next_piece_is_done(database_url: str) -> None:
    held: list[tuple[int, bool]] = []
    over = Event()

    def run_once(connection: Connection) -> bool:
        is_mine = try_hold(connection, AdvisoryLock.REPLAY_REQUESTED)
        held.append((connection.info.backend_pid, is_mine))
        if len(held) == 1:
            raise ValueError("a defect")
        over.set()
        return False

    log = get_logger("test")
    backoff = Backoff(0.01, lambda: 0.0, delay_s_first=0.01)
    thread = LinkThread(
        "test", DatabaseLink(database_url, "test", backoff=backoff, log=log), run_once, log
    )
    thread.start()
    assert over.wait(WAIT_S)
    thread.close()
    assert thread.is_closing
    (first, _), (second, is_mine) = held
    assert first != second
    assert is_mine, "the first connection gave it back"
