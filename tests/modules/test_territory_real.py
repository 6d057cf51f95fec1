"""Real boundaries, points and codes, where they lie beside the checkout."""

import csv
import gzip
import json
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


def test_shenzhen_s_districts_leave_one_blank(shared_data: Path) -> None:
    found_town("leaf-veins", name="深圳", name_en="Shenzhen", code="440300000000")
    wanted = Wanted(tier="micro-grid", name_field="qh")
    outcome = import_boundaries(shared_data / "boundaries_shenzhen_district.geojson", wanted, say=silent)
    assert outcome.laid is not None
    assert (outcome.laid.created, outcome.left_out) == (10, [])
    (gap,) = outcome.findings
    assert gap.doubt == Doubt.GAP
    assert 60_000 < gap.square_metres < 80_000
    assert {outcome.names[at] for at in gap.neighbours} == {"龙华", "龙岗"}


def test_new_york_s_tracts_are_laid_by_their_number(shared_data: Path) -> None:
    found_town("leaf-veins", name="纽约", name_en="New York", code="990100100000")
    outcome = import_boundaries(
        shared_data / "boundaries_nyc_tracts2020.geojson.gz", Wanted(tier="micro-grid"), say=silent
    )
    assert outcome.laid is not None
    assert (outcome.laid.created, outcome.left_out) == (2_325, [])
    assert sorted(finding.doubt for finding in outcome.findings) == [Doubt.GAP, Doubt.HOLE]


def test_the_one_place_outside_dalian_is_flagged(shared_data: Path, tmp_path: Path) -> None:
    """Boundaries in GCJ-02, places in BD-09."""
    with gzip.open(shared_data / "boundaries_cn_county.geojson.gz", "rt", encoding="utf-8") as file:
        counties = json.load(file)
    counties["features"] = [one for one in counties["features"] if str(one["properties"]["adcode"]).startswith("2102")]
    path, out = tmp_path / "dalian.geojson", tmp_path / "out.csv"
    path.write_text(json.dumps(counties, ensure_ascii=False), "utf-8")
    found_town("leaf-veins", name="大连", name_en="Dalian", code="210200000000")
    wanted = Wanted(tier="micro-grid", name_field="name", code_field="adcode", crs="GCJ-02")
    import_boundaries(path, wanted, say=silent)
    places = shared_data / "poi_dalian_bd09.csv"
    counts = locate_file(places, out, lon="bd_lng", lat="bd_lat", crs="BD-09", say=silent)
    assert counts == {"ok": 1_484, "outside": 1}
    assert [row["name"] for row in read(out) if row["flag"] != "ok"] == ["万科天麓"]
