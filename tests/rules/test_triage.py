"""The classifier: what it is taught with scikit-learn it answers with numpy alone, the same to the last digit that counts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yemai.base.triage.classifier import Classifier, Lesson, Message, softmax
from yemai.base.triage.grams import pairs, pieces
from yemai.base.triage.teaching import calibrated, teach
from yemai.kernel.refusals import Refused

SAID = {
    "路灯": (
        "门口的路灯不亮",
        "巷子里路灯坏了三盏",
        "晚上没有路灯很黑",
        "路灯一闪一闪的",
        "路灯杆歪了",
        "广场路灯全灭了",
    ),
    "噪音": (
        "楼下半夜唱歌太吵",
        "工地夜里打桩声音大",
        "酒吧噪音吵得睡不着",
        "装修声音从早吵到晚",
        "广场舞音响太吵",
        "喇叭声一直吵",
    ),
    "停水": ("家里停水一天了", "水管爆了没有水", "自来水又停了", "停水也没通知", "水龙头没水出来", "整栋楼停水"),
}
LESSONS = [Lesson(Message(text), label) for label, texts in SAID.items() for text in texts]


@pytest.fixture(scope="module")
def taught() -> Classifier:
    return teach(LESSONS)


def test_it_answers_what_it_was_taught_and_says_why(taught: Classifier) -> None:
    best = taught.propose(Message("小区的路灯昨天又坏了"))[0]
    assert best.label == "路灯"
    assert any("路灯" in word for word in best.because)
    assert all(word in "小区的路灯昨天又坏了" for word in best.because)


def test_a_title_says_as_much_as_the_text(taught: Classifier) -> None:
    assert taught.propose(Message("麻烦看一下，谢谢", "半夜唱歌太吵"))[0].label == "噪音"


def test_of_what_it_knows_nothing_it_proposes_nothing(taught: Classifier) -> None:
    assert taught.propose(Message("⋯⋯ 12345")) == []
    assert taught.propose(Message("")) == []


def test_what_is_kept_answers_alike(taught: Classifier) -> None:
    again = Classifier.from_bytes(taught.to_bytes())
    assert again.card == taught.card and again.labels == taught.labels
    for lesson in LESSONS:
        assert np.allclose(again.decision(lesson.message), taught.decision(lesson.message), atol=2e-3)


@pytest.mark.parametrize("kept", [b"", b"PK\x03\x04", b"cos\nsystem\n(S'true'\ntR."])
def test_a_file_that_is_no_model_is_refused(kept: bytes) -> None:
    with pytest.raises(Refused) as refused:
        Classifier.from_bytes(kept)
    assert refused.value.code == "not-a-model"


def test_too_little_to_learn_from_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        teach(LESSONS[:6])
    assert refused.value.code == "too-little"


def test_two_classes_are_told_apart() -> None:
    two = teach([one for one in LESSONS if one.label != "停水"])
    assert [two.propose(one.message)[0].label for one in LESSONS if one.label != "停水"] == ["路灯"] * 6 + ["噪音"] * 6


def test_teaching_twice_gives_the_same(taught: Classifier) -> None:
    again = teach(LESSONS)
    assert again.temperature == taught.temperature
    assert all(np.array_equal(again.coef[name], taught.coef[name]) for name in taught.coef)


def test_numpy_answers_what_scikit_learn_would(taught: Classifier) -> None:
    """The margin of a message is that of the matrix the machine was fitted on."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = [lesson.message.text for lesson in LESSONS]
    wanted = np.tile(taught.intercept, (len(texts), 1)).astype(float)
    for channel, cut, weight in (("pieces", pieces, 1.0), ("pairs", pairs, 1.0), ("title", pieces, 0.7)):
        rows = TfidfVectorizer(analyzer=cut, sublinear_tf=True, vocabulary=taught.vocabulary[channel]).fit(texts)
        wanted += weight * (rows.transform(texts) @ taught.coef[channel])
    found = np.stack([taught.decision(lesson.message) for lesson in LESSONS])
    assert np.allclose(found, wanted, atol=1e-4)


def test_confidence_is_what_was_right_of_what_was_not_learnt() -> None:
    """Margins a hundred times too bold, right three times of four: calibrated, they say about three quarters."""
    chance = np.random.default_rng(1)
    truth = chance.integers(0, 2, 2000)
    said = np.where(chance.random(2000) < 0.75, truth, 1 - truth)
    margins = np.where(np.arange(2)[None, :] == said[:, None], 100.0, 0.0)
    sure = softmax(margins, calibrated(margins / 100, truth) * 100).max(axis=1)
    assert 0.72 < sure.mean() < 0.78


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), title=st.text(max_size=20))
def test_whatever_is_written_gets_a_fair_answer(taught: Classifier, text: str, title: str) -> None:
    found = taught.propose(Message(text, title))
    assert sum(one.confidence for one in found) <= 1.001
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert all(word in f"{title}\n{text}" for one in found for word in one.because)
