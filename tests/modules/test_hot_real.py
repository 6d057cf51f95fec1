"""Hot issues on real complaints: every exact duplicate is found, and the silver groups come out as one would put them."""

from collections import Counter
from pathlib import Path

import pytest
from bench import evidence
from bench.duplicates import ESTATE, complaints, exact, groups_of, home_of, messages_of, pairs, usual

from yemai.modules.cases.alike.clustering import Tree

pytestmark = pytest.mark.no_database


def test_exact_duplicates_and_silver_groups(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not (shared_data / "complaints_hot.csv").is_file():
        pytest.skip(f"no complaints in {shared_data}")
    monkeypatch.setenv("YEMAI_SHARED_DATA", str(shared_data))
    assert evidence.source("complaints_hot.csv").is_file()
    rows, (rule, _days, most) = complaints(), usual()
    assert len(rows) <= most
    homes = home_of(Tree(messages_of(rows), metres=rule.metres).cut(rule.likeness))
    found = exact(rows, homes)
    assert found["exact_duplicates"] == found["found_by_mark_in_time_order"] == found["in_one_issue"] == 111
    groups = groups_of(rows)
    truth = {at: name for name, members in groups.items() for at in members}
    once = dict.fromkeys(range(len(rows)), 1)
    assert pairs(homes, truth, once, all_touching=True)[2] >= 0.85
    home, inside = Counter(homes.get(at) for at in groups["G1"]).most_common(1)[0]
    assert inside >= 54
    others = [at for at, row in enumerate(rows) if ESTATE in row["topic"] + row["text"] and row["dup_group"] != "G1"]
    assert others and sum(homes.get(at) == home for at in others) <= 2
