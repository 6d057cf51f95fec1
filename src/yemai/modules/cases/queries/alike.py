"""Is it one of these? Cases that say the same, anywhere in one's reach or near by, each with why; for staff at intake.

Residents are asked `public.near_duplicates`, which shows nothing of what concerns a person or a family.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
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

READ_MOST = 200
"""Cases compared word by word; the newest near by. More would cost the caller's patience and find what is older still."""
LIKE = 0.12
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

    At most three questions, each over an index and of a bounded number of rows.
    """
    within = parameter("alike")
    visible = (
        cases_for(actor).exclude(stage=Stage.VOIDED).select_related("node", "category", "handler", "lead_department")
    )
    found: dict[int, Alike] = {}
    mark = fingerprint(text)
    same = list(visible.filter(text_hash=mark).order_by("-id")[:SHOWN]) if mark else []
    near = _near(visible, lon, lat, node, now - timedelta(days=within["days"]), float(within["metres"])) if mark else []
    scores = likeness(text, [f"{case.title} {case.text}" for case in near])
    for case, score in [*((case, 1.0) for case in same), *zip(near, scores, strict=True)]:
        if case.pk not in found and (score >= LIKE or _is_here_and_now(case, text, lon, lat, now)):
            found[case.pk] = Alike(case, score, _reasons(case, text, mark, lon, lat))
    return sorted(found.values(), key=lambda one: (-one.likeness, -one.case.pk))[:SHOWN]


def _near(
    visible: QuerySet[Case], lon: float | None, lat: float | None, node: Node | None, since: datetime, metres: float
) -> list[Case]:
    """The newest cases since then, within so many metres of the point; without a point, of the same micro-grid."""
    if lon is not None and lat is not None:
        slack = metres * NEAR_DEGREES_PER_METRE
        place = Q(lat__range=(lat - slack, lat + slack), lon__range=(lon - 1.6 * slack, lon + 1.6 * slack))
        newest = Case.objects.filter(place, reported_at__gte=since).order_by("-reported_at")
    elif node is not None and node.tier.is_settling:
        newest = Case.objects.filter(path=node.path, reported_at__gte=since).order_by("-id")
    else:
        return []
    keys = list(newest.values_list("pk", flat=True)[:READ_MOST])
    cases = visible.filter(pk__in=keys).order_by("-id")
    if lon is None or lat is None:
        return list(cases)
    return [case for case in cases if distance_m(lon, lat, case.lon or 0, case.lat or 0) <= metres]


def _is_here_and_now(case: Case, text: str, lon: float | None, lat: float | None, now: datetime) -> bool:
    """The narrow rule that residents are asked by too: open, a few steps and hours away, a pair of characters in common."""
    within = parameter("duplicate")
    is_here = None in (lon, lat, case.lon, case.lat) or (
        distance_m(lon or 0, lat or 0, case.lon or 0, case.lat or 0) <= within["metres"]
    )
    is_now = case.reported_at >= now - timedelta(hours=float(within["hours"]))
    return case.stage in OPEN_STAGES and is_here and is_now and may_be_same(text, case.text)


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
