"""Real messages, where they lie beside the checkout: how right the classes are, and that nothing judged was learnt."""

import csv
from pathlib import Path

import pytest
from bench.triage import apart, read

from yemai.base.triage.classifier import plain

pytestmark = pytest.mark.no_database
SOURCE = Path(__file__).parents[2] / "src"
RUN = 14
"""So many characters in a row are no chance: whoever has them has the sentence."""


def texts(shared_data: Path, name: str, *columns: str) -> list[str]:
    csv.field_size_limit(10_000_000)
    return ["".join(row[column] for column in columns) for row in read(shared_data / name)]


def test_no_message_that_judges_stands_in_what_ships(shared_data: Path) -> None:
    judged = {
        words[at : at + RUN]
        for name, columns in (
            ("complaints_labelled_train.csv", ("topic", "text")),
            ("complaints_hot.csv", ("topic", "text")),
            ("complaints_replies.csv", ("topic", "text", "reply")),
            ("complaints_test_unlabelled.csv", ("topic", "text")),
        )
        for words in map(plain, texts(shared_data, name, *columns))
        for at in range(0, max(len(words) - RUN, 0))
    }
    bench = Path(__file__).parents[2] / "bench"
    shipped = [path for path in SOURCE.rglob("*") if path.suffix in (".py", ".json", ".tsv", ".txt", ".html")]
    for path in [*shipped, *bench.glob("*.tsv")]:
        words = plain(path.read_text("utf-8"))
        found = {words[at : at + RUN] for at in range(len(words) - RUN)} & judged
        chinese = {run for run in found if sum("\u4e00" <= one <= "\u9fff" for one in run) > RUN - 3}
        assert not chinese, (path.name, sorted(chinese)[:5])


def test_folds_share_no_message(shared_data: Path) -> None:
    import numpy as np

    rows = read(shared_data / "complaints_labelled_train.csv")
    truth = np.unique([row["category"] for row in rows], return_inverse=True)[1]
    said = [row["text"] for row in rows]
    judged = []
    for learn, judge in apart(truth, said):
        assert not {plain(said[at])[-80:] for at in learn} & {plain(said[at])[-80:] for at in judge}
        judged += judge.tolist()
    assert sorted(judged) == list(range(len(rows)))
