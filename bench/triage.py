"""How often the class proposed for a message is right: five folds over labelled messages, and sentences for the starter.

    python -m bench triage                  needs the labelled messages (YEMAI_SHARED_DATA)

Messages that end alike stand in the same fold, so that no copy of what is judged was learnt. Beside our figures stands the usual baseline (character 1-3-gram TF-IDF under a linear SVM) on the same folds. The error
study reads the verdicts of `triage_verdicts.tsv`: 120 of our wrong answers, drawn by a seed and read one by one; `label`
means that the given class is plainly wrong, `overlap` that both classes fit, `ours` that the proposal is wrong.
"""

import csv
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from bench.evidence import SEED, interval, shown, source, standing

FOLDS, END = 5, 80
MESSAGES, TOKENS = "complaints_labelled_train.csv", "complaints_tokens_train.csv"
SENTENCES, VERDICTS = Path(__file__).with_name("triage_sentences.tsv"), Path(__file__).with_name("triage_verdicts.tsv")


def run() -> dict[str, Any]:
    """Every figure, each with the bounds of a 95 % interval."""
    csv.field_size_limit(10_000_000)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    os.environ.setdefault("YEMAI_DATA", tempfile.mkdtemp(prefix="yemai-bench-"))  # nothing is kept there
    found: dict[str, Any] = standing("triage", source(MESSAGES), source(TOKENS), SENTENCES, VERDICTS)
    return found | labelled() | tokens() | starter()


def labelled() -> dict[str, Any]:
    """Stratified folds over the labelled messages: ours, the baseline, and where the ceiling lies."""
    from yemai.base.triage.classifier import Lesson, Message, softmax
    from yemai.base.triage.teaching import teach

    rows = read(source(MESSAGES))
    lessons = [Lesson(Message(row["text"], row["topic"]), row["category"]) for row in rows]
    labels = sorted({one.label for one in lessons})
    truth = np.array([labels.index(one.label) for one in lessons])
    folds = apart(truth, [row["text"] for row in rows])
    share = np.zeros((len(truth), len(labels)))
    for learn, judge in folds:
        taught = teach([lessons[at] for at in learn])
        margins = np.stack([taught.decision(lessons[at].message) for at in judge])
        share[judge] = softmax(margins, taught.temperature)
    said = share.argmax(axis=1)
    texts = [f"{row['topic']} {row['text']}" for row in rows]
    out = {f"messages, {name}": value for name, value in judged(truth, said, labels).items()}
    three = (np.argsort(-share, axis=1)[:, :3] == truth[:, None]).any(axis=1)
    sure = share.max(axis=1)
    out["messages, class among the three proposed"] = shown(interval(lambda at: float(three[at].mean()), len(truth)))
    out["messages, right where confidence >= 0.9"] = share_where(said == truth, sure >= 0.9)
    out["messages, right where confidence is 0.8-0.9"] = share_where(said == truth, (sure >= 0.8) & (sure < 0.9))
    out |= {
        f"messages, baseline {name}": value
        for name, value in judged(truth, baseline(texts, truth, folds), labels).items()
    }
    return out | ceiling({row["id"]: right for row, right in zip(rows, said == truth, strict=True)})


def tokens() -> dict[str, Any]:
    """The same folds over the set that has words in a bag only, learnt from that set alone."""
    from yemai.base.triage.classifier import Lesson, Message
    from yemai.base.triage.teaching import teach

    rows = read(source(TOKENS))
    lessons = [Lesson(Message(row["tokens"], " ".join(row["tokens"].split()[:8])), row["category"]) for row in rows]
    labels = sorted({one.label for one in lessons})
    truth = np.array([labels.index(one.label) for one in lessons])
    said = np.zeros_like(truth)
    for learn, judge in apart(truth, [row["tokens"] for row in rows]):
        taught = teach([lessons[at] for at in learn])
        said[judge] = [int(taught.decision(lessons[at].message).argmax()) for at in judge]
    return {f"bags of words, {name}": value for name, value in judged(truth, said, labels).items()}


