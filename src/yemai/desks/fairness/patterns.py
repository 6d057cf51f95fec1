"""The patterns: what is counted of each person, out of what, and which cases it was.

Each is a reason to ask, never a finding: a good worker may well mend a lamp they have just found. So nobody is shown for a
handful of cases, the share of everybody stands beside each, and what a person sees is rows to be looked at.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.db.models.functions import Length, Mod
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.base.parameters.queries import parameter
from yemai.base.territory.models import Node
from yemai.base.territory.rules import ids_of
from yemai.modules.assessment.models import CaseFact
from yemai.modules.cases.models import CasePhoto, StoryStep
from yemai.modules.cases.models.story import Contact
from yemai.modules.cases.terms import Verb

DAYS = 90
LEAST = 5
"""Cases of a pattern under which nobody is shown."""
TIMES = 2
"""And only who has so many times the share of everybody."""
QUICK_MINUTES = 15
SHIFT_END_MINUTES = 15
BURST = 3
COPIES = 3
TEXT_LEAST = 12
"""Letters of a text from which on the same words twice say something."""
DAY = 24 * 3600
Found = tuple[Counter[int], Counter[int]]
"""By person: how many cases of the pattern, out of how many."""


@dataclass(frozen=True)
class Span:
    """The ground and the time that is looked at."""

    node: Node
    since: datetime
    now: datetime

    def facts(self) -> QuerySet[CaseFact]:
        """The facts of it."""
        level = f"node_{len(ids_of(self.node.path))}"
        return CaseFact.objects.filter(
            reported_at__gte=int(self.since.timestamp()), is_excluded=False, **{level: self.node.pk}
        )

    def below(self, path: str) -> dict[str, str]:
        """A filter on a column that holds a path."""
        return {f"{path}__gte": self.node.path, f"{path}__lt": self.node.path + "z"}


@dataclass(frozen=True)
class Pattern:
    """One pattern: its name, what it says, how it is counted, and its cases of one person."""

    key: str
    label: Any
    words: Any
    counted: Callable[[Span], Found]
    cases: Callable[[Span, int], Iterable[int]]


@dataclass(frozen=True)
class Sign:
    """One person in a pattern; shares from 0 to 1."""

    person: int
    num: int
    den: int
    everybody: float

    @property
    def share(self) -> float:
        """Their own."""
        return self.num / self.den


def span_of(node: Node, now: datetime) -> Span:
    """The last ninety days on a piece of ground."""
    return Span(node, now - timedelta(days=DAYS), now)


def signs(found: Found) -> list[Sign]:
    """Who is shown, the largest share first: enough cases, and twice the share of everybody (or it is all they do)."""
    nums, dens = found
    everybody = sum(nums.values()) / max(sum(dens.values()), 1)
    rows = [Sign(one, number, dens[one], everybody) for one, number in nums.items() if number >= LEAST and dens[one]]
    return sorted(
        (row for row in rows if row.share >= min(TIMES * everybody, 1.0)), key=lambda row: (-row.share, row.person)
    )


# --- found and settled at once ---


def _own(span: Span) -> QuerySet[CaseFact]:
    return span.facts().filter(source="field", finder_id__isnull=False)


def _quick() -> Q:
    return Q(handler_id=F("finder_id"), disposed_at__lte=F("reported_at") + QUICK_MINUTES * 60)


def quick(span: Span) -> Found:
    """Found by a person and settled by the same within minutes, out of what they found."""
    return _counted(_own(span), "finder_id", _quick())


def quick_cases(span: Span, person: int) -> Iterable[int]:
    """Which."""
    return _own(span).filter(_quick(), finder_id=person).values_list("case_id", flat=True)


# --- when ---


def _disposed(span: Span) -> QuerySet[CaseFact]:
    offset = int(timezone.localtime(span.now).utcoffset().total_seconds())  # type: ignore[union-attr]  # it is aware
    return (
        span.facts()
        .filter(disposed_at__isnull=False, handler_id__isnull=False)
        .annotate(second=Mod(F("disposed_at") + offset, DAY))
    )


def _at_the_end(span: Span) -> Q:
    found = Q(pk__in=[])
    for _begin, end in parameter("work_hours", timezone.localdate(span.now)):
        hours, minutes = (int(part) for part in end.split(":")[:2])
        last = (hours * 60 + minutes) * 60 or DAY
        found |= Q(second__gte=last - SHIFT_END_MINUTES * 60, second__lt=last)
    return found


def at_the_end(span: Span) -> Found:
    """Settled in the last minutes of a shift, out of what they settled."""
    return _counted(_disposed(span), "handler_id", _at_the_end(span))


def end_cases(span: Span, person: int) -> Iterable[int]:
    """Which."""
    return _disposed(span).filter(_at_the_end(span), handler_id=person).values_list("case_id", flat=True)


def _bursts(span: Span) -> Any:
    minutes = _disposed(span).annotate(minute=F("disposed_at") - Mod(F("disposed_at"), 60)).order_by()
    return minutes.values("handler_id", "minute").annotate(n=Count("pk")).filter(n__gte=BURST)


def bursts(span: Span) -> Found:
    """Several settled within one minute, out of what they settled."""
    nums: Counter[int] = Counter()
    for row in _bursts(span):
        nums[row["handler_id"]] += row["n"]
    return nums, _counted(_disposed(span), "handler_id", Q())[1]


def burst_cases(span: Span, person: int) -> Iterable[int]:
    """Which."""
    starts = list(_bursts(span).filter(handler_id=person).values_list("minute", flat=True)[:200])
    within = Q(pk__in=[])
    for start in starts:
        within |= Q(disposed_at__gte=start, disposed_at__lt=start + 60)
    return _disposed(span).filter(within, handler_id=person).values_list("case_id", flat=True)


# --- copies ---


def _feedback(span: Span) -> QuerySet[StoryStep]:
    steps = StoryStep.objects.filter(
        verb=Verb.SUBMIT_FEEDBACK, at__gte=span.since, actor__isnull=False, **span.below("case__path")
    )
    return steps.annotate(length=Length("text")).filter(length__gte=TEXT_LEAST).order_by()


def texts(span: Span) -> Found:
    """The same words in several cases, out of what they wrote."""
    nums: Counter[int] = Counter()
    copied = _feedback(span).values("actor_id", "text").annotate(n=Count("case", distinct=True)).filter(n__gte=COPIES)
    for row in copied:
        nums[row["actor_id"]] += row["n"]
    dens = dict(_feedback(span).values_list("actor_id").annotate(n=Count("case", distinct=True)))
    return nums, Counter(dens)


def text_cases(span: Span, person: int) -> Iterable[int]:
    """Which."""
    mine = _feedback(span).filter(actor_id=person)
    copied = mine.values("text").annotate(n=Count("case", distinct=True)).filter(n__gte=COPIES).values("text")
    return mine.filter(text__in=copied).values_list("case_id", flat=True).distinct()


def _photos(span: Span) -> QuerySet[CasePhoto]:
    return CasePhoto.objects.filter(
        created_at__gte=span.since, file__created_by_id__isnull=False, **span.below("case__path")
    ).order_by()


def photos(span: Span) -> Found:
    """The very same photo in several cases, out of the cases they photographed."""
    nums: Counter[int] = Counter()
    rows = _photos(span).values("file__created_by_id", "file__source_sha256")
    for row in rows.annotate(n=Count("case", distinct=True)).filter(n__gte=2):
        nums[row["file__created_by_id"]] += row["n"]
    dens = dict(_photos(span).values_list("file__created_by_id").annotate(n=Count("case", distinct=True)))
    return nums, Counter(dens)


def photo_cases(span: Span, person: int) -> Iterable[int]:
    """Which."""
    mine = _photos(span).filter(file__created_by_id=person)
    copied = mine.values("file__source_sha256").annotate(n=Count("case", distinct=True)).filter(n__gte=2)
    return (
        mine.filter(file__source_sha256__in=copied.values("file__source_sha256"))
        .values_list("case_id", flat=True)
        .distinct()
    )


# --- scores from one phone ---


def _scored(span: Span) -> dict[int, int]:
    """Scored cases with who handled them."""
    rows = span.facts().filter(score__isnull=False, handler_id__isnull=False)
    return {case: handler for case, handler in rows.values_list("case_id", "handler_id") if handler is not None}


def _phones(span: Span) -> dict[tuple[int, str], list[int]]:
    """By handler and blind hash of the phone that reported: the scored cases. No number, no name."""
    handlers = _scored(span)
    found: dict[tuple[int, str], list[int]] = {}
    seen = Contact.objects.filter(
        case__reported_at__gte=span.since, case__score__isnull=False, **span.below("case__path")
    )
    for case_id, phone in seen.exclude(device_hash="").values_list("case_id", "device_hash").distinct():
        if case_id in handlers:
            found.setdefault((handlers[case_id], phone), []).append(case_id)
    return {key: cases for key, cases in found.items() if len(cases) >= COPIES}


def one_phone(span: Span) -> Found:
    """Scored cases that came from one phone, out of the scored ones."""
    nums: Counter[int] = Counter()
    for (handler, _phone), cases in _phones(span).items():
        nums[handler] += len(cases)
    return nums, Counter(_scored(span).values())


def phone_cases(span: Span, person: int) -> Iterable[int]:
    """Which."""
    return [case for (handler, _phone), cases in _phones(span).items() if handler == person for case in cases]


def _counted(facts: QuerySet[CaseFact], column: str, of: Q) -> Found:
    rows = facts.order_by().values_list(column).annotate(n=Count("pk", filter=of) if of else Count("pk"), d=Count("pk"))
    nums: Counter[int] = Counter()
    dens: Counter[int] = Counter()
    for person, number, whole in rows:
        nums[person], dens[person] = number, whole
    return nums, dens


PATTERNS: dict[str, Pattern] = {
    one.key: one
    for one in (
        Pattern("quick", _("自报自结"), _("自己发现，15 分钟内自己办结，占其发现的件数"), quick, quick_cases),
        Pattern("one-phone", _("同一部手机的评价"), _("同一部手机报来并评价的 3 件以上，占其被评价的件数"), one_phone, phone_cases),
        Pattern("shift-end", _("下班前办结"), _("在每班最后 15 分钟办结，占其办结的件数"), at_the_end, end_cases),
        Pattern("bursts", _("一分钟内多件"), _("同一分钟内办结 3 件以上，占其办结的件数"), bursts, burst_cases),
        Pattern("texts", _("反馈文字雷同"), _("同样的反馈用在 3 件以上，占其反馈的件数"), texts, text_cases),
        Pattern("photos", _("照片重复"), _("同一张照片用在 2 件以上，占其拍照的件数"), photos, photo_cases),
    )
}  # fmt: skip
