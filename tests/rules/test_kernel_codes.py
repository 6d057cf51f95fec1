"""Codes: read aloud, mistyped, cut apart, and never mistaken for another."""

import csv
from datetime import date
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from yemai.kernel.codes import ALPHABET, RegionCode, case_number, grouped, node_code, parse_tracking_code, tracking_code

codes = st.builds(lambda _: tracking_code(), st.integers())


def test_a_code_is_ten_characters_and_a_check() -> None:
    code = tracking_code()
    assert len(code) == 11
    assert set(code) <= set(ALPHABET)
    assert len({tracking_code() for _ in range(1000)}) == 1000


@given(codes)
def test_a_code_is_read_as_people_write_it(code: str) -> None:
    shown = grouped(code)
    assert shown == f"{code[:4]}-{code[4:8]}-{code[8:]}"
    for typed in (
        shown,
        shown.lower(),
        f"  {shown.replace('-', ' ')} ",
        shown.replace("0", "o").replace("1", "l"),
        shown.replace("-", "－"),
    ):
        assert parse_tracking_code(typed) == code


def test_wide_letters_of_a_chinese_keyboard_are_read() -> None:
    code = tracking_code()
    assert parse_tracking_code("".join(chr(ord(character) + 0xFEE0) for character in code)) == code


@given(codes, st.integers(0, 10), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_found(code: str, place: int, other: str) -> None:
    assume(code[place] != other)
    assert parse_tracking_code(code[:place] + other + code[place + 1 :]) is None


@given(codes, st.integers(0, 10), st.integers(0, 10))
def test_two_swapped_characters_are_found(code: str, one: int, other: int) -> None:
    assume(code[one] != code[other])
    mixed = list(code)
    mixed[one], mixed[other] = mixed[other], mixed[one]
    assert parse_tracking_code("".join(mixed)) is None


@given(st.text(max_size=200))
def test_any_text_is_answered(text: str) -> None:
    read = parse_tracking_code(text)
    assert read is None or parse_tracking_code(read) == read


def test_case_numbers() -> None:
    assert case_number("C", "01", "01", date(2019, 4, 11), 1) == "C0101201904110001"
    assert case_number("E", "01", "10", date(2026, 3, 4), 12345) == "E01102026030412345"


@pytest.mark.parametrize(
    ("kind", "major", "minor", "seq"),
    [("X", "01", "01", 1), ("E", "1", "01", 1), ("E", "01", "1a", 1), ("E", "01", "01", -1)],
)
def test_what_is_no_case_number(kind: str, major: str, minor: str, seq: int) -> None:
    with pytest.raises(ValueError, match="case number"):
        case_number(kind, major, minor, date(2026, 3, 4), seq)


def test_node_codes() -> None:
    assert node_code("320508009001", 1, 3, 27) == "320508009001103027"
    assert node_code("320508009001", 2, 12) == "320508009001212000"


@pytest.mark.parametrize(
    ("region", "kind", "grid", "microgrid"),
    [("3205", 1, 0, 0), ("320508009001", 4, 0, 0), ("320508009001", 1, 100, 0), ("320508009001", 1, 0, 1000)],
)
def test_what_is_no_node_code(region: str, kind: int, grid: int, microgrid: int) -> None:
    with pytest.raises(ValueError, match=r"12 digits|grid 0-99"):
        node_code(region, kind, grid, microgrid)


@pytest.mark.parametrize(
    ("code", "prefix", "town", "village"),
    [
        ("320000000000", "32", "none", "none"),
        ("320500000000", "3205", "none", "none"),
        ("320508000000", "320508", "none", "none"),
        ("320508009000", "320508009", "street", "none"),
        ("320508009001", "320508009001", "street", "community"),
        ("320508100201", "320508100201", "town", "village"),
        ("320508200400", "320508200400", "township", "similar"),
        ("320508400501", "320508400501", "unit", "similar"),
    ],
)
def test_what_a_region_code_says(code: str, prefix: str, town: str, village: str) -> None:
    region = RegionCode(code)
    assert (region.prefix, region.town_kind, region.village_kind) == (prefix, town, village)
    assert RegionCode("320000000000").holds(region)
    assert not RegionCode("110000000000").holds(region)
    assert region.holds(region)


def test_real_towns_say_in_their_name_what_their_code_says(shared_data: Path) -> None:
    """Of 41,352 real towns nearly every 街道 and 镇 bears a code of its kind."""
    ends = {"street": "街道", "town": "镇"}
    wrong = right = 0
    with (shared_data / "cn_towns.csv").open(encoding="utf-8-sig", newline="") as rows:
        for row in csv.DictReader(rows):
            kind = RegionCode(row["code12"]).town_kind
            if kind in ends and row["name"].endswith(("街道", "镇", "乡")):
                right, wrong = (right + 1, wrong) if row["name"].endswith(ends[kind]) else (right, wrong + 1)
    assert right > 20_000
    assert wrong / right < 0.01
