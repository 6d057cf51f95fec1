"""How well words find a building: 20,000 phrasings of ten kinds of noise over real buildings and estate names.

    python -m bench addresses                        the whole; needs the real buildings and names (YEMAI_SHARED_DATA)
    python -m bench.addresses --count 2000 --addresses 100000

`right` is of those answered (a match a caller takes unasked); the book is filled up with further estates to `addresses`
buildings before the time is taken.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

COUNT, ADDRESSES, NAMES, SEED = 20_000, 100_000, 2_000, 20261123
AIMS = {"building": 0.97, "node": 0.99, "answered": 0.90, "median_ms": 2.0}
SURE = 0.6
ESTATE_HOUSEHOLDS, BLOCK = 240, 8


def source() -> Path:
    """The directory of real input beside the checkout, or as YEMAI_SHARED_DATA says."""
    return Path(os.environ.get("YEMAI_SHARED_DATA") or Path(__file__).parents[2] / "shared" / "data")


def run(count: int = COUNT, addresses: int = ADDRESSES) -> dict[str, Any]:
    """Figures as a dictionary. In a process of its own, because settings and database are chosen once for a process."""
    with tempfile.TemporaryDirectory(prefix="yemai-bench-") as room:
        environment = {
            name: value for name, value in os.environ.items() if name not in ("YEMAI_DATA", "YEMAI_DATABASE")
        }
        environment |= {"YEMAI_DATA": room, "DJANGO_SETTINGS_MODULE": "yemai.conf.settings"}
        command = [sys.executable, "-m", "bench.addresses", "--inside", f"--count={count}", f"--addresses={addresses}"]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ourselves
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _inside(count: int, addresses: int, wrong: int) -> dict[str, Any]:
    import django

    django.setup()
    from bench.phrasings import phrasings
    from django.core.management import call_command

    from yemai.base.territory.address import find_address

    call_command("migrate", verbosity=0)
    listed = [line for line in (source() / "housing_estates_zh.txt").read_text("utf-8").split() if 3 <= len(line) <= 12]
    names = Random(SEED).sample(listed, len(listed))  # noqa: S311 - a seeded benchmark
    known = _laid(names, addresses)
    began = time.perf_counter()
    find_address("路灯不亮")  # the book is read
    load = time.perf_counter() - began
    asked = list(phrasings(known, count, SEED, names[:NAMES]))
    tally: dict[str, Counter[str]] = defaultdict(Counter)
    bins: dict[float, Counter[str]] = defaultdict(Counter)
    times, shown = [], []
    for one in asked:
        began = time.perf_counter()
        found = find_address(one.text)
        times.append((time.perf_counter() - began) * 1000)
        best = found[0] if found else None
        is_answered = best is not None and best.confidence >= SURE
        is_right = best is not None and best.building_id == one.building_id
        is_near = best is not None and best.node_id == one.node_id
        for kind in (one.kind, "all"):
            tally[kind].update(
                asked=1, answered=is_answered, building=is_answered and is_right, node=is_answered and is_near
            )
        if best is not None:
            bins[round(best.confidence, 1)].update(of=1, right=is_near)
        if not (is_answered and is_right) and len(shown) < wrong:
            shown.append([one.kind, one.text, best and [best.words, best.confidence, is_right, is_near]])
    times.sort()
    found_all = {
        kind: {
            "asked": row["asked"],
            "answered": round(row["answered"] / row["asked"], 4),
            "building": round(row["building"] / max(1, row["answered"]), 4),
            "node": round(row["node"] / max(1, row["answered"]), 4),
        }
        for kind, row in tally.items()
    }
    return {
        "seed": SEED,
        "texts_sha256": hashlib.sha256("\n".join(one.text for one in asked).encode()).hexdigest()[:16],
        "aims": AIMS,
        **found_all,
        "calibration": {
            str(sure): [row["of"], round(row["right"] / row["of"], 3)] for sure, row in sorted(bins.items())
        },
        "load_seconds": round(load, 2),
        "median_ms": round(times[len(times) // 2], 3),
        "p95_ms": round(times[int(0.95 * len(times))], 3),
        **({"wrong": shown} if wrong else {}),
    }


def _laid(names: Sequence[str], addresses: int) -> list[Any]:
    """The real buildings under real names, each estate with a former name; further estates up to `addresses` buildings."""
    from bench.phrasings import Address
    from django.utils import timezone
    from tools.real.ground import COMMUNITY, LARGEST, cut, footprints, whole

    from yemai.base.territory.actions import (
        BuildingDraft,
        add_alias,
        add_buildings,
        add_estate,
        create_node,
        install_ladder,
    )
    from yemai.base.territory.models import Building, Estate
    from yemai.base.territory.revision import touch
    from yemai.base.territory.terms import Topic
    from yemai.base.transactions import writing

    now, pool, known = timezone.now(), iter(names), []
    tiers = sorted(install_ladder("leaf-veins", now=now), key=lambda tier: tier.depth)
    made: list[tuple[Any, str, str]] = []
    with writing():
        root = create_node(tier=tiers[0], parent=None, name="回放镇", code="320508001000", actor=None, now=now)
        microgrids = []
        for place, community in enumerate(cut(whole(footprints(source() / "buildings_suzhou.geojson")), COMMUNITY), 1):
            above = create_node(tier=tiers[1], parent=root, name=f"第{place}社区", actor=None, now=now)
            for piece in cut(community, ESTATE_HOUSEHOLDS):
                name, former = next(pool), next(pool)
                estate = add_estate(above, name, actor=None, now=now)
                add_alias(former, estate=estate, actor=None, now=now)
                number = 0
                drafts = []
                for part in cut(piece, LARGEST):
                    node = create_node(
                        tier=tiers[2], parent=above, name=f"{place}-{len(microgrids) + 1}号微网格", actor=None, now=now
                    )
                    microgrids.append(node)
                    for _one in part.buildings:
                        number += 1
                        drafts.append(BuildingDraft(node=node, name=f"{number}栋", estate=estate))
                add_buildings(drafts, actor=None, now=now)
                made.append((estate, name, former))
        for estate, name, former in made:
            for building in Building.objects.filter(estate=estate):
                known.append(
                    Address(name, (former,), int(building.name.removesuffix("栋")), building.pk, building.node_id)
                )
        used = 2 * len(made)
        further = max(NAMES - used, (addresses - len(known)) // BLOCK)
        rows = Estate.objects.bulk_create(
            [
                Estate(node=microgrids[at % len(microgrids)], name=name)
                for at, name in enumerate(names[used : used + further])
            ]
        )
        Building.objects.bulk_create(
            [Building(estate=row, node_id=row.node_id, name=f"{at + 1}栋") for row in rows for at in range(BLOCK)],
            batch_size=5000,
        )
        touch(Topic.BOOK, Topic.GROUND)
    return known


def main(arguments: Sequence[str]) -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.addresses", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--addresses", type=int, default=ADDRESSES)
    parser.add_argument("--wrong", type=int, default=0, help="show so many that were not answered rightly")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    found = (
        _inside(options.count, options.addresses, options.wrong)
        if options.inside
        else run(options.count, options.addresses)
    )
    json.dump(found, sys.stdout, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    main(sys.argv[1:])
