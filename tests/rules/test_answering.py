"""Does an answer answer: what was done, by whom, when, to what was asked; courtesy and hand-over are no answer."""

import os
from pathlib import Path

import pytest
from bench import answers as bench
from hypothesis import given
from hypothesis import strategies as st

from yemai.modules.cases.answering import Fault, check_answer, is_form_letter, weights

pytestmark = pytest.mark.no_database
ASKED = "3栋楼道的灯不亮三天了，老人下楼看不见"
GOOD = "王师傅11月20日上午把3栋楼道的两盏灯换好了，现在亮了。"


def faults(text: str, asked: str = ASKED, **more: object) -> set[str]:
    return {one.code.value for one in check_answer(text, asked=asked, **more).findings}  # type: ignore[arg-type] # as named


def test_who_what_and_when_is_an_answer() -> None:
    found = check_answer(GOOD, asked=ASKED)
    assert found.findings == () and found.is_good


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("您反映的问题已转交城管办处理。", Fault.HANDED_ON),
        ("您好，我们知道了楼道的灯这件事。", Fault.NO_DEED),
        ("我们将尽快安排电工更换楼道的灯。", Fault.PLANNED),
        ("11月20日上午更换了楼道的灯。", Fault.NOBODY),
        ("王师傅更换了楼道的灯。", Fault.NO_DATE),
        ("王师傅11月20日上午清走了花坛里的垃圾。", Fault.OFF_QUESTION),
        ("您好！我们高度重视，衷心感谢您的支持与理解，敬请谅解。祝您生活愉快！", Fault.EMPTY),
        ("【日期】，王师傅更换了楼道的灯。", Fault.BLANKS),
        (f"{ASKED}。11月20日王师傅换了。", Fault.REPEATS),
        ("王师傅11月20日到3栋楼道检查电路并更换了灯泡同时对二楼三楼四楼五楼六楼的开关和线路逐一进行了测量发现其中两处接触不良于是当场重新接好又请住户一起试了三次确认全部能正常点亮以后才离开现场返回单位登记", Fault.LONG_SENTENCE),
        ("鉴于上述事宜，王师傅11月20日会同社区对该处楼道的灯予以更换，据此办结。", Fault.STIFF),
    ],
)  # fmt: skip
def test_what_is_missing_is_named(text: str, fault: Fault) -> None:
    assert fault.value in faults(text), faults(text)
    assert check_answer(text, asked=ASKED).score < check_answer(GOOD, asked=ASKED).score  # type: ignore[operator] # Chinese


def test_a_name_one_knows_is_a_doer() -> None:
    text = "11月20日上午，米热古丽更换了楼道的灯。"
    assert "nobody" in faults(text) and "nobody" not in faults(text, known=["米热古丽"])


def test_a_refusal_owes_a_reason_instead() -> None:
    assert faults("抱歉，楼道的灯我们办不了。", is_refusal=True) == {"no_reason"}
    assert faults("楼道的灯在保修期内，按合同由开发商负责，请拨打0512-12345678。", is_refusal=True) == set()


def test_a_form_letter_is_one_whatever_its_figures() -> None:
    earlier = ["11月1日王师傅清走了3栋楼下的垃圾4桶，冲洗了地面。"]
    assert is_form_letter("11月9日王师傅清走了3栋楼下的垃圾6桶，冲洗了地面。", earlier)
    assert not is_form_letter("李师傅换了两盏灯，试过都亮。", earlier)
    assert not is_form_letter("好", ["好"])


def test_other_languages_are_not_judged() -> None:
    for text in ("", "  ", "Replaced both lamps on Nov 20.", "12345"):
        found = check_answer(text, asked=ASKED)
        assert found.score is None and not found.findings and not found.is_good and found.kept()["percent"] is None


@given(st.text(max_size=300), st.text(max_size=100))
def test_any_text_is_read_and_scored_between_nothing_and_all(text: str, asked: str) -> None:
    found = check_answer(text, asked=asked)
    assert found.score is None or 0 <= found.score <= 1
    assert all(one.title and one.advice for one in found.findings)


@given(st.sampled_from(["感谢您的支持！", "我们高度重视。", "敬请谅解。", "您好！"]))
def test_courtesy_adds_nothing(courtesy: str) -> None:
    plain, polite = check_answer(GOOD, asked=ASKED).score, check_answer(courtesy + GOOD, asked=ASKED).score
    assert plain is not None and polite is not None and polite <= plain


def test_the_shares_are_whole() -> None:
    assert sum(weights.WEIGHTS.values()) == pytest.approx(1)
    assert set(weights.WEIGHTS) == set(weights.FULL)
    assert set(weights.TAKEN_OFF) <= {one.value for one in Fault}


def test_its_ranking_agrees_with_people_on_the_judged_half() -> None:
    room = Path(os.environ.get("YEMAI_SHARED_DATA") or Path(__file__).parents[3] / "shared" / "data")
    if not (room / bench.NAME).exists():
        pytest.skip(f"the rated replies ({bench.NAME}) lie beside the checkout or where YEMAI_SHARED_DATA says")
    rows = [row for row in bench.scored(room / bench.NAME) if not row["is_studied"]]
    assert len(rows) == 1400
    assert bench.figure(rows, "teamA_explained")[1] >= bench.AIM, "the lower bound of the interval"
