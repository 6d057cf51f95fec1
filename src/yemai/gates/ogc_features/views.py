"""Views of OGC API - Features: landing page, conformance, collections, their features; all JSON, all read only."""

from datetime import UTC
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.people.models import Person

from . import parameters, terms
from .asking import answer, asked
from .describing import openapi
from .features import Extent, extents, one_feature, page_of
from .layers import Layer, layer_named, layers
from .terms import GEOJSON, JSON, OPENAPI, SCHEMA

Shown = dict[str, Any]
FORMAT: dict[str, parameters.Read] = {"f": parameters.as_format}


def _address(request: HttpRequest, name: str, *named: str) -> str:
    return request.build_absolute_uri(reverse(f"ogc_features:{name}", args=named))


def _link(href: str, rel: str, kind: str, title: str = "") -> Shown:
    return {"href": href, "rel": rel, "type": kind, **({"title": title} if title else {})}


def _itself(request: HttpRequest, kind: str = JSON) -> Shown:
    return _link(request.build_absolute_uri(), "self", kind)


@asked(JSON)
def landing(request: HttpRequest, asker: Person | None) -> HttpResponse:
    """Where everything else is."""
    parameters.read(request.GET, FORMAT)
    links = [
        _itself(request),
        _link(_address(request, "api"), "service-desc", OPENAPI, _("接口描述（OpenAPI）")),
        _link(_address(request, "conformance"), "conformance", JSON, _("符合的标准")),
        _link(_address(request, "collections"), "data", JSON, _("图层")),
    ]
    return answer(request, {"title": _("叶脉地理要素服务"), "description": _about(), "links": links})


def _about() -> str:
    return _("网格、楼栋和事件，供 GIS 软件读取。各层级网格是公开的；楼栋和事件需登录或带上接口密钥，且限于您的辖区。")


@asked(JSON)
def conformance(request: HttpRequest, asker: Person | None) -> HttpResponse:
    """What of the standard is kept."""
    parameters.read(request.GET, FORMAT)
    return answer(request, {"conformsTo": terms.CONFORMANCE})


@asked(OPENAPI)
def description(request: HttpRequest, asker: Person | None) -> HttpResponse:
    """The OpenAPI document: every collection, also those that the asker may not read."""
    parameters.read(request.GET, FORMAT)
    root = _address(request, "landing").rstrip("/")
    return answer(request, openapi(layers(), root, _about(), timezone.now()), OPENAPI)


@asked(JSON)
def collections(request: HttpRequest, asker: Person | None) -> HttpResponse:
    """What the asker may read."""
    parameters.read(request.GET, FORMAT)
    known = extents()
    shown = [_shown(request, one, known) for one in layers() if asker is not None or not one.needs_account]
    links = [_itself(request)]
    return answer(request, {"links": links, "crs": list(terms.CRS_NAMES), "collections": shown})


@asked(JSON)
def collection(request: HttpRequest, asker: Person | None, collection_id: str) -> HttpResponse:
    """One collection."""
    layer = _layer(collection_id, asker)
    parameters.read(request.GET, FORMAT)
    return answer(request, _shown(request, layer, extents()))


def _layer(name: str, asker: Person | None) -> Layer:
    """The collection. Raises Absent, or Refused 401 for a stranger where an account is needed."""
    layer = layer_named(name)
    layer.rows(asker)
    return layer


def _shown(request: HttpRequest, layer: Layer, known: dict[str, Extent]) -> Shown:
    extent = known.get(layer.id) or known.get("")
    spatial = {"bbox": [extent.bbox], "crs": terms.CRS84} if extent and extent.bbox else None
    temporal = {"interval": [[f"{extent.since}T00:00:00Z", None]]} if extent and extent.since else None
    known_extent = {name: value for name, value in (("spatial", spatial), ("temporal", temporal)) if value}
    return {
        "id": layer.id,
        "title": layer.title,
        "description": layer.description,
        "itemType": "feature",
        **({"extent": known_extent} if known_extent else {}),
        "crs": list(terms.CRS_NAMES),
        "storageCrs": terms.CRS84,
        "links": [
            _link(_address(request, "collection", layer.id), "self", JSON, layer.title),
            _link(_address(request, "items", layer.id), "items", GEOJSON, layer.title),
            _link(_address(request, "queryables", layer.id), terms.QUERYABLES_REL, SCHEMA, layer.title),
        ],
    }


@asked(SCHEMA)
def queryables(request: HttpRequest, asker: Person | None, collection_id: str) -> HttpResponse:
    """The properties one may ask a collection by, as a JSON schema (Part 3, 6.2)."""
    layer = _layer(collection_id, asker)
    parameters.read(request.GET, FORMAT)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": _address(request, "queryables", layer.id),
        "type": "object",
        "title": layer.title,
        "properties": {name: one.schema for name, one in layer.queryables(timezone.now()).items()},
        "additionalProperties": False,
    }
    return answer(request, schema, SCHEMA)


@asked(GEOJSON)
def items(request: HttpRequest, asker: Person | None, collection_id: str) -> HttpResponse:
    """One page of features; `next` leads on."""
    layer, now = _layer(collection_id, asker), timezone.now()
    wanted = parameters.read_items(request.GET, layer.readers(now))
    page = page_of(layer, asker, wanted, now)
    links = [
        _itself(request, GEOJSON),
        _link(_address(request, "collection", layer.id), "collection", JSON, layer.title),
    ]
    if page.after is not None:
        query = request.GET.copy()
        query["after"] = str(page.after)
        links.append(_link(f"{_address(request, 'items', layer.id)}?{query.urlencode()}", "next", GEOJSON))
    document: Shown = {
        "type": "FeatureCollection",
        "timeStamp": now.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "numberReturned": len(page.features),
        **({"numberMatched": page.matched} if page.matched is not None else {}),
        "links": links,
        "features": page.features,
    }
    return answer(request, document, GEOJSON, content_crs=f"<{wanted.crs}>")


@asked(GEOJSON)
def item(request: HttpRequest, asker: Person | None, collection_id: str, feature_id: str) -> HttpResponse:
    """One feature."""
    layer = _layer(collection_id, asker)
    crs = parameters.read(request.GET, {**FORMAT, "crs": parameters.as_crs}).get("crs", terms.CRS84)
    found = one_feature(layer, asker, feature_id, crs, timezone.now())
    links = [
        _itself(request, GEOJSON),
        _link(_address(request, "collection", layer.id), "collection", JSON, layer.title),
    ]
    return answer(request, {**found, "links": links}, GEOJSON, content_crs=f"<{crs}>")
