"""A seeded town for measuring search: invented words, the few frequent and the many rare, in cases of realistic length."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

import numpy as np
from django.db import connection

from yemai.base.people.actions import appoint, create_department, create_person, install_posts
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.revision import touch
from yemai.base.territory.rules import child_path
from yemai.base.territory.terms import CodeSegment, Topic
from yemai.base.transactions import writing
from yemai.modules.cases.actions.catalogue import example_catalogue, install_catalogue
from yemai.modules.cases.models import Assignment, Case, Category
from yemai.modules.cases.terms import Rung, Source, Stage

NOW = datetime(2026, 3, 4, 2, tzinfo=UTC)
VILLAGES, GRIDS = 8, 8
"""Micro-grids in each village: 64 in the town."""
CHARACTERS, WORDS = 3_000, 30_000
MINUTES = 2
"""Between two reports: a million cases are not quite four years."""
STAGES = [Stage.CLOSED] * 16 + [Stage.REPORTED, Stage.HANDLING, Stage.CHECKING, Stage.SUSPENDED]
UNIT_SHARE = 20
"""One case in so many is a unit's."""


@dataclass(frozen=True)
class Words:
    """Invented words, the most frequent first; the first stands in a case of five, half of all in one of thousands."""

    every: list[str]
    shares: "np.ndarray[Any, Any]"


def vocabulary(rng: np.random.Generator) -> Words:
    """Words of two to four characters; characters, too, are frequent or rare, so that words share their pairs."""
    weights = 1 / (np.arange(CHARACTERS) + 30.0)
    characters = rng.choice(0x4E00 + np.arange(20_000), CHARACTERS, replace=False)
    lengths = rng.choice([2, 2, 2, 3, 4], 2 * WORDS)
    drawn = rng.choice(characters, (2 * WORDS, 4), p=weights / weights.sum())
    every = dict.fromkeys("".join(map(chr, row[:n])) for row, n in zip(drawn, lengths, strict=True))
    shares = 1 / (np.arange(WORDS) + 20.0) ** 1.05
    return Words(list(islice(every, WORDS)), shares / shares.sum())


def texts(rng: np.random.Generator, words: Words, count: int) -> Iterator[tuple[str, str, str]]:
    """Title, text and place of each case; half of the texts have fewer than 60 characters, some have five hundred."""
    every = np.array(words.every, dtype=object)
    for begin in range(0, count, 10_000):
        some = min(10_000, count - begin)
        lengths = np.clip(rng.lognormal(np.log(22), 0.7, some), 4, 200).astype(int)
        drawn = every[rng.choice(WORDS, int(lengths.sum()), p=words.shares)]
        numbers = rng.integers(1, 60, (some, 3)).tolist()
        at = 0
        for length, (house, door, floor) in zip(lengths.tolist(), numbers, strict=True):
            said = drawn[at : at + length]
            at += length
            text = "，".join("".join(said[part : part + 6]) for part in range(0, length, 6))
            yield (
                "".join(said[:4]),
                f"{text}。",
                f"{said[0]}苑{house}栋{door % 4 + 1}单元{floor % 20 + 1}0{door % 4 + 1}室",
            )


def _ground() -> list[Node]:
    segments = {"town": CodeSegment.TOWN, "village": CodeSegment.COMMUNITY, "microgrid": CodeSegment.MICRO}
    tiers = [
        Tier.objects.create(depth=depth, key=key, label=key, is_settling=depth == 2, code_segment=segment)
        for depth, (key, segment) in enumerate(segments.items())
    ]
    nodes: list[Node] = []

    def node(depth: int, above: Node | None) -> Node:
        pk = len(nodes) + 1
        path = child_path(above.path if above else "", pk)
        name = f"第{pk}网格"
        made = Node(
            pk=pk,
            code=f"B{pk:011d}",
            tier=tiers[depth],
            parent=above,
            path=path,
            name=name,
            valid_from=date(2020, 1, 1),
        )
        nodes.append(made)
        return made

    root = node(0, None)
    villages = [node(1, root) for _ in range(VILLAGES)]
    for village in villages:
        for _ in range(GRIDS):
            node(2, village)
    Node.objects.bulk_create(nodes)
    touch(*Topic)
    return nodes


