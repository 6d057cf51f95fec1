"""What helps to write an answer: what the same hands wrote before, good answers to alike cases, templates filled from the case."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format

from yemai.base.people.models import Person

from ..answering import Answer, check_answer, grams
from ..models import Case, ReplyTemplate, StoryStep
from ..terms import GOOD_SCORE, Outcome, Stage, Verb
from .listing import cases_for

ANSWER_VERBS = frozenset({Verb.SUBMIT_FEEDBACK, Verb.REJECT})
"""Steps whose words are the answer a resident reads."""
RECENT, READ, SHOWN = 200, 200, 3
FIELD = re.compile(r"\{([^{}]{1,12})\}")
STRIPPED = (
    (re.compile(r"(?<!\d)1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?!\d)"), "【电话】"),
    (re.compile(r"(?<!\d)0\d{2,3}[-—－\s]?\d{7,8}(?!\d)"), "【电话】"),
    (re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)"), "【证件号】"),
    (re.compile(r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·\s]?[A-Z0-9]{5,6}"), "【车牌】"),
    (re.compile(r"(?:\d{4}年)?\d{1,2}月\d{1,2}[日号]|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|(?<!\d)\d{1,2}[日号](?=上午|下午|晚|前|起)"), "【日期】"),
    (re.compile(r"(?<!\d)\d{1,2}(?:[:：]\d{2}|[点时](?:半|\d{1,2}分)?)"), "【时间】"),
    (re.compile(r"\d{1,4}\s*[栋幢号座](?:楼)?(?:\s*\d{1,2}\s*(?:单元|门))?(?:\s*\d{2,4}\s*(?:室|户|房)?)?|\d{2,4}(?:室|户)"), "【地点】"),
    (re.compile(r"[一-龥](?=先生|女士|小姐|阿姨|大爷|大妈|奶奶|爷爷|师傅|某)"), "某"),
)  # fmt: skip
"""What belongs to that case alone, and the blank left in its place."""


@dataclass(frozen=True)
class GoodAnswer:
    """An answer to another case of the class, its own days, places and people taken out."""

    case: Case
    text: str
    percent: int


@dataclass(frozen=True)
class Filled:
    """A template with what is known of the case filled in."""

    template: ReplyTemplate
    text: str


def judged(case: Case, verb: Verb, text: str, actor: Person | None) -> Answer:
    """The check of an answer to this case, beside what the same hands wrote lately."""
    asked = f"{case.title} {case.text}"
    known = [one.name for one in (actor, case.handler, case.lead_department) if one]
    return check_answer(
        text,
        asked=asked,
        earlier=earlier_answers(case, verb, actor),
        known=known,
        is_refusal=verb == Verb.REJECT,
    )


def earlier_answers(case: Case, verb: Verb, actor: Person | None) -> list[str]:
    """Of the newest 200 answers in town those of the same person or unit, to other cases."""
    rows = (
        StoryStep.objects.filter(verb=verb)
        .order_by("-at")
        .values_list("case_id", "actor_id", "content__department", "text")[:RECENT]
    )
    unit, who = case.lead_department_id, actor.pk if actor else None
    return [
        text
        for case_id, actor_id, department, text in rows
        if case_id != case.pk and ((who and actor_id == who) or (unit and department == unit))
    ]


def good_answers(actor: Person, case: Case) -> list[GoodAnswer]:
    """Up to three answers to alike cases the actor may see: solved, residents content, the check content, nearest in words.

    Reads the newest 200 such cases of the class, along an index that holds no others.
    """
    if case.category_id is None:
        return []
    found = (
        cases_for(actor)
        .filter(category=case.category_id, stage=Stage.CLOSED, outcome=Outcome.SOLVED, score__gte=GOOD_SCORE)
        .exclude(pk=case.pk)
        .order_by("-closed_at")
        .only("id", "number", "tracking_code", "title", "text", "closed_at")[:READ]
    )
    by_id = {one.pk: one for one in found}
    newest: dict[int, str] = {}
    rows = StoryStep.objects.filter(case__in=list(by_id), verb=Verb.SUBMIT_FEEDBACK, is_public=True).order_by("seq")
    for case_id, text in rows.values_list("case_id", "text"):
        newest[case_id] = text
    return _best(case, by_id, newest)


def _best(case: Case, by_id: dict[int, Case], newest: dict[int, str]) -> list[GoodAnswer]:
    own, kept = grams(f"{case.title} {case.text}"), []
    for pk, text in newest.items():
        other = by_id[pk]
        answer = check_answer(text, asked=f"{other.title} {other.text}")
        if answer.is_good and answer.percent is not None:
            theirs = grams(f"{other.title} {other.text}")
            alike = len(own & theirs) / max(1, len(own | theirs))
            kept.append((alike + answer.percent / 1000, GoodAnswer(other, stripped(text), answer.percent)))
    kept.sort(key=lambda pair: -pair[0])
    once = {one.text: one for _worth, one in reversed(kept)}
    return sorted(once.values(), key=lambda one: [text.text for _worth, text in kept].index(one.text))[:SHOWN]


def stripped(text: str) -> str:
    """Without the days, places, numbers and names of its own case; each blank is seen, and the check names it."""
    for pattern, blank in STRIPPED:
        text = pattern.sub(blank, text)
    return text


def templates_for(case: Case, verb: Verb) -> QuerySet[ReplyTemplate]:
    """Those in use for this step and this class, the closest first."""
    code = case.category.code if case.category else ""
    starts = [code[:length] for length in range(len(code) + 1)]
    fitting = Q(category_code__in=starts)
    return ReplyTemplate.objects.filter(fitting, verb=verb, is_active=True).order_by(
        "-category_code", "outcome", "name"
    )


def filled(case: Case, verb: Verb, actor: Person, now: datetime) -> list[Filled]:
    """Every template that fits, with what is known filled in; what is not stays to be seen as 【…】."""
    known = known_of(case, actor, now)
    return [Filled(row, fill(row.text, known, row.outcome)) for row in templates_for(case, verb)]


def fill(text: str, known: dict[str, str], outcome: str = "") -> str:
    """Put the known in the place of {fields}; an unknown or empty one becomes a blank for the writer."""
    known = {**known, "结果": str(Outcome(outcome).label)} if outcome else known
    return FIELD.sub(lambda one: known.get(one.group(1)) or f"【{one.group(1)}】", text)


def known_of(case: Case, actor: Person, now: datetime) -> dict[str, Any]:
    """The fields of a template by the name that stands in it, in words for people."""
    local = timezone.localtime(now)
    return {
        "案卷号": case.number or case.tracking_code,
        "类别": case.category.label if case.category else "",
        "地点": case.place_text,
        "网格": case.node.label,
        "处置人": case.handler.label if case.handler else actor.label,
        "单位": case.lead_department.label if case.lead_department else "",
        "日期": date_format(local, "MONTH_DAY_FORMAT"),
        "到期": date_format(timezone.localtime(case.due_at), "MONTH_DAY_FORMAT") if case.due_at else "",
        "结果": str(Outcome(case.outcome).label) if case.outcome else "",
    }


def unknown_fields(text: str) -> list[str]:
    """Fields of a template nothing can fill: slips of the pen, told to whoever edits it."""
    names = {"案卷号", "类别", "地点", "网格", "处置人", "单位", "日期", "到期", "结果"}
    return [name for name in dict.fromkeys(FIELD.findall(text)) if name not in names]


__all__ = [
    "ANSWER_VERBS",
    "Filled",
    "GoodAnswer",
    "earlier_answers",
    "fill",
    "filled",
    "good_answers",
    "judged",
    "stripped",
    "unknown_fields",
]
