"""Checks a Trapwatch evidence pack offline.

离线核验 Trapwatch 证据包。

    python3 -I -S verify.py PACK.zip [--key VERIFIER_KEY] [--checkpoint FILE]

One file, standard library only, Python 3.8 or newer; it shares no code with the product. It is
longer than other modules on purpose: whoever doubts a pack must be able to read all of its verifier
in one place. Exit code 0: every check passed; 1: a check failed; 2: wrong usage.

Sources: ZIP (PKWARE APPNOTE 6.3), RFC 8785 (JCS), RFC 6962 (trees), RFC 8032 (Ed25519), C2SP
signed-note and tlog-checkpoint. docs/evidence.md describes the pack.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import struct
import sys
import zlib
from datetime import datetime, timezone
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

FORMAT = "trapwatch-evidence-pack/1"
#: Written after the export was entered in the ledger; each is checked by what it proves.
LATER = frozenset(
    [
        "checkpoint.txt",
        "events.jsonl",
        "keys.txt",
        "proofs/consistency.json",
        "proofs/inclusion.json",
    ]
)
MANIFEST = "manifest.json"

# The remediation loop: action -> (states it starts from, state it leads to or None: back, roles).
# BEGIN TRANSITIONS (written from alerts/tickets/lifecycle.py by its test)
TRANSITIONS: Dict[str, Tuple[str, Optional[str], str]] = {
    "accept": (
        "new",
        "accepted",
        "clerk",
    ),
    "reject": (
        "new",
        "rejected",
        "clerk",
    ),
    "merge": (
        "new",
        "merged",
        "clerk",
    ),
    "file": (
        "accepted",
        "filed",
        "clerk system",
    ),
    "dispatch": (
        "filed",
        "dispatched",
        "dispatcher system",
    ),
    "force_dispatch": (
        "filed",
        "dispatched",
        "supervisor",
    ),
    "start": (
        "dispatched",
        "in_progress",
        "owner",
    ),
    "return": (
        "dispatched",
        "filed",
        "owner",
    ),
    "report": (
        "in_progress",
        "reported",
        "owner",
    ),
    "sensor_clear": (
        "in_progress",
        "reported",
        "system",
    ),
    "close": (
        "reported",
        "closed",
        "verifier",
    ),
    "auto_close": (
        "reported",
        "closed",
        "system",
    ),
    "rework": (
        "reported",
        "in_progress",
        "verifier",
    ),
    "suspend": (
        "accepted dispatched filed in_progress new reported",
        "suspended",
        "supervisor",
    ),
    "resume": (
        "suspended",
        None,
        "supervisor",
    ),
    "reopen": (
        "closed",
        "in_progress",
        "system verifier",
    ),
    "cancel": (
        "accepted dispatched filed in_progress new reported suspended",
        "cancelled",
        "supervisor",
    ),
}
# END TRANSITIONS


class Failure(Exception):
    """A check cannot go on; the text says why."""


class Event(NamedTuple):
    """A line of the audit trail; ``body`` is None where the line is withheld."""

    seq: int
    previous: bytes
    chain: bytes
    leaf: bytes
    text: Optional[bytes]
    body: Any
    salt: Optional[bytes]
    openings: Dict[str, str]

    def is_about(self, kind: str, subject: Any) -> bool:
        """Whether it is about one thing."""
        return (
            self.body is not None
            and self.body["subject_kind"] == kind
            and self.body["subject_id"] == str(subject)
        )

    def opened(self, place: str) -> Optional[str]:
        """Return the text behind a commitment; None: it is hidden."""
        if place == "actor" and self.body["actor"] == "system":
            return "system"
        return self.openings.get(place)


class Pack:
    """The files of a pack, and what they say."""

    def __init__(self, files: Dict[str, bytes]) -> None:
        self.files = files
        self.limits: List[str] = []
        self.manifest = self.json(MANIFEST)
        self.events = [_event(line) for line in self.lines("events.jsonl")]
        self.ticket_file = self.json("ticket.json")
        self.ticket = self.ticket_file["ticket"]
        names = sorted(name for name in files if name.startswith("alerts/"))
        self.alerts = [self.json(name) for name in names]
        self.is_redacted = bool(self.manifest["is_redacted"])

    def file(self, name: str) -> bytes:
        """Return a file's bytes."""
        if name not in self.files:
            raise Failure("%s is missing 缺失" % name)
        return self.files[name]

    def json(self, name: str) -> Any:
        """Return a JSON file's content."""
        return json.loads(self.file(name).decode("utf-8"))

    def lines(self, name: str) -> List[str]:
        """Return a text file's lines."""
        text = self.file(name).decode("utf-8")
        if text and not text.endswith("\n"):
            raise Failure("%s is cut off 被截断" % name)
        return text.split("\n")[:-1]

    def about(self, kind: str, subject: Any) -> List[Event]:
        """Return the events about one thing, in order."""
        return [event for event in self.events if event.is_about(kind, subject)]


def unhex(text: str) -> bytes:
    """Return the bytes of hexadecimal digits in the one way to write them."""
    raw = bytes.fromhex(text)
    if raw.hex() != text:
        raise Failure("digits are not written as they are hashed: %s" % text)
    return raw


def unbase64(text: str) -> bytes:
    """Return the bytes of base64 in the one way to write it."""
    raw = base64.b64decode(text, validate=True)
    if base64.b64encode(raw).decode("ascii") != text:
        raise Failure("base64 is not written as it should be: %s" % text)
    return raw