def _people(nodes: list[Node]) -> int:
    """One person of each reach; answers the department's id."""
    unit = create_department(actor=None, code="water", name="供水所", node=nodes[0], now=NOW)
    posts: dict[str, dict[str, Any]] = {
        "dispatcher": {"post_kind": "dispatcher", "node": nodes[0]},
        "secretary": {"post_kind": "village-secretary", "node": nodes[3]},
        "worker": {"post_kind": "micro-worker", "node": nodes[-1]},
        "unit": {"post_kind": "department-handler", "department": unit},
    }
    for name, post in posts.items():
        person = create_person(actor=None, username=name, name=name, password="叶脉-Bench-2026", now=NOW)  # noqa: S106 - a town that lives for minutes
        appoint(actor=None, person=person, now=NOW, valid_from=date(2026, 1, 1), **post)
    return unit.pk


def _rows(rng: np.random.Generator, words: Words, count: int, nodes: list[Node], unit: int) -> Iterator[list[Any]]:
    grids = nodes[-VILLAGES * GRIDS :]
    crowded = 1 / (np.arange(len(grids)) + 10.0)
    places = rng.choice(len(grids), count, p=crowded / crowded.sum()).tolist()
    categories = list(Category.objects.order_by("pk").values_list("pk", flat=True))
    fields = Case._meta.concrete_fields
    blank = Case(text="", source=Source.RESIDENT, rung=Rung.DEPARTMENT)
    usual = [field.get_db_prep_save(getattr(blank, field.attname), connection) for field in fields]
    at = {field.column: (place, field) for place, field in enumerate(fields)}
    for n, (title, text, place) in enumerate(texts(rng, words, count)):
        grid = grids[places[n]]
        reported = NOW - timedelta(minutes=MINUTES * (count - n))
        said = {
            "id": n + 1, "client_key": uuid.UUID(int=n), "tracking_code": f"{n:011d}", "title": title, "text": text,
            "place_text": place, "stage": str(STAGES[n % 20]), "path": grid.path, "node_id": grid.pk,
            "category_id": categories[n % len(categories)], "reported_at": reported, "updated_at": reported,
            "lead_department_id": unit if n % UNIT_SHARE == 0 else None,
        }  # fmt: skip
        row = list(usual)
        for name, value in said.items():
            where, field = at[name]
            row[where] = field.get_db_prep_save(value, connection)
        yield row


def built(count: int, seed: int = 20261123) -> Words:
    """The town in a migrated, empty database (one that is filled stays); the same numbers give the same town."""
    rng = np.random.default_rng(seed)
    words = vocabulary(rng)
    if Node.objects.exists():
        return words
    nodes = _ground()
    install_posts()
    install_catalogue(example_catalogue())
    unit = _people(nodes)
    names = ", ".join(f'"{field.column}"' for field in Case._meta.concrete_fields)
    marks = ", ".join(["%s"] * len(Case._meta.concrete_fields))
    with writing(), connection.cursor() as cursor:
        rows = _rows(rng, words, count, nodes, unit)
        while some := list(islice(rows, 10_000)):
            cursor.executemany(f"INSERT INTO {Case._meta.db_table} ({names}) VALUES ({marks})", some)  # noqa: S608 - names of our own model
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(pg_get_serial_sequence('cases_case', 'id'), %s)", [count])
        sent = Case.objects.filter(lead_department__isnull=False).values_list("pk", flat=True)
        Assignment.objects.bulk_create(
            (Assignment(case_id=pk, department_id=unit, role="lead", assigned_at=NOW) for pk in sent), batch_size=500
        )
    return words


__all__ = ["NOW", "Words", "built"]
