"""Tiles over HTTP: who may have which layer, from memory where they are equal for all, and not again when unchanged."""

import gzip
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.views.decorators.http import require_safe

from yemai.base.access.doors import public, signed_in
from yemai.base.people.models import Person
from yemai.kernel.refusals import Absent

from . import ground
from .asking import asked_of
from .cases import case_tile, stamp
from .grid import Tile
from .kept import TileCache

MVT = "application/vnd.mapbox-vector-tile"
CACHE_BYTES = 32 * 1024 * 1024
"""Per process: some thousands of tiles of a town."""
PACKED_LEVEL = 4
FOR_ALL = "public, max-age=60"
FOR_ONE = "private, no-cache"
"""Kept by the browser, but asked for each time: posts end, and other people sit down at the same machine."""

kept = TileCache(CACHE_BYTES)


@public
@require_safe
def nodes(request: HttpRequest, z: int, x: int, y: int) -> HttpResponseBase:
    """Boundaries and names of the ground in force: on every public board, so for everybody."""
    return _of_the_ground(request, "nodes", ground.nodes.current(), _tile(z, x, y), FOR_ALL)


@signed_in
@require_safe
def buildings(request: HttpRequest, z: int, x: int, y: int) -> HttpResponseBase:
    """Buildings with their households: for those who work here."""
    return _of_the_ground(request, "buildings", ground.buildings.current(), _tile(z, x, y), FOR_ONE)


@signed_in
@require_safe
def cases(request: HttpRequest, z: int, x: int, y: int) -> HttpResponseBase:
    """The cases the asker may see, narrowed as the address says."""
    tile, person, now = _tile(z, x, y), request.user, timezone.now()
    asked = asked_of(request.GET, timezone.localdate(now)) if request.GET else None
    if not isinstance(person, Person):
        raise Absent
    return _answer(request, stamp(person, now), FOR_ONE, lambda: _packed(case_tile(person, tile, now, asked)))


def _tile(z: int, x: int, y: int) -> Tile:
    """Raises Absent for a square that is not there."""
    tile = Tile(z, x, y)
    if not tile.exists:
        raise Absent
    return tile


def _of_the_ground(
    request: HttpRequest, name: str, drawing: ground.Drawing, tile: Tile, control: str
) -> HttpResponseBase:
    """A tile that is equal for all, from memory when it was asked for before."""
    key = (name, drawing.token, tile)
    return _answer(request, drawing.token, control, lambda: kept.get(key, lambda: _packed(drawing.tile(tile))))


def _packed(tile: bytes) -> bytes:
    return gzip.compress(tile, PACKED_LEVEL, mtime=0) if tile else b""


def _answer(request: HttpRequest, version: str, control: str, packed: Callable[[], bytes]) -> HttpResponseBase:
    """304 where the asker has this version; 204 for an empty tile; else the tile, packed for whoever can unpack it."""
    etag = f'W/"{version}"'  # weak: packed or not, it is the same tile
    response: HttpResponseBase | None = get_conditional_response(request, etag=etag)
    if response is None:
        body = packed()
        takes_packed = "gzip" in request.headers.get("Accept-Encoding", "")
        content = body if takes_packed or not body else gzip.decompress(body)
        response = HttpResponse(content, content_type=MVT, status=200 if body else 204)
        if body and takes_packed:
            response["Content-Encoding"] = "gzip"
    response["ETag"], response["Cache-Control"] = etag, control
    patch_vary_headers(response, ["Accept-Encoding"] if control == FOR_ALL else ["Accept-Encoding", "Cookie"])
    return response
