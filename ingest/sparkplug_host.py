"""A Sparkplug B host application: the sessions of all edge nodes, and what they are asked. Pure.

Source: Eclipse Sparkplug 3.0, chapters 5 and 6.4. Data may carry an alias in place of a name, so
every message is read with the births before it; where one is missing the edge node is asked for
its births, and until they come no alias is trusted.
"""

from collections import OrderedDict

from core.errors import DecodeError
from core.reading import normalise_uid
from ingest.codecs import sparkplug
from ingest.codecs.decoded import Decoded
from ingest.codecs.sparkplug import Kind, Sender, bd_seq_of, readings, said, sender_of
from ingest.codecs.sparkplug_payload import Payload, parse, rebirth_command
from ingest.sparkplug_session import (
    DECLARED_COUNT_MAX,
    Event,
    Refused,
    Scope,
    Session,
    Status,
    UnknownAliasError,
    resolve,
    scope_of,
)
from ingest.topics import Route

NODE_COUNT_MAX = 1_000


class SparkplugHost:
    """Decodes Sparkplug messages in the order in which they arrived; one host a subscription.

    Holds at most ``node_count_max`` edge nodes; the one that was silent longest is forgotten, and
    asked for its births when it speaks again.
    """

    def __init__(self, node_count_max: int = NODE_COUNT_MAX) -> None:
        self._node_count_max = node_count_max
        self._sessions: OrderedDict[tuple[str, str], Session] = OrderedDict()
        self._owners: dict[str, tuple[str, str]] = {}
        self._commands: dict[str, bytes] = {}

    def decode(self, payload: bytes, received_at_us: int, route: Route) -> Decoded:
        """Decode one message as ``ingest.codecs.sparkplug.decode`` does, with its session.

        Raises: DecodeError: also an alias or a bare number that no trusted birth explains, a death
            of an earlier connection, a late copy of a birth, a device of another edge node.
        """
        if not route.topic:
            return sparkplug.decode(payload, received_at_us, route)
        sender = sender_of(route.topic)
        message = parse(payload)
        session = self._session(sender)
        if sender.kind is Kind.NBIRTH:
            return self._node_born(session, sender, message, received_at_us)
        if sender.kind is Kind.NDEATH:
            return self._node_died(session, sender, message)
        if session.follow(message, hash((route.topic, payload))):
            self._ask(session, received_at_us)
        if sender.kind is Kind.DBIRTH:
            return self._device_born(session, sender, message, received_at_us)
        if sender.kind is Kind.DDEATH:
            return self._device_died(session, sender, message)
        return self._measured(session, sender, message, received_at_us)

    def distrust(self) -> None:
        """Take note that messages may have been missed without a trace: we were disconnected.

        A whole new life of an edge node may have passed, and its sequence number be the expected.
        """
        for session in self._sessions.values():
            session.take(Event.DISCONNECTION)

    def take_commands(self) -> list[tuple[str, bytes]]:
        """Return (topic, payload) of the commands to be published since the last call, QoS 0."""
        commands = list(self._commands.items())
        self._commands.clear()
        return commands

    def _session(self, sender: Sender) -> Session:
        key = sender.group, sender.edge
        session = self._sessions.get(key)
        if session is None:
            session = self._sessions[key] = Session(*key)
            if len(self._sessions) > self._node_count_max:
                self._release(self._sessions.popitem(last=False)[1])
        self._sessions.move_to_end(key)
        return session

    def _node_born(
        self, session: Session, sender: Sender, message: Payload, now_us: int
    ) -> Decoded:
        if session.is_stale(message, now_us):
            if session.take(Event.STALE_BIRTH):
                self._ask(session, now_us)
            raise DecodeError("NBIRTH: older than the one in force; taken for a late copy")
        self._release(session)
        try:
            bd_seq = bd_seq_of(message)
            if message.seq != 0:
                raise DecodeError(f"NBIRTH: seq 0 expected, {message.seq} seen")
        except DecodeError:
            session.take(Event.BAD_BIRTH)
            session.bd_seq = None
            raise
        session.be_born(bd_seq, message, now_us)
        self._declare(session, sender, message)
        return said(sender, message, readings(sender, message, message.tags, now_us))

    def _node_died(self, session: Session, sender: Sender, message: Payload) -> Decoded:
        bd_seq = bd_seq_of(message)
        # Before any birth nothing contradicts it, and a node that lives is asked when it speaks.
        if session.bd_seq is not None and bd_seq != session.bd_seq:
            raise DecodeError(
                f"NDEATH: bdSeq {session.bd_seq} of the last NBIRTH expected, {bd_seq} seen; "
                f"it is of another connection"
            )
        self._release(session)
        session.take(Event.DEATH)
        return said(sender, message, [])

    def _device_born(
        self, session: Session, sender: Sender, message: Payload, now_us: int
    ) -> Decoded:
        if session.status is Status.LIVE:
            self._declare(session, sender, message)
        else:
            scope_of(message.tags)
            self._check_owner(session, sender.uid)
        return said(sender, message, readings(sender, message, message.tags, now_us))

    def _device_died(self, session: Session, sender: Sender, message: Payload) -> Decoded:
        self._check_owner(session, sender.uid)
        self._forget(session, sender)
        return said(sender, message, [])

    def _measured(self, session: Session, sender: Sender, message: Payload, now_us: int) -> Decoded:
        scope, why = None, session.status.value
        if session.status is Status.LIVE:
            declared = session.scopes.get(sender.device)
            if isinstance(declared, Scope):
                scope = declared
            elif declared is not None:
                why = f"it was refused: {declared.reason}"
            else:
                self._check_owner(session, sender.uid)
                why = "its birth has not been seen"
                if session.declared_count < DECLARED_COUNT_MAX:
                    self._ask(session, now_us)
        try:
            tags = resolve(message.tags, scope, why)
        except UnknownAliasError:
            self._forget(session, sender)
            self._ask(session, now_us)
            raise
        found = readings(sender, message, tags, now_us, scope.names if scope else None)
        if found:
            self._check_owner(session, sender.uid)
        elif scope is None:
            raise DecodeError(f"{sender.kind.value}: no metric of ours; {why}")
        return said(sender, message, found)

    def _declare(self, session: Session, sender: Sender, message: Payload) -> None:
        """Take over what a birth declares, in place of what its sender declared before."""
        self._forget(session, sender)
        try:
            scope = scope_of(message.tags)
            if session.declared_count + scope.declared_count > DECLARED_COUNT_MAX:
                raise DecodeError(
                    f"births of an edge node: at most {DECLARED_COUNT_MAX} names and aliases "
                    f"expected, more seen"
                )
        except DecodeError as error:
            if session.declared_count < DECLARED_COUNT_MAX:
                session.scopes[sender.device] = Refused(error.detail)
            raise
        # Edge nodes of several groups often have the same name, and rarely measure anything.
        if sender.device or scope.names:
            self._check_owner(session, sender.uid)
            self._owners[sender.uid] = session.group, session.edge
        session.scopes[sender.device] = scope

    def _check_owner(self, session: Session, uid: str) -> None:
        """Refuse a device that another edge node has, which has not said that it left.

        Raises: DecodeError.
        """
        owner = self._owners.get(uid)
        if owner is not None and owner != (session.group, session.edge):
            raise DecodeError(
                f"device_conflict: {uid} behind one edge node expected; {'/'.join(owner)} and "
                f"{session.group}/{session.edge} both have it"
            )

    def _forget(self, session: Session, sender: Sender) -> None:
        session.scopes.pop(sender.device, None)
        if self._owners.get(sender.uid) == (session.group, session.edge):
            del self._owners[sender.uid]

    def _release(self, session: Session) -> None:
        """Forget all births of an edge node."""
        for device in session.scopes:
            uid = normalise_uid(device or session.edge)
            if self._owners.get(uid) == (session.group, session.edge):
                del self._owners[uid]
        session.scopes.clear()

    def _ask(self, session: Session, now_us: int) -> None:
        if session.may_ask(now_us):
            topic = f"spBv1.0/{session.group}/NCMD/{session.edge}"
            self._commands[topic] = rebirth_command(now_us // 1_000)
