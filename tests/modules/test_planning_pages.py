"""The planning desk through its pages: ground chosen, plans worked out, compared, changed by hand; stations; branches."""

import io
import json
from typing import Any

import openpyxl
import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.modules.case_desk import said
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.jobs.actions import run_due
from yemai.base.territory.models import Building, Estate
from yemai.modules.planning.models import Plan, Proposal, Station, Study
from yemai.modules.planning.queries import stations_in

pytestmark = pytest.mark.django_db
STEP = 0.0005
"""About 48 m from building to building."""


def build_estate(world: World, households: list[int], name: str = "新苑", wide: int = 6, **more: Any) -> Estate:
    """An estate of buildings on a lattice, each in the micro-grid it stands in."""
    estate = Estate.objects.create(node=world.village, name=name)
    for number, count in enumerate(households):
        lon = WEST + STEP * (0.5 + number % wide) + more.get("east", 0.0)
        lat = SOUTH + STEP * (0.5 + number // wide) + more.get("north", 0.0)
        square = shapely.box(lon - STEP / 4, lat - STEP / 4, lon + STEP / 4, lat + STEP / 4)
        grid = world.grids[min(2, int((lon - WEST) / SIDE))]
        Building.objects.create(
            estate=estate, node=grid, name=f"{number + 1}栋", households=count, lon=lon, lat=lat,
            footprint=shapely.to_wkb(square),
        )  # fmt: skip
    return estate


def studied(client: Client, key: str, **more: str) -> Study:
    """Choose ground through its page."""
    answer = client.post("/planning/new/", {"ground": key, **more})
    assert answer.status_code == 302, said(answer)
    return Study.objects.latest("pk")


ASKED = {"least": "30", "most": "80", "leaning": "usual", "keeps_teams": "on", "seconds": "15"}


def planned(client: Client, study: Study, **more: str) -> Plan:
    """Ask for a plan, let the worker work."""
    answer = client.post(f"/planning/studies/{study.pk}/", {**ASKED, **more})
    assert answer.status_code == 302, said(answer)
    plan = Plan.objects.latest("pk")
    going = client.get(f"/planning/plans/{plan.pk}/")
    assert 'hx-trigger="every 2s"' in going.content.decode()
    run_due(timezone.now(), 100)
    plan.refresh_from_db()
    return plan


def test_an_estate_is_divided_behind_the_page_and_shown_with_its_score(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    study = studied(client, f"estate-{estate.pk}")
    plan = planned(client, study)
    assert plan.state == "done", plan.error
    assert sorted(key for row in plan.groups for key in row["members"]) == sorted(
        estate.buildings.values_list("pk", flat=True)
    )
    assert all(30 <= row["households"] <= 80 and row["is_contiguous"] for row in plan.groups)
    page = client.get(f"/planning/plans/{plan.pk}/")
    text = said(page)
    assert "已证明" in text and "总分" in text
    assert str(plan.score["total"]) in page.content.decode()
    drawn = json.loads(client.get(f"/planning/plans/{plan.pk}/map.json").content)
    houses = [one["properties"] for one in drawn["features"] if "building" in one["properties"]]
    grounds = [one for one in drawn["features"] if "area" in one["properties"]]
    assert {one["building"]: one["group"] for one in houses} == {
        key: row["number"] for row in plan.groups for key in row["members"]
    }
    assert len(grounds) == len(plan.groups)
    for one in grounds:
        shape = shapely.from_geojson(json.dumps(one["geometry"]))
        own = [house["at"] for house in houses if house["group"] == one["properties"]["area"]]
        assert all(shapely.contains_xy(shape, *at) for at in own)


def test_what_has_no_place_or_no_households_is_named_and_not_dropped_in_silence(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [40, 0, 45])
    Building.objects.create(estate=estate, node=world.grids[0], name="无址栋", households=12)
    study = studied(client, f"estate-{estate.pk}")
    page = said(client.get(f"/planning/studies/{study.pk}/"))
    assert "新苑无址栋" in page and "没有坐标" in page
    assert "新苑2栋" in page and "没有户数" in page
    plan = planned(client, study)
    assert sorted(why for _pk, _name, why in plan.left_out) == ["no-households", "no-place"]
    inside = {key for row in plan.groups for key in row["members"]}
    assert inside == set(estate.buildings.exclude(name="无址栋").values_list("pk", flat=True))
    assert "新苑无址栋" in said(client.get(f"/planning/plans/{plan.pk}/"))


def test_ground_without_a_placed_building_is_refused_in_words(world: World) -> None:
    client = world.client("admin")
    empty = Estate.objects.create(node=world.village, name="空地")
    answer = client.post("/planning/new/", {"ground": f"estate-{empty.pk}"})
    assert answer.status_code == 422
    assert "没有带坐标的楼栋" in said(answer)
    assert not Study.objects.exists()


def test_only_what_is_drawn_is_divided(world: World) -> None:
    client = world.client("admin")
    build_estate(world, [20] * 12)
    half = shapely.box(WEST, SOUTH - STEP, WEST + 3 * STEP, SOUTH + 4 * STEP)
    area = json.dumps(shapely.geometry.mapping(half))
    study = studied(client, f"node-{world.village.pk}", area=area)
    plan = planned(client, study)
    inside = [key for row in plan.groups for key in row["members"]]
    at = dict(Building.objects.filter(lon__isnull=False).values_list("pk", "lon"))
    assert inside and all(at[key] < WEST + 3 * STEP for key in inside)
    assert len(inside) == sum(lon < WEST + 3 * STEP for lon in at.values())
    crossed = '{"type":"Polygon","coordinates":[[[0,0],[1,1],[1,0],[0,1],[0,0]]]}'
    assert client.post("/planning/new/", {"ground": f"node-{world.village.pk}", "area": crossed}).status_code == 422


def test_teams_of_today_are_kept_and_changes_are_counted(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    study = studied(client, f"estate-{estate.pk}")
    kept = planned(client, study)
    free = planned(client, study, keeps_teams="")
    grids = {grid.pk for grid in world.grids}
    assert {row["keeps"] for row in kept.groups} & grids
    assert {row["keeps"] for row in free.groups} == {None}
    assert kept.score["changes"] < kept.score["households"]
    text = said(client.get(f"/planning/plans/{kept.pk}/"))
    assert "第1微网格" in text


def test_no_group_reaches_beyond_its_estate_unless_asked(world: World) -> None:
    client = world.client("admin")
    Building.objects.all().delete()
    one = build_estate(world, [20] * 3, "甲苑", wide=3)
    two = build_estate(world, [20] * 3, "乙苑", wide=3, east=3 * STEP)
    study = studied(client, f"node-{world.village.pk}")
    apart = planned(client, study)
    of = dict(Building.objects.values_list("pk", "estate"))
    assert [{of[key] for key in row["members"]} for row in apart.groups] in ([{one.pk}, {two.pk}], [{two.pk}, {one.pk}])
    most = planned(client, study, crosses_estates="on", least="100", most="120")
    assert [len(row["members"]) for row in most.groups] == [6]


# --- by hand -------------------------------------------------------------------------------------------------------


def hand_copy(client: Client, plan: Plan) -> Plan:
    """Copy through the page."""
    assert client.post(f"/planning/plans/{plan.pk}/copy/").status_code == 302
    return Plan.objects.latest("pk")


def members(plan: Plan, number: int) -> list[int]:
    """Buildings of a group."""
    return next(row["members"] for row in plan.groups if row["number"] == number)


def test_a_copy_is_changed_by_hand_and_the_score_follows(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    plan = planned(client, studied(client, f"estate-{estate.pk}"))
    made = hand_copy(client, plan)
    assert (made.origin, made.source_id, made.score["total"]) == ("hand", plan.pk, plan.score["total"])
    first, second = plan.groups[0], plan.groups[1]
    moved = first["members"][0]
    sent = {"buildings": str(moved), "target": str(second["number"])}
    assert client.post(f"/planning/plans/{made.pk}/move/", sent).status_code == 302
    made.refresh_from_db()
    weight = dict(estate.buildings.values_list("pk", "households"))
    for row in made.groups:
        assert row["households"] == sum(weight[key] for key in row["members"])
    assert sorted(key for row in made.groups for key in row["members"]) == sorted(weight)
    assert any(set(row["members"]) == {*second["members"], moved} for row in made.groups)
    assert made.score["total"] > plan.score["total"]  # the plan it was copied from is the best there is
    again = Plan.objects.get(pk=plan.pk)
    assert again.groups == plan.groups
    drawn = shapely.from_geojson([json.dumps(shape) for shape in made.areas])
    before = shapely.from_geojson([json.dumps(shape) for shape in plan.areas])
    assert shapely.union_all(drawn).area == pytest.approx(shapely.union_all(before).area, rel=1e-6)
    assert sum(one.area for one in drawn) == pytest.approx(shapely.union_all(drawn).area, rel=1e-6)
    back = {"buildings": str(moved), "target": str(_holding(made, first["members"][1]))}
    client.post(f"/planning/plans/{made.pk}/move/", back)
    made.refresh_from_db()
    assert made.score["total"] == pytest.approx(plan.score["total"], abs=0.11)
    assert "界限取自它所复制的方案" in said(client.get(f"/planning/plans/{made.pk}/"))


def _holding(plan: Plan, building: int) -> int:
    return next(int(row["number"]) for row in plan.groups if building in row["members"])


def test_a_rule_broken_by_hand_is_said_and_nothing_is_proven_of_it(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    plan = planned(client, studied(client, f"estate-{estate.pk}"))
    made = hand_copy(client, plan)
    ends = list(estate.buildings.order_by("pk").values_list("pk", flat=True))
    sent = {"buildings": f"{ends[0]},{ends[5]},{ends[5]}", "target": ""}
    answer = client.post(f"/planning/plans/{made.pk}/move/", sent, headers={"HX-Request": "true"})
    assert answer.status_code == 200 and answer["HX-Trigger"] == "plan-changed"
    text = said(answer)
    assert "不连片" in text and "没有证明" in text
    made.refresh_from_db()
    new = made.groups[-1]
    assert (sorted(new["members"]), new["is_contiguous"]) == (sorted([ends[0], ends[5]]), False)
    assert made.score["gap"] is None and made.score["apart"] >= 1
    alone = {"buildings": str(ends[2]), "target": ""}
    client.post(f"/planning/plans/{made.pk}/move/", alone)
    assert "手工调整后低于下限" in said(client.get(f"/planning/plans/{made.pk}/"))


def test_the_solver_s_own_plan_is_never_changed_and_nonsense_is_refused(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [40, 45, 50])
    plan = planned(client, studied(client, f"estate-{estate.pk}"))
    key = plan.groups[0]["members"][0]
    target = str(plan.groups[1]["number"])
    refused = client.post(f"/planning/plans/{plan.pk}/move/", {"buildings": str(key), "target": target})
    assert refused.status_code == 409 and "复制一份" in said(refused)
    made = hand_copy(client, plan)
    for buildings, target in (("", "1"), ("999999", "1"), (str(key), "77"), ("x,;", "")):
        answer = client.post(f"/planning/plans/{made.pk}/move/", {"buildings": buildings, "target": target})
        assert answer.status_code == 422
    Building.objects.filter(pk=key).update(ended_on="2026-01-01")
    gone = client.post(f"/planning/plans/{made.pk}/move/", {"buildings": str(key), "target": ""})
    assert gone.status_code == 409 and "楼栋有增减" in said(gone)
    assert "采用前请重新计算" in said(client.get(f"/planning/plans/{made.pk}/"))


def test_plans_stand_side_by_side(world: World) -> None:
    client = world.client("admin")
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    study = studied(client, f"estate-{estate.pk}")
    usual, wide = planned(client, study), planned(client, study, least="50", most="120", leaning="even")
    page = client.get(f"/planning/studies/{study.pk}/compare/", {"plan": [usual.pk, wide.pk]})
    rows = dict(page.context["rows"])
    assert rows["户数范围"] == ["30-80", "50-120"]
    assert rows["组数"] == [len(usual.groups), len(wide.groups)]
    assert rows["总分（越低越好）"] == [usual.score["total"], wide.score["total"]]
    assert page.content.decode().count("data-planning-map=") == 2


@pytest.mark.parametrize(
    ("field", "value"), [("least", "90"), ("least", "0"), ("most", "x"), ("seconds", "99999"), ("leaning", "best")]
)
def test_a_range_or_a_time_that_can_not_be_is_said_beside_its_field(world: World, field: str, value: str) -> None:
    client = world.client("admin")
    study = studied(client, f"estate-{build_estate(world, [40, 50]).pk}")
    answer = client.post(f"/planning/studies/{study.pk}/", {**ASKED, field: value})
    assert answer.status_code == 422
    assert not Plan.objects.exists()


@pytest.mark.parametrize("who", ["worker", "leader", "dispatcher", "sanitation"])
def test_only_who_may_change_the_ground_plans_it(world: World, who: str) -> None:
    admin = world.client("admin")
    study = studied(admin, f"estate-{build_estate(world, [40, 50]).pk}")
    plan = planned(admin, study)
    client = world.client(who)
    for address in (
        "",
        f"studies/{study.pk}/",
        f"plans/{plan.pk}/",
        f"plans/{plan.pk}/map.json",
        "stations/",
        "branches/",
    ):
        assert client.get(f"/planning/{address}").status_code == 403


# --- stations and sites --------------------------------------------------------------------------------------------


def proposed(client: Client, address: str, asked: dict[str, Any]) -> Proposal:
    """Ask, let the worker work."""
    answer = client.post(address, asked)
    assert answer.status_code == 302, said(answer)
    run_due(timezone.now(), 100)
    return Proposal.objects.latest("pk")


def test_stations_are_entered_counted_and_closed(world: World) -> None:
    client = world.client("admin")
    sent = {
        "name": "东风服务站", "kind": "service", "ground": f"node-{world.village.pk}", "lon": WEST + SIDE / 2,
        "lat": SOUTH + SIDE / 2,
    }  # fmt: skip
    assert client.post("/planning/stations/", sent).status_code == 302
    station = Station.objects.get()
    assert (station.name, station.node_id, station.lon) == ("东风服务站", world.village.pk, WEST + SIDE / 2)
    assert [one.pk for one in stations_in([world.town.path])] == [station.pk]
    assert client.post("/planning/stations/", sent).status_code == 409
    assert client.post("/planning/stations/", {**sent, "name": "远", "lon": "999"}).status_code == 422
    assert client.post(f"/planning/stations/{station.pk}/end/").status_code == 302
    assert not stations_in([world.town.path]).exists()


def test_sites_serve_the_most_households_and_who_is_left_out_is_named_by_building(world: World) -> None:
    client = world.client("admin")
    Building.objects.all().delete()
    near = build_estate(world, [40, 50], "近苑", wide=2)
    far = build_estate(world, [30, 20], "远苑", wide=2, north=0.02)
    lone = build_estate(world, [5], "孤苑", wide=1, north=0.05)
    Station.objects.create(node=world.village, name="一站", lon=WEST + STEP, lat=SOUTH + STEP / 2)
    asked = {"ground": f"node-{world.village.pk}", "walk_m": "500.0", "aim": "cover", "count": "1"}
    proposal = proposed(client, "/planning/sites/", asked)
    assert proposal.state == "done", proposal.error
    result = proposal.result
    assert (result["before"]["within"], result["before"]["households"]) == (90, 145)
    assert result["after"]["within"] == 140
    [site] = result["sites"]
    assert (site["gain"], site["building"] in far.buildings.values_list("pk", flat=True)) == (50, True)
    assert result["left_out"] == list(lone.buildings.values_list("pk", flat=True))
    page = said(client.get(f"/planning/proposals/{proposal.pk}/"))
    assert "62.1%" in page and "96.6%" in page and "孤苑1栋" in page and "已证明没有更好的选法" in page
    drawn = json.loads(client.get(f"/planning/proposals/{proposal.pk}/map.json").content)["features"]
    served = {
        one["properties"]["building"]: one["properties"]["served"] for one in drawn if "building" in one["properties"]
    }
    assert {served[key] for key in near.buildings.values_list("pk", flat=True)} == {"yes"}
    assert {served[key] for key in far.buildings.values_list("pk", flat=True)} == {"new"}
    assert {served[key] for key in lone.buildings.values_list("pk", flat=True)} == {"no"}


def test_the_shortest_walk_for_all_and_none_at_all(world: World) -> None:
    client = world.client("admin")
    build_estate(world, [30, 20], "远苑", wide=2, north=0.02)
    ground = f"node-{world.village.pk}"
    walk = proposed(client, "/planning/sites/", {"ground": ground, "walk_m": "564.19", "aim": "walk", "count": "2"})
    assert walk.state == "done", walk.error
    assert len(walk.result["sites"]) == 2 and walk.result["after"]["share"] == 1
    now = proposed(client, "/planning/sites/", {"ground": ground, "walk_m": "500.0", "aim": "cover", "count": "0"})
    assert (now.result["sites"], now.result["after"]["share"]) == ([], 0)
    assert "0.0%" in said(client.get(f"/planning/proposals/{now.pk}/"))


def test_ground_where_nobody_lives_says_so(world: World) -> None:
    client = world.client("admin")
    Building.objects.update(households=0)
    asked = {"ground": f"node-{world.village.pk}", "walk_m": "500.0", "aim": "cover", "count": "1"}
    proposal = proposed(client, "/planning/sites/", asked)
    assert proposal.state == "failed"
    assert "没有带坐标和户数的楼栋" in said(client.get(f"/planning/proposals/{proposal.pk}/"))


# --- joint branches ------------------------------------------------------------------------------------------------


def four_estates(world: World) -> dict[str, Estate]:
    """Three within 300 m of each other, one 5 km away."""
    places = {"甲苑": 0.0, "乙苑": 0.002, "丙苑": 0.003, "远苑": 0.05}
    return {
        name: Estate.objects.create(node=world.village, name=name, lon=WEST + east, lat=SOUTH)
        for name, east in places.items()
    }


def test_joint_branches_are_proposed_for_typed_counts_with_the_rule_s_source(world: World) -> None:
    client = world.client("admin")
    estates = four_estates(world)
    counts = {"甲苑": 2, "乙苑": 1, "丙苑": 7, "远苑": 2}
    sent = {f"members-{estates[name].pk}": count for name, count in counts.items()}
    proposal = proposed(
        client, "/planning/branches/", {"ground": f"node-{world.village.pk}", "neighbour_m": "800", **sent}
    )
    assert proposal.state == "done", proposal.error
    found = {one["reason"]: {unit["name"] for unit in one["units"]} for one in proposal.result["branches"]}
    assert found == {"joint": {"甲苑", "乙苑"}, "own": {"丙苑"}, "too-far": {"远苑"}}
    page = said(client.get(f"/planning/proposals/{proposal.pk}/"))
    assert "支部工作条例" in page and "甲苑 2" in page and "附近凑不足三人" in page


def sheet(rows: list[list[Any]]) -> SimpleUploadedFile:
    """Rows as .xlsx."""
    book, body = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new book has a sheet
    book.save(body)
    return SimpleUploadedFile("人数.xlsx", body.getvalue())


def test_a_table_of_counts_fills_the_form_and_says_which_rows_it_did_not_take(world: World) -> None:
    client = world.client("admin")
    estates = four_estates(world)
    file = sheet([["小区", "正式党员"], ["甲苑", 2], ["乙苑", "两"], ["无此苑", 4], ["甲苑", 9]])
    sent = {"ground": f"node-{world.village.pk}", "neighbour_m": "800", "file": file}
    page = client.post("/planning/branches/", sent)
    assert page.status_code == 200
    typed = {estate.name: count for estate, _placed, count in page.context["rows"]}
    assert (typed["甲苑"], typed["乙苑"]) == ("2", "")
    assert [(number, name) for number, name, _why in page.context["refused"]] == [
        (3, "乙苑"),
        (4, "无此苑"),
        (5, "甲苑"),
    ]
    assert not Proposal.objects.exists()
    csv = SimpleUploadedFile("人数.csv", "小区,正式党员\n丙苑,1\n".encode("gb18030"))
    page = client.post("/planning/branches/", {**sent, "file": csv, f"members-{estates['甲苑'].pk}": "2"})
    typed = {estate.name: count for estate, _placed, count in page.context["rows"]}
    assert (typed["甲苑"], typed["丙苑"]) == ("2", "1")  # what was typed is not lost
    broken = client.post("/planning/branches/", {**sent, "file": SimpleUploadedFile("a.pdf", b"%PDF")})
    assert broken.status_code == 422


def test_counts_that_are_none_are_said(world: World) -> None:
    client = world.client("admin")
    estates = four_estates(world)
    sent = {"ground": f"node-{world.village.pk}", "neighbour_m": "800", f"members-{estates['甲苑'].pk}": "-1"}
    wrong = client.post("/planning/branches/", sent)
    assert wrong.status_code == 422 and "甲苑" in said(wrong)
    empty = client.post("/planning/branches/", {"ground": f"node-{world.village.pk}", "neighbour_m": "800"})
    assert "请填写人数" in said(empty)
    assert not Proposal.objects.exists()
