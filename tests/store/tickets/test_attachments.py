"""Files of tickets: by their content, on disk before they are on record."""

from pathlib import Path

import pytest

from alerts.attachments import actions
from alerts.evidence.blobs import BlobDir
from core.errors import ConflictError, EvidenceDamagedError, InvalidRequestError, NotFoundError
from tests.files import JPEG, PDF, PNG
from tests.store.tickets.conftest import Desk

KEPT = "SELECT (SELECT count(*) FROM blob), (SELECT count(*) FROM ticket_attachment)"
ADDED = "SELECT actor, detail FROM audit_event WHERE action = 'ticket.attachment_added'"


def test_a_file_is_kept_by_its_content_and_read_as_it_was(desk: Desk) -> None:
    number = desk.open()
    digest = desk.attach(number, JPEG, "image/jpeg")
    kept, content = actions.read(desk.connection, desk.blobs, number, digest)
    assert (content, kept.media_type, kept.byte_count) == (JPEG, "image/jpeg", len(JPEG))
    assert desk.rows(ADDED) == [
        ("li", {"sha256": digest, "media_type": "image/jpeg", "byte_count": len(JPEG)})
    ]


def test_repeating_changes_nothing_and_tickets_may_share(desk: Desk) -> None:
    number, other = desk.open(), desk.open(problem="odour")
    digest = desk.attach(number, PNG, "image/png")
    desk.later(minutes=5)
    assert desk.attach(number, PNG, "image/png") == digest
    assert desk.rows(KEPT) == [(1, 1)]
    assert len(desk.rows(ADDED)) == 1
    desk.attach(other, PNG, "image/png")
    assert desk.rows(KEPT) == [(1, 2)]


@pytest.mark.parametrize(
    ("content", "declared", "why"),
    [
        (b"MZ\x90\0" + b"\0" * 60, "image/jpeg", "a whole file of image/jpeg"),
        (PDF, "image/jpeg", "declared as image/jpeg, but it is application/pdf"),
        (JPEG, "", "declared as nothing"),
        (JPEG[:-2], "image/jpeg", "a whole file"),
        (b"", "image/jpeg", "a whole file"),
        (b"<svg/>", "image/svg+xml", "a whole file"),
    ],
)
def test_what_is_not_what_it_says_is_refused(
    desk: Desk, content: bytes, declared: str, why: str
) -> None:
    number = desk.open()
    with pytest.raises(InvalidRequestError, match=why):
        desk.attach(number, content, declared)
    assert desk.rows(KEPT) == [(0, 0)]


def test_nothing_is_added_to_what_has_ended_or_is_not_there(desk: Desk) -> None:
    number = desk.open()
    desk.do(number, "reject")
    with pytest.raises(ConflictError, match="has ended"):
        desk.attach(number, JPEG, "image/jpeg")
    with pytest.raises(NotFoundError):
        desk.attach(99, JPEG, "image/jpeg")
    with pytest.raises(NotFoundError):
        actions.read(desk.connection, desk.blobs, number, "0" * 64)


def test_the_directory_keeps_no_half_files_and_mends_damaged_ones(tmp_path: Path) -> None:
    blobs = BlobDir(tmp_path / "blobs")
    digest = blobs.put(PNG)
    (path,) = (found for found in (tmp_path / "blobs").rglob("*") if found.is_file())
    assert (path.name, path.parent.name) == (digest, digest[:2])
    path.write_bytes(PNG[:-1])
    with pytest.raises(EvidenceDamagedError, match="not what was stored"):
        blobs.read(digest)
    assert blobs.put(PNG) == digest
    assert blobs.read(digest) == PNG
    path.unlink()
    with pytest.raises(EvidenceDamagedError, match="gone"):
        blobs.read(digest)


def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        BlobDir(tmp_path / "blobs").put(PNG)
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == []


def test_a_file_and_its_name_are_on_disk_when_it_is_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[str] = []
    real = BlobDir.put.__globals__["os"].fsync
    links = Path("/proc/self/fd")

    def noting(handle: int) -> None:
        synced.append(str((links / str(handle)).readlink()))
        real(handle)

    monkeypatch.setattr("os.fsync", noting)
    digest = BlobDir(tmp_path).put(PNG)
    file, parent, top = synced
    assert file.startswith(f"{tmp_path}/{digest[:2]}/{digest}.")
    assert (parent, top) == (f"{tmp_path}/{digest[:2]}", str(tmp_path))
