"""How fast points find their node among 100,000 polygons: one by one and in bulk, beside a bare tree of the same polygons.

    python -m bench locate                           the whole
    python -m bench locate --polygons 5000 --points 100000

Every answer is compared with the plain rule (`Plain` below: the tree, then both distances); one that differs ends the
run. The ground is invented: a seeded town of cells of all sizes with winding lines, in any order of codes, some of them
lying upon others, some with a hole. Times are of the wall, the better of two; other work on the machine lengthens them, the processor's own seconds less.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

POLYGONS, POINTS, ONE_BY_ONE, SEED = 100_000, 1_000_000, 100_000, 20261123
AIMS = {"one_by_one_per_second": 50_000, "bulk_per_second": 200_000, "build_seconds": 5.0}
EDGE_DEGREES = 5e-6
WEST, SOUTH, SIZE = 120.0, 31.0, 0.6
OK, EDGE, OVERLAP = 0, 1, 2

Floats = npt.NDArray[np.float64]
Geometries = npt.NDArray[np.object_]


class Plain:
    """The rule without any index of its own: a tree finds what is within reach, distances to the lines say the rest."""

    def __init__(self, polygons: Geometries) -> None:
        self.count = len(polygons)
        self.lines = shapely.boundary(polygons)
        shapely.prepare(self.lines)
        self.tree = shapely.STRtree(polygons)

    def codes(self, lons: Floats, lats: Floats) -> npt.NDArray[np.int64]:
        """3 * lowest index + flag, or 3 * number of polygons for nowhere: as `Ground.codes` answers."""
        found = np.full(len(lons), 3 * self.count, np.int64)
        rows = np.flatnonzero(np.isfinite(lons) & np.isfinite(lats) & (np.abs(lons) <= 180) & (np.abs(lats) <= 90))
        if not self.count or not len(rows):
            return found
        points = np.atleast_1d(np.asarray(shapely.points(lons[rows], lats[rows])))
        at, which = self.tree.query(points, predicate="dwithin", distance=EDGE_DEGREES)
        order = np.lexsort((which, at))
        at, which = at[order], which[order]
        is_edge = np.atleast_1d(shapely.dwithin(self.lines[which], points[at], EDGE_DEGREES))
        for point, start, count in zip(*np.unique(at, return_index=True, return_counts=True), strict=True):
            near = is_edge[start : start + count]
            flag = OVERLAP if np.count_nonzero(~near) > 1 else EDGE if near.any() else OK
            found[rows[point]] = 3 * which[start] + flag
        return found


def ground(count: int, seed: int) -> Geometries:
    """`count` polygons, small in five towns and large between them: Voronoi cells, their sides bent, one in 50 altered."""
    dice = np.random.default_rng(seed)
    town = dice.uniform(0.2, 0.8, (5, 2))[dice.integers(0, 5, count // 2)]
    places = np.r_[town + dice.normal(0, 0.06, town.shape), dice.uniform(0, 1, (count - len(town), 2))]
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(places)))
    cells = shapely.intersection(cells, shapely.box(-0.1, -0.1, 1.1, 1.1))
    drawn = shapely.transform(shapely.segmentize(cells, 0.4 / np.sqrt(count)), _bent)
    altered = dice.permutation(len(drawn))[: len(drawn) // 50]
    upon, holed = np.array_split(altered, 2)
    drawn[upon] = shapely.buffer(drawn[upon], 2e-4)
    middles = shapely.point_on_surface(drawn[holed])
    drawn[holed] = shapely.difference(drawn[holed], shapely.buffer(middles, 1e-4))
    shuffled: Geometries = drawn[dice.permutation(len(drawn))]
    return shuffled


def _bent(places: Floats) -> Floats:
    x, y = places[:, 0], places[:, 1]
    waves = np.column_stack([np.sin(40 * y) + np.sin(700 * y) / 30, np.sin(33 * x) + np.sin(800 * x) / 30])
    bent: Floats = np.array([WEST, SOUTH]) + SIZE * (places + 0.01 * waves)
    return bent


def points(polygons: Geometries, count: int, seed: int) -> tuple[Floats, Floats]:
    """Longitudes and latitudes. Of 100: 60 around a polygon, each as likely, because about equally many people live in
    each; 34 anywhere on the ground or just outside; 5 within a metre of a line; 1 far off.
    """
    dice = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(polygons)
    lons, lats = dice.uniform(west - 0.01, east + 0.01, count), dice.uniform(south - 0.01, north + 0.01, count)
    home, near, far = np.split(dice.permutation(count), [count * 60 // 100, count * 65 // 100])
    far = far[: count // 100]
    bounds = shapely.bounds(polygons[dice.integers(0, len(polygons), len(home))])
    lons[home], lats[home] = dice.uniform(bounds[:, 0], bounds[:, 2]), dice.uniform(bounds[:, 1], bounds[:, 3])
    lines = shapely.boundary(polygons[dice.integers(0, len(polygons), len(near))])
    on = shapely.get_coordinates(shapely.line_interpolate_point(lines, dice.uniform(0, 1, len(near)), normalized=True))
    on += dice.uniform(-2 * EDGE_DEGREES, 2 * EDGE_DEGREES, on.shape)
    lons[near], lats[near] = on[:, 0], on[:, 1]
    lons[far], lats[far] = dice.uniform(-180, 180, len(far)), dice.uniform(-90, 90, len(far))
    return lons, lats


def run(polygons: int = POLYGONS, count: int = POINTS) -> dict[str, Any]:
    """Figures as a dictionary. In a process of its own, because settings and database are chosen once for a process."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("YEMAI_")}
        environment |= {"YEMAI_DATA": room, "DJANGO_SETTINGS_MODULE": "yemai.conf.settings"}
        command = [sys.executable, "-m", "bench.locate", "--inside", f"--polygons={polygons}", f"--points={count}"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _inside(polygons: int, count: int) -> dict[str, Any]:
    import django

    django.setup()
    from yemai.base.territory.locate import FLAGS, Ground

    drawn = ground(polygons, SEED)
    lons, lats = points(drawn, count, SEED + 1)
    before, began, used = _resident(), time.perf_counter(), time.process_time()
    held = Ground(range(len(drawn)), drawn)
    build, build_cpu, kept = time.perf_counter() - began, time.process_time() - used, _resident() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    began = time.perf_counter()
    plain = Plain(drawn)
    build_tree = time.perf_counter() - began

    some = list(zip(lons.tolist(), lats.tolist(), strict=True))[:ONE_BY_ONE]
    few = some[: ONE_BY_ONE // 10]
    bulk, codes = _rate(lambda: held.codes(lons, lats), count)
    objects, many = _rate(lambda: held.locate_many(lons, lats), count)
    single, ones = _rate(lambda: [held.locate(lon, lat) for lon, lat in some], len(some))
    rule_bulk, wanted = _rate(lambda: plain.codes(lons, lats), count)
    rule_single, _few = _rate(lambda: [plain.codes(np.array([lon]), np.array([lat])) for lon, lat in few], len(few))
    tree_bulk, _hits = _rate(lambda: plain.tree.query(shapely.points(lons, lats), "intersects"), count)
    tree_single, _few = _rate(lambda: [plain.tree.query(shapely.Point(one), "intersects") for one in few], len(few))

    differing = int(np.count_nonzero(codes != wanted))
    if differing or many[: len(some)] != ones or many != held.answers(wanted):
        raise SystemExit(f"{differing} of {count} answers are not those of the plain rule")
    flags = np.where(wanted == 3 * len(drawn), 3, wanted % 3)
    return {
        "seed": SEED,
        "aims": AIMS,
        "polygons": len(drawn),
        "corners": int(shapely.get_num_coordinates(drawn).sum()),
        "points": count,
        "points_by_flag": {
            name: int(np.count_nonzero(flags == at))
            for at, name in enumerate([*(flag.value for flag in FLAGS), "outside"])
        },
        "answers_equal": True,
        "build_seconds": round(build, 2),
        "build_seconds_of_processor": round(build_cpu, 2),
        "build_seconds_tree": round(build_tree, 2),
        "cells": len(held.cells.state),
        "points_near_a_line": round(_near_lines(held.cells, lons, lats), 3),
        "megabytes_of_cells_and_sides": round(held.cells.nbytes / 2**20, 1),
        "megabytes_kept_by_build": round(kept, 1),
        "megabytes_peak_of_process": round(peak, 1),
        "one_by_one_per_second": round(single),
        "one_by_one_per_second_bare_tree": round(tree_single),
        "one_by_one_per_second_plain_rule": round(rule_single),
        "one_by_one_ratio_to_bare_tree": round(single / tree_single, 1),
        "bulk_per_second": round(bulk),
        "bulk_per_second_as_objects": round(objects),
        "bulk_per_second_bare_tree": round(tree_bulk),
        "bulk_per_second_plain_rule": round(rule_bulk),
        "bulk_ratio_to_bare_tree": round(bulk / tree_bulk, 1),
    }


def _near_lines(cells: Any, lons: Floats, lats: Floats) -> float:
    """Share of the points whose cell alone is no answer."""
    place = np.searchsorted(cells.ys, lats, "right") * cells.width + np.searchsorted(cells.xs, lons, "right")
    return float(np.mean(cells.state[place] < 0))


def _resident() -> float:
    """Megabytes of memory this process holds now."""
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def _rate(work: Callable[[], Any], count: int) -> tuple[float, Any]:
    """`count` by the seconds of the better of two runs, and what the work answered."""
    times = []
    for _again in range(2):
        began = time.perf_counter()
        answer = work()
        times.append(time.perf_counter() - began)
    return count / min(times), answer


def main(arguments: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench locate", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--polygons", type=int, default=POLYGONS)
    parser.add_argument("--points", type=int, default=POINTS)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    work = _inside if options.inside else run
    json.dump(work(options.polygons, options.points), sys.stdout, ensure_ascii=False, indent=1)
    print()


if __name__ == "__main__":
    main(sys.argv[1:])
