"""What a town gives away of a period: rows like enough others, no small cell, and a dictionary for every column."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import override_settings

from tests.conftest import Clock
from tests.modules.test_assess import HERE, Fact, facts, moment
from tests.world import World, build
from yemai.gates.open_data.publishing import K, publish
from yemai.kernel.refusals import Refused
from yemai.modules.assessment.actions.facts import put_facts
from yemai.modules.assessment.facts import MOMENTS
from yemai.modules.assessment.indicators.registry import INDICATORS
from yemai.modules.cases.models import Category

pytestmark = pytest.mark.django_db
TELLING = ("month", "community_code", "major_code", "category_code", "source")
PERIOD = "2026-05-01..2026-07-31"


@pytest.fixture
def world(clock: Clock, db: None, tmp_path: Path) -> Iterator[World]:
    clock.set(datetime(2026, 11, 2, 9, tzinfo=HERE))
    with override_settings(DATA_DIR=tmp_path):
        yield build(clock.now())


def given_facts(world: World, number: int) -> list[Fact]:
    """Facts on the ground and in the classes of the town, some on no ground or of no class; one class of three is private."""
    nodes = [world.village.pk, *(grid.pk for grid in world.grids)]
    classes = list(Category.objects.order_by("pk")[:12])
    Category.objects.filter(pk__in=[one.pk for one in classes[::3]]).update(is_public=False)
    made = facts(number)
    for fact in made:
        at = fact["case_id"]
        fact["node_1"] = world.town.pk
        fact["node_2"] = nodes[at % 11 % len(nodes)] if at % 7 else None
        fact["category_id"] = classes[at * at % 12].pk if at % 5 else None
        fact["reported_at"] = moment(4 + at % 6, 1 + at % 28)
        fact["last_at"] = max(fact[name] for name in MOMENTS if fact[name] is not None)
    put_facts([fact["case_id"] for fact in made], made)
    return made


def rows(place: Path, name: str) -> list[dict[str, Any]]:
    return pq.read_table(place / f"{name}.parquet").to_pylist()


def test_every_row_looks_like_enough_others_and_none_is_lost(world: World, tmp_path: Path) -> None:
    made = given_facts(world, 900)
    publish(PERIOD, tmp_path / "open")
    told = rows(tmp_path / "open", "cases")
    alike = Counter(tuple(row[name] for name in TELLING) for row in told)
    assert min(alike.values()) >= K
    start, end = moment(5, 1, 0), moment(8, 1, 0)
    counted = [fact for fact in made if start <= fact["reported_at"] < end and not fact["is_excluded"]]
    assert 0 <= len(counted) - len(told) < K
    assert {row["status"] for row in told} == {"open", "closed", "voided"}
    assert {row["month"] for row in told} <= {"2026-05", "2026-06", "2026-07", None}
    assert len({row["category_code"] for row in told}) > 1  # not all was given up


def test_a_private_class_is_counted_and_never_named(world: World, tmp_path: Path) -> None:
    made = given_facts(world, 900)
    publish(PERIOD, tmp_path / "open")
    private = Category.objects.filter(is_public=False)
    told = rows(tmp_path / "open", "cases")
    assert {row["category"] for row in told}.isdisjoint(one.label for one in private)
    assert {row["category_code"] for row in told}.isdisjoint(f"{one.kind}{one.major}{one.minor}" for one in private)
    start, end = moment(5, 1, 0), moment(8, 1, 0)
    of_them = {one.pk for one in private}
    hidden = [fact for fact in made if start <= fact["reported_at"] < end and fact["category_id"] in of_them and not fact["is_excluded"]]  # fmt: skip
    assert len(hidden) > K and sum(row["category_code"] is None for row in told) >= len(hidden)


def test_no_small_count_is_told_nor_got_by_subtracting(world: World, tmp_path: Path) -> None:
    given_facts(world, 260)
    publish(PERIOD, tmp_path / "open")
    told = rows(tmp_path / "open", "indicators")
    places = {row["community_code"] for row in told}
    assert len(told) == len(places) * len(INDICATORS) and "" in places
    assert any(row["is_hidden"] for row in told) and any(row["rate"] is not None for row in told)
    for key, indicator in INDICATORS.items():
        lines = {row["community_code"]: row for row in told if row["indicator"] == key}
        for part in ("numerator", "denominator") if indicator.is_rate else ("numerator",):
            shown = [row[part] for row in lines.values() if row[part] is not None]
            assert all(number == 0 or number >= K for number in shown)
            whole = lines.pop("")[part] if "" in lines else None
        away = [row for row in lines.values() if row["is_hidden"]]
        if whole is not None and away:  # what is left over when all that is told is taken off
            rest = whole - sum(row["denominator" if indicator.is_rate else "numerator"] or 0 for row in lines.values())
            assert rest == 0 or rest >= K


def test_each_column_is_explained_and_both_kinds_say_the_same(world: World, tmp_path: Path) -> None:
    given_facts(world, 300)
    place = tmp_path / "open"
    publish(PERIOD, place)
    package = json.loads((place / "datapackage.json").read_text("utf-8"))
    with (place / "dictionary.csv").open(encoding="utf-8-sig", newline="") as file:
        explained = {(line["表"], line["列"]) for line in csv.DictReader(file) if line["说明"]}
    for resource in package["resources"]:
        fields = [field["name"] for field in resource["schema"]["fields"]]
        name = resource["path"].partition(".")[0]
        assert {(name, field) for field in fields} <= explained
        if resource["format"] == "parquet":
            assert pq.read_schema(place / resource["path"]).names == fields
        else:
            with (place / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
                lines = list(csv.DictReader(file))
            assert list(lines[0]) == fields and len(lines) == len(rows(place, name))
    listed = {path.name for path in place.iterdir()}
    assert listed == {"cases.parquet", "cases.csv", "indicators.parquet", "indicators.csv", "dictionary.csv", "datapackage.json"}  # fmt: skip


def test_what_cannot_be_published_is_refused_in_words(world: World, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    for period, out, k, code in (
        ("2026Q5", "a", 5, "bad-period"),
        ("2026Q4", "a", 5, "not-over"),
        ("2026Q3", "a", 4, "bad-k"),
        ("2026Q3", "full", 5, "out-there"),
    ):
        with pytest.raises(Refused) as refused:
            publish(period, tmp_path / out, k=k)
        assert refused.value.code == code
    assert not (tmp_path / "a").exists() and (tmp_path / "full" / "mine.txt").read_text() == "mine"


def test_a_town_without_a_case_publishes_empty_tables(world: World, tmp_path: Path) -> None:
    assert publish("2026Q3", tmp_path / "open") == {"cases": 0, "indicators": len(INDICATORS)}
