"""The search for programs: the same groups as the page."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from pydantic import Field

from yemai.base.tokens.guards import SIGNED_IN, Guard, person_of
from yemai.modules.cases.actions.given import plain
from yemai.modules.cases.api.fields import Day
from yemai.modules.cases.terms import Stage

from .asking import WORDS_MOST, asked_of
from .finding import sections
from .highlighting import plain_text
from .terms import Group, Order

router = Router(tags=["desk"])


class HitOut(Schema):
    """One thing found: what it is, what it is called, a line about it, and the address of its page ("": it has none)."""

    kind: str
    title: str
    line: str
    url: str
    case: int | None


class GroupOut(Schema):
    """Hits of one group; `more`: there are others, which `kind` asks for."""

    group: Group
    hits: list[HitOut]
    more: bool


class Asking(Schema):
    """What may stand in the address."""

    q: Annotated[str, Field(max_length=WORDS_MOST, description="words, initials in pinyin, or days (11月3日, 上周)")]
    kind: Group | None = None
    stage: Stage | None = None
    since: Annotated[Day | None, Field(description="cases reported on this day or after it")] = None
    until: Annotated[Day | None, Field(description="cases reported on this day or before it")] = None
    order: Order = Order.BEST


@router.get(
    "/search", response=list[GroupOut], auth=Guard(SIGNED_IN, refuses=(409,)), summary="Whatever one may see, by words"
)
def search(request: HttpRequest, asked: Query[Asking]) -> Any:
    """Cases, people, places and documents in groups, those with hits; refused with 409 for days in no calendar."""
    said = {name: str(value) for name, value in asked.model_dump().items() if value is not None}
    wanted = asked_of(said | {"q": plain(asked.q)}, timezone.localdate())
    if wanted.problem:
        raise wanted.problem
    found = [] if wanted.is_empty else sections(person_of(request), wanted, timezone.now())
    return [
        {
            "group": section.group,
            "more": bool(section.more or section.following),
            "hits": [
                {
                    "kind": str(hit.label), "title": plain_text(hit.title), "line": plain_text(hit.line), "url": hit.url,
                    "case": hit.case.pk if hit.case else None,
                }
                for hit in section.hits
            ],
        }
        for section in found
    ]  # fmt: skip
