"""A seeded town of any size for measuring tiles: crooked polygons that share their borders, and cases upon them."""

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
import shapely
from django.db import connection

from yemai.base.people.actions import appoint, create_department, create_person, install_posts
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.revision import touch
from yemai.base.territory.rules import child_path
from yemai.base.territory.terms import CodeSegment, Topic
from yemai.base.transactions import writing
from yemai.modules.cases.actions.catalogue import example_catalogue, install_catalogue
from yemai.modules.cases.models import Assignment, Case, Category, StoryStep
from yemai.modules.cases.terms import Rung, Source, Stage

WEST, SOUTH = 120.5, 31.0
STEP = 0.002
"""Degrees along a micro-grid: about 190 m."""
BENDS = 6
"""Points on each side of a micro-grid between its corners."""
BLOCK = 10
"""Micro-grids along a village."""
NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)
STAGES = [Stage.CLOSED] * 16 + [Stage.REPORTED, Stage.HANDLING, Stage.CHECKING, Stage.SUSPENDED]


@dataclass(frozen=True)
class Town:
    """How far it reaches from WEST, SOUTH."""

    east: float
    north: float


def _sides(rng: np.random.Generator, side: int) -> tuple[Any, Any]:
    """Every side of the net, each drawn once: from west to east (rows first), from south to north (columns first)."""
    corners = np.stack(np.meshgrid(np.arange(side + 1.0), np.arange(side + 1.0)), axis=-1)
    corners[1:-1, 1:-1] += rng.uniform(-0.2, 0.2, (side - 1, side - 1, 2))
    share = (np.arange(BENDS + 1) / (BENDS + 1))[:, None]

    def drawn(begin: Any, end: Any) -> Any:
        points = begin[..., None, :] * (1 - share) + end[..., None, :] * share
        points[..., 1:, :] += rng.uniform(-0.04, 0.04, points[..., 1:, :].shape)
        return np.concatenate([points, end[..., None, :]], axis=-2)

    return drawn(corners[:, :-1], corners[:, 1:]), drawn(corners[:-1], corners[1:])


def _ring(flat: Any, upright: Any, row: int, column: int, size: int) -> Any:
    """The outline of a square of micro-grids, from the sides its neighbours use too."""
    cells = range(size)
    south = [flat[row, column + at][:-1] for at in cells]
    east = [upright[row + at, column + size][:-1] for at in cells]
    north = [flat[row + size, column + at][:0:-1] for at in reversed(cells)]
    west = [upright[row + at, column][:0:-1] for at in reversed(cells)]
    return np.concatenate([*south, *east, *north, *west]) * STEP + (WEST, SOUTH)


