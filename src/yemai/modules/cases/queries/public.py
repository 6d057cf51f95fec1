"""What a resident may see without an account: one case by its code, the board of a micro-grid, likely duplicates."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from yemai.base.parameters.queries import parameter
from yemai.base.territory.models import Node
from yemai.kernel.codes import parse_tracking_code
from yemai.kernel.coordinates import distance_m
from yemai.kernel.refusals import Absent, Refused

from ..actors import Resident
from ..models import Case, Contact, ScoreInvitation
from ..terms import OPEN_STAGES, Outcome, RequestKind, Stage

BOARD_DAYS = 90
PUBLIC = Q(category=None) | Q(category__is_public=True)
"""Cases that may be shown one by one to anybody, without words, names or exact place."""
COMMON_PAIRS = 1
NOT_WORDS = re.compile(r"[\d\W_栋幢楼单元号]+")
"""Numbers, stops and the words of an address: two reports from one building share these whatever they are about."""
NEAR_DEGREES_PER_METRE = 1 / 90_000
"""A little more than a metre in degrees of longitude at China's latitudes; the exact distance decides after."""


def case_by_code(code: str) -> Case:
    """The case of a tracking code. Raises Absent when the code is not ours or misspelt."""
    clean = parse_tracking_code(code)
    found = (
        Case.objects.select_related("node", "category", "handler", "lead_department", "main_case")
        .filter(tracking_code=clean)
        .first()
        if clean
        else None
    )
    if found is None:
        raise Absent()
    return found


def cases_of_device(device_hash: str) -> QuerySet[Case]:
    """My reports: what this phone sent (`is_own`: its own words may be shown) or follows, newest first."""
    if not device_hash:
        return Case.objects.none()
    told = Contact.objects.filter(device_hash=device_hash)
    own = told.filter(case=OuterRef("pk"), role=Contact.Role.REPORTER)
    return (
        Case.objects.filter(pk__in=told.values("case"))
        .annotate(is_own=Exists(own))
        .select_related("node", "category", "handler", "lead_department")
        .order_by("-id")
    )


def is_reporter(case: Case, who: Resident) -> bool:
    """Whether this phone sent the case."""
    return (
        bool(who.device_hash) and case.contacts.filter(role=Contact.Role.REPORTER, device_hash=who.device_hash).exists()
    )


def invitation_of(token_hash: str, now: datetime) -> ScoreInvitation:
    """The invitation of a score link. Raises Refused 410 saying whether it was used or has expired, 404 if never ours."""
    found = ScoreInvitation.objects.select_related("case", "case__node").filter(token_hash=token_hash).first()
    if found is None:
        raise Refused("no-such-link", _("这个链接不是本镇发出的，或抄写有误，请核对。"), status=404)
    if found.used_at:
        raise Refused("link-used", _("这个评价链接已经用过了，谢谢您的评价。"), status=410)
    if now > found.expires_at:
        raise Refused("link-expired", _("这个评价链接已经过期，可请工作人员再发一个。"), status=410)
    return found


def near_duplicates(
    *, lon: float | None, lat: float | None, node: Node | None, category_id: int | None, now: datetime, text: str = "",
    most: int = 3, public_only: bool = True,
) -> list[Case]:  # fmt: skip
    """Open cases near in place and time ("is it one of these?"), nearest first (GB/T 30428 practice: 50 m and 24 h).

    Where both say something in words, they must have some words in common: a neighbour's lift is not this street lamp.
    `public_only` leaves out what concerns a person or a family: no neighbour is asked whether they have the same trouble.
    """
    within = parameter("duplicate")
    recent = Case.objects.filter(
        reported_at__gte=now - timedelta(hours=float(within["hours"])), stage__in=OPEN_STAGES
    ).select_related("node", "category")
    if public_only:
        recent = recent.filter(PUBLIC)
    if category_id:
        recent = recent.filter(Q(category=category_id) | Q(category=None))
    if lon is None or lat is None:
        if node is None or not node.tier.is_settling:
            return []
        latest = recent.filter(node=node).order_by("-reported_at")[:200]
        return [case for case in latest if may_be_same(text, case.text)][:most]
    metres = float(within["metres"])
    slack = metres * NEAR_DEGREES_PER_METRE * 1.6
    box = recent.filter(lat__range=(lat - slack, lat + slack), lon__range=(lon - slack, lon + slack))[:200]
    near = [(distance_m(lon, lat, case.lon or 0, case.lat or 0), case) for case in box if may_be_same(text, case.text)]
    return [case for away, case in sorted(near, key=lambda pair: pair[0]) if away <= metres][:most]


def may_be_same(one: str, other: str) -> bool:
    """Whether two reports share a pair of neighbouring characters; one without words may be the same as any."""
    left, right = _pairs(one), _pairs(other)
    return not left or not right or len(left & right) >= COMMON_PAIRS


def _pairs(text: str) -> set[str]:
    said = NOT_WORDS.sub("", text)
    return {said[at : at + 2] for at in range(len(said) - 1)}


def is_asked_again(case: Case) -> bool:
    """Whether somebody waits for a decision on doing it again."""
    return case.requests.filter(kind=RequestKind.REOPEN, decided_at__isnull=True).exists()


@dataclass(frozen=True)
class BoardCase:
    """One line of the public board: no words, names or exact place of a resident."""

    category: str
    stage: Stage
    outcome: str
    reported_on: datetime
    closed_on: datetime | None
    score: int | None


@dataclass(frozen=True)
class Board:
    """The public figures of a node over the last 90 days."""

    open: list[BoardCase]
    solved: list[BoardCase]
    open_count: int
    closed_count: int
    solved_count: int
    scored_count: int
    happy_count: int


def board_of(node: Node, now: datetime, most: int = 20) -> Board:
    """Open and solved cases of a node's subtree without personal data; rates are on outcomes, not on closing.

    What concerns a person or a family (`Category.is_public` off) is counted and not listed.
    """
    ground = Case.objects.filter(path__gte=node.path, path__lt=node.path + "z")
    recent = ground.filter(stage=Stage.CLOSED, closed_at__gte=now - timedelta(days=BOARD_DAYS))
    opened = ground.filter(stage__in=OPEN_STAGES)
    return Board(
        open=[_line(case) for case in opened.filter(PUBLIC).select_related("category").order_by("-id")[:most]],
        solved=[
            _line(case)
            for case in recent.filter(PUBLIC, outcome=Outcome.SOLVED)
            .select_related("category")
            .order_by("-closed_at")[:most]
        ],
        open_count=opened.count(),
        closed_count=recent.count(),
        solved_count=recent.filter(outcome=Outcome.SOLVED).count(),
        scored_count=recent.filter(score__isnull=False).count(),
        happy_count=recent.filter(score__gte=3).count(),
    )


def _line(case: Case) -> BoardCase:
    return BoardCase(
        category=case.category.label if case.category else "",
        stage=Stage(case.stage),
        outcome=str(Outcome(case.outcome).label) if case.outcome else "",
        reported_on=case.reported_at,
        closed_on=case.closed_at,
        score=case.score,
    )
