"""The verifier's own tools, against published vectors and the product's independent ones."""

import ast
import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from alerts.evidence import merkle
from tests.verifier import VERIFY, load_verifier

VERIFIER = load_verifier()
RAW = Encoding.Raw, PublicFormat.Raw

#: RFC 8032 section 7.1, tests 1 to 3 and SHA(abc): public key, message, signature.
VECTORS = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


def test_it_is_written_for_old_pythons_and_imports_the_standard_library_only() -> None:
    tree = ast.parse(VERIFY.read_text(encoding="utf-8"), feature_version=(3, 8))
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
        )
    }
    assert imported == {
        "__future__", "argparse", "base64", "datetime", "hashlib", "hmac", "json", "struct", "sys",
        "typing", "zlib",
    }  # fmt: skip
    longest = max(
        (node.end_lineno or 0) - node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    )
    assert longest <= 70


@pytest.mark.parametrize(("key", "message", "signature"), VECTORS)
def test_signatures_of_rfc_8032(key: str, message: str, signature: str) -> None:
    parts = [bytes.fromhex(part) for part in (key, message, signature)]
    assert VERIFIER.is_signed(*parts)
    for place in range(64):
        wrong = bytearray(parts[2])
        wrong[place] ^= 1 << place % 8
        assert not VERIFIER.is_signed(parts[0], parts[1], bytes(wrong))
    assert not VERIFIER.is_signed(parts[0], parts[1] + b"\0", parts[2])


def test_a_signature_has_one_form_and_a_key_is_a_point() -> None:
    key, message, signature = (bytes.fromhex(part) for part in VECTORS[1])
    order = 2**252 + 27742317777372353535851937790883648493
    other = (int.from_bytes(signature[32:], "little") + order).to_bytes(32, "little")
    assert not VERIFIER.is_signed(key, message, signature[:32] + other)
    assert not VERIFIER.is_signed(b"\xff" * 32, message, signature)
    assert not VERIFIER.is_signed(key[:31], message, signature)
    assert not VERIFIER.is_signed(key, message, signature[:63])


@given(st.binary(max_size=100))
def test_signatures_of_another_library(message: bytes) -> None:
    private = Ed25519PrivateKey.from_private_bytes(sha256(message).digest())
    public = private.public_key().public_bytes(*RAW)
    assert VERIFIER.is_signed(public, message, private.sign(message))
    assert not VERIFIER.is_signed(public, message + b"!", private.sign(message))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(JSON)
def test_canonical_json_is_that_of_another_library(value: Any) -> None:
    text = json.dumps(value)
    try:
        expected = rfc8785.dumps(value)
    except UnicodeEncodeError:  # half a surrogate pair: no UTF-8 has it
        return
    assert VERIFIER.canonical(json.loads(text)) == expected


def test_a_float_is_not_canonical_here() -> None:
    with pytest.raises(VERIFIER.Failure, match="no integer"):
        VERIFIER.canonical({"a": [1.0]})


@given(st.integers(1, 70), st.data())
def test_proofs_are_those_of_the_product(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(bytes([n])) for n in range(size)]
    root = merkle.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = [merkle.root_of(leaves[s.start : s.end]) for s in merkle.inclusion_spans(index, size)]
    assert VERIFIER.root_of_path(leaves[index], index, size, path) == root
    for wrong in (path[:-1], [*path, root]):
        if wrong != path:
            with pytest.raises(VERIFIER.Failure, match="too"):
                VERIFIER.root_of_path(leaves[index], index, size, wrong)
    old = data.draw(st.integers(1, size))
    proof = [merkle.root_of(leaves[s.start : s.end]) for s in merkle.consistency_spans(old, size)]
    old_root = merkle.root_of(leaves[:old])
    assert VERIFIER.is_consistent(old, size, old_root, root, proof)
    assert not VERIFIER.is_consistent(old, size, old_root, leaves[0] + b"!", proof)
    assert not VERIFIER.is_consistent(old, size, bytes(32), root, proof)
    assert not VERIFIER.is_consistent(old, size, old_root, root, [*proof, root])
    if proof:
        assert not VERIFIER.is_consistent(old, size, old_root, root, proof[:-1])


def test_leaves_of_rfc_6962() -> None:
    empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert VERIFIER.leaf_hash(b"").hex() == empty
    assert merkle.leaf_hash(b"").hex() == empty


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x03\x04" + b"\0" * 26, b"\0" * 100])
def test_what_is_no_pack_fails_and_never_raises(data: bytes) -> None:
    assert VERIFIER.verify(data).failed == ["archive"]


#: The eight leaves of the reference implementation of RFC 6962, and some of its published proofs.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOT_8 = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
ROOT_6 = "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"
PATH_0_OF_8 = (
    "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
)
PROOF_6_OF_8 = (
    "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
)


def test_published_proofs_of_rfc_6962() -> None:
    leaves = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    inclusion, consistency = (
        [bytes.fromhex(item) for item in proof] for proof in (PATH_0_OF_8, PROOF_6_OF_8)
    )
    old, new = bytes.fromhex(ROOT_6), bytes.fromhex(ROOT_8)
    assert VERIFIER.root_of_path(leaves[0], 0, 8, inclusion) == new
    assert VERIFIER.is_consistent(6, 8, old, new, consistency)
    spans = merkle.inclusion_spans(0, 8), merkle.consistency_spans(6, 8)
    made = [[merkle.root_of(leaves[s.start : s.end]) for s in path] for path in spans]
    assert made == [inclusion, consistency]
