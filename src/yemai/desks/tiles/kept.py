"""Tiles that are equal for everybody, kept in memory: the least lately used go first when the room is full."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable

OVERHEAD = 200
"""Bytes of key and entry beside the tile itself, so that millions of empty tiles are not free."""


class TileCache:
    """Packed tiles by key, `room` bytes of them at the most; safe for threads."""

    def __init__(self, room: int) -> None:
        self.room, self.used = room, 0
        self._tiles: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._tiles)

    def get(self, key: Hashable, make: Callable[[], bytes]) -> bytes:
        """The tile of this key, made when it is not there; two threads may make the same one, neither waits."""
        with self._lock:
            found = self._tiles.get(key)
            if found is not None:
                self._tiles.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._put(key, made)
        return made

    def _put(self, key: Hashable, tile: bytes) -> None:
        size = len(tile) + OVERHEAD
        if size > self.room or key in self._tiles:
            return
        self._tiles[key] = tile
        self.used += size
        while self.used > self.room:
            _key, dropped = self._tiles.popitem(last=False)
            self.used -= len(dropped) + OVERHEAD
