"""numpy arrays as binary query parameters."""

import struct

import numpy as np
from numpy.typing import NDArray
from psycopg import pq
from psycopg.abc import DumperKey
from psycopg.adapt import Dumper, PyFormat

#: dtype -> (element's oid, array's oid, wire format); PostgreSQL's pg_type.dat.
_ARRAY_TYPES: dict[type[np.generic], tuple[int, int, str]] = {
    np.int16: (21, 1005, ">i2"),
    np.int32: (23, 1007, ">i4"),
    np.int64: (20, 1016, ">i8"),
    np.float64: (701, 1022, ">f8"),
    np.bool_: (16, 1000, "?"),
}


class NumpyArrayDumper(Dumper):
    """One-dimensional numpy arrays as binary parameters, in one piece.

    Source: PostgreSQL, array_send in utils/adt/arrayfuncs.c. Lists go element by element through
    Python, which was a seventh of the worker's time.

    Raises: KeyError: another dtype.
    """

    format = pq.Format.BINARY

    def get_key(self, obj: "NDArray[np.generic]", _format: PyFormat) -> DumperKey:
        """Return what one dumper serves: arrays of one dtype."""
        return (self.cls, obj.dtype.type)

    def upgrade(self, obj: "NDArray[np.generic]", _format: PyFormat) -> "NumpyArrayDumper":
        """Return a dumper for arrays of this dtype."""
        dumper = type(self)(self.cls)
        dumper.oid = _ARRAY_TYPES[obj.dtype.type][1]
        return dumper

    def dump(self, obj: "NDArray[np.generic]") -> bytes:
        """Return header and elements, each with its length before it."""
        element_oid, _, wire = _ARRAY_TYPES[obj.dtype.type]
        items = np.empty(len(obj), dtype=[("length", ">i4"), ("value", wire)])
        items["length"] = np.dtype(wire).itemsize
        items["value"] = obj
        dimensions = 1 if len(obj) else 0
        head = struct.pack(">iiI", dimensions, 0, element_oid)
        size = struct.pack(">ii", len(obj), 1) if dimensions else b""
        return head + size + items.tobytes()
