"""What is the same again: normal form, likeness, groups, names, and issues that keep their number. Pure, no database."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.modules.cases.alike.clustering import clusters, message
from yemai.modules.cases.alike.keeping import Known, kept
from yemai.modules.cases.alike.naming import Names
from yemai.modules.cases.alike.night import Rule, night
from yemai.modules.cases.alike.words import fingerprint, likeness, normal, shared_words

pytestmark = pytest.mark.no_database

PLANT = ["搅拌站噪音扰民灰尘也多", "附近搅拌站噪音扰民晚上睡不着", "搅拌站灰尘大噪音扰民受不了"]
REST = ["电梯坏了两天没人修", "路灯不亮看不清路", "幼儿园报名要什么材料", "公交站牌倒了"]
RULE = Rule(likeness=0.07, metres=1000, least=3)
words = st.text("路灯不亮电梯坏了噪音扰民搅拌站垃圾", min_size=0, max_size=12)
sets = st.lists(st.frozensets(st.integers(0, 30), max_size=8), max_size=5)


@pytest.mark.parametrize(
    ("one", "other", "are_same"),
    [
        ("路灯，不亮了！", "路灯 不亮了", True),
        ("ＡＢ路１２号", "ab路12号", True),
        ("路灯不亮", "路灯亮", False),
        ("！！！", "？？？", True),
    ],
)
def test_stops_spaces_and_width_make_no_difference(one: str, other: str, are_same: bool) -> None:
    assert (fingerprint(one) == fingerprint(other)) is are_same
    assert bool(fingerprint(one)) is bool(normal(one))


def test_likeness_is_of_words_not_of_addresses() -> None:
    same, alike, other, house = likeness(
        "3栋2单元电梯坏了", ["3栋2单元，电梯坏了。", "电梯又坏了没人修", "路灯不亮", "3栋2单元漏水"]
    )
    assert same == pytest.approx(1) and same > alike > 0.12 and other == house == 0


def test_shared_words_are_the_longest_runs_of_both() -> None:
    assert shared_words("搅拌站噪音太大，睡不着", "门口的搅拌站噪音，吵得睡不着") == ["搅拌站噪音", "睡不着"]
    assert shared_words("3栋", "3栋") == []


@given(st.lists(words, min_size=2, max_size=12), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_order_does_not_matter_and_equal_texts_stay_together(texts: list[str], dice: random.Random) -> None:
    messages = [message(at, "", text) for at, text in enumerate(texts)]
    found = clusters(messages, likeness=0.3, metres=1000)
    dice.shuffle(messages)
    assert clusters(messages, likeness=0.3, metres=1000) == found
    home = {key: at for at, group in enumerate(found) for key in group}
    assert len(home) == sum(map(len, found))
    for one, text in enumerate(texts):
        for other in range(one):
            if normal(text) and normal(text) == normal(texts[other]):
                assert home[one] == home[other]
        if not normal(text):
            assert one not in home


def test_the_same_words_far_apart_are_two_matters() -> None:
    near = [message(at, "", "路灯不亮了", 120.6 + at / 100_000, 31.3) for at in range(3)]
    far = [message(9 + at, "", "路灯不亮了", 120.7, 31.3) for at in range(2)]
    nowhere = message(20, "", "路灯不亮了")
    assert clusters([*near, *far], likeness=0.07, metres=500) == [[0, 1, 2], [9, 10]]
    assert 20 in clusters([*near, nowhere], likeness=0.07, metres=500)[0]


def test_an_estate_named_by_all_makes_no_group_where_the_place_is_known() -> None:
    estate = "叶脉花园"
    said = [f"{estate}{text}" for text in (*PLANT, *REST)]
    placed = [message(at, "", text, 120.6, 31.3, [estate]) for at, text in enumerate(said)]
    assert clusters(placed, likeness=0.07, metres=500)[0] == [0, 1, 2]


def test_a_group_is_named_by_what_it_says_and_others_do_not() -> None:
    messages = [message(at, "", text) for at, text in enumerate([*PLANT, *REST])]
    assert "搅拌站" in Names(messages).name([0, 1, 2])[0]
    assert Names(messages).name([3, 4]) == []
    assert Names([]).name([]) == [] and Names([message(1, "", "噢")]).name([1]) == []


def test_digits_name_nothing() -> None:
    calls = [message(at, "", f"13800001234打来{text}") for at, text in enumerate(REST)]
    assert not any("138000" in word for word in Names(calls).name([0, 1, 2, 3]))


def test_a_night_without_messages_changes_nothing() -> None:
    assert night([], [], RULE) == []
    [(one, name)] = night([], [Known(7, frozenset({1, 2, 3}))], RULE)
    assert (one.key, one.found, name) == (7, {1, 2, 3}, [])


def test_an_issue_keeps_its_number_as_it_grows() -> None:
    window = frozenset(range(10))
    [one] = kept([[1, 2, 3, 4]], [Known(7, frozenset({1, 2, 3}))], window)
    assert (one.key, one.found) == (7, {1, 2, 3, 4})
    [one] = kept([[3, 4, 5]], [Known(7, frozenset({100, 3}))], window)
    assert one.found == {100, 3, 4, 5}, "what is older than the window stays"


def test_what_people_decided_outweighs_the_night() -> None:
    window = frozenset(range(10))
    [one] = kept([[1, 2, 3, 4]], [Known(7, frozenset({1, 2}), refused=frozenset({3}))], window)
    assert one.found == {1, 2, 4}
    seven, eight = kept(
        [[1, 2, 3, 4]], [Known(7, frozenset({1, 2})), Known(8, frozenset(), by_hand=frozenset({3}))], window
    )
    assert seven.found == {1, 2, 4} and eight.found == set()


def test_an_issue_that_is_part_of_another_goes_into_it_whole() -> None:
    window = frozenset(range(10))
    seven, eight = kept([[1, 2, 3, 4, 5]], [Known(7, frozenset({1, 2, 3})), Known(8, frozenset({4, 5, 90}))], window)
    assert seven.found == {1, 2, 3, 4, 5, 90} and (eight.into, eight.found) == (7, set())


def test_an_issue_that_went_into_another_leaves_behind_what_no_group_holds() -> None:
    window = frozenset(range(20))
    first, second = kept([[0, 1, 2, 4, 18]], [Known(1, frozenset({0, 18})), Known(2, frozenset({1, 2, 3}))], window)
    assert (first.found, second.found, second.into) == ({0, 1, 2, 4, 18}, set(), 1)


def test_an_issue_that_falls_apart_leaves_its_number_to_the_larger_part() -> None:
    first, new = kept([[1, 2], [3, 4, 5]], [Known(7, frozenset({1, 2, 3, 4, 5}))], frozenset(range(10)))
    assert (first.key, first.found) == (7, {3, 4, 5}) and (new.key, new.found) == (None, {1, 2})


@given(sets, sets, sets)
@settings(max_examples=150, deadline=None)
def test_a_case_lies_in_one_issue_and_a_second_night_changes_nothing(
    grouped: list[frozenset[int]], found: list[frozenset[int]], hands: list[frozenset[int]]
) -> None:
    def apart(some: list[frozenset[int]], taken: set[int]) -> list[frozenset[int]]:
        result = []
        for one in some:
            result.append(one - taken)
            taken |= one
        return result

    groups = [sorted(one) for one in apart(grouped, set()) if len(one) > 1]
    taken: set[int] = set()
    by_hand = apart(hands, taken)
    job = apart(found, taken)
    issues = [
        Known(key, one, hand)
        for key, (one, hand) in enumerate(zip(job, [*by_hand, *[frozenset[int]()] * len(job)], strict=False))
    ]
    held = {case for issue in issues for case in issue.by_hand}
    window = frozenset(range(20))
    groups = [some for group in groups if len(some := [case for case in group if case in window]) > 1]

    def lay(known: list[Known]) -> list[Known]:
        result = []
        for number, one in enumerate(kept(groups, known, window)):
            key = 100 + number if one.key is None else one.key
            hand = next((issue.by_hand for issue in known if issue.key == key), frozenset())
            if one.into is None:
                result.append(Known(key, frozenset(one.found), hand))
        return result

    after = lay(issues)
    cases = [case for one in after for case in one.found]
    assert len(cases) == len(set(cases)) and not held & set(cases)
    assert {one.found for one in lay(after)} >= {one.found for one in after if one.found}
