"""What an address asks of the cases on a map: the same words for tiles, for what is counted and for what is listed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yemai.modules.cases.queries.listing import Filter
from yemai.modules.cases.terms import Lamp

AGES = {
    "day": (_("1 天以内"), 0, 1),
    "week": (_("1-7 天"), 1, 7),
    "month": (_("7-30 天"), 7, 30),
    "older": (_("30 天以上"), 30, None),
}
"""How long a case has been open: label, more than and at most so many days."""


def age_of(reported_at: datetime, at: datetime) -> str:
    """The age a case has at a moment, as `Asked.filter` narrows by it."""
    old = at - reported_at
    return next(key for key, (_label, _least, most) in AGES.items() if most is None or old <= timedelta(days=most))


@dataclass(frozen=True)
class Asked:
    """A day (None: now) and what the cases are narrowed to; words nobody knows are left out."""

    on: date | None = None
    lamp: str = ""
    age: str = ""
    category: str = ""
    words: str = ""
    is_all: bool = False
    """Closed ones too; otherwise those that stood open at the moment shown."""

    def moment(self, now: datetime) -> datetime:
        """The moment shown: the end of the day asked for, else now."""
        if self.on is None:
            return now
        return timezone.make_aware(datetime.combine(self.on + timedelta(days=1), time.min))

    def filter(self, now: datetime) -> Filter:
        """As the lists of cases take it."""
        at = self.moment(now)
        since, until = None, None
        if self.age:
            _label, least, most = AGES[self.age]
            since = at - timedelta(days=most) if most is not None else None
            until = at - timedelta(days=least) if least else None
        if self.is_all:
            return Filter(lamp=self.lamp, categories=self.category, words=self.words, since=since, until=until or (
                at if self.on else None
            ))  # fmt: skip
        return Filter(
            lamp=self.lamp, categories=self.category, words=self.words, since=since, until=until,
            is_open=None if self.on else True, standing_at=at if self.on else None,
        )  # fmt: skip


def asked_of(params: Mapping[str, str], today: date) -> Asked:
    """What the address asks; a day to come or today is now, and lamps are of now alone."""
    try:
        on = date.fromisoformat(params.get("on", ""))
    except ValueError:
        on = None
    on = on if on is not None and on < today else None
    lamp, age, category = params.get("lamp", ""), params.get("age", ""), params.get("category", "")
    return Asked(
        on=on,
        lamp=lamp if lamp in Lamp.values and on is None else "",
        age=age if age in AGES else "",
        category=category if category.isascii() and category.isalnum() and len(category) <= 5 else "",
        words=params.get("q", "").strip()[:60],
        is_all=params.get("cases", "") == "all",
    )
