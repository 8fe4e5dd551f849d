"""Merkle trees as in RFC 6962 section 2.1 (RFC 9162 has the same): roots and proofs. Pure.

A tree is never held whole. What a root or a proof needs is a list of ranges of leaves; a range is
put together from stored hashes of complete subtrees of 256^level leaves (level 0: the leaves).
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

WIDTH = 256
EMPTY_ROOT = sha256(b"").digest()


class Node(NamedTuple):
    """A complete subtree: 256^``level`` leaves from ``position`` * 256^``level`` on."""

    level: int
    position: int


class Span(NamedTuple):
    """Leaves ``start`` up to before ``end``; the hash of a span is that of a tree of them alone."""

    start: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    """Return the hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return sha256(b"\x01" + left + right).digest()


def root_of(hashes: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes (or over the roots of complete subtrees of one size)."""
    if not hashes:
        return EMPTY_ROOT
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def inclusion_spans(index: int, size: int) -> list[Span]:
    """Return the spans whose hashes are the audit path of a leaf, lowest first (2.1.1).

    Raises: ValueError: there is no such leaf in a tree of ``size``.
    """
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    spans: list[Span] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    return spans[::-1]


def consistency_spans(old_size: int, size: int) -> list[Span]:
    """Return the spans whose hashes prove that an old tree is the start of a new one (2.1.2).

    Raises: ValueError: ``old_size`` is not from 1 to ``size``.
    """
    if not 0 < old_size <= size:
        raise ValueError(f"a tree of {old_size} is not the start of one of {size}")
    spans: list[Span] = []
    start, end = 0, size
    while end != old_size:
        middle = start + _split(end - start)
        if old_size <= middle:
            spans.append(Span(middle, end))
            end = middle
        else:
            spans.append(Span(start, middle))
            start = middle
    if start:
        spans.append(Span(start, end))
    return spans[::-1]


def nodes_of(span: Span) -> list[Node]:
    """Return the stored subtrees that a span is put together from, from the left."""
    return list(_nodes(span))


def hash_of(span: Span, hashes: Mapping[Node, bytes]) -> bytes:
    """Return the hash of a span from the hashes of its ``nodes_of``."""
    if span.start == span.end:
        return EMPTY_ROOT
    node = _as_node(span)
    if node is not None:
        return hashes[node]
    middle = span.start + _split(span.end - span.start)
    left = hash_of(Span(span.start, middle), hashes)
    return node_hash(left, hash_of(Span(middle, span.end), hashes))


def root_from_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that an audit path leads to; None: the path has the wrong length."""
    if not 0 <= index < size:
        return None
    spans = inclusion_spans(index, size)
    if len(spans) != len(path):
        return None
    root = leaf
    for span, sibling in zip(spans, path, strict=True):
        root = node_hash(root, sibling) if span.start > index else node_hash(sibling, root)
    return root


def _nodes(span: Span) -> Iterator[Node]:
    if span.start == span.end:
        return
    node = _as_node(span)
    if node is not None:
        yield node
        return
    middle = span.start + _split(span.end - span.start)
    yield from _nodes(Span(span.start, middle))
    yield from _nodes(Span(middle, span.end))


def _as_node(span: Span) -> Node | None:
    size, level = 1, 0
    while size < span.end - span.start:
        size, level = size * WIDTH, level + 1
    if size != span.end - span.start or span.start % size:
        return None
    return Node(level, span.start // size)


def _split(count: int) -> int:
    """Return the largest power of two below ``count`` (at least 2)."""
    return 1 << ((count - 1).bit_length() - 1)