def _nodes(rng: np.random.Generator, polygons: int) -> tuple[Iterator[Node], int]:
    """Root, villages and micro-grids, `polygons` of them or a few more; and micro-grids along a side of the whole."""
    side = max(BLOCK, int(np.ceil(np.sqrt(polygons / (1 + 1 / BLOCK**2)) / BLOCK)) * BLOCK)
    flat, upright = _sides(rng, side)
    tiers = list(Tier.objects.order_by("depth"))

    def node(pk: int, depth: int, above: Node | None, row: int, column: int, size: int) -> Node:
        shape = shapely.Polygon(_ring(flat, upright, row, column, size))
        west, south, east, north = shape.bounds
        return Node(
            pk=pk, code=f"B{pk:011d}", tier=tiers[depth], parent=above, path=child_path(above.path if above else "", pk),
            name=f"第{pk}网格", households=300 + pk % 200, boundary=shapely.to_wkb(shape), min_lon=west, min_lat=south,
            max_lon=east, max_lat=north, lon=shape.centroid.x, lat=shape.centroid.y, valid_from=date(2020, 1, 1),
        )  # fmt: skip

    def every() -> Iterator[Node]:
        yield (root := node(1, 0, None, 0, 0, side))
        pk = 1
        for row in range(0, side, BLOCK):
            for column in range(0, side, BLOCK):
                yield (village := node(pk := pk + 1, 1, root, row, column, BLOCK))
                for inner in range(BLOCK * BLOCK):
                    pk += 1
                    yield node(pk, 2, village, row + inner // BLOCK, column + inner % BLOCK, 1)

    return every(), side


def _columns() -> list[str]:
    return [field.column for field in Case._meta.concrete_fields]


def _rows(
    rng: np.random.Generator, cases: int, side: int, categories: list[int], unit: int, says: Sequence[tuple[str, str]]
) -> Iterator[list[Any]]:
    """Cases as rows of the table: two thirds spread evenly, a third crowded around forty places."""
    crowds = rng.uniform(0.1, 0.9, (40, 2)) * side
    spots = rng.uniform(0, side, (cases, 2))
    crowded = rng.random(cases) < 1 / 3
    near = crowds[rng.integers(0, 40, cases)] + rng.normal(0, 4, (cases, 2))
    spots[crowded] = np.clip(near[crowded], 0, side - 1e-6)
    blank = Case(text="路灯不亮，晚上看不清路。", source=Source.RESIDENT)
    usual = [field.get_db_prep_save(getattr(blank, field.attname), connection) for field in Case._meta.concrete_fields]
    at = {name: place for place, name in enumerate(_columns())}
    for n, (x, y) in enumerate(spots.tolist()):
        block, inner = divmod(int(y), BLOCK), divmod(int(x), BLOCK)
        village = 2 + (block[0] * (side // BLOCK) + inner[0]) * (BLOCK * BLOCK + 1)
        grid = village + 1 + block[1] * BLOCK + inner[1]
        stage = STAGES[n % 20]
        row = list(usual)
        said: dict[str, Any] = {
            "id": n + 1, "client_key": uuid.UUID(int=n).hex, "tracking_code": f"{n:011d}", "stage": str(stage),
            "rung": str(Rung.DEPARTMENT), "path": f"{1:07d}{village:07d}{grid:07d}", "node_id": grid,
            "lon": WEST + x * STEP, "lat": SOUTH + y * STEP, "category_id": categories[n % len(categories)],
            "lead_department_id": unit if n % 20 == 17 else None,
            "reported_at": str((NOW - timedelta(minutes=n % 500_000)).replace(tzinfo=None)),
            "clock_due_at": str((NOW + timedelta(hours=n % 97 - 24)).replace(tzinfo=None)) if n % 20 > 15 else None,
            "updated_at": str(NOW.replace(tzinfo=None)),
        }  # fmt: skip
        if says:
            said["text"], said["text_hash"] = says[(n + 1) % len(says)]
        for name, value in said.items():
            row[at[name]] = value
        yield row


def _people(now: datetime) -> int:
    """One person of each reach; answers the department's id."""
    root = Node.objects.get(pk=1)
    village = Node.objects.filter(tier__depth=1).order_by("pk")[Node.objects.filter(tier__depth=1).count() // 2]
    grid = Node.objects.filter(parent=village).order_by("pk")[BLOCK * BLOCK // 2]
    unit = create_department(actor=None, code="water", name="供水所", node=root, now=now)
    posts: dict[str, dict[str, Any]] = {
        "dispatcher": {"post_kind": "dispatcher", "node": root},
        "secretary": {"post_kind": "village-secretary", "node": village},
        "worker": {"post_kind": "micro-worker", "node": grid},
        "unit": {"post_kind": "department-handler", "department": unit},
    }
    for name, post in posts.items():
        person = create_person(actor=None, username=name, name=name, password="叶脉-Bench-2026", now=now)  # noqa: S106 - a town that lives for minutes
        appoint(actor=None, person=person, now=now, valid_from=date(2026, 1, 1), **post)
    return unit.pk


def built(polygons: int, cases: int, seed: int = 20260304, says: Sequence[tuple[str, str]] = ()) -> Town:
    """The town in a migrated database, filled when it is empty; the same numbers give the same town.

    `says`: texts and their marks that the cases have in turn; without them all say the same.
    """
    if not Node.objects.exists():
        _fill(polygons, cases, seed, says)
    whole = Node.objects.get(pk=1)
    return Town(whole.max_lon or 0, whole.max_lat or 0)


def _fill(polygons: int, cases: int, seed: int, says: Sequence[tuple[str, str]]) -> None:
    rng = np.random.default_rng(seed)
    segments = {"town": CodeSegment.TOWN, "village": CodeSegment.COMMUNITY, "microgrid": CodeSegment.MICRO}
    for depth, (key, segment) in enumerate(segments.items()):
        Tier.objects.create(depth=depth, key=key, label=key, is_settling=depth == 2, code_segment=segment)
    with writing():
        every, side = _nodes(rng, polygons)
        Node.objects.bulk_create(every, batch_size=500)
        touch(*Topic)
    install_posts()
    install_catalogue(example_catalogue())
    unit = _people(NOW)
    categories = list(Category.objects.order_by("pk").values_list("pk", flat=True))
    names = ", ".join(f'"{name}"' for name in _columns())
    marks = ", ".join(["%s"] * len(_columns()))
    with writing(), connection.cursor() as cursor:
        rows = _rows(rng, cases, side, categories, unit, says)
        while some := list(islice(rows, 10_000)):  # Django holds on to all that one call is given
            cursor.executemany(
                f"INSERT INTO {Case._meta.db_table} ({names}) VALUES ({marks})",  # noqa: S608 - names of our own model
                some,
            )
        sent = Case.objects.filter(lead_department__isnull=False).values_list("pk", flat=True)
        Assignment.objects.bulk_create(
            (Assignment(case_id=pk, department_id=unit, role="lead", assigned_at=NOW) for pk in sent), batch_size=500
        )
        StoryStep.objects.bulk_create(
            StoryStep(case_id=pk, seq=1, verb="report", actor_label="居民", at=NOW, to_stage="reported", hash="0")
            for pk in range(1, min(cases, 1000))
        )


__all__ = ["NOW", "Town", "built"]
