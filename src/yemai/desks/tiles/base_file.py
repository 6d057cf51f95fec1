"""Tiles of the base map from a PMTiles file beside the data: no other host is asked, and none learns who looks where."""

from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from pmtiles.reader import MmapSource, Reader
from pmtiles.tile import Compression, TileType

from yemai.base.access.doors import public
from yemai.kernel.refusals import Absent

from .grid import Tile

TYPES = {
    TileType.MVT: "application/vnd.mapbox-vector-tile", TileType.PNG: "image/png", TileType.JPEG: "image/jpeg",
    TileType.WEBP: "image/webp", TileType.AVIF: "image/avif",
}  # fmt: skip
KEPT = "public, max-age=86400"


@cache
def _reader(path: Path) -> Reader:
    return Reader(MmapSource(path.open("rb")))  # mapped for as long as the process lives


@public
@require_safe
def base(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """One tile as it lies in the file; 204 where the file has none."""
    path = settings.BASE_MAP_FILE
    if path is None or not Tile(z, x, y).exists:
        raise Absent
    reader = _reader(path)
    header = reader.header()
    body = reader.get(z, x, y)
    answer = HttpResponse(body or b"", content_type=TYPES[header["tile_type"]], status=200 if body else 204)
    if body and header["tile_compression"] == Compression.GZIP:
        answer["Content-Encoding"] = "gzip"
    answer["Cache-Control"] = KEPT
    return answer
