"""Evidence packs of a real database: the honest one passes, every dishonest one fails by name."""

import json
import struct
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from alerts.evidence import merkle
from alerts.evidence.keys import load_signer, make_key
from alerts.evidence.pack import contents
from alerts.evidence.pack.archive import encode_archive
from alerts.evidence.pack.manifest import LATER, to_json, with_manifest
from alerts.reviews import actions as reviews
from alerts.reviews.model import NewReview
from alerts.tickets import actions as tickets
from alerts.tickets.lifecycle import Role, TicketState
from alerts.tickets.model import Act
from core.errors import ConflictError, EvidenceDamagedError
from core.instant import from_us
from tests.files import JPEG
from tests.store.alerts.test_engine import LOW, clear, later, overflow
from tests.store.conftest import Ingest, MakeMessage
from tests.store.evidence.packs import Scene
from tests.verifier import VERIFY, load_verifier

VERIFIER = load_verifier()


@pytest.fixture
def scene(ingest: Ingest, message: MakeMessage, tmp_path: Path) -> Scene:
    return Scene(ingest, message, tmp_path / "blobs")


#: The whole pack, made once a process: most tests only damage it.
_HONEST: dict[str, Any] = {}


@pytest.fixture
def honest(request: pytest.FixtureRequest) -> bytes:
    """A pack with everything in it."""
    if not _HONEST:
        scene = request.getfixturevalue("scene")
        scene.whole()
        _HONEST.update(pack=scene.pack(), key=scene.signer.verifier_key)
    pack: bytes = _HONEST["pack"]
    return pack


def report(pack: bytes, **known: Any) -> Any:
    return VERIFIER.verify(pack, **known)


def failures(pack: bytes, **known: Any) -> dict[str, list[str]]:
    return {
        result.name: result.problems for result in report(pack, **known).results if result.problems
    }


def test_an_honest_pack_passes_with_the_standard_library_alone(
    scene: Scene, tmp_path: Path
) -> None:
    scene.whole()
    pack = tmp_path / "pack.zip"
    pack.write_bytes(scene.pack())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFY), str(pack), "--key", scene.signer.verifier_key],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    assert "VERIFIED 核验通过" in done.stdout
    assert "alert 2: confirmed" in done.stdout
    assert "(R02) was not replayed" not in done.stdout


def opened(pack: bytes) -> dict[str, bytes]:
    files, problems = VERIFIER.read_archive(pack)
    assert not problems
    return dict(files)


def repaired(files: dict[str, bytes]) -> bytes:
    """A pack of these files whose archive and manifest are right, as a careful forger leaves it."""
    manifest = json.loads(files["manifest.json"])
    others = {name: content for name, content in files.items() if name != "manifest.json"}
    return encode_archive(
        with_manifest(others, manifest["ticket_id"], is_redacted=manifest["is_redacted"])
    )


def with_lines(files: dict[str, bytes], change: Callable[[list[dict[str, Any]]], None]) -> bytes:
    """A pack whose audit lines were changed."""
    lines = [json.loads(line) for line in files["events.jsonl"].splitlines()]
    change(lines)
    text = [
        json.dumps(line, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        for line in lines
    ]
    return repaired(files | {"events.jsonl": "".join(f"{line}\n" for line in text).encode()})


def rehash(lines: list[dict[str, Any]]) -> None:
    """Make leaves and chain fit again."""
    chain = bytes.fromhex(lines[0]["previous"])
    for line in lines:
        leaf = merkle.leaf_hash(line["canonical"].encode())
        line["leaf"], line["previous"] = leaf.hex(), chain.hex()
        chain = sha256(chain + leaf).digest()
        line["chain"] = chain.hex()


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ (1 << place % 8)]) + content[place + 1 :]


def survivors(pack: bytes, places: Iterable[int]) -> list[int]:
    """Places whose flipped byte no check notices."""
    return [place for place in places if not report(flipped(pack, place)).failed]


