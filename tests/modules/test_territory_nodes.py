"""Nodes: opened, renamed, described, drawn, moved, redrawn, closed; every change dated, no code twice."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from tests.modules.territory_ground import STARTED, Ground, lay, middle, square
from yemai.base.territory import queries
from yemai.base.territory.actions import (
    add_alias,
    add_building,
    add_estate,
    add_node_alias,
    close_node,
    create_node,
    describe_node,
    install_ladder,
    make_door,
    move_building,
    move_node,
    redraw_node,
    rename_node,
    set_boundary,
)
from yemai.base.territory.events import changed
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.presets import ladders
from yemai.base.territory.terms import AliasKind, NodeKind
from yemai.kernel.coordinates import from_wgs84
from yemai.kernel.refusals import Absent, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def ground(now: datetime) -> Ground:
    return lay(now)


@pytest.fixture
def heard() -> Iterator[list[dict[str, Any]]]:
    """What the ground told its listeners."""
    told: list[dict[str, Any]] = []

    def listen(**what: Any) -> None:
        told.append(what)

    changed.connect(listen)
    yield told
    changed.disconnect(listen)


# --- the ladder ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", [found.key for found in ladders()])
def test_every_shipped_ladder_can_be_built_down_to_where_cases_land(key: str, now: datetime) -> None:
    tiers = install_ladder(key, actor=None, now=now)
    assert [tier for tier in tiers if tier.is_settling] == [queries.settling_tier()]
    assert all(tier.label and tier.label_en and tier.head_label and tier.head_label_en for tier in tiers)
    first = {"county": "320508000000", "town": "320508101000", "community": "320508101001"}[tiers[0].code_segment]
    parent: Node | None = None
    for tier in tiers:
        code = first if parent is None else None
        parent = create_node(tier=tier, parent=parent, name=tier.label, actor=None, now=now, code=code)
    assert parent is not None
    assert len(parent.code) == 18
    assert [node.tier_id for node in queries.breadcrumb(parent)] == [tier.pk for tier in tiers]


def test_the_five_practices_ship() -> None:
    keys = {"flat", "co-creation", "leaf-veins", "nanyang", "guangming"}
    assert {found.key for found in ladders()} == keys


def test_a_ladder_can_be_put_in_again_or_changed_only_before_nodes_stand_on_it(now: datetime) -> None:
    first = install_ladder("leaf-veins", actor=None, now=now)
    assert install_ladder("leaf-veins", actor=None, now=now) == first
    install_ladder("flat", actor=None, now=now)
    assert [tier.key for tier in queries.tiers()] == ["community", "estate", "building"]
    create_node(tier=Tier.objects.get(depth=0), parent=None, name="和园社区", code="320508101001", actor=None, now=now)
    with pytest.raises(Refused) as refused:
        install_ladder("leaf-veins", actor=None, now=now)
    assert refused.value.code == "ladder-in-use"


def test_an_unknown_ladder_names_the_known_ones(now: datetime) -> None:
    with pytest.raises(Absent, match="leaf-veins"):
        install_ladder("s9", actor=None, now=now)


def test_before_the_ground_is_laid_the_answers_say_so() -> None:
    assert not queries.has_town()
    with pytest.raises(Refused, match="总网格"):
        queries.town()
    with pytest.raises(Refused, match="层级"):
        queries.settling_tier()


# --- opening -------------------------------------------------------------------------------------------------------


def test_codes_and_paths_follow_the_tree(ground: Ground) -> None:
    east, grid = ground.villages[0], ground.grids[1]
    assert (east.code, grid.code) == ("320508101001", "320508101001100002")
    assert grid.path.startswith(east.path) and east.path.startswith(ground.town.path)
    assert [node.pk for node in queries.ancestors(grid)] == [ground.town.pk, east.pk]
    assert list(queries.children(east)) == ground.grids[:3]
    assert queries.town() == queries.town_of(grid) == ground.town


@pytest.mark.parametrize("code", ["12345", "3205081010010000019", "0" * 18, "三二〇五〇八一〇一〇〇一"])
def test_a_code_of_no_known_form_is_refused(ground: Ground, code: str) -> None:
    with pytest.raises(Refused) as refused:
        ground.node("micro-grid", ground.villages[0], "新格", code=code)
    assert (refused.value.code, refused.value.status) == ("bad-code", 422)


def test_a_code_is_never_given_twice_not_even_after_its_node_closed(ground: Ground) -> None:
    last = ground.grids[2]
    close_node(last, actor=None, now=ground.now)
    assert ground.node("micro-grid", ground.villages[0], "新格").code == "320508101001100004"
    with pytest.raises(Refused) as refused:
        ground.node("micro-grid", ground.villages[0], "旧码", code=last.code)
    assert refused.value.code == "code-taken"


def test_the_tree_keeps_its_order(ground: Ground) -> None:
    for tier, parent in (("village", ground.grids[0]), ("micro-grid", ground.grids[0]), ("village", None)):
        with pytest.raises(Refused) as refused:
            ground.node(tier, parent, "错位", code="320508101099")
        assert refused.value.code == "wrong-tier"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": " \n\t"}, "missing"),
        ({"name": "长" * 81}, "too-long"),
        ({"households": -1}, "bad-count"),
        ({"lon": 31.3, "lat": 120.6}, "bad-point"),
        ({"lon": 120.6}, "bad-point"),
        ({"lon": float("nan"), "lat": 31.3}, "bad-point"),
        ({"valid_from": date(2030, 1, 1)}, "future-date"),
        ({"valid_from": date(2020, 1, 1)}, "date-before-start"),
    ],
)
def test_what_a_node_can_not_be(ground: Ground, more: dict[str, Any], code: str) -> None:
    given = {"name": "新格", **more}
    with pytest.raises(Refused) as refused:
        ground.node("micro-grid", ground.villages[0], given.pop("name"), **given)
    assert refused.value.code == code
    assert refused.value.status == 422 and refused.value.fields


def test_dedicated_nodes_bear_it_in_their_code(ground: Ground) -> None:
    school = ground.node("micro-grid", ground.villages[0], "实验小学", kind=NodeKind.DEDICATED)
    assert school.code == "320508101001200001"


def test_every_write_is_told_to_the_listeners(ground: Ground, heard: list[dict[str, Any]]) -> None:
    rename_node(ground.grids[0], "梧桐里", actor=ground.town, now=ground.now)
    (told,) = heard
    assert (told["verb"], told["actor"], told["now"]) == ("rename_node", ground.town, ground.now)
    assert (told["before"]["name"], told["after"]["name"]) == ("东湖第1微网格", "梧桐里")


# --- names and descriptions ----------------------------------------------------------------------------------------


def test_a_former_name_is_known_with_its_days(ground: Ground) -> None:
    grid, day = ground.grids[0], date(2025, 5, 1)
    renamed = rename_node(grid, "梧桐里", name_en="Wutong Lane", actor=None, now=ground.now, on=day)
    assert (renamed.name, renamed.name_en) == ("梧桐里", "Wutong Lane")
    assert queries.name_on(renamed, day - timedelta(days=1)) == "东湖第1微网格"
    assert queries.name_on(renamed, day) == "梧桐里"
    again = rename_node(renamed, "梧桐苑", actor=None, now=ground.now)
    assert queries.name_on(again, day) == "梧桐里"
    with pytest.raises(Refused) as refused:
        rename_node(again, "梧桐园", actor=None, now=ground.now, on=day)
    assert refused.value.code == "date-before-start"


def test_a_description_is_edited_in_place(ground: Ground) -> None:
    described = describe_node(ground.grids[0], households=66, public_text="1-6 栋", actor=None, now=ground.now)
    described.refresh_from_db()
    assert (described.households, described.public_text, described.name) == (66, "1-6 栋", "东湖第1微网格")


def test_household_warnings_never_refuse(ground: Ground) -> None:
    warned = [(found.node.pk, found.doubt.value) for found in queries.size_warnings([ground.town.path])]
    assert warned == [(ground.grids[3].pk, "too-many")]


# --- boundaries ----------------------------------------------------------------------------------------------------


def test_a_boundary_in_the_map_makers_system_lands_where_it_is(ground: Ground) -> None:
    corners = square(1)["coordinates"][0]
    shifted = {"type": "Polygon", "coordinates": [[from_wgs84(lon, lat, "GCJ02") for lon, lat in corners]]}
    drawn = set_boundary(ground.grids[1], shifted, crs="GCJ02", actor=None, now=ground.now)
    lon, lat = middle(1)
    assert (drawn.lon, drawn.lat) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))


def test_a_boundary_in_survey_metres_is_taken_by_the_zone_s_name(ground: Ground) -> None:
    corners = square(1)["coordinates"][0]
    metres = {"type": "Polygon", "coordinates": [[from_wgs84(lon, lat, "EPSG:4549") for lon, lat in corners]]}
    drawn = set_boundary(ground.grids[1], metres, crs="EPSG:4549", actor=None, now=ground.now)
    lon, lat = middle(1)
    assert (drawn.lon, drawn.lat) == (pytest.approx(lon, abs=1e-6), pytest.approx(lat, abs=1e-6))


def ring(*corners: tuple[float, float]) -> dict[str, Any]:
    """A polygon of these corners."""
    return {"type": "Polygon", "coordinates": [[*corners, corners[0]]]}


BOWTIE = ring((120.6, 31.3), (120.602, 31.302), (120.602, 31.3), (120.6, 31.302))
SWAPPED = ring((31.3, 120.6), (31.4, 120.6), (31.4, 120.7))
POINT = ring((120.6, 31.3), (120.6, 31.3), (120.6, 31.3))
UNKNOWN = ring((float("nan"), 31.3), (120.7, 31.3), (120.7, 31.4))


@pytest.mark.parametrize(
    ("geometry", "crs", "code", "says"),
    [
        (BOWTIE, "WGS84", "bad-boundary", "120.601"),
        ({"type": "Point", "coordinates": [120.6, 31.3]}, "WGS84", "bad-boundary", "面"),
        ({"type": "Polygon", "coordinates": []}, "WGS84", "bad-boundary", "空"),
        (SWAPPED, "WGS84", "bad-boundary", "经度"),
        (POINT, "WGS84", "bad-boundary", "边界"),
        ({"type": "Polygon", "coordinates": "x"}, "WGS84", "bad-boundary", "GeoJSON"),
        ("{不是 JSON", "WGS84", "bad-boundary", "GeoJSON"),
        ("[" * 5000, "WGS84", "bad-boundary", "GeoJSON"),
        ([1], "WGS84", "bad-boundary", "GeoJSON"),
        (UNKNOWN, "WGS84", "bad-boundary", "边界"),
        (square(0), "火星坐标", "bad-crs", "坐标系"),
        (square(0), "EPSG:999999", "bad-crs", "坐标系"),
    ],
)  # fmt: skip
def test_a_boundary_that_is_none_is_refused_in_words(
    ground: Ground, geometry: Any, crs: str, code: str, says: str
) -> None:
    before = bytes(ground.grids[0].boundary or b"")
    with pytest.raises(Refused, match=says) as refused:
        set_boundary(ground.grids[0], geometry, crs=crs, actor=None, now=ground.now)
    assert (refused.value.code, refused.value.status) == (code, 422)
    assert bytes(Node.objects.get(pk=ground.grids[0].pk).boundary or b"") == before


# --- closing, moving, redrawing ------------------------------------------------------------------------------------


def test_a_node_in_use_is_not_closed_and_says_what_stands_there(ground: Ground) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    add_building(ground.grids[0], "1栋", estate=estate, actor=None, now=ground.now)
    with pytest.raises(Refused, match=r"小区 1、楼栋 1") as refused:
        close_node(ground.grids[0], actor=None, now=ground.now)
    assert refused.value.code == "node-in-use"
    with pytest.raises(Refused, match="下级网格 3"):
        close_node(ground.villages[0], actor=None, now=ground.now)


def test_nodes_are_closed_never_deleted(ground: Ground) -> None:
    closed = close_node(ground.grids[2], actor=None, now=ground.now, on=date(2025, 6, 1))
    assert closed not in queries.nodes_in([ground.town.path])
    assert closed in queries.nodes_in([ground.town.path], on=date(2025, 5, 31))
    assert closed not in queries.nodes_in([ground.town.path], on=date(2025, 6, 1))
    assert queries.node_for([ground.town.path], closed.pk) == closed
    with pytest.raises(ProtectedError):
        ground.villages[0].delete()


@pytest.mark.parametrize("change", [rename_node, move_node, close_node, set_boundary, describe_node])
def test_a_closed_node_takes_no_change(ground: Ground, change: Any) -> None:
    closed = close_node(ground.grids[2], actor=None, now=ground.now)
    more = {rename_node: ["新名"], move_node: [ground.villages[1]], set_boundary: [square(2)]}.get(change, [])
    with pytest.raises(Refused) as refused:
        change(closed, *more, actor=None, now=ground.now)
    assert refused.value.code == "node-closed"


@pytest.mark.parametrize(("on", "code"), [(date(2026, 3, 5), "future-date"), (date(2023, 12, 31), "date-before-start")])
def test_a_change_takes_effect_today_or_before_but_after_the_start(ground: Ground, on: date, code: str) -> None:
    with pytest.raises(Refused) as refused:
        close_node(ground.grids[2], actor=None, now=ground.now, on=on)
    assert refused.value.code == code


def test_a_merged_node_hands_everything_to_its_successor(ground: Ground) -> None:
    kept, merged = ground.grids[0], ground.grids[1]
    estate = add_estate(merged, "阳光花园", actor=None, now=ground.now)
    building = add_building(merged, "1栋", estate=estate, actor=None, now=ground.now)
    door = make_door(merged, building=building, actor=None, now=ground.now)
    close_node(merged, into=[kept], actor=None, now=ground.now)
    building.refresh_from_db()
    assert building.node == kept
    assert queries.successors(merged) == [kept]
    found = queries.door_named(door.token)
    assert found is not None and found.node == kept
    assert queries.node_for([ground.town.path], merged.code) == kept


def test_a_split_node_is_followed_by_all_its_parts(ground: Ground) -> None:
    whole = ground.grids[0]
    building = add_building(whole, "1栋", actor=None, now=ground.now)
    parts = [ground.node("micro-grid", ground.villages[0], name) for name in ("南片", "北片")]
    with pytest.raises(Refused, match="楼栋 1"):
        close_node(whole, into=parts, actor=None, now=ground.now)
    move_building(building, parts[0], actor=None, now=ground.now)
    close_node(whole, into=parts, actor=None, now=ground.now)
    assert queries.successors(whole) == parts
    assert queries.node_for([ground.town.path], whole.code) == whole


def test_a_moved_subtree_opens_anew_and_the_old_one_stays_for_what_happened(ground: Ground) -> None:
    east, west = ground.villages
    grid, day = ground.grids[0], date(2025, 9, 1)
    add_node_alias(grid, "JN-370102-6", kind=AliasKind.CODE, actor=None, now=ground.now)
    building = add_building(grid, "1栋", actor=None, now=ground.now)
    moved = move_node(grid, west, actor=None, now=ground.now, on=day)
    assert moved.code == "320508101002100002"
    assert moved.path.startswith(west.path)
    assert (moved.name, moved.households, moved.valid_from, moved.lon) == (grid.name, 50, day, grid.lon)
    grid.refresh_from_db()
    assert (grid.valid_to, grid.code, grid.path.startswith(east.path)) == (day, "320508101001100001", True)
    building.refresh_from_db()
    assert building.node == moved
    reach = [ground.town.path]
    assert queries.node_for(reach, grid.code) == queries.node_for(reach, "JN-370102-6") == moved
    assert grid in queries.nodes_in([east.path], on=date(2025, 8, 31))
    assert moved not in queries.nodes_in(reach, on=date(2025, 8, 31))


def test_a_village_moves_with_all_its_micro_grids(now: datetime) -> None:
    install_ladder("co-creation", actor=None, now=now)
    tier = {found.key: found for found in Tier.objects.all()}

    def opened(key: str, parent: Node | None, name: str, code: str | None = None) -> Node:
        return create_node(tier=tier[key], parent=parent, name=name, code=code, actor=None, now=now)

    district = opened("district", None, "姑苏区", "320508000000")
    streets = [opened("street", district, name) for name in ("沧浪街道", "平江街道")]
    community = opened("community", streets[0], "和园社区")
    estate = opened("estate", community, "阳光花园")
    micro = opened("micro-grid", estate, "1号微格")
    moved = move_node(community, streets[1], actor=None, now=now)
    below = list(queries.nodes_in([moved.path]))
    assert [node.name for node in below] == ["和园社区", "阳光花园", "1号微格"]
    assert all(node.code.startswith("320508002001") for node in below)
    assert [node.name for node in queries.breadcrumb(below[-1])] == [
        "姑苏区",
        "平江街道",
        "和园社区",
        "阳光花园",
        "1号微格",
    ]
    assert queries.successors(micro) == [below[-1]]
    assert not queries.nodes_in([streets[0].path]).exclude(pk=streets[0].pk).exists()


def test_where_a_node_can_not_go(ground: Ground) -> None:
    east, grid = ground.villages[0], ground.grids[0]
    for node, parent, code in (
        (east, grid, "own-descendant"), (east, east, "own-descendant"), (grid, east, "same-parent"),
        (east, ground.villages[1], "wrong-tier"),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            move_node(node, parent, actor=None, now=ground.now)
        assert refused.value.code == code
    assert Node.objects.filter(valid_to__isnull=True).count() == 7


def test_a_redrawn_node_is_another_one_on_other_ground(ground: Ground) -> None:
    old = ground.grids[2]
    add_building(old, "1栋", actor=None, now=ground.now)
    new = redraw_node(old, square(2, wide=2), actor=None, now=ground.now, on=date(2026, 2, 1))
    assert (new.name, new.parent_id, new.code) == (old.name, old.parent_id, "320508101001100004")
    assert new.max_lon == pytest.approx(120.608)
    assert queries.successors(old) == [new]
    assert [building.node_id for building in queries.buildings_in([new.path])] == [new.pk]
    with pytest.raises(Refused):
        redraw_node(ground.town, square(0), actor=None, now=ground.now)


def test_successors_are_followed_through_every_change(ground: Ground) -> None:
    first = ground.grids[0]
    second = redraw_node(first, square(0, 1), actor=None, now=ground.now)
    third = move_node(second, ground.villages[1], actor=None, now=ground.now)
    assert queries.successors(first) == [third]
    assert queries.node_for([ground.town.path], first.code) == third


# --- who may see what ----------------------------------------------------------------------------------------------


def test_absent_and_out_of_reach_are_answered_alike(ground: Ground) -> None:
    reach = [ground.villages[0].path]
    assert queries.node_for(reach, ground.grids[0].code) == ground.grids[0]
    for key in (ground.grids[3].pk, ground.grids[3].code, 99_999_999, "nowhere"):
        with pytest.raises(Absent):
            queries.node_for(reach, key)
    with pytest.raises(Absent):
        queries.node_for([], ground.grids[0].pk)


def test_reach_is_a_set_of_subtrees(ground: Ground) -> None:
    reach = [ground.grids[0].path, ground.villages[1].path, ground.grids[3].path]
    assert list(queries.nodes_in(reach)) == [ground.grids[0], ground.villages[1], ground.grids[3]]
    assert list(queries.nodes_in(reach, tier="micro-grid")) == [ground.grids[0], ground.grids[3]]
    assert not queries.nodes_in([]).exists()
    assert queries.paths_of([*ground.grids[:2], ground.villages[0]]) == [ground.villages[0].path]


def test_the_settling_node_of_any_node(ground: Ground) -> None:
    assert queries.settling_node(ground.grids[0]) == ground.grids[0]
    assert queries.settling_node(ground.villages[1]) == ground.grids[3]
    assert queries.settling_node(ground.villages[0]) is None
    assert list(queries.settling_nodes(ground.villages[0].path)) == ground.grids[:3]


def test_a_foreign_code_stands_for_one_node_only(ground: Ground) -> None:
    add_node_alias(ground.grids[0], "370102013006008", kind=AliasKind.CODE, actor=None, now=ground.now)
    for code in ("370102013006008", ground.grids[0].code):
        with pytest.raises(Refused) as refused:
            add_node_alias(ground.grids[1], code, kind=AliasKind.CODE, actor=None, now=ground.now)
        assert refused.value.code == "code-taken"


# --- the board -----------------------------------------------------------------------------------------------------


def test_the_public_board_states_area_duties_and_numbers(ground: Ground) -> None:
    grid = describe_node(ground.grids[0], public_text="阳光花园 1-2 栋", actor=None, now=ground.now)
    estate = add_estate(grid, "阳光花园", actor=None, now=ground.now)
    for name in ("1栋", "2栋"):
        add_building(grid, name, estate=estate, households=24, actor=None, now=ground.now)
    add_alias("老纺织厂宿舍", estate=estate, actor=None, now=ground.now)
    board = queries.board(grid)
    assert (board.public_text, board.households, board.buildings) == ("阳光花园 1-2 栋", 50, 2)
    assert (board.estates, board.building_names) == (["阳光花园"], ["阳光花园1栋", "阳光花园2栋"])
    assert [node.name for node in board.breadcrumb] == ["西塘镇", "东湖村", "东湖第1微网格"]
    whole = queries.board(ground.villages[0])
    assert (whole.buildings, whole.households, len(whole.children)) == (2, 48, 3)


def test_the_board_of_a_former_day_bears_the_former_name(ground: Ground) -> None:
    renamed = rename_node(ground.grids[0], "梧桐里", actor=None, now=ground.now, on=date(2025, 5, 1))
    assert queries.board(renamed, on=STARTED).name == "东湖第1微网格"
    assert queries.board(renamed).name == "梧桐里"


def test_the_database_itself_refuses_a_node_that_ends_before_it_began(ground: Ground) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Node.objects.filter(pk=ground.grids[0].pk).update(valid_to=date(2020, 1, 1))