def _event(line: str) -> Event:
    raw = json.loads(line)
    if json.dumps(raw, ensure_ascii=False, sort_keys=True, separators=(",", ":")) != line:
        raise Failure("a line of events.jsonl is not written as lines are")
    text = raw["canonical"].encode("utf-8") if "canonical" in raw else None
    salt = unhex(raw["salt"]) if "salt" in raw else None
    previous, chain, leaf = (unhex(raw[name]) for name in ("previous", "chain", "leaf"))
    body = None if text is None else json.loads(text.decode("utf-8"))
    return Event(
        int(raw["seq"]), previous, chain, leaf, text, body, salt, dict(raw.get("openings", {}))
    )


# --- the archive -------------------------------------------------------------------------------

_LOCAL = struct.Struct("<4s5H3I2H")
_FIXED = (b"PK\x03\x04", 20, 0, 0, 0, 0x21)  # stored, 1980-01-01 00:00: nothing of it may vary


def read_archive(data: bytes) -> Tuple[Dict[str, bytes], List[str]]:
    """Return the files and what is wrong; every byte of the archive is a file's or foreseen."""
    files: Dict[str, bytes] = {}
    problems: List[str] = []
    directory, offset = b"", 0
    while data[offset : offset + 4] == b"PK\x03\x04":
        header = _LOCAL.unpack(data[offset : offset + _LOCAL.size])
        crc, packed, size, name_size, extra_size = header[6:]
        start = offset + _LOCAL.size + name_size
        raw_name, content = data[offset + _LOCAL.size : start], data[start : start + size]
        if header[:6] != _FIXED or packed != size or extra_size or len(content) != size:
            raise Failure("the entry at byte %d is not as a pack's entries are" % offset)
        name = raw_name.decode("ascii")
        if name in files:
            problems.append("%s stands twice 重复" % name)
        if zlib.crc32(content) != crc:
            problems.append("%s: CRC" % name)
        files[name] = content
        directory += _central(raw_name, crc, size, offset)
        offset = start + size
    count = len(files)
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, count, count, len(directory), offset, 0)
    if data[offset:] != directory + end:
        problems.append("the directory or what follows it is not that of these files 目录不符")
    return files, problems


def _central(name: bytes, crc: int, size: int, offset: int) -> bytes:
    fields = (b"PK\x01\x02", 0x314, 20, 0, 0, 0, 0x21, crc, size, size, len(name))
    fixed = struct.pack("<4s6H3IH", *fields)
    return fixed + struct.pack("<4H2I", 0, 0, 0, 0, 0o100644 << 16, offset) + name


# --- canonical JSON, trees, signatures ---------------------------------------------------------


