"""A night's groups laid upon the hot issues known so far: an issue keeps its number as it grows, and what people decided holds."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Known:
    """An issue as the night finds it: cases the job put there, cases people put there, cases people took out."""

    key: int
    found: frozenset[int] = frozenset()
    by_hand: frozenset[int] = frozenset()
    refused: frozenset[int] = frozenset()


@dataclass
class Kept:
    """What the job's part of an issue is after the night. `key` None: a new issue. `into`: it has become part of another."""

    key: int | None
    found: set[int] = field(default_factory=set)
    group: int | None = None
    into: int | None = None


def kept(groups: Sequence[Sequence[int]], issues: Sequence[Known], window: frozenset[int]) -> list[Kept]:
    """The job's cases of every issue after the night; each case lies in one issue at most.

    A group belongs to the issue with which it shares most cases (the older where two share as many), each issue to one
    group. Of an issue with a group, cases of the window that are not in the group leave it; older ones stay. An issue
    without a group keeps its cases, but those that another issue's group has; once that is more than half of what the
    window holds of it, it has become part of that issue, which takes over its older cases. What people put in or took out stays so.
    """
    in_hand = {case: issue.key for issue in issues for case in issue.by_hand}
    matched = _matched(groups, issues)
    result = [Kept(issue.key) for issue in issues]
    by_key = {one.key: one for one in result}
    taken: dict[int, int | None] = {}
    for at, group in enumerate(groups):
        key = matched.get(at)
        issue = next((one for one in issues if one.key == key), None)
        refused = issue.refused if issue else frozenset()
        cases = {case for case in group if case not in in_hand and case not in refused}
        if key is None:
            result.append(Kept(None, cases, at))
            taken |= dict.fromkeys(cases)
        else:
            by_key[key].found, by_key[key].group = cases, at
            taken |= dict.fromkeys(cases, key)
    for issue in issues:
        one = by_key[issue.key]
        if one.group is not None:
            one.found |= {case for case in issue.found if case not in window and case not in taken}
            continue
        one.found = {case for case in issue.found if case not in taken}
        went = Counter(taken[case] for case in sorted(issue.found & window) if taken.get(case) is not None)
        key, count = went.most_common(1)[0] if went else (None, 0)
        if key is not None and 2 * count > len((issue.found | issue.by_hand) & window):
            by_key[key].found |= one.found - window  # of the window it has what its group has, tonight and tomorrow
            one.found, one.into = set(), key
    return [one for one in result if one.key is not None or one.found]


def _matched(groups: Sequence[Sequence[int]], issues: Sequence[Known]) -> dict[int, int]:
    """The issue of each group that has one."""
    home = {case: issue.key for issue in issues for case in issue.found | issue.by_hand}
    shared = Counter((home[case], at) for at, group in enumerate(groups) for case in group if case in home)
    matched: dict[int, int] = {}
    used: set[int] = set()
    for key, at in sorted(shared, key=lambda pair: (-shared[pair], pair)):
        if at not in matched and key not in used:
            matched[at] = key
            used.add(key)
    return matched
