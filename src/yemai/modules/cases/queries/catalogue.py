"""The catalogue in force: categories by id or words, and the general class for what nobody has classed yet."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import revision
from yemai.base.triage.classifier import Message
from yemai.base.triage.queries import current
from yemai.kernel.refusals import Refused

from ..models import Case, Catalogue, Category
from ..terms import Kind

SUBJECT = "category"
"""What the classifier of this room is asked."""
SURE, LEAST_SURE = 0.6, 0.2
FALLBACK = (Kind.SERVICE, "99", "99")
"""Kind, 大类 and 小类 of "other matters" in every catalogue."""


def catalogue_on(day: date | None = None) -> Catalogue | None:
    """The newest catalogue in force on `day` (today)."""
    day = day or timezone.localdate()
    return (
        Catalogue.objects.filter(effective_from__lte=day)
        .exclude(effective_to__lt=day)
        .order_by("-effective_from", "-id")
        .first()
    )


def categories() -> QuerySet[Category]:
    """The classes that may be chosen today, in code order."""
    return Category.objects.filter(catalogue=catalogue_on(), is_active=True).order_by("kind", "major", "minor")


def category_named(category_id: int | None) -> Category | None:
    """A class that is still in use."""
    return Category.objects.filter(pk=category_id, is_active=True).first() if category_id else None


def fallback_category() -> Category:
    """The general class. Raises Refused `no-catalogue` where no catalogue is installed."""
    kind, major, minor = FALLBACK
    found = categories().filter(kind=kind, major=major, minor=minor).first() or categories().filter(kind=kind).last()
    if found is None:
        raise Refused("no-catalogue", _("尚未安装类别目录，请管理员先运行 yemai init。"), status=503)
    return found


@lru_cache(maxsize=1)
def _words(catalogue_id: int | None, count: int, revision: int) -> tuple[tuple[str, int], ...]:
    rows = Category.objects.filter(catalogue=catalogue_id, is_active=True).values_list("pk", "name", "keywords")
    pairs = [(word, pk) for pk, name, keywords in rows for word in {name, *keywords} if len(word) >= 2]
    return tuple(sorted(pairs, key=lambda pair: -len(pair[0])))


@dataclass(frozen=True)
class CategoryProposal:
    """A likely class, how sure (0 to 1; None where only its keywords spoke) and the words that spoke for it."""

    category: Category
    confidence: float | None
    because: list[str]

    @property
    def percent(self) -> int | None:
        """How sure, as people read it."""
        return None if self.confidence is None else round(self.confidence * 100)


def propose_categories(text: str, title: str = "", most: int = 3) -> list[CategoryProposal]:
    """Likely classes for a text with the words that spoke for each; a proposal only, a person decides.

    The model in use speaks where it knows the catalogue in force; where it is not sure, or there is none yet, what the
    catalogue names as keywords comes first.
    """
    catalogue = catalogue_on()
    if catalogue is None:
        return []
    model = current(SUBJECT)
    found = (
        model.propose(Message(text, title), most) if model and model.card.get("catalogue") == catalogue.version else []
    )
    known = {one.code: one for one in categories()} if found else {}
    proposed = [
        CategoryProposal(known[one.label], one.confidence, list(one.because))
        for one in found
        if one.label in known and one.confidence >= LEAST_SURE
    ]
    if proposed and (proposed[0].confidence or 0) >= SURE:
        return proposed
    spoken = _by_keywords(catalogue, f"{title} {text}", most)
    named = {one.category.pk for one in spoken}
    return [*spoken, *(one for one in proposed if one.category.pk not in named)][:most]


def _by_keywords(catalogue: Catalogue, text: str, most: int) -> list[CategoryProposal]:
    """Classes whose names or keywords stand in the text, the longest first."""
    said: dict[int, list[str]] = {}
    for word, pk in _words(catalogue.pk, Category.objects.filter(catalogue=catalogue).count(), revision()):
        if word in text:
            said.setdefault(pk, []).append(word)
    best = sorted(said, key=lambda pk: -sum(len(word) for word in said[pk]))[:most]
    found = Category.objects.in_bulk(best)
    return [CategoryProposal(found[pk], None, said[pk][:4]) for pk in best]


def is_used(catalogue: Catalogue) -> bool:
    """Does a case bear one of its classes? From then on it stays as it is."""
    return Case.objects.filter(category__catalogue=catalogue).exists()
