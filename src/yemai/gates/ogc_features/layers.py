"""The collections: one for each tier of the ground, the buildings and the cases, each with its own rows and reach."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import reduce
from operator import or_
from typing import Any

import shapely
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from shapely.geometry.base import BaseGeometry

from yemai.base.access.queries import reach
from yemai.base.access.terms import Permission
from yemai.base.people.models import Person
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Building, Node, Tier
from yemai.base.territory.queries import tiers, within
from yemai.base.territory.terms import NodeKind, in_language
from yemai.kernel.refusals import Absent
from yemai.modules.cases import rules
from yemai.modules.cases.queries.listing import cases_for, lamp_q
from yemai.modules.cases.terms import Lamp, Stage

from .asking import signed_out
from .parameters import Box, Read, Span, Window

Schema = dict[str, Any]
SEES_BUILDINGS = (Permission.CASE_VIEW, Permission.TERRITORY_EDIT, Permission.PERSON_VIEW)
"""Whoever works on a piece of ground in any of these ways sees its buildings."""
SPREAD = 0.005
"""No footprint reaches further from its building's point than this, in degrees (about 500 m)."""


@dataclass(frozen=True)
class Queryable:
    """A property one may ask by: its JSON schema, and the rows that have a value."""

    schema: Schema
    q: Callable[[Any], Q]

    def read(self, said: str) -> Any:
        """The value. Raises ValueError for one that the schema does not know."""
        allowed = self.schema.get("enum")
        if allowed and said not in allowed:
            raise ValueError(_("应为其中之一：%(expected)s") % {"expected": " ".join(allowed)})
        return said


def words(title: str, column: str) -> Queryable:
    """Text that is exactly so."""
    return Queryable({"type": "string", "title": title}, lambda said: Q(**{column: said}))


def one_of(title: str, values: list[str], q: Callable[[Any], Q]) -> Queryable:
    """One of a few words."""
    return Queryable({"type": "string", "title": title, "enum": values}, q)


class Layer(ABC):
    """A collection as the views need it."""

    id: str
    column = ""
    """The binary column of its shapes; "" where a point is all there is, and the columns lon and lat say everything."""
    needs_account = False
    geometry = "geometry-any"

    @property
    @abstractmethod
    def title(self) -> str:
        """Its name in the asker's language."""

    @property
    @abstractmethod
    def description(self) -> str:
        """What is in it, and what `datetime` means for it."""

    @abstractmethod
    def queryables(self, now: datetime) -> Mapping[str, Queryable]:
        """What one may ask by."""

    @abstractmethod
    def rows(self, asker: Person | None) -> QuerySet[Any]:
        """What the asker may see. Raises Refused 401 for a stranger where an account is needed."""

    @abstractmethod
    def during(self, span: Span | None) -> Q:
        """Rows in a span of time; None is what one gets who does not ask."""

    @abstractmethod
    def seen(self, box: Box) -> Q:
        """Rows that may meet the box, by indexed or small columns."""

    @abstractmethod
    def held(self, box: Box) -> Q:
        """Rows that surely do."""

    @abstractmethod
    def shape(self, row: Any) -> BaseGeometry | None:
        """A row's geometry in WGS-84 degrees."""

    @abstractmethod
    def key(self, row: Any) -> str | int:
        """A feature's id: stays the same for good."""

    @abstractmethod
    def found_by(self, feature_id: str) -> Q:
        """The row with this id, whenever it was or is. Raises Absent for what can be none."""

    @abstractmethod
    def properties(self, row: Any, now: datetime) -> dict[str, Any]:
        """What is told of a row."""

    def readers(self, now: datetime) -> dict[str, Read]:
        """How the values of its queryables are read."""
        return {name: queryable.read for name, queryable in self.queryables(now).items()}

    def in_window(self, window: Window, which: Callable[[Box], Q]) -> Q:
        """`seen` or `held` for any of the window's boxes."""
        return reduce(or_, map(which, window.boxes))