def archive_notices(pack: bytes) -> bool:
    try:
        return bool(VERIFIER.read_archive(pack)[1])
    except (VERIFIER.Failure, ValueError, struct.error):
        return True


def any_check_notices(files: dict[str, bytes]) -> bool:
    """Whether one does besides those of archive and manifest, which somebody may have repaired."""
    found = dict(VERIFIER.checks(None, None)[n][::2] for n in range(1, 15))
    try:
        pack = VERIFIER.Pack(files)
        return any(check(pack) for check in found.values())
    except (VERIFIER.Failure, ValueError, LookupError, TypeError, AttributeError):
        return True


def test_no_byte_may_be_flipped(honest: bytes) -> None:
    pack = honest
    assert survivors(pack, range(0, len(pack), 1_997)) == []
    # The archive's own check alone notices any: that one is fast enough for many more.
    for place in range(0, len(pack), 13):
        assert archive_notices(flipped(pack, place)), place


def test_no_byte_of_a_file_may_be_flipped_by_who_repairs_archive_and_manifest(
    honest: bytes,
) -> None:
    files = opened(honest)
    for name, content in files.items():
        if name == "manifest.json":
            continue
        for place in range(len(content) // 7, len(content), len(content) // 3 + 1):
            changed = repaired(files | {name: flipped(content, place)})
            assert report(changed).failed, (name, place)


def test_audit_lines_cannot_be_dropped_moved_added_or_rewritten(honest: bytes) -> None:
    files = opened(honest)
    count = files["events.jsonl"].count(b"\n")
    for place in range(count - 1):
        dropped = with_lines(files, lambda lines, place=place: lines.pop(place) and None)
        assert "export" in failures(dropped), place

    def swap(lines: list[dict[str, Any]]) -> None:
        lines[3], lines[4] = lines[4], lines[3]

    assert "chain" in failures(with_lines(files, swap))

    def insert(lines: list[dict[str, Any]]) -> None:
        lines.insert(5, {**lines[4], "seq": lines[5]["seq"]})
        rehash(lines)

    assert {"inclusion", "export"} <= failures(with_lines(files, insert)).keys()

    def rewrite(lines: list[dict[str, Any]]) -> None:
        line = next(line for line in lines if '"ticket.close"' in line["canonical"])
        line["canonical"] = line["canonical"].replace("remedied", "no_problem_found")

    assert "lines" in failures(with_lines(files, rewrite))

    def rewrite_and_rehash(lines: list[dict[str, Any]]) -> None:
        rewrite(lines)
        rehash(lines)

    found = failures(with_lines(files, rewrite_and_rehash))
    assert "lines" not in found
    assert "inclusion" in found

    def rename(lines: list[dict[str, Any]]) -> None:
        line = next(line for line in lines if '"ticket.close"' in line["canonical"])
        line["openings"]["actor"] = "别人"

    assert "lines" in failures(with_lines(files, rename))
    without_last = with_lines(files, lambda lines: lines.pop() and None)
    assert {"inclusion", "export"} <= failures(without_last).keys()


def test_another_key_does_not_pass(honest: bytes) -> None:
    files = opened(honest)
    other = load_signer("test.local/ledger", make_key())
    text = files["checkpoint.txt"].decode().partition("\n\n")[0] + "\n"
    forged = files | {"checkpoint.txt": other.note(text).encode()}
    assert "signature" in failures(repaired(forged))
    used_at = files["keys.txt"].split()[0].decode()
    forged["keys.txt"] = f"{used_at} {other.verifier_key}\n".encode()
    assert "signature" in failures(repaired(forged))
    assert "signature" in failures(repaired(files), key=other.verifier_key)
    assert failures(repaired(files), key=_HONEST["key"]) == {}


def rewrite_history(scene: Scene) -> None:
    """What a superuser can do who also holds the ledger's key: all of it again, consistently."""
    connection = scene.ingest.connection
    connection.execute("SET session_replication_role = replica")
    rows = connection.execute(
        "SELECT seq, canonical FROM ledger_entry JOIN audit_event USING (audit_event_id)"
        " ORDER BY seq"
    ).fetchall()
    chain = bytes(32)
    for seq, canonical in rows:
        changed = canonical.replace(b'"problem":"overflow"', b'"problem":"odour"')
        leaf = merkle.leaf_hash(changed)
        chain = sha256(chain + leaf).digest()
        connection.execute(
            "UPDATE ledger_entry SET leaf_hash = %s, chain_hash = %s WHERE seq = %s",
            (leaf, chain, seq),
        )
        connection.execute(
            "UPDATE audit_event SET canonical = %s WHERE audit_event_id ="
            " (SELECT audit_event_id FROM ledger_entry WHERE seq = %s)",
            (changed, seq),
        )
    connection.execute("DELETE FROM ledger_checkpoint")
    connection.execute("DELETE FROM ledger_node")
    connection.execute("SET session_replication_role = origin")


def test_history_rewritten_by_who_holds_everything_fails_by_a_checkpoint_kept_outside(
    scene: Scene,
) -> None:
    scene.whole()
    held = opened(scene.pack())["checkpoint.txt"].decode()
    honest = scene.pack(known_note=held)
    assert failures(honest, held=held) == {}
    rewrite_history(scene)
    with pytest.raises(EvidenceDamagedError, match="rewritten"):
        scene.pack(known_note=held)
    forged = scene.pack()
    assert failures(forged) == {}, "by itself it is consistent: that is why checkpoints go outside"
    assert list(failures(forged, held=held)) == ["consistency"]
    proof = json.loads(opened(forged)["proofs/consistency.json"])
    assert proof["old_note"] is None
    grafted = opened(honest)["proofs/consistency.json"]
    graft = repaired(opened(forged) | {"proofs/consistency.json": grafted})
    assert "consistency" in failures(graft, held=held)


def test_a_log_cut_off_behind_fails_by_a_checkpoint_kept_outside(scene: Scene) -> None:
    scene.whole()
    first = opened(scene.pack())["checkpoint.txt"].decode()
    held = opened(scene.pack())["checkpoint.txt"].decode()
    connection = scene.ingest.connection
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        "DELETE FROM ledger_entry WHERE seq > (SELECT max(seq) FROM ledger_entry) - 2"
    )
    connection.execute(
        "DELETE FROM audit_event WHERE audit_event_id NOT IN"
        " (SELECT audit_event_id FROM ledger_entry)"
    )
    connection.execute("DELETE FROM ledger_checkpoint WHERE note = %s", (held,))
    connection.execute("DELETE FROM ledger_checkpoint WHERE note = %s", (first,))
    connection.execute("DELETE FROM webhook_message WHERE subject_kind = 'ledger'")
    connection.execute("SET session_replication_role = origin")
    forged = scene.pack()
    assert list(failures(forged, held=held)) == ["consistency"]
    with pytest.raises(EvidenceDamagedError):
        scene.pack(known_note=held)


