"""What lies in a window of the map: counts for the legend, the rows beside it; each dimension is counted with itself left open."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from yemai.base.people.models import Person
from yemai.desks.tiles.asking import AGES, Asked
from yemai.modules.cases.map_index import in_window
from yemai.modules.cases.models import Case, Category
from yemai.modules.cases.queries.listing import cases_for, lamp_q, narrowed
from yemai.modules.cases.terms import Lamp

Window = tuple[float, float, float, float]
"""West, south, east, north; WGS-84 degrees."""
CATEGORIES_SHOWN = 8


@dataclass(frozen=True)
class Entry:
    """One line of the legend: a word of the address, its label and how many there are."""

    value: str
    label: Any
    count: int
    chosen: bool


@dataclass(frozen=True)
class Legend:
    """What the cases in the window are, by each dimension; lines of nothing are left out, the chosen one stays."""

    total: int
    unplaced: int
    """Cases of the same kind that have no place, so that no map shows them."""
    lamps: list[Entry]
    ages: list[Entry]
    categories: list[Entry]


def in_sight(actor: Person, asked: Asked, window: Window | None, now: datetime) -> QuerySet[Case]:
    """The cases an actor may see that the address asks for, in a window (all of them without one)."""
    found = narrowed(cases_for(actor), asked.filter(now), now)
    return found if window is None else in_window(found, *window)


def legend(actor: Person, asked: Asked, window: Window, now: datetime) -> Legend:
    """Five questions, however many lines."""

    def sight(**left_open: str) -> QuerySet[Case]:
        return in_sight(actor, replace(asked, **left_open), window, now).order_by()  # type: ignore[arg-type]  # words alone

    return Legend(
        total=sight().count(),
        unplaced=in_sight(actor, asked, None, now).filter(lon__isnull=True).count(),
        lamps=[] if asked.on else _lamps(sight(lamp=""), asked, now),
        ages=_ages(lambda **more: in_sight(actor, replace(asked, **more), window, now).order_by(), asked, now),
        categories=_categories(sight(category=""), asked),
    )


def _shown(entries: list[Entry]) -> list[Entry]:
    return [one for one in entries if one.count or one.chosen]


def _lamps(cases: QuerySet[Case], asked: Asked, now: datetime) -> list[Entry]:
    shown = [one for one in Lamp if one != Lamp.NONE]
    counts = cases.aggregate(**{one.value: Count("pk", filter=lamp_q(one, now)) for one in shown})
    return _shown([Entry(one.value, one.label, counts[one.value], asked.lamp == one.value) for one in shown])


def _ages(sight: Callable[..., QuerySet[Case]], asked: Asked, now: datetime) -> list[Entry]:
    conditions = {}
    for key in AGES:
        by = replace(asked, age=key).filter(now)
        within = Q()
        within &= Q(reported_at__gte=by.since) if by.since else Q()
        within &= Q(reported_at__lt=by.until) if by.until else Q()
        conditions[key] = Count("pk", filter=within)
    counts = sight(age="").aggregate(**conditions)
    return _shown([Entry(key, words[0], counts[key], asked.age == key) for key, words in AGES.items()])


def _categories(cases: QuerySet[Case], asked: Asked) -> list[Entry]:
    """The commonest classes; the one chosen is among them."""
    rows = cases.values_list("category__kind", "category__major", "category__minor").annotate(n=Count("pk"))
    counted = {
        f"{kind or ''}{major or ''}{minor or ''}": n for kind, major, minor, n in rows.order_by("-n", "category")
    }
    names = {f"{one.kind}{one.major}{one.minor}": one.label for one in Category.objects.filter(is_active=True)}
    entries = [Entry(code, names.get(code, code), n, asked.category == code) for code, n in counted.items() if code]
    if asked.category and asked.category not in counted:
        entries.append(Entry(asked.category, names.get(asked.category, asked.category), 0, True))
    first = entries[:CATEGORIES_SHOWN] + [one for one in entries[CATEGORIES_SHOWN:] if one.chosen]
    rest = sum(one.count for one in entries[CATEGORIES_SHOWN:] if not one.chosen) + counted.get("", 0)
    return [*first, *([Entry("", _("其他和未分类"), rest, chosen=False)] if rest else [])]