def canonical(value: Any) -> bytes:
    """Return RFC 8785 bytes; numbers are integers."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
        return b"{" + b",".join(canonical(k) + b":" + canonical(value[k]) for k in keys) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(canonical(item) for item in value) + b"]"
    if isinstance(value, float):
        raise Failure("a number that is no integer")
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of_path(leaf: bytes, index: int, size: int, path: List[bytes]) -> bytes:
    """Return the root that an audit path leads to (RFC 9162 section 2.1.3.2)."""
    if not 0 <= index < size:
        raise Failure("leaf %d is not in a tree of %d" % (index, size))
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise Failure("a path is too long")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise Failure("a path is too short")
    return root


def is_consistent(old: int, new: int, old_root: bytes, root: bytes, path: List[bytes]) -> bool:
    """Return whether a proof shows that the old tree is the start of the new (RFC 9162 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not path and old_root == root
    hashes = ([old_root] if old & (old - 1) == 0 else []) + path
    if not hashes:
        return False
    node, last = old - 1, new - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    first = second = hashes[0]
    for item in hashes[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            first, second = node_hash(item, first), node_hash(item, second)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            second = node_hash(second, item)
        node, last = node >> 1, last >> 1
    return first == old_root and second == root and last == 0


_P = 2**255 - 19
_L = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT = pow(2, (_P - 1) // 4, _P)
Point = Tuple[int, int, int, int]


def _add(p: Point, q: Point) -> Point:
    a = (p[1] - p[0]) * (q[1] - q[0]) % _P
    b = (p[1] + p[0]) * (q[1] + q[0]) % _P
    c = 2 * p[3] * q[3] * _D % _P
    d = 2 * p[2] * q[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % _P, g * h % _P, f * g % _P, e * h % _P)


def _multiply(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = _add(result, point)
        point = _add(point, point)
        scalar >>= 1
    return result


def _point(encoded: bytes) -> Point:
    number = int.from_bytes(encoded, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        raise Failure("no point of the curve")
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT % _P
    if (x * x - square) % _P or (x == 0 and sign):
        raise Failure("no point of the curve")
    x = _P - x if x & 1 != sign else x
    return (x, y, 1, x * y % _P)


_BASE = _point((4 * pow(5, _P - 2, _P) % _P).to_bytes(32, "little"))


def is_signed(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether an Ed25519 signature is that of a key (RFC 8032 section 5.1.7)."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= _L:
        return False
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    challenge = int.from_bytes(digest, "little") % _L
    try:
        left = _multiply(s, _BASE)
        right = _add(_point(signature[:32]), _multiply(challenge, _point(public_key)))
    except Failure:
        return False
    return (left[0] * right[2] - right[0] * left[2]) % _P == 0 and (
        left[1] * right[2] - right[1] * left[2]
    ) % _P == 0


class Checkpoint(NamedTuple):
    """A signed note: the text that is signed, what it states, and its signature lines."""

    text: str
    origin: str
    size: int
    root: bytes
    signatures: List[Tuple[str, bytes]]

    def is_signed_by(self, verifier_key: str) -> bool:
        """Whether a key ``name+id+base64`` signed it."""
        name, key_id, encoded = verifier_key.split("+", 2)
        key = unbase64(encoded)
        expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
        if key[:1] != b"\x01" or unhex(key_id) != expected:
            raise Failure("a key's id is not that of the key: %s" % verifier_key)
        return any(
            who == name and raw[:4] == expected and is_signed(key[1:], self.text.encode(), raw[4:])
            for who, raw in self.signatures
        )


def parse_note(note: str) -> Checkpoint:
    """Return what a checkpoint states."""
    text, _, tail = note.partition("\n\n")
    lines = text.split("\n")
    if len(lines) != 3 or not tail.endswith("\n"):
        raise Failure("no checkpoint")
    signatures = []
    for line in tail[:-1].split("\n"):
        dash, name, blob = line.split(" ")
        if dash != "\u2014":
            raise Failure("no signature line")
        signatures.append((name, unbase64(blob)))
    size = int(lines[1])
    if str(size) != lines[1]:
        raise Failure("a size is not written as numbers are")
    root = unbase64(lines[2])
    return Checkpoint(text + "\n", lines[0], size, root, signatures)


# --- the checks: each yields what is wrong -----------------------------------------------------


def check_manifest(pack: Pack) -> List[str]:
    """Every file is as listed; none is missing, none is extra, in the listed order."""
    problems = []
    listed = pack.manifest["files"]
    names = [MANIFEST] + [entry["path"] for entry in listed]
    if pack.manifest["format"] != FORMAT:
        problems.append("format %s is not known" % pack.manifest["format"])
    if pack.manifest["ticket_id"] != pack.ticket["ticket_id"]:
        problems.append("it is of another ticket")
    for name in (MANIFEST, "proofs/consistency.json", "proofs/inclusion.json"):
        text = json.dumps(pack.json(name), ensure_ascii=False, sort_keys=True, indent=2) + "\n"
        if text.encode("utf-8") != pack.files[name]:
            problems.append("%s is not written as it should be" % name)
    if names != list(pack.files):
        for name in sorted(set(names) ^ set(pack.files)):
            what = "is extra 多出" if name in pack.files else "is missing 缺失"
            problems.append("%s %s" % (name, what))
        if not problems:
            problems.append("the files are in another order 顺序不符")
    for entry in listed:
        content = pack.files.get(entry["path"], b"")
        if len(content) != entry["bytes"] or hashlib.sha256(content).hexdigest() != entry["sha256"]:
            problems.append("%s: SHA-256" % entry["path"])
        if not _is_sm3(content, entry["sm3"]):
            problems.append("%s: SM3" % entry["path"])
    if "sm3" not in hashlib.algorithms_available:
        pack.limits.append(
            "SM3 digests: this Python's OpenSSL has no SM3. 本机无SM3, 未核验SM3摘要。"
        )
    return problems


def _is_sm3(content: bytes, digest: str) -> bool:
    if "sm3" not in hashlib.algorithms_available:
        return True
    return hashlib.new("sm3", content).hexdigest() == digest


def check_lines(pack: Pack) -> List[str]:
    """Audit lines are canonical, hash to their leaves, and commit to the names beside them."""
    problems = []
    for event in pack.events:
        where = "line %d" % event.seq
        if event.text is None:
            continue
        if canonical(event.body) != event.text:
            problems.append("%s is not in canonical form" % where)
        if leaf_hash(event.text) != event.leaf:
            problems.append("%s was rewritten 被改写" % where)
        commitments = dict(_commitments(event.body))
        if (event.salt is None) != (pack.is_redacted or not commitments):
            problems.append("%s: names are hidden or shown as they should not be" % where)
        if event.salt is None:
            continue
        if set(commitments) != set(event.openings):
            problems.append("%s: not the texts that it commits to" % where)
        for place, text in event.openings.items():
            message = ("%s\0%s" % (place, text)).encode("utf-8")
            digest = hmac.new(event.salt, message, hashlib.sha256).hexdigest()
            if digest != commitments.get(place):
                problems.append("%s: %s was rewritten 被改写" % (where, place))
    withheld = sum(event.text is None for event in pack.events)
    if withheld:
        pack.limits.append(
            "%d audit lines are withheld. %d 行审计记录未公开。" % (withheld, withheld)
        )
    return problems


def _commitments(body: Any) -> List[Tuple[str, str]]:
    found: List[Tuple[str, str]] = []

    def walk(value: Any, place: str) -> None:
        if isinstance(value, dict) and set(value) == {"commitment"}:
            found.append((place, value["commitment"]))
        elif isinstance(value, (dict, list)):
            items = value.items() if isinstance(value, dict) else enumerate(value)
            for key, item in items:
                walk(item, "%s.%s" % (place, key))

    walk(body["actor"], "actor")
    walk(body["detail"], "detail")
    return found


def check_chain(pack: Pack) -> List[str]:
    """Lines are in order, each once, and chained to what stands before them."""
    problems = []
    last: Optional[Event] = None
    for event in pack.events:
        if last is not None and event.seq <= last.seq:
            problems.append("line %d stands after line %d 顺序错乱" % (event.seq, last.seq))
        if hashlib.sha256(event.previous + event.leaf).digest() != event.chain:
            problems.append("line %d breaks the chain 链断裂" % event.seq)
        if last is not None and event.seq == last.seq + 1 and event.previous != last.chain:
            problems.append("line %d does not follow line %d" % (event.seq, last.seq))
        if event.seq == 0 and event.previous != bytes(32):
            problems.append("line 0 follows something")
        last = event
    return problems


def check_inclusion(pack: Pack) -> List[str]:
    """Every line is a leaf under the root of the signed checkpoint, at its place."""
    proof, stated = pack.json("proofs/inclusion.json"), _checkpoint(pack)
    problems = []
    if proof["size"] != stated.size or set(proof["paths"]) != {str(e.seq) for e in pack.events}:
        problems.append("the proofs are not those of these lines and this checkpoint")
    for event in pack.events:
        path = [unhex(item) for item in proof["paths"].get(str(event.seq), [])]
        if root_of_path(event.leaf, event.seq, stated.size, path) != stated.root:
            problems.append("line %d is not in the signed ledger 不在已签名台账中" % event.seq)
    return problems


def _checkpoint(pack: Pack) -> Checkpoint:
    return parse_note(pack.file("checkpoint.txt").decode("utf-8"))


def check_signature(pack: Pack, expected_key: Optional[str]) -> List[str]:
    """A key that the ledger itself announced signed the checkpoint."""
    stated = _checkpoint(pack)
    listed = pack.lines("keys.txt")
    keys = [line.split(" ", 1)[1] for line in listed]
    signers = [key for key in keys if stated.is_signed_by(key)]
    if not signers:
        return ["no key of keys.txt signed the checkpoint 签名无效"]
    problems = []
    announced = [
        "%s %s" % (event.body["at"], event.body["detail"]["key"])
        for event in pack.events
        if event.body is not None and event.body["action"] == "ledger.key_used"
    ]
    if announced != listed:
        problems.append("keys.txt is not the list of keys in the ledger")
    if any(key.split("+", 1)[0] != stated.origin for key in signers):
        problems.append("the key is that of another ledger")
    if expected_key is None:
        pack.limits.append(
            "Whose the key is: compare %s with what its owner publishes, or give --key."
            " 公钥归属须与其公布值比对。" % signers[0]
        )
    elif expected_key not in signers:
        problems.append("the checkpoint is not signed by the key that you expect 非预期密钥")
    return problems


def check_consistency(pack: Pack, held: Optional[str]) -> List[str]:
    """The ledger continues an older checkpoint: best one that the reader has held since."""
    proof, stated = pack.json("proofs/consistency.json"), _checkpoint(pack)
    if held is None:
        pack.limits.append(
            "That nothing was rewritten before this checkpoint: hold an older one (--checkpoint)."
            " 无读者自存的旧检查点时, 不能证明此前未被整体改写。"
        )
    if proof["size"] != stated.size:
        return ["the proof is not for this checkpoint"]
    if proof["old_note"] is None:
        is_other = held is not None or proof["path"]
        return ["your checkpoint is not what the proof starts from"] if is_other else []
    old = parse_note(proof["old_note"])
    keys = [line.split(" ", 1)[1] for line in pack.lines("keys.txt")]
    problems = []
    if held is not None:
        yours = parse_note(held)
        if (yours.origin, yours.size, yours.root) != (old.origin, old.size, old.root):
            problems.append(
                "the proof starts from another checkpoint than yours (%d entries); ask for a pack"
                " that starts from it; if that is refused, the ledger was rewritten" % yours.size
            )
    if not any(old.is_signed_by(key) for key in keys):
        problems.append("no key of keys.txt signed the older checkpoint")
    path = [unhex(item) for item in proof["path"]]
    if not is_consistent(old.size, stated.size, old.root, stated.root, path):
        problems.append("the ledger does not continue its older checkpoint 台账被改写")
    return problems


def check_export(pack: Pack) -> List[str]:
    """The ledger's entry of this export vouches for all files, and says which lines there are."""
    exports = [
        event
        for event in pack.about("ticket", pack.ticket["ticket_id"])
        if event.body["action"] == "evidence.exported"
    ]
    sealed = [e for e in pack.manifest["files"] if e["path"] not in LATER]
    text = "".join("%s  %s\n" % (entry["sha256"], entry["path"]) for entry in sealed)
    digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
    if not exports or exports[-1].body["detail"]["contents_sha256"] != digest:
        return ["the files are not those that were exported 与导出登记不符"]
    problems = []
    if exports[-1] is not pack.events[-1]:
        problems.append("something follows the export")
    places = "".join("%d\n" % event.seq for event in pack.events[:-1])
    if hashlib.sha256(places.encode()).hexdigest() != exports[-1].body["detail"]["lines_sha256"]:
        problems.append("audit lines are missing, or extra 审计行缺失或多出")
    if exports[-1].body["detail"]["is_redacted"] is not pack.is_redacted:
        problems.append("whether it is redacted is not as recorded")
    return problems


def check_ticket(pack: Pack) -> List[str]:
    """The ticket's history is without a gap, every step is legal, and it ends as the ticket is."""
    problems = []
    state, version, before_suspension = "", 0, ""
    for event in pack.about("ticket", pack.ticket["ticket_id"]):
        detail, action = event.body["detail"], event.body["action"].split(".", 1)[1]
        if "version" not in detail:
            continue
        version += 1
        where = "version %s (%s)" % (detail["version"], action)
        if detail["version"] != version:
            problems.append("%s: version %d expected 缺少记录" % (where, version))
            version = detail["version"]
        if action == "open":
            problems += [] if version == 1 else ["%s: opened again" % where]
            state = "new"
            continue
        if detail["from"] != state:
            problems.append("%s starts from %s, the ticket was %s" % (where, detail["from"], state))
        problems += ["%s: %s" % (where, why) for why in _illegal(action, detail, before_suspension)]
        if action == "suspend":
            before_suspension = state
        state = detail["to"]
    if version == 0:
        problems.append("there is no history 无办理记录")
    if (state, version) != (pack.ticket["state"], pack.ticket["version"]):
        problems.append("its history ends as %s, version %d 与工单现状不符" % (state, version))
    return problems


def _illegal(action: str, detail: Any, before_suspension: str) -> List[str]:
    if action not in TRANSITIONS:
        return [] if detail["from"] == detail["to"] else ["it may not change the state"]
    sources, target, roles = TRANSITIONS[action]
    problems = []
    if detail["from"] not in sources.split():
        problems.append("it may not be done in %s 流转不合法" % detail["from"])
    if detail["to"] != (before_suspension if target is None else target):
        problems.append("it does not lead to %s 流转不合法" % detail["to"])
    if detail["role"] not in roles.split():
        problems.append("it is not for the %s 越权" % detail["role"])
    return problems


def check_separation(pack: Pack) -> List[str]:
    """Who handled the ticket did not verify it."""
    handler: Optional[str] = None
    for event in pack.about("ticket", pack.ticket["ticket_id"]):
        action = event.body["action"].split(".", 1)[1]
        if action in ("start", "report"):
            handler = event.opened("actor")
        if action == "close":
            verifier = event.opened("actor")
            if handler is None or verifier is None:
                pack.limits.append(
                    "That handler and verifier are two people: names are hidden."
                    " 姓名已隐去, 不能证明处置人与核查人不同。"
                )
            elif handler == verifier:
                return ["%s handled and verified it 处置与核查为同一人" % handler]
    return []


def check_sla(pack: Pack) -> List[str]:
    """A breach that was recorded stands in the ticket's clocks, and what is late counts as late."""
    clocks = {(clock["kind"], clock["round"]): clock for clock in pack.ticket_file["clocks"]}
    problems = []
    for event in pack.about("ticket", pack.ticket["ticket_id"]):
        if event.body["action"] != "ticket.sla_breached":
            continue
        detail = event.body["detail"]
        clock = clocks.get((detail["clock"], detail["round"]))
        if clock is None or clock["breached_at"] is None:
            problems.append("the breach of %s is gone 超期记录缺失" % detail["clock"])
    for kind, number in sorted(clocks):
        clock = clocks[kind, number]
        due, stopped = clock["due_at"], clock["stopped_at"]
        is_late = due is not None and stopped is not None and moment(stopped) > moment(due)
        if is_late and clock["state"] == "stopped" and clock["breached_at"] is None:
            problems.append("%s stopped after its due time without a breach 超期未记" % kind)
    return problems


def check_files(pack: Pack) -> List[str]:
    """Photos and documents are those whose hashes were logged when they were received."""
    problems = []
    logged = {
        event.body["detail"]["sha256"]
        for event in pack.about("ticket", pack.ticket["ticket_id"])
        if event.body["action"] == "ticket.attachment_added"
    }
    names = [name for name in pack.files if name.startswith("photos/")]
    present = {name.split("/")[1].split(".")[0]: name for name in names}
    for digest in sorted(logged ^ set(present)):
        what = "was never logged 未登记" if digest in present else "is missing 缺失"
        problems.append("file %s %s" % (digest, what))
    for digest, name in sorted(present.items()):
        if hashlib.sha256(pack.files[name]).hexdigest() != digest:
            problems.append("%s is not what was received 照片被改" % name)
    for event in pack.about("ticket", pack.ticket["ticket_id"]):
        detail = event.body["detail"]
        for field in ("photos_before", "photos_after"):
            problems += [
                "%s names a file that was not attached" % field
                for digest in detail.get(field, [])
                if digest not in logged
            ]
    return problems


def check_alerts(pack: Pack) -> List[str]:
    """Each alert's history and reviews are what the audit trail says of it."""
    problems = []
    for file in pack.alerts:
        number = file["alert"]["alert_id"]
        audited = [e for e in pack.about("alert", number)]
        told = [e.body["action"].split(".", 1)[1] for e in audited]
        history = [event["type"] for event in file["events"]]
        if [kind for kind in told if kind != "reviewed"] != history:
            problems.append("alert %d: its history is not as audited 过程与审计不符" % number)
        reviews = [e.body["detail"] for e in audited if e.body["action"] == "alert.reviewed"]
        stated = [(review["alert_review_id"], review["verdict"]) for review in file["reviews"]]
        if [(review["review"], review["verdict"]) for review in reviews] != stated:
            problems.append("alert %d: its reviews are not as audited 研判与审计不符" % number)
        numbers = [e.body["detail"] for e in audited if "peak_value" in e.body["detail"]]
        for name in ("severity", "rule", "rule_version") if numbers else ():
            if numbers[-1][name] != file["alert"]["rule_code" if name == "rule" else name]:
                problems.append("alert %d: %s is not as audited" % (number, name))
    return problems


def moment(text: str) -> int:
    """Return an instant, written in UTC, in microseconds since the epoch."""
    whole, _, fraction = text.replace("+00:00", "").rstrip("Z").partition(".")
    parsed = datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)
    return int(parsed.timestamp()) * 1000000 + int((fraction + "000000")[:6])


class Row(NamedTuple):
    """A reading; ``value`` None: the device sent no number."""

    metric: str
    at: int
    value: Optional[float]
    quality: str
    received: int


CSV_HEADER = "metric,measured_at,value,quality,received_at"


def rows_of(lines: List[str]) -> List[Row]:
    """Return the readings of a CSV file."""
    if not lines or lines[0] != CSV_HEADER:
        raise Failure("no file of readings")
    rows = []
    for line in lines[1:]:
        metric, at, value, quality, received = line.split(",")
        number = float(value) if value else None
        rows.append(Row(metric, moment(at), number, quality, moment(received)))
    return rows


def check_segments(pack: Pack) -> List[str]:
    """Sealed files of readings are as sealed, and lie under their seals' entries in the ledger."""
    problems = []
    for segment in pack.json("proofs/segments.json"):
        path = segment["path"]
        line = segment["line"].encode("utf-8")
        stated = json.loads(segment["line"])
        if hashlib.sha256(pack.file(path)).hexdigest() != stated["sha256"]:
            problems.append("%s is not as sealed 与封存不符" % path)
        entries = pack.about("reading_seal", segment["seal"])
        if len(entries) != 1:
            problems.append("%s: its seal is not in the ledger" % path)
            continue
        detail = entries[0].body["detail"]
        proof = [unhex(item) for item in segment["proof"]]
        index, count = segment["position"], detail["segment_count"]
        if root_of_path(leaf_hash(line), index, count, proof).hex() != detail["root_hash"]:
            problems.append("%s is not under its seal 不在封存根之下" % path)
        if detail["day"] != stated["day"]:
            problems.append("%s: sealed for another day" % path)
    return problems


def check_readings(pack: Pack) -> List[str]:
    """The readings around the alerts are those that were sealed, where they were sealed."""
    problems: List[str] = []
    newest: Dict[Tuple[str, str], Any] = {}
    for segment in pack.json("proofs/segments.json"):
        stated = json.loads(segment["line"])
        newest[stated["device"], stated["day"]] = segment
    is_unsealed = False
    for file in pack.alerts:
        for span in file["readings"]:
            lines = pack.lines(span["path"])
            rows_of(lines)
            open_rows = set(lines[1:])
            for (device, _day), segment in newest.items():
                if device == span["device"]:
                    problems += _compare(pack, span, segment, open_rows)
            is_unsealed = is_unsealed or bool(open_rows)
    if is_unsealed:
        pack.limits.append(
            "That readings which were not sealed when the pack was made are all there were."
            " 导出时尚未封存的读数, 不能证明完整。"
        )
    return problems


def _compare(pack: Pack, span: Any, segment: Any, open_rows: Any) -> List[str]:
    """Compare the part of a span that a segment covers; take that out of ``open_rows``."""
    raw = zlib.decompress(pack.file(segment["path"]), 31).decode("utf-8")
    first, last = moment(span["from"]), moment(span["to"])
    sealed = {line for line in raw.split("\n")[1:-1] if first <= moment(line.split(",")[1]) < last}
    start, end = moment(segment["from"]), moment(segment["to"])
    own = {line for line in open_rows if start <= moment(line.split(",")[1]) < end}
    problems = []
    if sealed - own:
        problems.append("%s lacks %d sealed readings 缺读数" % (span["path"], len(sealed - own)))
    sealed_at = moment(pack.about("reading_seal", segment["seal"])[0].body["at"])
    early = [line for line in own - sealed if moment(line.split(",")[4]) < sealed_at - 60000000]
    if early:
        problems.append(
            "%s has %d readings that were not sealed 多读数" % (span["path"], len(early))
        )
    open_rows -= sealed
    return problems


# --- the rule, again ---------------------------------------------------------------------------

_SEVERITIES = ("blue", "yellow", "orange", "red")
_SIX_HOURS = 6 * 3600 * 1000000
#: What else can happen to an alert without changing what its rule makes of its readings.
_HARMLESS = frozenset(
    [
        "acked",
        "escalated",
        "fired",
        "flapping",
        "fresh",
        "notified",
        "repeated",
        "reopened",
        "resolved",
        "severity_raised",
        "stale",
        "unacked",
    ]
)


class Machine:
    """One rule on one series: the alert table (docs/state-machines.md), written a second time."""

    def __init__(self, applied: Any) -> None:
        self.sign = -1.0 if applied["is_falling"] else 1.0
        self.severities = [name for name in _SEVERITIES if name in applied["levels"]]
        self.limits = [self.sign * applied["levels"][name] for name in self.severities]
        self.holds = [_us(applied["level_holds_s"][name]) for name in self.severities]
        self.clear_below = self.sign * applied["clear_below"]
        self.hold, self.samples = _us(applied["hold_s"]), applied["samples_min"]
        self.clear_hold = _us(applied["clear_hold_s"])
        self.clear_samples = applied["clear_samples_min"]
        self.gap, self.reopen = _us(applied["gap_s_max"]), _us(applied["reopen_s"])
        self.episodes: List[Dict[str, Any]] = []
        self.phase, self.since, self.count, self.last = "ok", 0, 0, 0
        self.clear_since, self.clear_count = 0, 0
        self.value, self.peak, self.level = 0.0, 0.0, -1
        self.level_since: List[int] = []
        self.resolved, self.bounces, self.is_flapping = 0, [0][:0], False

    def follow(self, at: int, number: Optional[float]) -> None:
        """Apply one reading; None: too near to be seen, which keeps up what holds."""
        if number is None:
            if self.phase not in ("pending", "firing") or self.sign < 0 or at <= self.last:
                return
            value = self.value
        else:
            value = self.sign * number
        reached = sum(value >= limit for limit in self.limits) - 1
        fires, clears = reached >= 0, value < self.clear_below
        is_gap = at - self.last > self.gap
        kept = [] if is_gap or self.phase == "ok" else self.level_since
        old_since, old_phase = self.since, self.phase
        getattr(self, "_" + self.phase)(at, value, fires, clears, is_gap)
        if self.phase == "ok":
            return
        self._seen(at, value, fires, clears)
        if self.since != old_since or old_phase == "ok":
            kept, self.level = [], -1
        self._climb(at, reached, kept)

    def _ok(self, at: int, value: float, fires: bool, _clears: bool, _gap: bool) -> None:
        if fires:
            self._begin(at, value)
            if self.hold == 0 and self.samples <= 1:
                self._fire(at, value)

    def _pending(self, at: int, value: float, fires: bool, _clears: bool, is_gap: bool) -> None:
        if not fires:
            self.phase = "ok"
        elif is_gap:
            self._begin(at, value)
        elif at - self.since >= self.hold and self.count + 1 >= self.samples:
            self._fire(at, value)

    def _firing(self, at: int, _value: float, _fires: bool, clears: bool, _gap: bool) -> None:
        if clears:
            self.clear_since, self.clear_count = at, 0
            if self._clear_hold() == 0 and self.clear_samples <= 1:
                self._resolve(at)
            else:
                self.phase = "recovering"

    def _recovering(self, at: int, _value: float, _fires: bool, clears: bool, is_gap: bool) -> None:
        if not clears:
            self.phase = "firing"
            self._bounce(at)
        elif is_gap:
            self.clear_since, self.clear_count = at, 0
        elif (
            at - self.clear_since >= self._clear_hold()
            and self.clear_count + 1 >= self.clear_samples
        ):
            self._resolve(at)

    def _begin(self, at: int, value: float) -> None:
        self.phase, self.since, self.count, self.peak = "pending", at, 0, value

    def _seen(self, at: int, value: float, fires: bool, clears: bool) -> None:
        self.last, self.value, self.peak = at, value, max(self.peak, value)
        if self.phase == "recovering" and clears:
            self.clear_count += 1
        elif fires:
            self.count += 1
        if self.phase in ("firing", "recovering"):
            episode = self.episodes[-1]
            episode["peak"] = max(episode["peak"], self.peak)

    def _climb(self, at: int, reached: int, kept: List[int]) -> None:
        self.level_since = [
            ((kept[n] if n < len(kept) and kept[n] else at) if n <= reached else 0)
            for n in range(len(self.limits))
        ]
        if self.phase == "pending":
            return
        held = [
            n
            for n, since in enumerate(self.level_since)
            if since and (n == 0 or at - since >= self.holds[n])
        ]
        self.level = max([self.level, 0, *held])
        self.episodes[-1]["level"] = max(self.episodes[-1]["level"], self.level)

    def _fire(self, at: int, value: float) -> None:
        self.phase = "firing"
        if self.resolved and at - self.resolved <= self.reopen:
            self.episodes[-1]["ended"] = None
            self._bounce(at)
            return
        new = {"started": self.since, "fired": at, "value": value, "peak": value}
        self.episodes.append(dict(new, ended=None, level=0))
        self.resolved = 0

    def _resolve(self, at: int) -> None:
        self.phase, self.episodes[-1]["ended"], self.resolved = "ok", self.clear_since, at
        if self.is_flapping:
            self.bounces, self.is_flapping = [], False

    def _bounce(self, at: int) -> None:
        recent = [then for then in self.bounces if at - then <= _SIX_HOURS]
        self.bounces = [*recent, at][-3:]
        self.is_flapping = self.is_flapping or len(self.bounces) >= 3
        self.resolved = 0

    def _clear_hold(self) -> int:
        return max(self.clear_hold, _SIX_HOURS) if self.is_flapping else self.clear_hold


def _us(seconds: float) -> int:
    return round(seconds * 1000000)


def check_replay(pack: Pack) -> List[str]:
    """The rule, applied again to the readings in the pack, makes the alert that is stated."""
    problems = []
    for file in pack.alerts:
        alert = file["alert"]
        why = _not_replayable(file)
        if why is None:
            rows = rows_of(pack.lines(file["readings"][0]["path"]))
            rows = [row for row in rows if row.metric == alert["metric"]]
            live = _without_late(rows)
            found = _matches(alert, rows) or _matches(alert, live)
            if not found and len(live) == len(rows):
                problems.append(
                    "alert %d: the rule makes another alert of these readings 复算不符"
                    % alert["alert_id"]
                )
            elif not found:
                why = "readings came late"
        if why is not None:
            pack.limits.append(
                "Alert %d (%s) was not replayed: %s. 未复算。"
                % (alert["alert_id"], alert["rule_code"], why)
            )
    return problems


def _not_replayable(file: Any) -> Optional[str]:
    alert, others = file["alert"], {event["type"] for event in file["events"]} - _HARMLESS
    if not alert["threshold"].get("is_replayable"):
        return "its rule judges more than single readings of one series"
    if others or alert["is_backfilled"]:
        return "its history has %s" % (", ".join(sorted(others)) or "late readings")
    if len(file["readings"]) != 1 or file["readings"][0]["is_cut"]:
        return "the pack does not hold all of its readings"
    return None


def _without_late(rows: List[Row]) -> List[Row]:
    """Leave out what was older than the newest reading when it came: it drives nothing."""
    live, newest = [], -1
    for row in sorted(rows, key=lambda row: (row.received, row.at)):
        if row.at > newest:
            live.append(row)
            newest = row.at
    return live


def _matches(alert: Any, rows: List[Row]) -> bool:
    machine = Machine(alert["threshold"])
    for row in rows:
        if row.quality == "good" and row.value is not None:
            machine.follow(row.at, row.value)
        elif row.quality == "blind_zone" and row.metric == "level_mm":
            machine.follow(row.at, None)
    ended = None if alert["ended_at"] is None else moment(alert["ended_at"])
    for episode in machine.episodes:
        peak, stated = episode["peak"], machine.sign * alert["peak_value"]
        if (
            episode["started"] == moment(alert["started_at"])
            and episode["fired"] == moment(alert["fired_at"])
            and episode["ended"] == ended
            and machine.sign * episode["value"] == alert["value"]
            # That of an open alert is as of its last event.
            and (peak == stated if ended is not None else peak >= stated)
            and machine.severities[episode["level"]] == alert["severity"]
        ):
            return True
    return False


def leads(pack: Pack) -> List[str]:
    """Return which alerts nobody reviewed, or not as the law asks."""
    notices = []
    for file in pack.alerts:
        number, reviews = file["alert"]["alert_id"], file["reviews"]
        if not reviews:
            notices.append("alert %d: LEAD, NOT REVIEWED 线索, 未经研判" % number)
            continue
        last = reviews[-1]
        text = "alert %d: %s" % (number, last["verdict"])
        if last["legal_reviewer"] is None or last["technical_reviewer"] is None:
            text += (
                "; legal and technical review (Administrative Penalty Law art. 41) not both named"
                " 未同时具备法制审核与技术审核(行政处罚法第四十一条)"
            )
        notices.append(text)
    return notices


# --- the report --------------------------------------------------------------------------------

ALWAYS_OPEN = [
    "That a sensor measured what was so: a record is shown to be unchanged, not to be true."
    " 传感器示值是否属实。",
    "Who held the telephone or the account under whose name something was done. 实际操作人身份。",
    "What a device sent: readings are kept, not the gateway's messages (only rejected ones)."
    " 网关原始报文。",
    "Anything before the oldest checkpoint that somebody outside has kept."
    " 首个外部存证点之前的历史。",
    "That this verify.py is the published one: compare its SHA-256. 本程序须与公布的摘要比对。",
]


class Result(NamedTuple):
    """A check: its name, what it is called in both languages, what is wrong."""

    name: str
    title: str
    problems: List[str]


class Report(NamedTuple):
    """What was found: the checks, who must still look, what is not proven."""

    results: List[Result]
    notices: List[str]
    limits: List[str]

    @property
    def failed(self) -> List[str]:
        """The names of the checks that failed."""
        return [result.name for result in self.results if result.problems]


Check = Callable[[Pack], List[str]]


def checks(key: Optional[str], held: Optional[str]) -> List[Tuple[str, str, Check]]:
    """Return every check in order: name, title, function."""
    return [
        ("manifest", "files as listed 文件与清单一致", check_manifest),
        ("export", "files as exported 文件与导出登记一致", check_export),
        ("lines", "audit lines unchanged 审计行未改", check_lines),
        ("chain", "audit lines chained 审计链完整", check_chain),
        ("inclusion", "lines in the ledger 审计行在台账中", check_inclusion),
        ("consistency", "ledger only grew 台账只增未改", lambda p: check_consistency(p, held)),
        ("signature", "checkpoint signed 检查点签名", lambda p: check_signature(p, key)),
        ("ticket", "ticket history legal 工单流转合规", check_ticket),
        ("separation", "handler is not verifier 处置与核查分离", check_separation),
        ("sla", "breaches on record 超期如实记录", check_sla),
        ("files", "photos as received 照片与接收时一致", check_files),
        ("alerts", "alerts as audited 报警与审计一致", check_alerts),
        ("segments", "readings as sealed 读数与封存一致", check_segments),
        ("readings", "readings complete 读数与封存互相印证", check_readings),
        ("replay", "rule gives the alert 规则复算得出报警", check_replay),
    ]


def verify(data: bytes, key: Optional[str] = None, held: Optional[str] = None) -> Report:
    """Check a whole pack; ``key`` and ``held``: what the reader knows of its ledger beforehand."""
    results, pack = [], None
    try:
        files, problems = read_archive(data)
        pack = Pack(files)
    except (Failure, ValueError, LookupError, TypeError, AttributeError, struct.error) as error:
        problems = ["%s: %s" % (type(error).__name__, error)]
    results.append(Result("archive", "archive well-formed 压缩包结构", problems))
    if pack is None:
        return Report(results, [], ALWAYS_OPEN)
    for name, title, check in checks(key, held):
        try:
            problems = check(pack)
        except Failure as error:
            problems = [str(error)]
        except (ValueError, LookupError, TypeError, AttributeError, zlib.error) as error:
            problems = ["malformed: %s: %s" % (type(error).__name__, error)]
        results.append(Result(name, title, problems))
    try:
        notices = leads(pack)
    except (ValueError, LookupError, TypeError):
        notices = ["whether alerts were reviewed cannot be read"]
    if pack.is_redacted:
        pack.limits.append(
            "Names and free texts: they are hidden in this pack. 姓名与自由文本已隐去。"
        )
    return Report(results, notices, pack.limits + ALWAYS_OPEN)


def main(arguments: List[str]) -> int:
    """Verify one file and print what was found."""
    parser = argparse.ArgumentParser(description="Verify an evidence pack offline 离线核验证据包")
    parser.add_argument("pack", help="the ZIP file")
    parser.add_argument("--key", help="the ledger's published verifier key (name+id+base64)")
    parser.add_argument("--checkpoint", help="a file with a checkpoint that you have kept")
    given = parser.parse_args(arguments)
    held = None
    try:
        with open(given.pack, "rb") as file:
            data = file.read()
        if given.checkpoint is not None:
            with open(given.checkpoint, encoding="utf-8") as text:
                held = text.read()
    except (OSError, ValueError) as error:
        print("verify: %s" % error, file=sys.stderr)
        return 2
    report = verify(data, given.key, held)
    for result in report.results:
        print("%s  %-12s %s" % ("FAIL" if result.problems else "PASS", result.name, result.title))
        for problem in result.problems:
            print("        %s" % problem)
    print("\nReview 研判:")
    for line in report.notices:
        print("  ! %s" % line)
    print("\nNot proven 不能证明:")
    for line in report.limits:
        print("  - %s" % line)
    verdict = "FAILED 核验未通过" if report.failed else "VERIFIED 核验通过"
    print("\n%s  SHA-256 %s" % (verdict, hashlib.sha256(data).hexdigest()))
    return 1 if report.failed else 0


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8")
    sys.exit(main(sys.argv[1:]))
