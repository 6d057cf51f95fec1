"""A chain that shows every alteration, words sealed under keys that rotate, and refusals."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yemai.kernel.chain import canonical, first_break, link
from yemai.kernel.refusals import Absent, Refused
from yemai.kernel.sealing import blind, seal, unseal

Row = tuple[str, str, dict[str, Any]]
KEYS = {"k2": b"2" * 32, "k1": b"1" * 32}


class Colour(StrEnum):
    RED = "red"


def test_one_spelling() -> None:
    body = {"b": [1, True, None, 2.5], "a": "处置", "at": datetime(2026, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai"))}
    assert canonical(body).decode() == '{"a":"处置","at":"2026-03-04T02:00:00.000000+00:00","b":[1,true,null,2.5]}'


def test_the_order_of_keys_and_the_zone_of_a_moment_do_not_matter() -> None:
    here = datetime(2026, 3, 4, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert link("", {"a": 1, "b": here}) == link("", {"b": here.astimezone(UTC), "a": 1})


def test_values_of_the_trade_are_spelled() -> None:
    body = {Colour.RED: Colour.RED, "on": date(2026, 3, 4), "id": UUID(int=1), "fen": Decimal("1.50"), "pair": (1, 2)}
    assert json.loads(canonical(body)) == {
        "red": "red",
        "on": "2026-03-04",
        "id": "00000000-0000-0000-0000-000000000001",
        "fen": "1.50",
        "pair": [1, 2],
    }


@pytest.mark.parametrize("value", [1.0, 1e20, -0.0])
def test_a_number_is_spelled_as_a_decimal_column_gives_it_back(value: float) -> None:
    assert canonical({"a": value}) == canonical({"a": int(value)})


NAIVE = datetime(2026, 3, 4)  # noqa: DTZ001 - the fault under test


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", float("nan"), float("inf"), NAIVE, {1: 2}])
def test_what_has_no_one_spelling_is_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError, OverflowError)):
        link("", {"a": value})


def _chain(bodies: list[dict[str, Any]]) -> list[Row]:
    rows: list[Row] = []
    previous = "genesis"
    for body in bodies:
        rows.append((previous, previous := link(previous, body), body))
    return rows


bodies = st.lists(
    st.dictionaries(st.text(max_size=5), st.one_of(st.text(max_size=8), st.integers(), st.booleans()), max_size=4),
    min_size=2,
    max_size=8,
)


@given(bodies)
def test_an_untouched_chain_holds(rows: list[dict[str, Any]]) -> None:
    assert first_break(_chain(rows), "genesis") is None


@given(bodies, st.data())
def test_the_first_altered_row_is_named(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    chain = _chain(rows)
    place = data.draw(st.integers(0, len(chain) - 1))
    alterations: list[Callable[[Row], Row]] = [
        lambda row: (row[0], row[1], {**row[2], "slipped in": 1}),
        lambda row: ("0" * 64, row[1], row[2]),
        lambda row: (row[0], "0" * 64, row[2]),
    ]
    chain[place] = data.draw(st.sampled_from(alterations))(chain[place])
    assert first_break(chain, "genesis") == place


def test_a_removed_row_shows_at_the_one_after() -> None:
    chain = _chain([{"n": n} for n in range(5)])
    assert first_break(chain[:2] + chain[3:], "genesis") == 2
    assert first_break([chain[1], chain[0], *chain[2:]], "genesis") == 0


def test_an_empty_chain_holds() -> None:
    assert first_break([]) is None


@given(st.text())
def test_sealed_words_come_back(text: str) -> None:
    token = seal(text, KEYS)
    assert token.startswith("k2.")
    assert unseal(token, KEYS) == text


def test_the_same_words_are_never_sealed_alike() -> None:
    assert seal("13800000000", KEYS) != seal("13800000000", KEYS)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    old = seal("王芳", {"k1": KEYS["k1"]})
    assert unseal(old, KEYS) == "王芳"
    assert seal("王芳", KEYS).startswith("k2.")
    with pytest.raises(ValueError, match="no key"):
        unseal(old, {"k2": KEYS["k2"]})


@pytest.mark.parametrize(
    "alter",
    [
        lambda token: token[:-3] + ("AA=" if token[-3:] != "AA=" else "BB="),
        lambda token: token.replace("k2.", "k1."),
        lambda token: token[:20],
        lambda token: "k2.",
        lambda token: "k2.!!!!",
        lambda token: "",
        lambda token: "plain words",
    ],
)
def test_an_altered_token_is_refused(alter: Callable[[str], str]) -> None:
    with pytest.raises(ValueError, match=r"altered|no key"):
        unseal(alter(seal("13800000000", KEYS)), KEYS)


def test_a_blind_index_finds_without_telling() -> None:
    assert blind("13800000000", b"a" * 32) == blind("13800000000", b"a" * 32)
    assert blind("13800000000", b"a" * 32) != blind("13800000001", b"a" * 32)
    assert blind("13800000000", b"a" * 32) != blind("13800000000", b"b" * 32)
    assert len(blind("", b"a" * 32)) == 64


def test_a_refusal_carries_its_code_words_status_and_fields() -> None:
    refused = Refused("missing", "还缺说明。", status=422, fields={"text": "请填写"})
    assert (refused.code, str(refused), refused.status, refused.fields) == (
        "missing",
        "还缺说明。",
        422,
        {"text": "请填写"},
    )
    assert (Refused("late", "晚了").status, Refused("late", "晚了").fields) == (409, {})


def test_absent_is_a_refusal_with_404() -> None:
    absent = Absent()
    assert isinstance(absent, Refused)
    assert (absent.code, absent.status) == ("not-found", 404)
    assert str(absent)
