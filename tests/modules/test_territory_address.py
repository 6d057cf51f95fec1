"""Address words: found in any spelling, never guessed, from an address book that follows every change."""

from datetime import datetime
from typing import Any

import pytest

from tests.modules.territory_ground import Ground, lay
from yemai.base.territory.actions import (
    BuildingDraft,
    add_alias,
    add_building,
    add_buildings,
    add_estate,
    end_building,
    move_building,
    move_node,
    rename_node,
)
from yemai.base.territory.address import RIGHT_BEHIND, AddressMatch, find_address
from yemai.base.territory.models import Building, Estate

pytestmark = pytest.mark.django_db
SURE = 0.6
"""What a caller takes without asking."""


class Town:
    """阳光花园 over two micro-grids, its namesake in the other village, a courtyard by road number, lone buildings."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.now = ground, ground.now
        east, far = ground.grids[0], ground.grids[3]
        self.estate = self.add_estate(east, "阳光花园", "老纺织厂宿舍")
        names = ["1栋", "2栋", "三号楼", "12-1栋", "A座", "物业楼", "3A栋"]
        self.buildings = {
            name: self.add(east, name, self.estate, entrances=("1单元", "二单元", "东单元")) for name in names
        }
        self.buildings["5栋"] = self.add(ground.grids[1], "5栋", self.estate)
        self.second = self.add_estate(east, "阳光花园二期")
        self.buildings["二期3栋"] = self.add(east, "3栋", self.second)
        self.harmony = self.add_estate(east, "和谐家园小区")
        self.buildings["和谐8栋"] = self.add(east, "8栋", self.harmony)
        self.twins = [self.add_estate(node, "东风新村") for node in (east, far)]
        for twin, node in zip(self.twins, (east, far), strict=True):
            self.add(node, "1栋", twin)
        self.only_far = self.add(far, "17栋", self.twins[1])
        self.parted = self.add_estate(far, "锦绣苑")
        self.parts = [self.add(far, name, self.parted) for name in ("东区3栋", "西区3栋", "东区4栋")]
        self.door = self.add(east, "人民路12号")
        self.yard = [self.add(far, f"八一路8号{number}栋") for number in (1, 2)]
        self.tower = self.add(east, "锦绣大厦A座")
        self.farm = self.add(ground.grids[1], "7号")
        self.court = self.add_estate(far, "供电局家属院", "解放路三十号院")
        self.add(far, "1栋", self.court)

    def add(self, node: Any, name: str, estate: Estate | None = None, entrances: tuple[str, ...] = ()) -> Building:
        return add_building(node, name, estate=estate, entrances=entrances, actor=None, now=self.now)

    def add_estate(self, node: Any, name: str, *aliases: str) -> Estate:
        return add_estate(node, name, aliases=aliases, actor=None, now=self.now)


@pytest.fixture
def town(now: datetime) -> Town:
    return Town(lay(now))


def sure(text: str, within_path: str | None = None) -> AddressMatch | None:
    """The match a caller would take without asking."""
    found = find_address(text, within_path)
    return found[0] if found and found[0].confidence >= SURE else None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("阳光花园3栋", "三号楼"), ("阳光花园三号楼", "三号楼"), ("阳光花园3#", "三号楼"), ("阳光花园3幢", "三号楼"),
        ("阳光花园３栋", "三号楼"), ("阳光花园 3 栋", "三号楼"), ("阳光花园第三栋", "三号楼"), ("阳光花园三栋",
        "三号楼"),
        ("阳光花园小区3号楼", "三号楼"), ("阳光花园，3号楼", "三号楼"), ("阳光花园#3楼", "三号楼"), ("阳光花园(3栋)",
        "三号楼"),
        ("阳光花园3-2-501", "三号楼"), ("阳光花园3-501", "三号楼"), ("阳光花园3栋楼下垃圾", "三号楼"), ("阳光花园3棟",
        "三号楼"),
        ("阳光花园12-1栋", "12-1栋"), ("阳光花园十二-1栋", "12-1栋"), ("阳光花园a座", "A座"), ("阳光花园Ａ栋", "A座"),
        ("阳光花园3a栋", "3A栋"),
        ("阳光花园物业楼", "物业楼"), ("老纺织厂宿舍2栋", "2栋"), ("阳光花园二期3栋", "二期3栋"), ("阳光花园2期3栋",
        "二期3栋"),
        ("和谐家园8栋", "和谐8栋"), ("和谐家园小区8栋", "和谐8栋"), ("我住在阳光花园的2栋，楼上漏水", "2栋"),
        ("阳光花园业主，昨天晚上2号楼后面有人烧垃圾", "2栋"), ("阳光花园5栋", "5栋"),
    ],
)  # fmt: skip
def test_one_building_in_every_spelling(town: Town, text: str, name: str) -> None:
    found, building = sure(text), town.buildings[name]
    assert found is not None
    assert (found.building_id, found.node_id, found.estate_id) == (building.pk, building.node_id, building.estate_id)


@pytest.mark.parametrize(
    ("text", "words", "unit"),
    [
        ("阳光花园3栋2单元501漏水", "阳光花园3栋2单元", "二单元"), ("阳光花园3栋二单元", "阳光花园3栋二单元", "二单元"),
        ("阳光花园３号楼　东单元", "阳光花园３号楼　东单元", "东单元"), ("阳光花园3-1-501", "阳光花园3-1-501", "1单元"),
        ("阳光花园3栋9单元", "阳光花园3栋", None), ("阳光花园3栋。2单元的人说", "阳光花园3栋", None),
        ("阳光花园 3 栋的垃圾", "阳光花园 3 栋", None),
    ],
)  # fmt: skip
def test_the_unit_and_the_words_as_they_were_written(town: Town, text: str, words: str, unit: str | None) -> None:
    found = sure(text)
    assert found is not None and found.words == words
    building = town.buildings["三号楼"]
    expected = building.entrances.get(name=unit).pk if unit else None
    assert (found.building_id, found.entrance_id) == (building.pk, expected)


def test_roads_with_door_numbers(town: Town) -> None:
    for text in ("人民路12号门口", "人民路十二号", "人民路 12 号院", "在人民路１２号"):
        found = sure(text)
        assert found is not None and found.building_id == town.door.pk, text
    found = sure("八一路8号2栋")
    assert found is not None and found.building_id == town.yard[1].pk
    found = sure("解放路30号院")
    assert found is not None and found.estate_id == town.court.pk
    found = sure("锦绣大厦A座")
    assert found is not None and found.building_id == town.tower.pk


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "垃圾没人收",
        "月亮路9号",
        "人民路13号",
        "人民路12号线",
        "人民路",
        "人民路112号",
        "幸福里3栋",
        "3栋",
        "😀" * 50,
        "\x00\n",
    ],
)
def test_addresses_of_nowhere_name_nothing(town: Town, text: str) -> None:
    assert find_address(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("杨光花园3栋", "三号楼"), ("阳光华园三号楼楼下", "三号楼"), ("我住在阳广花园2栋", "2栋"), ("阳花园2栋", "2栋"),
        ("阳光花花园2栋", "2栋"), ("阳光园花2栋", "2栋"), ("和谐佳园8栋", "和谐8栋"), ("锦秀大厦A座", None), ("2栋，阳光花园", "2栋"),
        ("老纺只厂宿舍2栋", "2栋"),
    ],
)  # fmt: skip
def test_a_name_that_is_misspelt_is_known_by_its_sound_or_its_other_characters(
    town: Town, text: str, name: str | None
) -> None:
    found = sure(text)
    assert found is not None and found.confidence < RIGHT_BEHIND
    assert found.building_id == (town.buildings[name].pk if name else town.tower.pk)


@pytest.mark.parametrize(
    "text", ["人民路13号2栋", "东方新村17栋", "解放路四十号院1栋", "洋光3栋", "阳光花园11栋旁的杨光"]
)
def test_what_tells_places_apart_is_no_slip(town: Town, text: str) -> None:
    assert sure(text) is None


def test_a_road_number_is_not_another_one_s_beginning(town: Town) -> None:
    assert find_address("人民路12号楼") == []
    assert find_address("人民路12-3号") == []


@pytest.mark.parametrize(
    "text",
    [
        "阳光花园对面3栋", "阳光花园旁边的工地", "阳光花园三期3栋", "阳光花园3号停水",
        "阳光花园9栋旁边就是和谐家园小区",
        "从阳光花园5栋走到锦绣大厦A座", "阳光花园有几栋楼。垃圾没人收。2栋",
    ],
)  # fmt: skip
def test_what_only_may_be_is_a_candidate(town: Town, text: str) -> None:
    found = find_address(text)
    assert found
    assert all(one.confidence < SURE for one in found if one.building_id)
    best = sure(text)
    assert best is None or best.building_id is None


def test_a_name_two_estates_bear_is_not_guessed(town: Town) -> None:
    found = find_address("东风新村1栋")
    assert {one.estate_id for one in found} == {twin.pk for twin in town.twins}
    assert max(one.confidence for one in found) < SURE


def test_the_named_village_or_the_only_one_with_that_building_decides(town: Town) -> None:
    far = town.ground.grids[3]
    for text in ("西湖村东风新村1栋", "东风新村17栋", "东风新村1栋（西湖村）"):
        found = sure(text)
        assert found is not None and found.node_id == far.pk, text
    within = sure("东风新村1栋", within_path=town.ground.villages[1].path)
    assert within is not None and within.node_id == far.pk
    assert find_address("阳光花园3栋", within_path=town.ground.villages[1].path) == []


@pytest.mark.parametrize("text", ["辉煌阳光花园3栋", "新人民路12号", "大和谐家园停水"])
def test_the_tail_of_a_longer_name_is_only_a_candidate(town: Town, text: str) -> None:
    assert find_address(text)
    assert sure(text) is None


@pytest.mark.parametrize(
    "before", ["西塘", "西塘镇", "东湖村", "东湖", "反映：", "昨晚", "（", "A7县", "住户投诉", "人民路12号"]
)
def test_what_a_name_commonly_follows_does_not_make_it_doubtful(town: Town, before: str) -> None:
    found = sure(f"{before}阳光花园3栋")
    assert found is not None and found.node_id == town.ground.grids[0].pk


def test_parts_of_an_estate_are_told_apart(town: Town) -> None:
    east3, west3, east4 = town.parts
    for text, building in (("锦绣苑东区3栋", east3), ("锦绣苑西区三号楼", west3), ("锦绣苑4栋", east4)):
        found = sure(text)
        assert found is not None and found.building_id == building.pk, text
    plain = find_address("锦绣苑3栋")
    assert {one.building_id for one in plain if one.building_id} == {east3.pk, west3.pk}
    assert all(one.confidence < SURE for one in plain if one.building_id)


def test_several_buildings_of_one_micro_grid_place_it_but_name_none(town: Town) -> None:
    found = find_address("阳光花园1、2栋停电")
    assert (found[0].node_id, found[0].building_id) == (town.ground.grids[0].pk, None)
    assert found[0].confidence >= SURE
    assert {one.building_id for one in found[1:]} == {town.buildings["1栋"].pk, town.buildings["2栋"].pk}
    across = find_address("阳光花园1栋和5栋停电")
    assert across[0].confidence < SURE


def test_an_estate_alone_is_placed_only_when_it_lies_in_one_micro_grid(town: Town) -> None:
    small = sure("和谐家园停水了")
    assert small is not None
    assert (small.node_id, small.building_id, small.estate_id) == (town.ground.grids[0].pk, None, town.harmony.pk)
    assert sure("阳光花园停水了") is None
    (wide,) = find_address("阳光花园停水了")
    assert (wide.node_id, wide.estate_id) == (town.ground.villages[0].pk, town.estate.pk)


def test_a_building_the_estate_does_not_have_leaves_the_estate(town: Town) -> None:
    found = sure("和谐家园99栋")
    assert found is not None and (found.estate_id, found.building_id) == (town.harmony.pk, None)


def test_micro_grids_and_villages_by_name(town: Town) -> None:
    for text in ("东湖第2微网格", "东湖第二微网格垃圾"):
        found = sure(text)
        assert found is not None and found.node_id == town.ground.grids[1].pk
    (village,) = find_address("东湖村的路灯坏了")
    assert village.node_id == town.ground.villages[0].pk and village.confidence < SURE
    found = sure("东湖村7号")
    assert found is not None and found.building_id == town.farm.pk


def test_the_book_follows_every_change(town: Town) -> None:
    grid, now = town.ground.grids[1], town.now
    two = town.buildings["2栋"]
    move_building(two, grid, actor=None, now=now)
    found = sure("阳光花园2栋")
    assert found is not None and found.node_id == grid.pk
    end_building(two, actor=None, now=now)
    assert all(one.building_id != two.pk for one in find_address("阳光花园2栋"))
    add_alias("向阳院", estate=town.estate, actor=None, now=now)
    assert find_address("向阳院1栋")[0].building_id == town.buildings["1栋"].pk
    moved = move_node(town.ground.grids[0], town.ground.villages[1], actor=None, now=now)
    found = sure("阳光花园1栋")
    assert found is not None and found.node_id == moved.pk
    rename_node(moved, "梧桐里", actor=None, now=now)
    found = sure("梧桐里停电")
    assert found is not None and found.node_id == moved.pk


def test_a_text_of_twenty_thousand_characters_is_read(town: Town) -> None:
    text = "投诉噪音，" * 3990 + "阳光花园3栋"
    found = sure(text)
    assert found is not None and found.building_id == town.buildings["三号楼"].pk
    assert find_address("一二三四五" * 4000 + "-" * 2000) == []
    assert find_address("阳光花园" * 5000)


def test_many_buildings_are_read_in_a_few_questions(town: Town, django_assert_max_num_queries: Any) -> None:
    drafts = [BuildingDraft(town.ground.grids[0], f"{number}栋", estate=town.harmony) for number in range(100, 400)]
    add_buildings(drafts, actor=None, now=town.now)
    with django_assert_max_num_queries(6):
        assert sure("和谐家园321栋") is not None
    with django_assert_max_num_queries(1):
        find_address("和谐家园322栋")


def test_a_name_at_the_very_end_of_a_text_is_read_to_its_end(town: Town) -> None:
    """Names of several lengths share a beginning; the text may end inside the longer one."""
    assert [match.words for match in find_address("我 住 在 阳光花园")] == ["阳光花园"]
