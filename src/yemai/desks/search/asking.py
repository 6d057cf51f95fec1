"""What an address asks of the search: words, a span of days, a group, filters, an order; all of it can be sent to a colleague."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.utils.http import urlencode

from yemai.base.search.words import runs
from yemai.kernel.refusals import Refused
from yemai.modules.cases.queries.listing import Filter
from yemai.modules.cases.terms import Stage

from . import dates
from .terms import Group, Order

WORDS_MOST = 80
RUNS_MOST = 12


@dataclass(frozen=True)
class Asked:
    """`typed` is the box as it was filled, `words` the same without the days that it names."""

    typed: str = ""
    words: str = ""
    runs: tuple[str, ...] = ()
    group: str = ""
    stage: str = ""
    order: Order = Order.BEST
    since: date | None = None
    until: date | None = None
    is_said: bool = False
    """The days come from the words, not from the fields."""
    last: int = 0
    problem: Refused | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing to look for."""
        return not self.runs and not self.since and not self.until

    @property
    def is_filtered(self) -> bool:
        """Narrowed by what only cases have."""
        return bool(self.stage or self.since or self.until)

    def filter(self) -> Filter:
        """As lists of cases take it."""
        return Filter(
            stage=self.stage,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + timedelta(days=1)) if self.until else None,
        )

    def address(self, **other: str | int) -> str:
        """The query of this view with some parts otherwise."""
        said: dict[str, str | int] = {"q": self.typed, "kind": self.group, "stage": self.stage}
        if not self.is_said:
            said |= {"since": str(self.since or ""), "until": str(self.until or "")}
        said |= {"order": self.order if self.order != Order.BEST else ""} | other
        return urlencode({name: value for name, value in said.items() if value})


def asked_of(params: Mapping[str, str] | MultiValueDict[str, str], today: date) -> Asked:
    """Read an address. What can't be meant is left out, but a day that is in no calendar is told (`problem`)."""
    typed = " ".join(str(params.get("q") or "").split())[:WORDS_MOST]
    group, stage, order = (str(params.get(name) or "") for name in ("kind", "stage", "order"))
    last = str(params.get("after") or "")
    words, span, since, until, problem = typed, None, None, None, None
    try:
        since, until = (dates.field_day(str(params.get(name) or "")) for name in ("since", "until"))
        dates.check(since, until)
        words, span = dates.dated(typed, today)
    except Refused as refused:
        problem = refused
    is_said = span is not None and since is None and until is None
    if span is not None and is_said:
        since, until = span.since, span.until
    return Asked(
        typed=typed,
        words=words,
        runs=tuple(dict.fromkeys(runs(words)))[:RUNS_MOST],
        group=group if group in Group.values else "",
        stage=stage if stage in Stage.values else "",
        order=Order(order) if order in Order.values else Order.BEST,
        since=since,
        until=until,
        is_said=is_said,
        last=int(last) if last.isascii() and last.isdigit() and len(last) < 16 else 0,
        problem=problem,
    )


def _midnight(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time.min))
