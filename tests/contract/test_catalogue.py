"""The example catalogue: every limit reads, every code stands once, every condition says when it is over."""

import csv
import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from yemai.kernel.worktime import Limit, Unit
from yemai.modules.cases.actions.catalogue import example_catalogue
from yemai.modules.cases.models import Category, FilingCondition

NEXT_TO_THE_CHECKOUT = Path(__file__).parents[2].parent / "shared/data"
SHARED = Path(os.environ.get("YEMAI_SHARED_DATA") or NEXT_TO_THE_CHECKOUT)
CODES = {"E": SHARED.parent / "domain/categories_events.tsv", "C": SHARED.parent / "domain/categories_parts.tsv"}
NORMS = SHARED / "urban_case_standards.csv"
HOTLINE_LIMITS = {"2UH", "1UD", "1WD", "7WD", "15WD"}


def minors() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every small class with its full code."""
    for kind in example_catalogue()["kinds"]:
        for major in kind["majors"]:
            for minor in major["minors"]:
                yield f"{kind['kind']}{major['code']}{minor['code']}", minor


def conditions() -> Iterator[tuple[str, dict[str, str]]]:
    """Every filing condition with its class's code."""
    for code, minor in minors():
        for condition in minor["conditions"]:
            yield code, condition


def test_it_is_labelled_an_example_not_a_norm() -> None:
    catalogue = example_catalogue()
    assert "示例" in catalogue["label"] and "非国家标准" in catalogue["basis"]
    assert "xample" in catalogue["label_en"]


def test_every_code_stands_once_and_has_two_digits_each() -> None:
    codes = Counter(code for code, _ in minors())
    assert [code for code, times in codes.items() if times > 1] == []
    assert [code for code in codes if not (len(code) == 5 and code[1:].isdigit())] == []


def test_the_general_class_for_what_nobody_can_name_exists() -> None:
    assert "S9999" in dict(minors())


def test_every_limit_reads_and_urgent_units_are_urgent() -> None:
    urgent = {Unit.UH, Unit.UD}
    wrong = [
        (code, row["text"])
        for code, row in conditions()
        if (Limit.parse(row["limit"]).unit in urgent) != (row["priority"] == "urgent")
    ]
    assert wrong == []
    assert {row["priority"] for _, row in conditions()} == {"urgent", "major", "ordinary"}


def test_services_keep_the_four_hotline_classes() -> None:
    assert {row["limit"] for code, row in conditions() if code[0] == "S"} <= HOTLINE_LIMITS


def test_every_class_says_what_it_is_and_when_it_is_over() -> None:
    silent = [code for code, m in minors() if not (m["conditions"] and m["name"] and m["name_en"] and m["description"])]
    endless = [code for code, row in conditions() if not (row["text"].strip() and row["closing"].strip())]
    assert silent == [] and endless == []


def test_every_class_but_the_general_one_can_be_proposed_by_a_residents_words() -> None:
    poor = [code for code, m in minors() if code != "S9999" and not 5 <= len(set(m["keywords"])) <= 12]
    vague = [(code, word) for code, m in minors() for word in m["keywords"] if len(word) < 2]
    assert poor == [] and vague == []


def test_everything_fits_its_column() -> None:
    def room(model: type, field: str) -> int:
        return int(model._meta.get_field(field).max_length)

    long = [code for code, m in minors() for f in ("name", "name_en", "description") if len(m[f]) > room(Category, f)]
    long += [code for code, c in conditions() for f in ("text", "closing") if len(c[f]) > room(FilingCondition, f)]
    assert long == []


@pytest.mark.parametrize("kind", ["E", "C"])
def test_codes_and_limits_are_those_of_the_city_it_follows(kind: str) -> None:
    if not CODES[kind].exists():
        pytest.skip(
            f"{CODES[kind].name} is not beside this checkout; set YEMAI_SHARED_DATA to compare codes and limits"
        )
    with CODES[kind].open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    theirs = {
        f"{kind}{row['major']}{row['minor']}": (
            row["ext"] == "E",
            [pair.rsplit(":", 1)[1] for pair in row["issue:limit"].split("; ")],
        )
        for row in rows
    }
    ours = {
        code: (minor["is_extension"], [row["limit"] for row in minor["conditions"]])
        for code, minor in minors()
        if code[0] == kind
    }
    assert ours == theirs


def test_the_sentences_are_our_own() -> None:
    if not NORMS.exists():
        pytest.skip(f"{NORMS.name} is not beside this checkout; set YEMAI_SHARED_DATA to compare wordings")
    with NORMS.open(encoding="utf-8-sig") as lines:
        theirs = {
            row[name].strip("。 ") for row in csv.DictReader(lines) for name in ("open_condition", "close_condition")
        }
    copied = [
        (code, text)
        for code, row in conditions()
        for text in (row["text"], row["closing"])
        if text.strip("。 ") in theirs
    ]
    assert copied == []
