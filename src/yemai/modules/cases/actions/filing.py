"""Filing and placing: category, condition, limit and case number; where on the ground a case lies."""

from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.territory.address import AddressMatch, find_address
from yemai.base.territory.locate import locate
from yemai.base.territory.models import Building, Node
from yemai.base.territory.queries import town
from yemai.kernel.codes import case_number
from yemai.kernel.refusals import Refused

from ..models import Case, FilingCondition, NumberSeries
from ..queries.catalogue import category_named, fallback_category
from ..terms import LocateFlag
from .steps import Draft

ESTATE_SURE = 0.5
SURE = 0.6
"""Below this confidence an address is not taken; the town centre places the case by hand."""


def file_case(draft: Draft, *, required: bool) -> None:
    """Give the case its category, condition, limit and number (立案).

    Without a category: refused when `required`, else filed under the catalogue's general class.
    """
    case, given = draft.case, draft.given
    if given.category or given.condition:
        choose_category(case, given.category, given.condition)
    elif case.category is None:
        if required:
            raise Refused("missing", _("请选择类别后再受理。"), status=422, fields={"category": _("请选择")})
        choose_category(case, fallback_category().pk, None)
    if given.priority:
        case.priority = given.priority
    if case.started_at is None:
        draft.fresh_limit = case.condition.limit if case.condition else None
        case.accepted_at = draft.now
    if case.number is None:
        case.number = next_number(case, draft)
    draft.content |= {
        "number": case.number,
        "category": case.category.code if case.category else None,
        "category_name": case.category.name if case.category else None,
        "category_name_en": case.category.name_en if case.category else None,
        "limit": draft.fresh_limit or case.limit,
    }


def choose_category(case: Case, category_id: int | None, condition_id: int | None) -> None:
    """Set category and filing condition (the first one when only the category is named)."""
    if condition_id:
        condition = FilingCondition.objects.select_related("category").filter(pk=condition_id).first()
        if condition is None or (category_id and condition.category_id != category_id):
            raise Refused(
                "no-such-condition",
                _("立案条件与类别不符，请重新选择。"),
                status=422,
                fields={"condition": _("请重选")},
            )
        category = condition.category
    else:
        found = category_named(category_id)
        if found is None:
            raise Refused(
                "no-such-category", _("没有这个类别，请重新选择。"), status=422, fields={"category": _("请重选")}
            )
        category = found
        condition = category.conditions.order_by("position").first()
    case.category, case.condition = category, condition
    if condition is not None:
        case.priority = condition.priority


def next_number(case: Case, draft: Draft) -> str:
    """The next 案卷号: kind, classes, day, sequence (facts of the field; four digits of sequence)."""
    assert case.category  # noqa: S101 - file_case sets it
    day = timezone.localdate(draft.now)
    prefix = f"{case.category.code}{day:%Y%m%d}"
    series, _made = NumberSeries.objects.get_or_create(prefix=prefix)
    NumberSeries.objects.filter(pk=series.pk).update(last=F("last") + 1)
    series.refresh_from_db()
    return case_number(case.category.kind, case.category.major, case.category.minor, day, series.last)


@dataclass(frozen=True)
class Place:
    """Where a report lies, as it came in: WGS-84 degrees, or words, or a building of the address book."""

    node: Node
    building: Building | None
    lon: float | None
    lat: float | None
    flag: LocateFlag


def find_place(
    *,
    lon: float | None = None,
    lat: float | None = None,
    place_text: str = "",
    building: Building | None = None,
    node: Node | None = None,
) -> Place:
    """The node a report lands in: the door, then the point, then the words; where none decides, the town centre.

    A point outside every micro-grid still tries its words, so a phone with a bad fix does not lose its estate.
    """
    if building is not None:
        return Place(building.node, building, lon if lon is not None else building.lon,
                     lat if lat is not None else building.lat, LocateFlag.OK)  # fmt: skip
    if node is not None:
        return Place(node, None, lon, lat, LocateFlag.OK)
    flag = LocateFlag.NO_POINT
    if lon is not None and lat is not None:
        located = locate(lon, lat)
        flag = LocateFlag(located.flag)
        if located.node_id is not None:
            found = Node.objects.get(pk=located.node_id)
            return Place(found, _building_named(place_text, found), lon, lat, flag)
    if place_text:
        matches = find_address(place_text)
        if matches and (matches[0].confidence >= SURE or _is_one_estate(matches)):
            best = matches[0]
            found = Node.objects.get(pk=best.node_id)
            where = Building.objects.filter(pk=best.building_id).first() if best.building_id else None
            return Place(
                found,
                where,
                where.lon if where and lon is None else lon,
                where.lat if where and lat is None else lat,
                LocateFlag.ADDRESS,
            )
    return Place(town(), None, lon, lat, flag)


def _is_one_estate(matches: list[AddressMatch]) -> bool:
    """Whether the words name one estate and no other: its node is sure, though which building is not."""
    return matches[0].confidence >= ESTATE_SURE and len({match.estate_id for match in matches}) == 1


def _building_named(place_text: str, node: Node) -> Building | None:
    """The building the words name, when it lies in the node the point fell in."""
    if not place_text:
        return None
    for match in find_address(place_text, within_path=node.path):
        if match.building_id and match.confidence >= SURE:
            return Building.objects.filter(pk=match.building_id).first()
    return None


def place_case(case: Case, *, lon: float | None, lat: float | None, place_text: str) -> None:
    """Put the case on the ground anew."""
    check_point(lon, lat)
    place = find_place(lon=lon, lat=lat, place_text=place_text)
    case.node, case.path, case.building = place.node, place.node.path, place.building
    case.lon, case.lat, case.locate_flag, case.place_text = place.lon, place.lat, place.flag, place_text[:300]


def check_point(lon: float | None, lat: float | None) -> None:
    """Refuse half a point or one not on earth."""
    if (lon is None) != (lat is None):
        raise Refused("bad-point", _("位置不完整，请重新选点。"), status=422, fields={"lon": _("请重新选点")})
    if lon is not None and lat is not None and not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise Refused("bad-point", _("位置超出范围，请重新选点。"), status=422, fields={"lon": _("请重新选点")})