class TierLayer(Layer):
    """The nodes of one tier with their boundaries: public, as on the boards."""

    column = "boundary"
    geometry = "geometry-multipolygon"

    def __init__(self, tier: Tier) -> None:
        self.tier, self.id = tier, tier.key

    @property
    def title(self) -> str:
        return in_language(self.tier.label, self.tier.label_en)

    @property
    def description(self) -> str:
        return _("本层级网格的边界与公示信息。datetime 按启用和停用日期筛选；不给则为今天有效的网格，../.. 为全部。")

    def queryables(self, now: datetime) -> Mapping[str, Queryable]:
        return {
            "code": words(_("代码"), "code"),
            "name": words(_("名称"), "name"),
            "kind": one_of(_("类型"), NodeKind.values, lambda said: Q(kind=said)),
            "parent": words(_("上级代码"), "parent__code"),
        }

    def rows(self, asker: Person | None) -> QuerySet[Any]:
        return Node.objects.filter(tier=self.tier).select_related("parent").defer("parent__boundary", "attributes")

    def during(self, span: Span | None) -> Q:
        today = timezone.localdate()
        first, last = (today, today) if span is None else (span.first, span.last)
        begun = Q() if last is None else Q(valid_from__lte=last)
        return begun if first is None else begun & (Q(valid_to__isnull=True) | Q(valid_to__gt=first))

    def seen(self, box: Box) -> Q:
        west, south, east, north = box
        return Q(min_lon__lte=east, max_lon__gte=west, min_lat__lte=north, max_lat__gte=south)

    def held(self, box: Box) -> Q:
        west, south, east, north = box
        return Q(min_lon__gte=west, max_lon__lte=east, min_lat__gte=south, max_lat__lte=north)

    def shape(self, row: Any) -> BaseGeometry | None:
        return _many(stored(row.boundary))

    def key(self, row: Any) -> str | int:
        return str(row.code)

    def found_by(self, feature_id: str) -> Q:
        return Q(code=feature_id)

    def properties(self, row: Any, now: datetime) -> dict[str, Any]:
        same = ("code", "name", "name_en", "kind", "households", "public_text")
        return {
            **{name: getattr(row, name) for name in same},
            "tier": self.id,
            "parent": row.parent.code if row.parent else None,
            "valid_from": _day(row.valid_from),
            "valid_to": _day(row.valid_to),
        }


class BuildingLayer(Layer):
    """Standing buildings: the footprint where it is drawn, else the point."""

    id = "buildings"
    column = "footprint"
    needs_account = True

    @property
    def title(self) -> str:
        return _("楼栋")

    @property
    def description(self) -> str:
        return _("您辖区内的楼栋：有轮廓的为面，其余为点。datetime 按注销日期筛选；不给则为现有楼栋。")

    def queryables(self, now: datetime) -> Mapping[str, Queryable]:
        return {
            "code": words(_("代码"), "code"),
            "name": words(_("名称"), "name"),
            "estate": words(_("小区"), "estate__name"),
            "node": words(_("网格代码"), "node__code"),
        }

    def rows(self, asker: Person | None) -> QuerySet[Any]:
        if asker is None:
            raise signed_out()
        paths = [path for permission in SEES_BUILDINGS for path in reach(asker, permission).paths]
        found = Building.objects.filter(within(paths, "node__path")).select_related("node", "estate")
        return found.only(
            "name", "code", "floors", "households", "footprint", "lon", "lat", "ended_on", "node__code", "estate__name"
        )

    def during(self, span: Span | None) -> Q:
        standing = Q(ended_on__isnull=True)
        if span is None:
            return standing
        return standing | Q(ended_on__gt=span.first) if span.first else Q()

    def seen(self, box: Box) -> Q:
        return _at(box) | (Q(footprint__isnull=False) & _at(box, SPREAD))

    def held(self, box: Box) -> Q:
        return Q(footprint__isnull=True) & _at(box) | _at(box, -SPREAD)

    def shape(self, row: Any) -> BaseGeometry | None:
        return _many(stored(row.footprint)) if row.footprint is not None else _point(row)

    def key(self, row: Any) -> str | int:
        return int(row.pk)

    def found_by(self, feature_id: str) -> Q:
        return _by_number(feature_id)

    def properties(self, row: Any, now: datetime) -> dict[str, Any]:
        return {
            **{name: getattr(row, name) for name in ("name", "code", "floors", "households")},
            "estate": row.estate.name if row.estate else None,
            "node": row.node.code,
            "ended_on": _day(row.ended_on),
        }


