"""Whether it can wait, read from words: by kind, with the words, and not fooled by denial, the past, wishes or look-alikes."""

import csv
from pathlib import Path

import pytest
from bench import urgency as bench
from hypothesis import given
from hypothesis import strategies as st

from yemai.modules.cases.terms import UrgencyLevel
from yemai.modules.cases.urgency import learnt, live_clauses, urgency_of

pytestmark = pytest.mark.no_database
DANGER, UTILITIES, WEATHER = UrgencyLevel.DANGER_TO_LIFE, UrgencyLevel.UTILITIES_OUT, UrgencyLevel.EXTREME_WEATHER


@pytest.mark.parametrize(
    ("text", "level", "said"),
    [
        ("3栋楼道着火了，浓烟往上冒", DANGER, "着火了"),
        ("老人摔倒在楼梯上头破血流", DANGER, "头破"),
        ("厨房煤汽味很大", DANGER, "煤气味"),
        ("我们小区停水两天了", UTILITIES, "停水"),
        ("冇电冇水，点算", UTILITIES, "冇电"),
        ("暴雨，地下车库被淹了", WEATHER, "被淹"),
        ("洪水冲进村子，淹了一片", WEATHER, "淹了"),
    ],
)
def test_what_cannot_wait_is_named_with_its_words(text: str, level: UrgencyLevel, said: str) -> None:
    found = urgency_of(text)
    assert found.level == level and any(said in word for word in found.words), found


@pytest.mark.parametrize(
    "text",
    [
        "没有人受伤，想问赔偿",
        "上个月停过水",
        "建议以后防汛",
        "如果着火怎么办",
        "火气大得很",
        "水电费怎么交",
        "停电通知什么时候来",
        "气死人了",
        "暴雨般的掌声",
        "手机没电了",
        "水来了，谢谢",
        "煤气味是虚惊一场",
        "停水果摊的车占道",
        "路灯不亮三天了",
        "",
        "。。。",
    ],
)
def test_what_only_sounds_like_it_can_wait(text: str) -> None:
    assert not urgency_of(text)


def test_what_began_long_ago_and_goes_on_does_not_wait() -> None:
    assert not urgency_of("去年停过水")
    assert urgency_of("从上个月停水到现在，还没来")


def test_the_gravest_stands_first() -> None:
    assert urgency_of("停水停电，还有人被困在电梯里").level == DANGER


def test_one_word_deep_in_a_long_letter_is_part_of_a_tale() -> None:
    tale = "我是这里的老住户，想说说小区的历史和大家的感情。" * 8
    assert not urgency_of(f"{tale}那天隔壁楼起火。")
    assert urgency_of(f"楼里起火了，快来。{tale}")


@given(st.text(max_size=400))
def test_any_text_is_read(text: str) -> None:
    found = urgency_of(text)
    assert bool(found) == (found.level != UrgencyLevel.NONE)
    assert found or not found.words


@given(st.sampled_from(["着火了", "停水两天了", "山体滑坡了"]), st.sampled_from(["", "你好，", "网格员，", "3栋，"]))
def test_a_greeting_changes_nothing(cry: str, before: str) -> None:
    assert urgency_of(before + cry).level == urgency_of(cry).level != UrgencyLevel.NONE


def test_a_supposition_leaves_nothing_to_learn_from() -> None:
    assert live_clauses("如果着火怎么办") == []
    assert live_clauses("没有人受伤，车刮了") == ["车刮了"]


def test_the_set_is_large_and_its_parts_do_not_meet() -> None:
    dev, judged = bench.rows("dev"), bench.rows("judged")
    for part in (dev, judged):
        assert sum(label != "none" for label, _text in part) >= 150 <= sum(label == "none" for label, _text in part)
        assert {label for label, _text in part} == set(bench.LABELS)
    assert not {text for _label, text in dev} & {text for _label, text in judged}
    with bench.SET.open(encoding="utf-8", newline="") as file:
        assert {row["part"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)} == {
            "dev",
            "judged",
        }


def test_the_weights_were_learnt_from_the_dev_part_alone() -> None:
    assert learnt.model()["learnt_from"] == bench.hash_of("dev")
    shipped = Path(learnt.__file__).with_name("weights.json").read_text("utf-8")
    judged = {gram for _label, text in bench.rows("judged") for gram in learnt.grams(text)}
    dev = {
        gram
        for _label, text in bench.rows("dev")
        for gram in learnt.grams(text.translate(str.maketrans("汽伙", "气火")))
    }
    assert not [gram for gram in judged - dev if f'"{gram}"' in shipped]


def test_it_reaches_what_was_aimed_at() -> None:
    truth = [(label != "none", bool(urgency_of(text))) for label, text in bench.rows("judged")]
    hits = sum(is_urgent and is_said for is_urgent, is_said in truth)
    assert hits / sum(is_urgent for is_urgent, _said in truth) >= bench.AIMS["recall"]
    assert hits / sum(is_said for _urgent, is_said in truth) >= bench.AIMS["precision"]


def test_only_the_beginning_of_a_report_is_read() -> None:
    """Whoever needs help says so there; and no text, however long, may keep an intake busy."""
    assert not urgency_of("，" * 700 + "着火了")
    assert urgency_of("着火了" + "，" * 5000)
