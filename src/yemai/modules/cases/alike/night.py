"""One night: a window of messages in, the issues as they then stand out. The job and the bench run this same function."""

from collections.abc import Sequence
from dataclasses import dataclass

from .clustering import Message, clusters
from .keeping import Kept, Known, kept
from .naming import Names


@dataclass(frozen=True)
class Rule:
    """What counts as the same and from how many messages on (the parameter `hot_issues`)."""

    likeness: float
    metres: float
    least: int


def night(messages: Sequence[Message], issues: Sequence[Known], rule: Rule) -> list[tuple[Kept, list[str]]]:
    """Every issue after the night with its words, [] where the night gave it none."""
    some = sorted(messages, key=lambda one: one.key)
    names = Names(some)
    groups, words = [], []
    for group in clusters(some, likeness=rule.likeness, metres=rule.metres):
        if len(group) >= rule.least and (name := names.name(group)):
            groups.append(group)
            words.append(name)
    found = kept(groups, issues, frozenset(one.key for one in some))
    return [(one, words[one.group] if one.group is not None else []) for one in found]
