"""Many sets of buildings at once as rows of bits, and which of them can be walked through from neighbour to neighbour."""

import numpy as np
import numpy.typing as npt

from .ground import Bools, Ints

Words = npt.NDArray[np.uint64]
_ONE = np.uint64(1)


def packed(members: Bools) -> Words:
    """[sets, n] booleans as [sets, words]."""
    count = members.shape[1]
    wide = np.zeros((len(members), -(-max(count, 1) // 64) * 64), dtype=bool)
    wide[:, :count] = members
    return np.packbits(wide, axis=1, bitorder="little").view("<u8")


def unpacked(words: Words, count: int) -> Bools:
    """[sets, words] as [sets, count] booleans."""
    octets = np.ascontiguousarray(words, dtype="<u8").view(np.uint8)
    return np.unpackbits(octets, axis=1, bitorder="little", count=count).astype(bool)


def with_member(words: Words, place: int) -> Words:
    """The sets with one more member."""
    more = words.copy()
    more[:, place // 64] |= _ONE << np.uint64(place % 64)
    return more


def reach_all(start: Ints, wanted: Words, ground: Words, near: Words) -> Bools:
    """[sets] whether every wanted member can be reached from the set's start, stepping on `ground` only.

    Goes through the places up and down in turn, so a way is followed to its end in one pass where places are in order.
    """
    count = len(near)
    alone = np.zeros((count, near.shape[1]), dtype=np.uint64)
    alone[np.arange(count), np.arange(count) // 64] = _ONE << (np.arange(count) % 64).astype(np.uint64)
    reached = alone[start]
    ground = ground | reached
    arrived = np.zeros(len(start), dtype=bool)
    still = np.arange(len(start))
    upwards = True
    while len(still):
        before = reached.copy()
        for place in range(count) if upwards else range(count - 1, -1, -1):
            has = (reached[:, place // 64] >> np.uint64(place % 64)) & _ONE
            reached |= (np.uint64(0) - has)[:, None] & near[place] & ground
        upwards = not upwards
        is_there = ~(wanted & ~reached).any(axis=1)
        arrived[still[is_there]] = True
        going = ~is_there & (reached != before).any(axis=1)
        still, wanted, ground, reached = still[going], wanted[going], ground[going], reached[going]
    return arrived