ALERT, READINGS = "alerts/alert-2.json", "readings/alert-2-device-1.csv"


@pytest.mark.parametrize(
    ("check", "file", "place", "value"),
    [
        ("ticket", "ticket.json", ("ticket", "state"), "reported"),
        ("ticket", "ticket.json", ("ticket", "version"), 5),
        ("sla", "ticket.json", ("clocks", 0, "stopped_at"), "2026-02-05T00:00:00+00:00"),
        ("alerts", ALERT, ("reviews", 0, "verdict"), "false_alarm"),
        ("alerts", ALERT, ("reviews",), []),
        ("alerts", ALERT, ("alert", "severity"), "blue"),
        ("alerts", ALERT, ("events", 1, "type"), "acked"),
        ("replay", ALERT, ("alert", "peak_value"), 881.0),
        ("replay", ALERT, ("alert", "started_at"), "2026-01-05T00:00:00+00:00"),
        ("replay", ALERT, ("alert", "threshold", "levels", "red"), 600.0),
        ("replay", ALERT, ("alert", "threshold", "clear_below"), 0.0),
        ("segments", "proofs/segments.json", (0, "position"), 5),
    ],
)
def test_each_check_notices_by_itself(
    honest: bytes, check: str, file: str, place: tuple[str | int, ...], value: Any
) -> None:
    files = opened(honest)
    document = json.loads(files[file])
    inner = document
    for step in place[:-1]:
        inner = inner[step]
    assert inner[place[-1]] != value
    inner[place[-1]] = value
    found = failures(repaired(files | {file: to_json(document)}))
    assert {check, "export"} <= found.keys(), found


