"""How addresses are written: numerals, building numbers, units, roads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yemai.base.territory import address_words as words


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3), ("03", 3), ("三", 3), ("十", 10), ("十二", 12), ("二十", 20), ("二十三", 23), ("一百", 100),
        ("一百零二", 102), ("一百二十", 120), ("一〇二", 102), ("两百", 200), ("叁", 3), ("千", 1000), ("甲", None),
        ("", None), ("3a", None),
    ],
)  # fmt: skip
def test_numerals_in_any_form(text: str, number: int | None) -> None:
    assert words.number_of(text) == number


@given(st.integers(1, 99))
def test_both_spellings_of_a_numeral_are_found(number: int) -> None:
    spelled = words.spellings(f"阳光花园{number}期")
    assert len(spelled) == 2
    values = {words.number_of(name.removeprefix("阳光花园").removesuffix("期")) for name in spelled}
    assert values == {number}


@given(st.text(max_size=200))
def test_folding_keeps_the_way_back(text: str) -> None:
    folded = words.fold(text)
    assert folded.written(0, len(folded.text)).split() == text.split()
    assert not [char for char in folded.text if char.isspace() and char != "\n"]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("3栋", ["3"]), ("三号楼", ["3"]), ("3#", ["3"]), ("3幢", ["3"]), ("第三栋", ["3"]), ("十二栋", ["12"]),
        ("３栋", ["3"]), ("3 号 楼", ["3"]), ("Ａ座", ["a"]), ("A2栋", ["a2"]), ("3A栋", ["3a"]), ("甲楼", []),
        ("12-1栋", ["12-1"]), ("#3楼", ["3"]), ("3#楼", ["3"]), ("３＃", ["3"]), ("东区3栋", ["3"]),
        ("3、5栋", ["3", "5"]), ("3、5和7号楼", ["3", "5", "7"]), ("3楼", []), ("一座桥", []), ("3号线", []),
        ("5月3号楼", []),
        ("3号院", []), ("13号电梯", []), ("12345", []), ("1.5栋", []), ("３樓", []), ("3棟", ["3"]),
    ],
)  # fmt: skip
def test_building_numbers(text: str, keys: list[str]) -> None:
    assert [mention.key for mention in words.building_mentions(words.fold(text).text)] == keys


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("3栋", 1, 1),
        ("第三栋", 1, 1),
        ("三号楼", 1, 1),
        ("三栋", 0.7, 0.9),
        ("两栋楼", 0, 0.4),
        ("3号停水", 0, 0.6),
        ("3号", 1, 1),
    ],
)
def test_counts_and_dates_weigh_less(text: str, least: float, most: float) -> None:
    (mention,) = words.building_mentions(text)
    assert least <= mention.weight <= most


@pytest.mark.parametrize(
    ("name", "prefix", "part", "key"),
    [
        ("3", "", "", "3"), ("3栋", "", "", "3"), ("三号楼", "", "", "3"), ("阳光花园3#", "阳光花园", "", "3"),
        ("东区3栋", "", "东区", "3"), ("二期3栋", "", "2期", "3"), ("锦绣大厦a座", "锦绣大厦", "", "a"),
        ("商铺3栋", "商铺", "", "3"),
    ],
)  # fmt: skip
def test_a_building_s_own_name(name: str, prefix: str, part: str, key: str) -> None:
    assert words.building_name(name) == words.BuildingName(prefix, part, key)


@pytest.mark.parametrize("name", ["物业楼", "活动中心", "3栋南侧配电房"])
def test_a_building_without_a_number(name: str) -> None:
    assert words.building_name(name) is None


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("2单元", "2"),
        ("二单元501", "2"),
        ("，东单元", "东"),
        ("2号门", "2"),
        ("门口", None),
        ("停水。2单元", None),
        ("业主反映垃圾堆在2单元", None),
    ],
)
def test_units(text: str, unit: str | None) -> None:
    found = words.unit_mention(text, 0)
    assert (found[0] if found else None) == unit


@pytest.mark.parametrize("name", ["2单元", "二单元", "２单元", "2", "2 单元"])
def test_one_unit_in_every_spelling(name: str) -> None:
    assert words.unit_key(name) == "2"


@pytest.mark.parametrize(
    ("name", "door"),
    [
        ("人民路12号", ("人民路", "12", "")), ("人民路十二号", ("人民路", "12", "")),
        ("三里河路1号院", ("三里河路", "1", "")),
        ("曹杨路100弄3号楼", ("曹杨路", "100弄", "3号楼")), ("人民路12-1号", ("人民路", "12-1", "")),
        ("八一路8号3栋", ("八一路", "8", "3栋")),
        ("阳光花园", None), ("人民路", None), ("人民路3号楼", None),
    ],
)  # fmt: skip
def test_roads_with_door_numbers(name: str, door: tuple[str, str, str] | None) -> None:
    found = words.road_door(name)
    assert (None if found is None else (found.road, found.key, found.rest)) == door


@pytest.mark.parametrize(
    ("text", "key", "unit"), [("3-2-501", "3", "2"), ("3-501", "3", None), ("a-1-301", "a", "1"), ("3-2", None, None)]
)
def test_room_numbers_with_dashes(text: str, key: str | None, unit: str | None) -> None:
    found = words.dashed_mention(text, 0)
    assert (found.key if found else None, found.unit if found else None) == (key, unit)


@pytest.mark.parametrize(
    ("text", "is_near"),
    [("对面的工地", True), ("小区旁边", True), ("东侧附近", True), ("3栋对面", False), ("门口", False)],
)
def test_beside_is_not_in(text: str, is_near: bool) -> None:
    assert words.is_nearby(text, 0) is is_near
