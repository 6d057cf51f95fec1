"""Estates, buildings, entrances, aliases, doors, and the map they are drawn on."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.modules.territory_ground import SIDE, SOUTH, WEST, Ground, lay, middle, square
from yemai.base.territory import queries
from yemai.base.territory.actions import (
    BuildingDraft,
    add_alias,
    add_building,
    add_buildings,
    add_entrance,
    add_estate,
    close_node,
    end_building,
    end_estate,
    make_door,
    move_building,
    revoke_door,
)
from yemai.base.territory.map import bounds_of, building_features, features_for, labels_for
from yemai.base.territory.models import Building, Estate
from yemai.kernel.refusals import Refused

pytestmark = pytest.mark.django_db
EVERYWHERE = (WEST - 1, SOUTH - 1, WEST + 1, SOUTH + 1)


@pytest.fixture
def ground(now: datetime) -> Ground:
    return lay(now)


# --- writes --------------------------------------------------------------------------------------------------------


def test_an_estate_widens_to_hold_its_buildings(ground: Ground) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    add_building(ground.grids[1], "2栋", estate=estate, actor=None, now=ground.now)
    estate.refresh_from_db()
    assert estate.node == ground.villages[0]
    assert list(queries.estates_in([ground.villages[0].path])) == [estate]
    assert not queries.estates_in([ground.grids[0].path]).exists()


def test_buildings_come_all_or_none(ground: Ground) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    drafts = [BuildingDraft(ground.grids[0], name, estate=estate) for name in ("1栋", "2栋", "1栋")]
    with pytest.raises(Refused) as refused:
        add_buildings(drafts, actor=None, now=ground.now)
    assert refused.value.code == "name-taken"
    assert not Building.objects.exists()
    made = add_buildings(drafts[:2], actor=None, now=ground.now)
    assert [building.name for building in made] == ["1栋", "2栋"]


def test_a_footprint_gives_the_point_and_is_kept(ground: Ground) -> None:
    building = add_building(
        ground.grids[0], "1栋", footprint=square(0), actor=None, now=ground.now, entrances=("1单元",)
    )
    assert (building.lon, building.lat) == pytest.approx(middle(0))
    assert [entrance.name for entrance in building.entrances.all()] == ["1单元"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"name": ""}, "missing"),
        ({"households": -5}, "bad-count"),
        ({"floors": 3000}, "bad-count"),
        ({"lon": 31.3, "lat": 120.6}, "bad-point"),
        ({"footprint": {"type": "LineString", "coordinates": [[120.6, 31.3], [120.7, 31.3]]}}, "bad-boundary"),
        ({"code": "B-7"}, "code-taken"),
        ({"name": "7栋", "in_estate": True}, "name-taken"),
    ],
)
def test_what_a_building_can_not_be(ground: Ground, more: dict[str, Any], code: str) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    add_building(ground.grids[0], "7栋", estate=estate, code="B-7", actor=None, now=ground.now)
    given = {"name": "8栋", "estate": estate if more.pop("in_estate", False) else None, **more}
    with pytest.raises(Refused) as refused:
        add_building(ground.grids[0], given.pop("name"), actor=None, now=ground.now, **given)
    assert refused.value.code == code
    assert Building.objects.count() == 1


def test_nothing_is_built_on_closed_ground(ground: Ground) -> None:
    closed = close_node(ground.grids[2], actor=None, now=ground.now)
    for write in (lambda: add_estate(closed, "新村", actor=None, now=ground.now),
                  lambda: add_building(closed, "1栋", actor=None, now=ground.now),
                  lambda: make_door(closed, actor=None, now=ground.now)):  # fmt: skip
        with pytest.raises(Refused) as refused:
            write()
        assert refused.value.code == "node-closed"


def test_a_moved_building_takes_its_doors_along(ground: Ground) -> None:
    building = add_building(ground.grids[0], "1栋", actor=None, now=ground.now)
    door = make_door(ground.grids[0], building=building, actor=None, now=ground.now)
    move_building(building, ground.grids[1], actor=None, now=ground.now)
    found = queries.door_named(door.token)
    assert found is not None and found.node == ground.grids[1]


def test_struck_buildings_and_estates(ground: Ground) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    building = add_building(ground.grids[0], "1栋", estate=estate, actor=None, now=ground.now)
    door = make_door(ground.grids[0], building=building, actor=None, now=ground.now)
    with pytest.raises(Refused) as refused:
        end_estate(estate, actor=None, now=ground.now)
    assert refused.value.code == "estate-in-use"
    end_building(building, actor=None, now=ground.now)
    end_estate(estate, actor=None, now=ground.now)
    assert queries.door_named(door.token) is None
    assert not queries.buildings_in([ground.town.path]).exists()
    assert Building.objects.filter(pk=building.pk).exists()
    assert add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now) != estate


def test_saying_the_same_twice_changes_nothing(ground: Ground) -> None:
    building = add_building(ground.grids[0], "1栋", actor=None, now=ground.now)
    for _again in range(2):
        add_entrance(building, "2单元", actor=None, now=ground.now)
        add_alias("老供销社", building=building, actor=None, now=ground.now)
    assert (building.entrances.count(), building.aliases.count()) == (1, 1)


def test_an_estate_of_that_name_is_there_already(ground: Ground) -> None:
    add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    with pytest.raises(Refused) as refused:
        add_estate(ground.grids[0], " 阳光花园 ", actor=None, now=ground.now)
    assert refused.value.code == "name-taken"
    assert Estate.objects.count() == 1


@pytest.mark.parametrize("text", ["东", " 东 "])
def test_an_alias_of_one_character_would_match_everywhere(ground: Ground, text: str) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    with pytest.raises(Refused) as refused:
        add_alias(text, estate=estate, actor=None, now=ground.now)
    assert refused.value.code == "too-short"


# --- doors ---------------------------------------------------------------------------------------------------------


def test_a_door_is_known_by_its_token_until_it_is_revoked(ground: Ground) -> None:
    door = make_door(ground.grids[0], label="东门", actor=None, now=ground.now)
    assert len(door.token) >= 16
    assert queries.door_named(door.token) == door
    revoked = revoke_door(door, actor=None, now=ground.now)
    assert revoked.revoked_at == ground.now
    assert queries.door_named(door.token) is None


def test_another_town_s_token_opens_nothing(ground: Ground) -> None:
    assert queries.door_named("k3Jd0aZ_foreign1") is None
    assert queries.door_named("") is None


def test_a_door_is_put_where_its_building_stands(ground: Ground) -> None:
    building = add_building(ground.grids[0], "1栋", actor=None, now=ground.now)
    with pytest.raises(Refused) as refused:
        make_door(ground.grids[1], building=building, actor=None, now=ground.now)
    assert refused.value.code == "other-node"


# --- the map -------------------------------------------------------------------------------------------------------


def test_the_map_shows_what_is_in_reach_and_in_the_window(ground: Ground) -> None:
    shown = features_for([ground.villages[0].path], tier="micro-grid")
    assert [feature["properties"]["name"] for feature in shown["features"]] == [node.name for node in ground.grids[:3]]
    first = shown["features"][0]
    assert first["geometry"]["type"] == "Polygon"
    assert first["properties"]["label"] == pytest.approx(list(middle(0)), abs=1e-6)
    assert json.loads(json.dumps(shown)) == shown
    window = (WEST + 0.1 * SIDE, SOUTH, WEST + 0.2 * SIDE, SOUTH + SIDE)
    assert [feature["id"] for feature in features_for([ground.town.path], window)["features"]] == [ground.grids[0].pk]
    assert features_for([], EVERYWHERE)["features"] == []


def test_undrawn_nodes_are_listed_without_geometry(ground: Ground) -> None:
    shown = features_for([ground.town.path], tier="village")
    assert [feature["geometry"] for feature in shown["features"]] == [None, None]


def test_the_map_says_when_there_is_more(ground: Ground) -> None:
    assert features_for([ground.town.path], EVERYWHERE, most=3)["truncated"] is True
    shown = features_for([ground.town.path], EVERYWHERE, most=4)
    assert (shown["truncated"], len(shown["features"])) == (False, 4)


def test_buildings_by_footprint_or_point(ground: Ground) -> None:
    estate = add_estate(ground.grids[0], "阳光花园", actor=None, now=ground.now)
    add_building(ground.grids[0], "1栋", estate=estate, footprint=square(0), actor=None, now=ground.now)
    add_building(ground.grids[0], "2栋", estate=estate, lon=WEST, lat=SOUTH, actor=None, now=ground.now)
    add_building(ground.grids[0], "3栋", estate=estate, actor=None, now=ground.now)
    shown = building_features([ground.town.path], EVERYWHERE)["features"]
    assert [(feature["properties"]["name"], feature["geometry"]["type"]) for feature in shown] == [
        ("阳光花园1栋", "Polygon"),
        ("阳光花园2栋", "Point"),
    ]


def test_the_map_asks_the_same_few_questions_however_much_it_shows(ground: Ground) -> None:
    drafts = [BuildingDraft(ground.grids[0], f"{number}栋", lon=WEST, lat=SOUTH) for number in range(60)]
    add_buildings(drafts, actor=None, now=ground.now)
    for show in (features_for, building_features, labels_for):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            show([ground.town.path], EVERYWHERE)
        assert len(asked) == 1


def test_label_points_and_the_window_of_all(ground: Ground) -> None:
    shown = labels_for([ground.town.path], EVERYWHERE, "micro-grid")["features"]
    assert {feature["geometry"]["type"] for feature in shown} == {"Point"}
    assert bounds_of(ground.grids) == pytest.approx((WEST, SOUTH, WEST + 3 * SIDE, SOUTH + 11 * SIDE))
    assert bounds_of([ground.town]) is None