@pytest.mark.parametrize(
    ("check", "old", "new"),
    [
        ("replay", b",880.0,", b",780.0,"),
        ("readings", b",610.125,", b",611.125,"),
        ("readings", b"level_mm,2026-01-05T01:05:00", b"level_mm,2026-01-05T01:06:00"),
    ],
)
def test_readings_are_checked_by_themselves(
    honest: bytes, check: str, old: bytes, new: bytes
) -> None:
    files = opened(honest)
    assert old in files[READINGS], files[READINGS].decode()
    found = failures(repaired(files | {READINGS: files[READINGS].replace(old, new)}))
    assert {check, "export"} <= found.keys(), found


def test_photos_and_segments_are_what_was_logged(honest: bytes) -> None:
    files = opened(honest)
    photo = next(name for name in files if name.startswith("photos/"))
    gone = {name: content for name, content in files.items() if name != photo}
    assert "files" in failures(repaired(gone))
    assert "files" in failures(repaired(files | {photo: files[photo] + b"\0"}))
    segment = next(name for name in files if name.startswith("segments/"))
    assert "segments" in failures(repaired(files | {segment: files[segment] + b"\0"}))
    extra = dict(files)
    extra["readme.txt"] = b"extra"
    assert "manifest" in failures(encode_archive(extra))
    assert "archive" in failures(encode_archive(files) + b"\0")
    assert "archive" in failures(b"")


