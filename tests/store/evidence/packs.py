"""A ticket with everything a pack can hold, made by the product itself on a real database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from alerts.attachments import actions as attachments
from alerts.evidence.blobs import BlobDir
from alerts.evidence.keys import load_signer, make_key
from alerts.evidence.note import Signer
from alerts.evidence.pack.export import Exporter, Order, export
from alerts.reviews import actions as reviews
from alerts.reviews.model import NewReview
from alerts.tickets import actions as tickets
from alerts.tickets import store as ticket_store
from alerts.tickets.lifecycle import Role
from alerts.tickets.model import Actor
from alerts.timers import sealing
from core.instant import from_us
from tests.files import JPEG, PNG
from tests.store.alerts.test_engine import LOW, clear, later, overflow
from tests.store.conftest import Ingest

ZONE = ZoneInfo("Asia/Shanghai")
TICKET = 1
_DAY_S = 86_400.0


@dataclass
class Scene:
    """An overflow, its ticket and the people who deal with it."""

    ingest: Ingest
    message: Callable[..., Any]
    directory: Path
    signer: Signer = field(default_factory=lambda: load_signer("test.local/ledger", make_key()))

    def __post_init__(self) -> None:
        self.blobs = BlobDir(self.directory)

    @property
    def exporter(self) -> Exporter:
        return Exporter(self.blobs, self.signer, ZONE, 50_000_000)

    def pack(self, *, is_redacted: bool = False, known_note: str | None = None) -> bytes:
        """Export the ticket."""
        now = from_us(self.ingest.clock.now_us())
        with self.ingest.connection.transaction():
            return export(
                self.ingest.connection,
                self.exporter,
                Order(TICKET, is_redacted, known_note),
                actor="陈导出",
                now=now,
            )

    def quiet(self) -> None:
        """Some readings of a working trap."""
        for n in range(3):
            at_s = later(self.ingest, 300)
            self.ingest.settle(self.message(("dev-1", at_s, LOW + n / 8), received_s=at_s))

    def raise_alert(self) -> None:
        """The trap runs over and drains again."""
        self.quiet()
        overflow(self.ingest, self.message)
        clear(self.ingest, self.message)

    def attach(self, content: bytes, media_type: str) -> str:
        """Attach a photo."""
        with self.ingest.connection.transaction():
            kept = attachments.attach(
                self.ingest.connection, self.blobs, TICKET, content, declared_type=media_type,
                actor="王处置", now=from_us(self.ingest.clock.now_us()),
            )  # fmt: skip
        return kept.sha256

    def act(self, action: str, name: str, role: Role, **detail: Any) -> None:
        """Let somebody do something to the ticket."""
        later(self.ingest, 60)
        with self.ingest.connection.transaction():
            ticket = ticket_store.lock_ticket(self.ingest.connection, TICKET)
            assert ticket is not None
            tickets.transition(
                self.ingest.connection, TICKET, action, actor=Actor(name, frozenset({role})),
                detail=detail, expected_version=ticket.version,
                now=from_us(self.ingest.clock.now_us()),
            )  # fmt: skip

    def remedy(self) -> None:
        """Take the ticket from new to closed."""
        connection = self.ingest.connection
        connection.execute(
            "INSERT INTO unit (code, name, name_en, created_at) VALUES ('u1', '清运', 'U', now())"
        )
        self.act("accept", "李受理", Role.CLERK)
        self.act("dispatch", "赵派遣", Role.DISPATCHER, owner_unit="u1")
        contact = from_us(self.ingest.clock.now_us()).isoformat()
        self.act("start", "王处置", Role.OWNER, person="王五", first_contact_at=contact)
        photos = {
            "photos_before": [self.attach(JPEG, "image/jpeg")],
            "photos_after": [self.attach(PNG, "image/png")],
        }
        self.act(
            "report", "王处置", Role.OWNER, **photos, volume_l=300.5, hauler="清运一号", note="已清"
        )
        self.act("close", "孙核查", Role.VERIFIER, verdict="remedied")

    def review(self) -> None:
        """Review the alert as the law asks."""
        with self.ingest.connection.transaction():
            reviews.review(
                self.ingest.connection, 2,
                NewReview("confirmed", "钱研判", "照片与读数一致", "周法制", "吴技术"),
                actor="钱研判", now=from_us(self.ingest.clock.now_us()),
            )  # fmt: skip

    def seal(self, days: float = 1.5) -> int:
        """Let the night pass and seal what is due; return how many files were made."""
        if days:
            self.ingest.clock.advance_s(days * _DAY_S)
        count = 0
        for _ in range(40):
            with self.ingest.connection.transaction():
                count += sealing.run_once(
                    self.ingest.connection, self.ingest.clock.now_us(), blobs=self.blobs,
                    zone=ZONE, grace_s=6 * 3_600, late_days=8,
                )  # fmt: skip
        return count

    def whole(self) -> None:
        """Everything, in order."""
        self.raise_alert()
        self.remedy()
        self.review()
        self.seal()
