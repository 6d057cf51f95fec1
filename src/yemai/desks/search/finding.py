"""Everything a person may find, group by group."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.safestring import SafeString

from yemai.base.people.models import Person
from yemai.base.search.models import Waiting
from yemai.base.search.names import found
from yemai.base.search.waiting import READ_MOST
from yemai.kernel.codes import parse_tracking_code
from yemai.modules.cases.models import Case
from yemai.modules.cases.queries.finding import Found, best_found, newest_found
from yemai.modules.cases.queries.listing import cases_for, narrowed, newest

from .asking import Asked
from .highlighting import AROUND, marked
from .kinds import KINDS, Kind
from .terms import Group, Order

CASES_FEW, CASES_MANY = 10, 50
NAMES_FEW, NAMES_MANY = 5, 50
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z\s-]{3,39}")


@dataclass(frozen=True)
class Hit:
    """One line of a result; its words are escaped and marked."""

    label: Any
    title: SafeString
    line: SafeString
    url: str
    case: Case | None = None


@dataclass
class Section:
    """One group of results; `more` is the address of all of it, `following` of its next page ("": there is none).

    `is_cut`: there may be more than could be looked at or listed.
    """

    group: Group
    hits: list[Hit] = field(default_factory=list)
    more: str = ""
    following: str = ""
    is_cut: bool = False


def sections(actor: Person, asked: Asked, now: datetime) -> list[Section]:
    """The groups in which something was found, or the one asked for."""
    found_so = [_cases(actor, asked, now)] if asked.group in ("", Group.CASES) else []
    others = [group for group in Group if group != Group.CASES and asked.group in ("", group)]
    if asked.runs and (asked.group or not asked.is_filtered):  # a stage or a day is one of cases
        found_so += [_named(actor, asked, group) for group in others]
    return [one for one in found_so if one.hits]


def _cases(actor: Person, asked: Asked, now: datetime) -> Section:
    size = CASES_MANY if asked.group else CASES_FEW
    page = _page(actor, asked, now, size)
    section = Section(Group.CASES, [_case(one, asked.runs) for one in page.cases], is_cut=page.is_cut)
    if not asked.group and len(page.cases) == size:
        section.more = asked.address(kind=Group.CASES)
    if asked.group and page.last:
        section.following = asked.address(after=page.last)
    return section


def _page(actor: Person, asked: Asked, now: datetime, size: int) -> Found:
    if not asked.runs:  # a span of days alone is a list
        rows = newest(narrowed(cases_for(actor), asked.filter(), now)).defer("node__boundary")
        cases = list((rows.filter(pk__lte=asked.last) if asked.last else rows)[: size + 1])
        return Found(cases[:size], cases[size].pk if len(cases) > size else 0)
    if asked.order == Order.NEWEST:
        return newest_found(actor, asked.words, asked.filter(), now, size=size, last=asked.last)
    return best_found(actor, asked.words, asked.filter(), now, size=size)


def _case(case: Case, words: Sequence[str]) -> Hit:
    text = f"{case.title} {case.text}".strip()
    return Hit(
        label=case.category_name,
        title=marked(text, words, AROUND),
        line=marked(f"{case.place_text or case.node.label}", words),
        url=reverse("cases:case", args=[case.pk]),
        case=case,
    )


def _named(actor: Person, asked: Asked, group: Group) -> Section:
    most = NAMES_MANY if asked.group else NAMES_FEW
    section, left = Section(group), most
    for kind in KINDS:
        if kind.group == group and left:
            rows = found(kind, kind.seen(actor), asked.runs, left)
            section.hits += [_hit(actor, kind, row, asked.runs) for row in rows]
            left -= len(rows)
    if not left and not asked.group:
        section.more = asked.address(kind=group)
    section.is_cut = not left
    return section


def _hit(actor: Person, kind: Kind, row: Any, words: Sequence[str]) -> Hit:
    title, line = marked(kind.title(row), words), marked(kind.line(row), words, AROUND)
    return Hit(kind.label, title, line, kind.url(actor, row))


def jump(actor: Person, typed: str) -> str:
    """Where a code that was typed whole leads, "" when it is none that the actor may see."""
    if not _CODE.fullmatch(typed):
        return ""
    plain = re.sub(r"[\s-]", "", typed)
    own = Q(number=plain.upper())
    if tracking := parse_tracking_code(typed):
        own |= Q(tracking_code=tracking)
    case = cases_for(actor).filter(own).values_list("pk", flat=True).first()
    if case:
        return reverse("cases:case", args=[case])
    for kind in KINDS:
        if kind.code:
            row = kind.seen(actor).filter(**{kind.code: plain}).first()
            if row is not None:
                return kind.url(actor, row)
    return ""


def unindexed() -> int:
    """How many cases are not in the index and too many to be looked at one by one: it is being built."""
    count = Waiting.objects.count()
    return max(0, count - READ_MOST)
