"""An encoder of Mapbox Vector Tiles 2.1: a layer is one array of whole numbers, written as varints in one go.

In a feature everything is a varint, its field tags and lengths too. So nothing is done feature by feature: sizes are
sums over arrays, and numbers are put where they belong by index. (https://github.com/mapbox/vector-tile-spec/tree/master/2.1)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .grid import EXTENT
from .shapes import Ints, Kind, Shapes, ranges
from .wire import Value, Words, chunk, number, tile_value, varint_sizes, varints, zigzag

VERSION = 2
MOVE_TO, LINE_TO, CLOSE_PATH = 1, 2, 7
# Fields of the messages, with their wire type as they stand before the value in a feature.
_FEATURE, _ID, _TAGS, _TYPE, _GEOMETRY = 0x12, 0x08, 0x12, 0x18, 0x22
_NAME, _KEYS, _VALUES, _EXTENT, _VERSION = 1, 3, 4, 5, 15
_LAYERS = 3
_FIXED = 10
"""Numbers every feature has: field and length of itself, field and value of its id, and so on; see _laid."""


@dataclass(frozen=True)
class Properties:
    """What many features say: for each (row) and key (column) a number into `values`, or -1 for none."""

    keys: tuple[str, ...]
    codes: Ints
    """Features x keys."""
    values: tuple[bytes, ...]
    """As the layer carries them, field and length included."""

    @classmethod
    def of(cls, columns: Mapping[str, Sequence[Value | None]], count: int) -> "Properties":
        """The properties of `count` features from lists of values, one list for each key."""
        table: dict[tuple[type, Value], int] = {}  # with the type: True, 1 and 1.0 are equal and not the same
        codes = np.full((count, len(columns)), -1, dtype=np.int64)
        for key, column in enumerate(columns.values()):
            codes[:, key] = [-1 if one is None else table.setdefault((type(one), one), len(table)) for one in column]
        return cls(tuple(columns), codes, tuple(chunk(_VALUES, tile_value(value)) for _type, value in table))

    def take(self, rows: Ints) -> "Properties":
        """Those of these features alone."""
        return Properties(self.keys, self.codes[rows], self.values)

    def tags(self) -> tuple[Words, Ints, list[bytes]]:
        """Key and value numbers feature by feature, how many each has, and the values they count in."""
        there = self.codes >= 0
        used, numbers = np.unique(self.codes[there], return_inverse=True)
        keys = np.nonzero(there)[1]
        pairs = np.stack([keys, numbers], axis=1).ravel().astype(np.uint64)
        return pairs, 2 * there.sum(axis=1), [self.values[code] for code in used]


def encode_tile(layers: Sequence[bytes]) -> bytes:
    """Layers as of `encode_layer` (empty ones are left out) as one tile; b"" when nothing is in it."""
    return b"".join(chunk(_LAYERS, layer) for layer in layers if layer)


def encode_layer(name: str, shapes: Shapes, properties: Properties, ids: Ints, *, extent: int = EXTENT) -> bytes:
    """One layer: the features that have a part in `shapes`, in their order, with their properties and ids.

    `shapes` holds units of the tile, cleaned (see `shapes.cleaned`); row n of `properties` and `ids` (0 or more)
    belongs to feature n of `shapes.owner`. Without any part it is b"": a layer must have a feature.
    """
    if not len(shapes.lengths):
        return b""
    features = shapes.owner[np.diff(shapes.owner, prepend=-1) != 0]
    tags, tag_counts, values = properties.take(features).tags()
    commands, command_counts = _commands(shapes)
    numbers, sizes = _laid(
        ids[features].astype(np.uint64), tags, tag_counts, commands, command_counts, int(shapes.kind)
    )
    return b"".join(
        [
            chunk(_NAME, name.encode()),
            varints(numbers, sizes),
            *(chunk(_KEYS, key.encode()) for key in properties.keys),
            *values,
            number(_EXTENT, extent),
            number(_VERSION, VERSION),
        ]
    )


def _commands(shapes: Shapes) -> tuple[Words, Ints]:
    """The geometry's commands and parameters of all parts, and how many numbers each feature has of them."""
    starts, lengths = shapes.starts, shapes.lengths
    is_first = np.diff(shapes.owner, prepend=-1) != 0  # the cursor begins at 0, 0 with each feature
    deltas = np.diff(shapes.xy.astype(np.int64), axis=0, prepend=0)
    deltas[starts[is_first]] = shapes.xy[starts[is_first]]
    overhead = {Kind.POINT: 1, Kind.LINE: 2, Kind.POLYGON: 3}[shapes.kind]
    counts = overhead + 2 * lengths
    at = np.cumsum(counts) - counts
    numbers = np.empty(int(counts.sum()), dtype=np.uint64)
    inner = np.arange(len(shapes.xy)) - np.repeat(starts, lengths)
    places = np.repeat(at, lengths) + 1 + 2 * inner
    if shapes.kind == Kind.POINT:
        numbers[at] = (lengths << 3) | MOVE_TO
    else:
        places += inner > 0
        numbers[at] = 1 << 3 | MOVE_TO
        numbers[at + 3] = ((lengths - 1) << 3) | LINE_TO
    if shapes.kind == Kind.POLYGON:
        numbers[at + counts - 1] = 1 << 3 | CLOSE_PATH
    numbers[places], numbers[places + 1] = zigzag(deltas[:, 0]), zigzag(deltas[:, 1])
    return numbers, np.add.reduceat(counts, np.flatnonzero(is_first))


def _laid(
    ids: Words, tags: Words, tag_counts: Ints, commands: Words, command_counts: Ints, kind: int
) -> tuple[Words, Ints]:
    """All features with their field tags and lengths as one array of numbers, and each number's size as a varint."""
    tag_sizes, command_sizes = varint_sizes(tags), varint_sizes(commands)
    tag_bytes, command_bytes = _sums(tag_sizes, tag_counts), _sums(command_sizes, command_counts)
    heads = [ids, tag_bytes.astype(np.uint64), command_bytes.astype(np.uint64)]
    id_sizes, tag_head, command_head = (varint_sizes(numbers) for numbers in heads)
    whole = 1 + id_sizes + 1 + tag_head + tag_bytes + 2 + 1 + command_head + command_bytes
    counts = _FIXED + tag_counts + command_counts
    at = np.cumsum(counts) - counts
    numbers, sizes = np.empty(int(counts.sum()), dtype=np.uint64), np.ones(int(counts.sum()), dtype=np.int64)

    def put(places: Ints, values: Words | int, widths: Ints | int = 1) -> None:
        numbers[places], sizes[places] = values, widths

    put(at, _FEATURE)
    put(at + 1, whole.astype(np.uint64), varint_sizes(whole.astype(np.uint64)))
    put(at + 2, _ID)
    put(at + 3, ids, id_sizes)
    put(at + 4, _TAGS)
    put(at + 5, heads[1], tag_head)
    put(ranges(at + 6, tag_counts), tags, tag_sizes)
    after = at + 6 + tag_counts
    put(after, _TYPE)
    put(after + 1, kind)
    put(after + 2, _GEOMETRY)
    put(after + 3, heads[2], command_head)
    put(ranges(after + 4, command_counts), commands, command_sizes)
    return numbers, sizes


def _sums(sizes: Ints, counts: Ints) -> Ints:
    """The sum over each run of `counts` sizes; a run may be empty."""
    running = np.concatenate([[0], np.cumsum(sizes)])
    ends = np.cumsum(counts)
    sums: Ints = running[ends] - running[ends - counts]
    return sums
