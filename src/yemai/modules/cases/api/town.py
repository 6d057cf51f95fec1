"""What everybody may know of the town: boards, the catalogue, places, likely duplicates."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router

from yemai.base.people.queries import heads_of, team_of
from yemai.base.territory.address import find_address
from yemai.base.territory.locate import locate
from yemai.base.territory.models import Building, Node
from yemai.base.territory.queries import children, light_nodes
from yemai.base.tokens.guards import PUBLIC, Guard
from yemai.kernel.coordinates import Crs, to_wgs84
from yemai.kernel.refusals import Absent

from .. import words
from ..actions.given import plain
from ..queries import public as reads
from ..queries.catalogue import categories, propose_categories
from . import shown
from .answers import AlikeOut, BoardName, BoardOut, CategoryOut, FoundOut, LocatedOut, ProposalOut
from .fields import NodeCode, QueryId, QueryLat, QueryLon

router = Router(tags=["town"])
BOARDS_MOST = 5000


def open_node(code: str) -> Node:
    """A node in force by its code. Raises Absent."""
    found = light_nodes().select_related("parent").filter(code=code, valid_to__isnull=True).first()
    if found is None:
        raise Absent()
    return found


@router.get("/boards", response=list[BoardName], auth=Guard(PUBLIC), summary="Every node that has a board")
def list_boards(request: HttpRequest) -> Any:
    """A parent before its children."""
    nodes = light_nodes().filter(valid_to__isnull=True).select_related("parent").order_by("path")[:BOARDS_MOST]
    return [
        {
            "code": node.code,
            "name": node.name,
            "tier": node.tier.key,
            "parent": node.parent.code if node.parent else None,
        }
        for node in nodes
    ]


@router.get("/boards/{node_code}", response=BoardOut, auth=Guard(PUBLIC), summary="A node's public board")
def get_board(request: HttpRequest, node_code: NodeCode) -> Any:
    """Teams, duties, area and work phones, open and solved cases; nothing personal of a resident."""
    node = open_node(node_code)
    found = reads.board_of(node, timezone.now())
    return shown.board(node, found, heads_of(node), team_of(node, public_only=True), children(node)[:500])


@router.get("/categories", response=list[CategoryOut], auth=Guard(PUBLIC), summary="The catalogue in force")
def list_categories(request: HttpRequest) -> Any:
    """Classes with their filing conditions, limits and closing conditions."""
    return [
        {
            **(shown.kind(one) or {}),
            "major": one.major_name,
            "description": one.description,
            "conditions": [shown.condition(row) for row in one.conditions.all()],
        }
        for one in categories().prefetch_related("conditions")
    ]


@router.get("/categories/proposals", response=list[ProposalOut], auth=Guard(PUBLIC), summary="Likely classes for words")
def list_proposals(request: HttpRequest, text: Annotated[str, Query(max_length=5000, examples=["路灯不亮"])]) -> Any:
    """At most three, each with the words that spoke for it; a person decides."""
    return [
        {"category": shown.kind(one.category), "said": one.because, "confidence": one.confidence}
        for one in propose_categories(plain(text))
    ]


@router.get("/places/search", response=list[FoundOut], auth=Guard(PUBLIC), summary="Places that words may mean")
def search_places(
    request: HttpRequest, q: Annotated[str, Query(min_length=1, max_length=300, examples=["丽发新城3栋"])]
) -> Any:
    """The surest first; below 0.6 nobody should take one unasked."""
    matches = find_address(plain(q))
    nodes = light_nodes().in_bulk([match.node_id for match in matches])
    buildings = Building.objects.in_bulk([match.building_id for match in matches if match.building_id])
    return [
        {
            "node": shown.place(nodes.get(match.node_id)),
            "building": shown.named(buildings.get(match.building_id)) if match.building_id else None,
            "words": match.words,
            "confidence": match.confidence,
        }
        for match in matches
        if match.node_id in nodes
    ]


@router.get("/places/locate", response=LocatedOut, auth=Guard(PUBLIC), summary="The micro-grid a point lies in")
def locate_point(request: HttpRequest, lon: QueryLon, lat: QueryLat, crs: Crs = Crs.WGS84) -> Any:
    """`flag` says `edge` or `overlap` where a person must decide; outside every micro-grid there is no node."""
    found = locate(*to_wgs84(lon, lat, crs))
    node = light_nodes().filter(pk=found.node_id).first() if found.node_id else None
    return {"node": shown.place(node), "flag": str(found.flag)}


@router.get(
    "/duplicates", response=list[AlikeOut], auth=Guard(PUBLIC), summary="Open cases nearby: is it one of these?"
)
def list_alike(
    request: HttpRequest, lon: QueryLon, lat: QueryLat, crs: Crs = Crs.WGS84, category: QueryId | None = None
) -> Any:
    """Within 50 m and 24 hours (as the town has set), nearest first, at most three."""
    lon, lat = to_wgs84(lon, lat, crs)
    now = timezone.now()
    found = reads.near_duplicates(lon=lon, lat=lat, node=None, category_id=category, now=now)
    return [
        {
            "tracking_code": case.tracking_code,
            "category": case.category_name,
            "progress": words.progress(case),
            "reported_at": case.reported_at,
        }
        for case in found
    ]
