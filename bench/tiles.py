"""How long the server takes for a tile: 100,000 polygons and 1,000,000 cases, seeded, in a throw-away database.

    python -m bench tiles                            the whole
    python -m bench.tiles --polygons 2000 --cases 50000 --data DIR    smaller, in a place that is kept and used again

Times are milliseconds through every layer of the application but the network: `wall` as a clock on the wall shows them,
`cpu` what the process itself used of it, which a busy machine changes less.
"""

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

POLYGONS, CASES = 100_000, 1_000_000
TILES = {16: 120, 14: 200, 12: 60}
"""How many different tiles are asked for, by zoom."""
AIMS = {"zoom_14": 6.0, "zoom_12": 60.0, "cached": 3.0}
"""Milliseconds, p95."""


def run(polygons: int = POLYGONS, cases: int = CASES, data: str | None = None) -> dict[str, Any]:
    """Figures as a dictionary. In a process of its own, because settings and database are chosen once for a process."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        place = Path(data or room)
        place.mkdir(parents=True, exist_ok=True)
        environment = {name: value for name, value in os.environ.items() if not name.startswith("YEMAI_")}
        environment |= {"YEMAI_DATA": str(place), "DJANGO_SETTINGS_MODULE": "yemai.conf.settings"}
        command = [sys.executable, "-m", "bench.tiles", "--inside", f"--polygons={polygons}", f"--cases={cases}"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def percentiles(run_one: Callable[[Any], object], each: Sequence[Any]) -> dict[str, float]:
    """p50 and p95 over these, in milliseconds of wall and of processor time."""
    wall, cpu = [], []
    for one in each:
        clock, used = time.perf_counter(), time.process_time()
        run_one(one)
        wall.append((time.perf_counter() - clock) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    return {
        f"{kind}_{name}": round(sorted(times)[int(share * (len(times) - 1))], 2)
        for kind, times in (("wall", wall), ("cpu", cpu))
        for name, share in (("p50", 0.5), ("p95", 0.95))
    }


def _inside(polygons: int, cases: int) -> dict[str, Any]:
    import django

    django.setup()
    from bench.tiles_town import built
    from django.core.management import call_command
    from django.test import Client

    from yemai.base.people.models import Person
    from yemai.desks.tiles import ground

    call_command("migrate", verbosity=0)
    town = built(polygons, cases)
    Client(SERVER_NAME="127.0.0.1").get("/healthz")
    gc.collect()
    gc.freeze()  # as the server does once it has loaded everything, see yemai.conf.web
    began = time.process_time()
    drawing = ground.nodes.current()
    found: dict[str, Any] = {
        "polygons": len(drawing.layers["nodes"].ids),
        "points": len(drawing.layers["nodes"].shapes.xy),
        "cases": cases,
        "load_cpu_seconds": round(time.process_time() - began, 1),
        "aims_p95_ms": AIMS,
    }
    stranger = Client(SERVER_NAME="127.0.0.1", HTTP_ACCEPT_ENCODING="gzip")
    found["nodes"] = _layer(stranger, "nodes", town)
    for who in ("dispatcher", "secretary", "worker", "unit"):
        client = Client(SERVER_NAME="127.0.0.1", HTTP_ACCEPT_ENCODING="gzip")
        client.force_login(Person.objects.get(username=who))
        found[f"cases as {who}"] = _layer(client, "cases", town)
    found["encoder"] = {f"zoom_{zoom}": _against_reference(drawing.layers["nodes"], zoom, town) for zoom in (14, 12)}
    return found


def _tiles(zoom: int, town: Any) -> list[Any]:
    import numpy as np
    from bench.tiles_town import SOUTH, WEST

    from yemai.desks.tiles.grid import WORLD_BITS, Tile, to_world

    rng = np.random.default_rng(zoom)
    places = to_world(rng.uniform([WEST, SOUTH], [town.east, town.north], (20 * TILES[zoom], 2)))
    cells = (places >> (WORLD_BITS - zoom)).tolist()
    return list(dict.fromkeys(Tile(zoom, x, y) for x, y in cells))[: TILES[zoom]]


def _layer(client: Any, layer: str, town: Any) -> dict[str, Any]:
    """Each zoom's tiles for the first time, then again: from memory, and as unchanged."""
    sizes: list[int] = []
    etag: list[str] = []

    def ask(tile: Any, **more: Any) -> None:
        answer = client.get(f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt", **more)
        if answer.status_code not in (200, 204, 304):
            raise RuntimeError(f"{answer.status_code} for {tile}")
        sizes.append(len(answer.content))
        etag[:] = [answer["ETag"]]

    ask(_tiles(16, town)[-1])  # what is loaded once for the process is not part of a tile
    found: dict[str, Any] = {}
    for zoom in TILES:
        tiles = _tiles(zoom, town)
        sizes.clear()
        found[f"zoom_{zoom}"] = percentiles(ask, tiles) | {
            "tiles": len(tiles),
            "bytes_p50": sorted(sizes)[len(sizes) // 2],
        }
        if layer == "nodes":
            found[f"zoom_{zoom}_cached"] = percentiles(ask, tiles)
    unchanged = percentiles(lambda tile: ask(tile, headers={"If-None-Match": etag[0]}), _tiles(14, town))
    return found | {"unchanged": unchanged}


def _against_reference(outlines: Any, zoom: int, town: Any) -> dict[str, float]:
    """The same features, clipped and in units of the tile already, encoded by us and by mapbox-vector-tile."""
    import mapbox_vector_tile
    import numpy as np
    from shapely.geometry import shape

    from yemai.desks.tiles.encoding import Properties, encode_layer, encode_tile
    from yemai.desks.tiles.shapes import Kind, flat

    tile = _tiles(zoom, town)[0]
    ours = mapbox_vector_tile.decode(
        encode_tile([outlines.layer("nodes", tile)]), default_options={"y_coord_down": True}
    )
    features = ours["nodes"]["features"]
    shapes = [shape(one["geometry"]) for one in features]
    ids = np.array([one["id"] for one in features])
    keys = {key for one in features for key in one["properties"]}
    says = Properties.of({key: [one["properties"].get(key) for one in features] for key in keys}, len(features))
    theirs = [
        {"geometry": geometry, "properties": one["properties"], "id": one["id"]}
        for geometry, one in zip(shapes, features, strict=True)
    ]

    def we(_turn: int) -> bytes:
        rings = flat(shapes, Kind.POLYGON)
        return encode_tile([encode_layer("nodes", rings.moved(rings.xy.astype(np.int64)), says, ids)])

    def they(_turn: int) -> bytes:
        written: bytes = mapbox_vector_tile.encode(
            {"name": "nodes", "features": theirs}, default_options={"y_coord_down": True}
        )
        return written

    turns = range(5)
    mine, other = percentiles(we, turns)["cpu_p50"], percentiles(they, turns)["cpu_p50"]
    return {
        "features": len(features),
        "ours_cpu_ms": mine,
        "mapbox_vector_tile_cpu_ms": other,
        "ratio": round(other / mine, 1),
    }


def main(arguments: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.tiles", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--polygons", type=int, default=POLYGONS)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--data", help="where the town lies; it is kept and used again")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    found = (
        _inside(options.polygons, options.cases)
        if options.inside
        else run(options.polygons, options.cases, options.data)
    )
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
