"""Teaching a classifier: scikit-learn is loaded here alone, by the worker and the command line."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yemai.kernel.refusals import Refused

from .classifier import CHANNELS, Classifier, Floats, Lesson, softmax

SEED = 20261123
FOLDS = 5
PENALTY = 0.3
LEAST_SEEN = 2
"""A piece of one message alone says nothing of a kind."""
Say = Callable[[str], None]


def teach(
    lessons: Sequence[Lesson], *, card: dict[str, Any] | None = None, say: Say = lambda _words: None
) -> Classifier:
    """A classifier of what `lessons` show: TF-IDF of character runs under a linear SVM, one class against the rest.

    Its confidence is calibrated by one temperature on margins of messages that the folds had not learnt from; the
    same margins give the card's accuracy and recalls. Raises Refused `too-little` under two classes or ten messages.
    """
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    labels = tuple(sorted({lesson.label for lesson in lessons}))
    if len(labels) < 2 or len(lessons) < 10:
        raise Refused(
            "too-little",
            f"There are {len(lessons)} messages of {len(labels)} class(es); teaching needs ten messages and two classes.",
        )
    truth = np.array([labels.index(lesson.label) for lesson in lessons])
    weights = np.array([lesson.weight for lesson in lessons]) * balanced(truth, len(labels))
    parts, vocabulary, idf = [], {}, {}
    least = LEAST_SEEN if len(lessons) >= 200 else 1
    for channel, cut, weight in CHANNELS:
        say(f"reading the messages ({channel}) …")
        vectors = TfidfVectorizer(analyzer=cut, sublinear_tf=True, min_df=least, dtype=np.float32)
        parts.append(vectors.fit_transform([lesson.message.of(channel) for lesson in lessons]) * weight)
        vocabulary[channel] = {str(gram): int(column) for gram, column in vectors.vocabulary_.items()}
        idf[channel] = vectors.idf_.astype(np.float32)
    rows = hstack(parts).tocsr()
    groups = [lesson.group or str(at) for at, lesson in enumerate(lessons)]
    margins = _unseen_margins(rows, truth, weights, groups, len(labels), say)
    temperature = calibrated(margins, truth)
    say("learning from all of them …")
    coef, intercept = _learnt(rows, truth, weights, len(labels))
    ends = np.cumsum([0, *(part.shape[1] for part in parts)])
    split = {name: coef[ends[at] : ends[at + 1]] for at, (name, _cut, _weight) in enumerate(CHANNELS)}
    facts = {"messages": len(lessons), "classes": len(labels), **figures(margins, truth, labels, temperature)}
    return Classifier(
        labels, vocabulary, idf, split, intercept, temperature, card={**facts, **(card or {}), "seed": SEED}
    )


def balanced(truth: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    """Weights that let a small class count as much as a large one."""
    counts = np.bincount(truth, minlength=classes)
    return np.asarray((len(truth) / (classes * counts))[truth])


def _learnt(rows: Any, truth: NDArray[np.int64], weights: NDArray[Any], classes: int) -> tuple[Floats, Floats]:
    """`coef` (columns, classes) and `intercept` (classes,); a class absent from `truth` gets a margin of -1 everywhere."""
    from sklearn.svm import LinearSVC

    machine = LinearSVC(C=PENALTY, random_state=SEED)
    machine.fit(rows, truth, sample_weight=weights)
    coef = np.zeros((rows.shape[1], classes), np.float32)
    intercept = np.full(classes, -1.0, np.float32)
    if len(machine.classes_) == 2:  # the library keeps one plane for two classes
        coef[:, machine.classes_] = np.stack([-machine.coef_[0], machine.coef_[0]], axis=1)
        intercept[machine.classes_] = [-machine.intercept_[0], machine.intercept_[0]]
    else:
        coef[:, machine.classes_], intercept[machine.classes_] = machine.coef_.T, machine.intercept_
    return coef, intercept


def _unseen_margins(
    rows: Any, truth: NDArray[np.int64], weights: NDArray[Any], groups: list[str], classes: int, say: Say
) -> NDArray[np.float64]:
    """Margins (rows, classes) of each message by a machine that had not learnt from it."""
    from sklearn.model_selection import GroupKFold

    out = np.zeros((len(truth), classes))
    folds = GroupKFold(min(FOLDS, len(set(groups))), shuffle=True, random_state=SEED)
    for at, (learn, judge) in enumerate(folds.split(rows, groups=groups), 1):
        say(f"checking on messages kept back ({at}/{FOLDS}) …")
        if len(set(truth[learn])) < 2:
            continue
        coef, intercept = _learnt(rows[learn], truth[learn], weights[learn], classes)
        out[judge] = rows[judge] @ coef + intercept
    return out


def calibrated(margins: NDArray[Any], truth: NDArray[np.int64]) -> float:
    """The temperature that makes `softmax` likeliest (Guo et al. 2017, On Calibration of Modern Neural Networks)."""
    from scipy.optimize import minimize_scalar

    def surprise(logarithm: float) -> float:
        share = softmax(margins, float(np.exp(logarithm)))[np.arange(len(truth)), truth]
        return float(-np.log(np.maximum(share, 1e-12)).mean())

    return float(np.exp(minimize_scalar(surprise, bounds=(-4.0, 3.0), method="bounded").x))


def figures(
    margins: NDArray[Any], truth: NDArray[np.int64], labels: Sequence[str], temperature: float
) -> dict[str, Any]:
    """Accuracy, macro-F1, recall by class and calibration of margins that were not learnt from; each between 0 and 1."""
    said, share = margins.argmax(axis=1), softmax(margins, temperature)
    seen = Counter(truth.tolist())
    right = Counter(truth[said == truth].tolist())
    called = Counter(said.tolist())
    f1 = [2 * right[at] / (seen[at] + called[at]) for at in seen]
    sure = share.max(axis=1)
    firm = sure >= 0.9
    top3 = (np.argsort(-margins, axis=1)[:, :3] == truth[:, None]).any(axis=1)
    return {
        "accuracy": round(float((said == truth).mean()), 4),
        "macro_f1": round(float(np.mean(f1)), 4),
        "among_three": round(float(top3.mean()), 4),
        "recall": {labels[at]: round(right[at] / seen[at], 3) for at in sorted(seen)},
        "calibration_error": round(_calibration_error(sure, said == truth), 4),
        "sure": {
            "share": round(float(firm.mean()), 4),
            "right": round(float((said == truth)[firm].mean()), 4) if firm.any() else None,
        },
    }


def _calibration_error(sure: NDArray[Any], is_right: NDArray[Any], bins: int = 10) -> float:
    """The expected gap between confidence and share of right answers, over equal bins of confidence."""
    places = np.minimum((sure * bins).astype(int), bins - 1)
    return float(
        sum(
            abs(sure[places == place].mean() - is_right[places == place].mean()) * (places == place).mean()
            for place in np.unique(places)
        )
    )