def apart(truth: Any, texts: list[str]) -> list[tuple[Any, Any]]:
    """Folds of the same mixture of classes, none of which holds a copy of a message of another."""
    from sklearn.model_selection import StratifiedGroupKFold

    from yemai.base.triage.classifier import plain

    ends = [plain(text)[-END:] for text in texts]
    return list(StratifiedGroupKFold(FOLDS, shuffle=True, random_state=SEED).split(truth, truth, ends))


def starter() -> dict[str, Any]:
    """The starter, taught by nothing but the shipped catalogue, on sentences written for this."""
    import django

    django.setup()
    from yemai.base.triage.classifier import Message
    from yemai.base.triage.teaching import teach
    from yemai.modules.cases.actions.catalogue import example_catalogue
    from yemai.modules.cases.learning import lessons_of

    names, lessons = lessons_of(example_catalogue())
    taught = teach(lessons)
    rows = read(SENTENCES, "\t")
    found = [[(names[one.label], one.confidence) for one in taught.propose(Message(row["text"]))] for row in rows]
    first = np.array([bool(said) and said[0][0] == row["category"] for said, row in zip(found, rows, strict=True)])
    three = np.array([row["category"] in [name for name, _sure in said] for said, row in zip(found, rows, strict=True)])
    sure = np.array([said[0][1] if said else 0.0 for said in found])
    return {
        "starter, classes": len(names),
        "starter, sentences": len(rows),
        "starter, first proposal right": shown(interval(lambda at: float(first[at].mean()), len(rows))),
        "starter, class among the three proposed": shown(interval(lambda at: float(three[at].mean()), len(rows))),
        "starter, right where confidence >= 0.9": share_where(first, sure >= 0.9),
    }


def ceiling(right: dict[str, bool]) -> dict[str, Any]:
    """What the reading of wrong answers says of the labels: how right could anybody be?

    Where both classes fit, whoever answers meets the given one half of the time, so twice as many messages as were
    missed are of that kind; a perfect reader still misses half of them and every plainly wrong label.
    """
    verdicts = Counter(row["verdict"] for row in read(VERDICTS, "\t"))
    read_in_all, missed = sum(verdicts.values()), 1 - sum(right.values()) / len(right)
    shares = {name: verdicts[name] / read_in_all for name in ("ours", "overlap", "label")}
    still = sum(not right.get(row["id"], True) for row in read(VERDICTS, "\t"))
    return {
        "error study, read": f"{read_in_all}, of which still wrong today {still}",
        "error study, verdicts": ", ".join(f"{name} {share:.3f}" for name, share in shares.items()),
        "error study, ceiling of accuracy": f"{1 - missed * (shares['overlap'] + shares['label']):.3f}",
        "error study, accuracy where overlap counts as right": f"{1 - missed * shares['ours']:.3f}",
    }


def judged(truth: Any, said: Any, labels: list[str]) -> dict[str, str]:
    """Accuracy, macro-F1 and recall by class."""
    from sklearn.metrics import f1_score

    def macro(at: Any) -> float:
        return float(f1_score(truth[at], said[at], average="macro"))

    out = {
        "accuracy": shown(interval(lambda at: float((said[at] == truth[at]).mean()), len(truth))),
        "macro-F1": shown(interval(macro, len(truth), draws=200)),
    }
    for place, label in enumerate(labels):
        own = said[truth == place] == place
        out[f"recall of {label}"] = shown(interval(lambda at, own=own: float(own[at].mean()), len(own)))  # type: ignore[misc] # mypy sees no default in a lambda
    return out


def baseline(texts: list[str], truth: Any, folds: Any) -> Any:
    """The usual thing on the same folds."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    said = np.zeros_like(truth)
    for learn, judge in folds:
        usual = make_pipeline(
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), sublinear_tf=True, min_df=2), LinearSVC()
        )
        said[judge] = usual.fit([texts[at] for at in learn], truth[learn]).predict([texts[at] for at in judge])
    return said


def share_where(right: Any, chosen: Any) -> str:
    """The share right among the chosen, with how many they are."""
    own = right[chosen]
    return f"{shown(interval(lambda at: float(own[at].mean()), len(own)))} of {len(own)}" if len(own) else "none"


def read(path: Path, delimiter: str = ",") -> list[dict[str, str]]:
    """A table's rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=delimiter))
