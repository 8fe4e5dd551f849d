"""Merkle trees against the definition of RFC 6962, and the known vectors of its test suite."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.evidence import merkle
from alerts.evidence.merkle import Node, Span

#: Leaves and roots of the reference implementation's test (certificate-transparency).
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def definition(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    left, right = definition(leaves[:split]), definition(leaves[split:])
    return sha256(b"\x01" + left + right).digest()


def stored(leaves: list[bytes]) -> dict[Node, bytes]:
    """Every leaf and every complete subtree of 256."""
    hashes = {Node(0, i): merkle.leaf_hash(leaf) for i, leaf in enumerate(leaves)}
    for position in range(len(leaves) // merkle.WIDTH):
        block = leaves[position * merkle.WIDTH : (position + 1) * merkle.WIDTH]
        hashes[Node(1, position)] = definition(block)
    return hashes


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_of_the_reference_implementation(size: int) -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in INPUTS[:size]]
    assert merkle.root_of(hashes).hex() == ROOTS[size - 1]


def test_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert merkle.root_of([]) == merkle.EMPTY_ROOT == sha256(b"").digest()


@given(st.integers(1, 700), st.data())
def test_every_leaf_is_proven_and_no_other(size: int, data: st.DataObject) -> None:
    leaves = [str(i).encode() for i in range(size)]
    hashes = stored(leaves)
    root = definition(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = [merkle.hash_of(span, hashes) for span in merkle.inclusion_spans(index, size)]
    assert merkle.root_from_inclusion(merkle.leaf_hash(leaves[index]), index, size, path) == root
    assert merkle.root_from_inclusion(merkle.leaf_hash(b"other"), index, size, path) != root
    shortened = merkle.root_from_inclusion(merkle.leaf_hash(leaves[index]), index, size, path[1:])
    assert size == 1 or shortened is None


@given(st.integers(1, 700), st.data())
def test_consistency_spans_hold_the_old_root_and_the_new_one(
    size: int, data: st.DataObject
) -> None:
    leaves = [str(i).encode() for i in range(size)]
    hashes = stored(leaves)
    old = data.draw(st.integers(1, size))
    proof = [merkle.hash_of(span, hashes) for span in merkle.consistency_spans(old, size)]
    assert verify_consistency(old, size, definition(leaves[:old]), definition(leaves), proof)
    if proof:
        assert not verify_consistency(
            old, size, definition([*leaves[: old - 1], b"rewritten"]), definition(leaves), proof
        )


def verify_consistency(
    old: int, size: int, old_root: bytes, root: bytes, proof: list[bytes]
) -> bool:
    """RFC 9162 section 2.1.4.2, step by step: an oracle that knows nothing of spans."""
    if old == size:
        return not proof and old_root == root
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    fn, sn = old - 1, size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for node in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = merkle.node_hash(node, fr), merkle.node_hash(node, sr)
            while fn and not fn & 1:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = merkle.node_hash(sr, node)
        fn, sn = fn >> 1, sn >> 1
    return fr == old_root and sr == root and sn == 0


def test_a_large_tree_needs_few_nodes() -> None:
    assert len(merkle.nodes_of(Span(0, 10_000_000))) < 3 * merkle.WIDTH


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_a_leaf_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree"):
        merkle.inclusion_spans(index, size)
    assert merkle.root_from_inclusion(b"", index, size, []) is None


@pytest.mark.parametrize(("old", "size"), [(0, 3), (4, 3)])
def test_a_tree_is_only_consistent_with_a_longer_one(old: int, size: int) -> None:
    with pytest.raises(ValueError, match="not the start"):
        merkle.consistency_spans(old, size)
