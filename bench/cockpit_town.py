"""A seeded city for measuring the cockpit: its facts made inside the database by fixed arithmetic, its counts by our own code."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from bench.cockpit import GRIDS, UNITS, VILLAGES
from django.db import connection

from yemai.base.people.actions import appoint, create_department, create_person, install_posts
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.revision import touch
from yemai.base.territory.rules import child_path
from yemai.base.territory.terms import CodeSegment, Topic
from yemai.modules.assessment.actions.facts import put_facts, rebuild_counts
from yemai.modules.assessment.facts import COLUMNS, Type
from yemai.modules.assessment.models import CaseFact, Count
from yemai.modules.cases.actions.catalogue import example_catalogue, install_catalogue

DAY = 86_400
SPAN = 1095 * DAY
"""Three years of reports, evenly, up to now."""
COUNTS = "scope, scope_id, what, key, day, number"


def built(cases: int) -> None:
    """Ground, people, facts and counts in a migrated, empty database; one that is filled stays."""
    if Node.objects.exists():
        return
    root = _ground()
    install_posts()
    install_catalogue(example_catalogue())
    now = datetime.now(UTC)
    for at in range(UNITS):
        create_department(actor=None, code=f"unit{at}", name=f"第{at}单位", node=root, now=now)
    person = create_person(actor=None, username="secretary", name="书记", password="叶脉-Bench-2026", now=now)  # noqa: S106 - a city that lives for minutes
    appoint(actor=None, person=person, post_kind="supervisor", node=root, now=now, valid_from=date(2020, 1, 1))
    _facts(cases, int(now.timestamp()))
    rebuild_counts()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def recounted(changed: int = 2000) -> dict[str, int]:
    """Change some facts, so that the counts follow by difference; then count anew and say how many rows are not the same."""
    names = [column.name for column in COLUMNS]
    facts = list(CaseFact.objects.filter(is_open=True).order_by("-pk").values(*names)[:changed])
    over = {"is_open": False, "stage": "closed", "outcome": "solved", "is_disposed": True, "clock_due_at": None}
    for fact in facts:
        at = fact["reported_at"] + DAY // 2
        fact.update(over, disposed_at=at, closed_at=at, last_at=max(fact["last_at"], at))
    put_facts([fact["case_id"] for fact in facts], facts)
    table = Count._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMPORARY TABLE followed AS SELECT {COUNTS} FROM {table}")  # noqa: S608 - our own names
        rows = rebuild_counts()
        other = 0
        for one, two in (("followed", table), (table, "followed")):
            cursor.execute(
                f"SELECT count(*) FROM (SELECT {COUNTS} FROM {one} EXCEPT SELECT {COUNTS} FROM {two}) AS d"  # noqa: S608
            )
            other += cursor.fetchone()[0]
        cursor.execute("DROP TABLE followed")
    return {"facts changed": len(facts), "counts": rows, "counts not the same made anew": other}


def _ground() -> Node:
    segments = {"town": CodeSegment.TOWN, "village": CodeSegment.COMMUNITY, "microgrid": CodeSegment.MICRO}
    tiers = [
        Tier.objects.create(depth=depth, key=key, label=key, is_settling=depth == 2, code_segment=segment)
        for depth, (key, segment) in enumerate(segments.items())
    ]

    def node(pk: int, depth: int, above: Node | None) -> Node:
        return Node(
            pk=pk,
            code=f"B{pk:011d}",
            tier=tiers[depth],
            parent=above,
            path=child_path(above.path if above else "", pk),
            name=f"第{pk}网格",
            households=60,
            valid_from=date(2020, 1, 1),
        )

    root = node(1, 0, None)
    villages = [node(2 + at, 1, root) for at in range(VILLAGES)]
    grids = [node(2 + VILLAGES + at, 2, villages[at // GRIDS]) for at in range(VILLAGES * GRIDS)]
    Node.objects.bulk_create([root, *villages, *grids], batch_size=500)
    touch(*Topic)
    return root


def _mixed(salt: int, most: int) -> str:
    """A number below `most` that looks drawn by lot; the same on SQLite and PostgreSQL."""
    return f"((((i + {salt * 7919}) * 2654435761) % 4294967296) / 256 % {most})"


def _said(cases: int, now: int) -> Mapping[str, str]:
    """An expression over `i` for each column that matters here; the others are empty, no or nought."""
    reported = f"({now - SPAN} + i * {SPAN} / {cases})"
    is_open = f"({reported} > {now} - 3 * {DAY} AND {_mixed(1, 10)} > 1 OR {_mixed(2, 500)} = 0)"
    closed = f"CASE WHEN NOT {is_open} THEN {reported} + {_mixed(3, 20)} * {DAY // 2} + {_mixed(4, DAY // 2)} END"
    scored = f"CASE WHEN NOT {is_open} AND {_mixed(5, 3)} = 0 THEN {reported} + {_mixed(3, 20)} * {DAY // 2} + {DAY // 2} END"
    grid = _mixed(6, VILLAGES * GRIDS)
    return {
        "case_id": "i",
        "node_1": "1",
        "node_2": f"2 + {grid} / {GRIDS}",
        "node_3": f"{2 + VILLAGES} + {grid}",
        "category_id": f"1 + {_mixed(7, 264)}",
        "kind": "'E'",
        "source": "'resident'",
        "stage": f"CASE WHEN {is_open} THEN 'handling' ELSE 'closed' END",
        "rung": f"CASE WHEN {_mixed(8, 2)} = 0 THEN 'microgrid' ELSE 'town' END",
        "outcome": f"CASE WHEN {is_open} THEN '' WHEN {_mixed(9, 10)} > 0 THEN 'solved' ELSE 'not_solved' END",
        "is_open": is_open,
        "is_filed": "i > 0",
        "is_public": "i > 0",
        "is_disposed": f"NOT {is_open}",
        "was_overdue": f"{_mixed(10, 8)} = 0",
        "reported_at": reported,
        "clock_due_at": f"CASE WHEN {is_open} THEN {reported} + {_mixed(11, 72)} * 3600 + {_mixed(12, 3600)} END",
        "disposed_at": closed,
        "closed_at": closed,
        "scored_at": scored,
        "last_at": f"CASE WHEN {is_open} THEN {reported} ELSE {reported} + {_mixed(3, 20)} * {DAY // 2} + {DAY // 2} END",
        "is_valid_call": f"NOT {is_open} AND {_mixed(5, 3)} = 0",
        "was_contacted": f"{_mixed(13, 20)} > 0",
        "score": f"CASE WHEN NOT {is_open} AND {_mixed(5, 3)} = 0 THEN 1 + {_mixed(14, 5)} END",
        "returns": f"CASE WHEN {_mixed(15, 12)} = 0 THEN 1 ELSE 0 END",
        "lead_unit_id": f"CASE WHEN {_mixed(16, 3)} = 0 THEN 1 + {_mixed(17, UNITS)} END",
    }


def _facts(cases: int, now: int) -> None:
    said, empty = _said(cases, now), {Type.NUMBER: "0", Type.TRUTH: "i < 0", Type.WORD: "''"}
    values = [said.get(one.name, "NULL" if one.is_nullable else empty[one.type]) for one in COLUMNS]
    numbers = (
        f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {cases}) SELECT i FROM n) AS n"  # noqa: S608 - a number
        if connection.vendor == "sqlite"
        else f"(SELECT generate_series(1, {cases})::BIGINT AS i) AS n"
    )
    table, indexes = CaseFact._meta.db_table, CaseFact._meta.indexes
    names = ", ".join(one.name for one in COLUMNS)
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.remove_index(CaseFact, index)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {', '.join(values)} FROM {numbers}")  # noqa: S608 - our own
    with connection.schema_editor() as editor:
        for index in indexes:
            editor.add_index(CaseFact, index)


__all__ = ["built", "recounted"]