class CaseLayer(Layer):
    """Cases the asker may see: where and how far, and nothing of whoever reported them."""

    id = "cases"
    needs_account = True
    geometry = "geometry-point"

    @property
    def title(self) -> str:
        return _("事件")

    @property
    def description(self) -> str:
        return _("您有权查看的事件，不含上报人的任何信息。datetime 按上报时间筛选。")

    def queryables(self, now: datetime) -> Mapping[str, Queryable]:
        return {
            "number": words(_("案卷号"), "number"),
            "category_code": Queryable({"type": "string", "title": _("类别代码")}, _of_category),
            "stage": one_of(_("阶段"), Stage.values, lambda said: Q(stage=said)),
            "lamp": one_of(_("时限灯"), Lamp.values, lambda said: lamp_q(Lamp(said), now)),
            "node": words(_("网格代码"), "node__code"),
        }

    def rows(self, asker: Person | None) -> QuerySet[Any]:
        if asker is None:
            raise signed_out()
        clock = ("stage", "clock_warn_at", "clock_due_at", "reported_at")
        category = ("category__kind", "category__major", "category__minor", "category__name")
        return (
            cases_for(asker)
            .select_related("node", "category")
            .only("number", *clock, "lon", "lat", "node__code", *category)
        )

    def during(self, span: Span | None) -> Q:
        begins = Q(reported_at__gte=span.begins) if span and span.begins else Q()
        return begins & Q(reported_at__lte=span.ends) if span and span.ends else begins

    def seen(self, box: Box) -> Q:
        return _at(box)

    def held(self, box: Box) -> Q:
        return _at(box)

    def shape(self, row: Any) -> BaseGeometry | None:
        return _point(row)

    def key(self, row: Any) -> str | int:
        return int(row.pk)

    def found_by(self, feature_id: str) -> Q:
        return _by_number(feature_id)

    def properties(self, row: Any, now: datetime) -> dict[str, Any]:
        return {
            "number": row.number,
            "category": row.category.name if row.category else None,
            "category_code": row.category.code if row.category else None,
            "stage": row.stage,
            "lamp": rules.lamp(Stage(row.stage), row.clock_warn_at, row.clock_due_at, now).value,
            "reported_at": row.reported_at.isoformat(),
            "node": row.node.code,
        }


def layers() -> list[Layer]:
    """Every collection: the tiers from the top down, then what stands and happens on the ground. One query."""
    return [*map(TierLayer, tiers()), BuildingLayer(), CaseLayer()]


def layer_named(name: str) -> Layer:
    """One collection. Raises Absent."""
    for layer in layers():
        if layer.id == name:
            return layer
    raise Absent()


def _of_category(code: str) -> Q:
    """Letter, two digits of the large class, two of the small; a code of another form is no category's."""
    if len(code) != 5:
        return Q(pk__in=[])
    return Q(category__kind=code[0], category__major=code[1:3], category__minor=code[3:])


def _by_number(feature_id: str) -> Q:
    if not (feature_id.isascii() and feature_id.isdecimal() and len(feature_id) <= 18):
        raise Absent()
    return Q(pk=int(feature_id))


def _at(box: Box, spread: float = 0.0) -> Q:
    west, south, east, north = box
    return Q(lon__gte=west - spread, lon__lte=east + spread, lat__gte=south - spread, lat__lte=north + spread)


def _point(row: Any) -> BaseGeometry | None:
    return None if row.lon is None or row.lat is None else shapely.Point(row.lon, row.lat)


def _many(shape: BaseGeometry | None) -> BaseGeometry | None:
    """One kind of shape in a collection: GIS programs make one layer of it."""
    return shapely.MultiPolygon([shape]) if isinstance(shape, shapely.Polygon) else shape


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