def test_who_handled_it_and_closed_it_is_named(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.raise_alert()
    monkeypatch.setattr("alerts.tickets.guards.check", lambda *_: None)
    connection = scene.ingest.connection
    connection.execute("ALTER TABLE ticket DROP CONSTRAINT ticket_handler_does_not_verify")
    connection.execute(
        "INSERT INTO unit (code, name, name_en, created_at) VALUES ('u1', '清运', 'Hauling', now())"
    )
    scene.act("accept", "李受理", Role.CLERK)
    scene.act("dispatch", "赵派遣", Role.DISPATCHER, owner_unit="u1")
    scene.act("start", "王", Role.OWNER, person="王", first_contact_at="2026-01-05T02:00:00Z")
    photo = scene.attach(JPEG, "image/jpeg")
    scene.act(
        "report", "王", Role.OWNER,
        photos_before=[photo], photos_after=[photo], weight_kg=1, hauler="h", note="n",
    )  # fmt: skip
    scene.act("close", "王", Role.VERIFIER, verdict="remedied")
    assert list(failures(scene.pack())) == ["separation"]
    assert failures(scene.pack(is_redacted=True)) == {}


def test_a_step_that_the_table_does_not_have_is_named(scene: Scene) -> None:
    scene.raise_alert()
    connection = scene.ingest.connection
    now = from_us(scene.ingest.clock.now_us())
    with connection.transaction():
        ticket = tickets.lock(connection, 1)
        changed = replace(ticket, state=TicketState.CLOSED, closed_at=now)
        tickets.record(connection, ticket, changed, Act("close", "王", {}), now)
    found = failures(scene.pack())
    assert list(found) == ["ticket"]
    assert any("may not be done in new" in problem for problem in found["ticket"])
    assert any("not for the system" in problem for problem in found["ticket"])


def test_a_lead_is_called_a_lead(scene: Scene) -> None:
    scene.raise_alert()
    done = report(scene.pack())
    assert done.failed == []
    assert any("alert 2: LEAD, NOT REVIEWED 线索" in line for line in done.notices)
    with scene.ingest.connection.transaction():
        reviews.review(
            scene.ingest.connection, 2, NewReview("confirmed", "钱", "看了现场"),
            actor="钱", now=from_us(scene.ingest.clock.now_us()),
        )  # fmt: skip
    assert any("art. 41" in line for line in report(scene.pack()).notices)


def test_a_redacted_pack_names_nobody_and_still_verifies(scene: Scene) -> None:
    scene.whole()
    pack = scene.pack(is_redacted=True)
    assert report(pack).failed == []
    for name in (
        "李受理",
        "赵派遣",
        "王处置",
        "王五",
        "孙核查",
        "钱研判",
        "周法制",
        "吴技术",
        "陈导出",
        "清运一号",
    ):
        assert name.encode() not in pack, name
    whole = scene.pack()
    assert "王处置".encode() in whole
    assert any("姓名" in line for line in report(pack).limits)


def test_an_alert_that_goes_on_and_one_with_late_readings(scene: Scene) -> None:
    scene.quiet()
    overflow(scene.ingest, scene.message)
    assert failures(scene.pack()) == {}
    at_s = later(scene.ingest, 60)
    scene.ingest.settle(scene.message(("dev-1", at_s - 600, LOW), received_s=at_s))
    clear(scene.ingest, scene.message)
    assert failures(scene.pack()) == {}
    scene.seal()
    assert failures(scene.pack()) == {}
    at_s = later(scene.ingest, 60)
    scene.ingest.settle(
        scene.message(("dev-1", 400.0, LOW), received_s=at_s),
        scene.message(("dev-2", 400.0, LOW), received_s=at_s),
    )
    assert failures(scene.pack()) == {}
    assert scene.seal(1.0) == 2
    pack = scene.pack()
    assert failures(pack) == {}
    assert [name for name in opened(pack) if "-v2.csv.gz" in name] == [
        "segments/device-1-2026-01-05-v2.csv.gz"
    ]


def test_a_ticket_that_changes_meanwhile_is_refused_and_nothing_is_written(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.raise_alert()
    real = contents.gather

    def slow(*arguments: Any, **named: Any) -> Any:
        found = real(*arguments, **named)
        scene.ingest.connection.execute("UPDATE ticket SET version = version + 1")
        return found

    monkeypatch.setattr(contents, "gather", slow)
    with pytest.raises(ConflictError, match="meanwhile"):
        scene.pack()
    rows = scene.ingest.rows("SELECT count(*) FROM audit_event WHERE action LIKE 'evidence%'")
    assert rows == [(0,)]


def test_the_same_moment_makes_the_same_bytes_but_for_the_ledger(scene: Scene) -> None:
    scene.whole()
    first, second = opened(scene.pack()), opened(scene.pack())
    assert first.keys() == second.keys()
    differ = {name for name in first if first[name] != second[name]}
    assert differ == LATER - {"keys.txt"} | {"manifest.json"}


@pytest.mark.fuzz
def test_no_byte_at_all_may_be_flipped(scene: Scene) -> None:
    """As above, every byte: of the archive, and of each proof in a repaired archive."""
    scene.raise_alert()
    pack = scene.pack()
    for place in range(len(pack)):
        assert archive_notices(flipped(pack, place)), place
    files = opened(pack)
    for name in sorted(LATER):
        for place in range(len(files[name])):
            changed = files | {name: flipped(files[name], place)}
            assert any_check_notices(changed), (name, place)
