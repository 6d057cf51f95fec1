"""Bytes of protocol buffers, a whole array at a time: varints, zigzag, and the values of a vector tile."""

import struct
from typing import Any

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Words = npt.NDArray[np.uint64]
Value = str | int | float | bool

VARINT_MAX = 10
"""Bytes of the longest varint: 64 bits, seven to a byte."""


def zigzag(values: npt.ArrayLike) -> Words:
    """Signed integers as unsigned ones, small magnitudes first: 0, -1, 1, -2 become 0, 1, 2, 3."""
    signed = np.asarray(values, dtype=np.int64)
    folded: Words = ((signed << 1) ^ (signed >> 63)).view(np.uint64)
    return folded


def varint_sizes(values: Words) -> Ints:
    """How many bytes each value takes as a varint."""
    sizes = np.ones(len(values), dtype=np.int64)
    rest = values >> np.uint64(7)
    while rest.any():
        sizes += rest > 0
        rest >>= np.uint64(7)
    return sizes


def varints(values: Words, sizes: Ints | None = None) -> bytes:
    """Unsigned integers as varints, one behind the other; `sizes` as of `varint_sizes`, where known already."""
    if not len(values):
        return b""
    sizes = varint_sizes(values) if sizes is None else sizes
    ends = np.cumsum(sizes)
    written = np.empty(int(ends[-1]), dtype=np.uint8)
    at, rest, left = ends - sizes, values, sizes
    while True:
        more = left > 1
        written[at] = (rest & np.uint64(0x7F)).astype(np.uint8) | (more.astype(np.uint8) << 7)
        if not more.any():
            return written.tobytes()
        at, rest, left = at[more] + 1, rest[more] >> np.uint64(7), left[more] - 1


_SHORT = [bytes([value]) for value in range(0x80)]


def varint(value: int) -> bytes:
    """One unsigned integer as a varint."""
    if value < 0x80:
        return _SHORT[value]
    written = bytearray()
    while value > 0x7F:
        written.append(value & 0x7F | 0x80)
        value >>= 7
    written.append(value)
    return bytes(written)


def chunk(field: int, body: bytes) -> bytes:
    """A length-delimited field: a string, bytes or a message within a message."""
    return varint(field << 3 | 2) + varint(len(body)) + body


def number(field: int, value: int) -> bytes:
    """A varint field."""
    return varint(field << 3) + varint(value)


def tile_value(value: Value) -> bytes:
    """The `Value` message of a property: string, double, unsigned or signed integer, or bool (tile specification 4.1).

    Raises ValueError for a whole number of more than 64 bits, TypeError for anything else.
    """
    if isinstance(value, str):
        return chunk(1, value.encode())
    if isinstance(value, bool):
        return number(7, int(value))
    if isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"{value} does not fit 64 bits")
        return number(5, value) if value >= 0 else number(6, ~(value << 1))
    if isinstance(value, float):
        return varint(3 << 3 | 1) + struct.pack("<d", value)
    raise TypeError(f"a tile carries no {type(value).__name__}: {_shown(value)}")


def _shown(value: Any) -> str:
    return repr(value)[:40]
