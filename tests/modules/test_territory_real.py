"""Real boundaries, points and codes, where they lie beside the checkout."""

import csv
import gzip
from pathlib import Path

import pytest

from yemai.base.territory.actions import install_ladder
from yemai.base.territory.models import Node
from yemai.conf.seeding import found_town
from yemai.gates.boundary_files.commands import Wanted, import_boundaries, locate_file
from yemai.gates.boundary_files.terms import Doubt

pytestmark = pytest.mark.django_db


def silent(_words: str) -> None:
    """Nobody looks."""


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_point_of_beijing_lies_where_it_is_known_to_lie(shared_data: Path, tmp_path: Path) -> None:
    found_town("leaf-veins", name="北京", name_en="Beijing", code="110000000000")
    wanted = Wanted(tier="micro-grid", name_field="district_id", code_field="district_id")
    outcome = import_boundaries(shared_data / "boundaries_beijing_jiedao.geojson", wanted, say=silent)
    assert outcome.laid is not None
    assert (outcome.laid.created, outcome.left_out) == (111, [])
    out = tmp_path / "out.csv"
    locate_file(shared_data / "beijing_land_points.csv", out, lon="lon", lat="lat", say=silent)
    rows = read(out)
    assert len(rows) == 1117
    assert [row for row in rows if row["node_code"] != row["polygon_id"] or row["flag"] != "ok"] == []


def test_los_angeles_agrees_with_the_citys_own_field(shared_data: Path, tmp_path: Path) -> None:
    found_town("leaf-veins", name="洛杉矶", name_en="Los Angeles", code="990100100000")
    wanted = Wanted(tier="micro-grid", name_field="name", code_field="nc_id")
    outcome = import_boundaries(shared_data / "boundaries_la_nc.geojson", wanted, say=silent)
    assert {Doubt.OVERLAP, Doubt.SLIVER, Doubt.GAP} <= {finding.doubt for finding in outcome.findings}
    out = tmp_path / "out.csv"
    counts = locate_file(shared_data / "la311_sample.csv.gz", out, lon="longitude", lat="latitude", say=silent)
    assert sum(counts.values()) == 39_999
    assert counts["no-point"] == 2_871
    sure = [row for row in read(out) if row["flag"] == "ok" and row["nc"]]
    assert sum(row["nc"] == row["node_code"] for row in sure) / len(sure) >= 0.986


def test_every_orphan_and_wrong_prefix_of_a_register_is_named(shared_data: Path, tmp_path: Path, now: object) -> None:
    with gzip.open(shared_data / "cn_codes_5level_2020.csv.gz", "rt") as file:
        rows = [next(file).strip(), *(line.strip() for line in file if line.split(",")[2].startswith("11"))]
    orphans = ["5,110101999000,110101999001", "4,990000000000,990100100000"]
    strangers = ["5,110101001000,120101001999", "5,110102001000,110101001998"]
    path = tmp_path / "codes.csv"
    path.write_text("\n".join([*rows, *orphans, *strangers]), "utf-8")
    install_ladder("regions", now=now)  # type: ignore[arg-type]  # the fixture's moment
    wanted = Wanted(tier_field="level", code_field="code", parent_field="parent")
    outcome = import_boundaries(path, wanted, say=silent)
    named = {doubt: [f for f in outcome.findings if f.doubt == doubt] for doubt in (Doubt.ORPHAN, Doubt.PREFIX)}
    assert [outcome.names[finding.rows[0]] for finding in named[Doubt.ORPHAN]] == ["110101999001", "990100100000"]
    assert [outcome.names[finding.rows[0]] for finding in named[Doubt.PREFIX]] == ["120101001999", "110101001998"]
    assert outcome.laid is not None
    assert outcome.laid.created == len(rows) - 1 + len(strangers)
    town = Node.objects.get(code="110101001000")
    assert town.parent is not None
    assert (town.parent.code, town.tier.key) == ("110101000000", "town")
