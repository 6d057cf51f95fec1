"""Is it one of these? Cases that say the same, anywhere in one's reach or near by, each with why; for staff at intake.

Residents are asked `public.near_duplicates`, which shows nothing of what concerns a person or a family.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.kernel.coordinates import distance_m

from ..alike.words import fingerprint, likeness, shared_words
from ..models import Case
from ..terms import OPEN_STAGES, Stage
from .listing import cases_for
from .public import NEAR_DEGREES_PER_METRE, may_be_same

READ_MOST = 120
SAME_MOST = 30
"""Cases compared word by word; the newest near by. More would cost the caller's patience and find what is older still."""
LIKE = 0.12
COMPARED = ("pk", "title", "text", "text_hash", "lon", "lat", "stage", "reported_at")
SHOWN = 5


@dataclass(frozen=True)
class Alike:
    """A case that may be the same, and why it is proposed."""

    case: Case
    likeness: float
    reasons: list[str]

    @property
    def is_over(self) -> bool:
        """Closed: nothing to follow, but to be done again or looked at."""
        return self.case.stage not in OPEN_STAGES


def alike_for(
    actor: Person, *, text: str, lon: float | None, lat: float | None, node: Node | None, now: datetime
) -> list[Alike]:
    """The same words first, then what is near in place and time and says something alike; five at most.

    Four questions, each over an index and of a bounded number of rows.
    """
    within, mark = parameter("alike"), fingerprint(text)
    if not mark:
        return []
    same = list(Case.objects.filter(text_hash=mark).order_by("-id").values_list("pk", flat=True)[:SAME_MOST])
    near = _near(lon, lat, node, now - timedelta(days=within["days"]), float(within["metres"]))
    seen = cases_for(actor).filter(pk__in={*same, *near}).exclude(stage=Stage.VOIDED)
    rows = list(seen.values_list(*COMPARED, named=True))
    others = [row for row in rows if row.text_hash != mark]
    score = {row.pk: 1.0 for row in rows if row.text_hash == mark}
    score |= zip((row.pk for row in others), likeness(text, [f"{row.title} {row.text}" for row in others]), strict=True)
    narrow = parameter("duplicate")
    likely = [row.pk for row in rows if score[row.pk] >= LIKE or _is_here_and_now(row, text, lon, lat, now, narrow)]
    order = sorted(likely, key=lambda pk: (-score[pk], -pk))[:SHOWN]
    cases = Case.objects.select_related("node", "category", "handler", "lead_department").in_bulk(order)
    return [Alike(cases[pk], score[pk], _reasons(cases[pk], text, mark, lon, lat)) for pk in order if pk in cases]


def _near(lon: float | None, lat: float | None, node: Node | None, since: datetime, metres: float) -> list[int]:
    """The newest cases since then, within so many metres of the point; without a point, of the same micro-grid.

    Answered from an index alone, whoever may see them: what the actor may not see is left out before anything is shown.
    """
    if lon is not None and lat is not None:
        slack = metres * NEAR_DEGREES_PER_METRE
        place = Q(lat__range=(lat - slack, lat + slack), lon__range=(lon - 1.6 * slack, lon + 1.6 * slack))
        found = Case.objects.filter(place, reported_at__gte=since).order_by("-reported_at")
        points = found.values_list("pk", "lon", "lat")[:READ_MOST]
        return [pk for pk, east, north in points if distance_m(lon, lat, east or 0, north or 0) <= metres]
    if node is not None and node.tier.is_settling:
        newest = Case.objects.filter(path=node.path).order_by("-id").values_list("pk", "reported_at")[:READ_MOST]
        return [pk for pk, at in newest if at >= since]
    return []


def _is_here_and_now(
    row: Any, text: str, lon: float | None, lat: float | None, now: datetime, narrow: dict[str, Any]
) -> bool:
    """The narrow rule that residents are asked by too: open, a few steps and hours away, a pair of characters in common."""
    if row.stage not in OPEN_STAGES or row.reported_at < now - timedelta(hours=float(narrow["hours"])):
        return False
    is_here = None in (lon, lat, row.lon, row.lat) or (
        distance_m(lon or 0, lat or 0, row.lon or 0, row.lat or 0) <= narrow["metres"]
    )
    return is_here and may_be_same(text, row.text)


def _reasons(case: Case, text: str, mark: str, lon: float | None, lat: float | None) -> list[str]:
    """Why it is proposed, in words."""
    said = []
    if case.text_hash == mark:
        said.append(_("同一段文字"))
    elif words := shared_words(text, f"{case.title} {case.text}"):
        said.append(_("相同的词：%(words)s") % {"words": _("、").join(words)})
    if None not in (lon, lat, case.lon, case.lat):
        assert lon is not None and lat is not None and case.lon is not None and case.lat is not None  # noqa: S101 - asked just now
        said.append(_("相距 %(n)d 米") % {"n": round(distance_m(lon, lat, case.lon, case.lat))})
    if case.stage not in OPEN_STAGES:
        said.append(_("已并案") if case.stage == Stage.MERGED else _("已结案，没解决可申请重办"))
    return said
