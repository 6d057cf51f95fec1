"""The OpenAPI 3.0 description of the collections: short, whole and valid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from .layers import Layer
from .terms import CRS84, CRS_NAMES, GEOJSON, JSON, LIMIT, LIMIT_MOST, OPENAPI, SCHEMA

Shown = dict[str, Any]
OBJECT: Shown = {"type": "object"}
PROBLEM = "application/problem+json"


def _parameter(name: str, schema: Shown, description: str, **more: Any) -> Shown:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **more}


PARAMETERS: dict[str, Shown] = {
    "f": _parameter("f", {"type": "string", "enum": ["json"]}, "the format; there is one"),
    "limit": _parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LIMIT_MOST, "default": LIMIT},
        "features a page; more than the maximum is the maximum",
    ),
    "bbox": _parameter(
        "bbox",
        {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}},
        "a window, in the axis order of bbox-crs; heights are left out",
        style="form",
        explode=False,
    ),
    "bbox-crs": _parameter(
        "bbox-crs",
        {"type": "string", "format": "uri", "enum": list(CRS_NAMES), "default": CRS84},
        "the reference system of bbox",
    ),
    "crs": _parameter(
        "crs",
        {"type": "string", "format": "uri", "enum": list(CRS_NAMES), "default": CRS84},
        "the reference system of the answer, named in Content-Crs",
    ),
    "datetime": _parameter(
        "datetime",
        {"type": "string"},
        "RFC 3339 moment or day, or an interval with a slash, open with ..",
    ),
    "after": _parameter(
        "after", {"type": "integer", "minimum": 0}, "where the page before ended; follow `next` instead"
    ),
}
FEATURE: Shown = {
    "type": "object",
    "required": ["type", "id", "geometry", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["Feature"]},
        "id": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
        "geometry": {"type": "object", "nullable": True},
        "properties": OBJECT,
        "links": {"type": "array", "items": OBJECT},
    },
}
FEATURES: Shown = {
    "type": "object",
    "required": ["type", "features", "links", "timeStamp", "numberReturned"],
    "properties": {
        "type": {"type": "string", "enum": ["FeatureCollection"]},
        "features": {"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
        "links": {"type": "array", "items": OBJECT},
        "timeStamp": {"type": "string", "format": "date-time"},
        "numberReturned": {"type": "integer", "minimum": 0},
        "numberMatched": {"type": "integer", "minimum": 0},
    },
}
REFUSALS = {
    "400": "a parameter that is not known or does not fit",
    "401": "an account is needed, or the token is not in force",
    "403": "the token is not good for reading",
    "404": "not there, or not to be seen by who asks",
    "406": "no such media type here",
}


def openapi(layers: Sequence[Layer], root: str, about: str, now: datetime) -> Shown:
    """The document; `root` is the landing page without its slash."""
    paths = {
        "/": _get("landing", "Landing page", JSON, OBJECT),
        "/api": _get("api", "This description", OPENAPI, OBJECT),
        "/conformance": _get("conformance", "What of the standard is kept", JSON, OBJECT),
        "/collections": _get("collections", "What the asker may read", JSON, OBJECT),
    }
    for layer in layers:
        paths |= _paths_of(layer, now)
    return {
        "openapi": "3.0.3",
        "info": {"title": "叶脉 Yemai · OGC API - Features", "version": "1", "description": about},
        "servers": [{"url": root}],
        "paths": paths,
        "components": {
            "parameters": PARAMETERS,
            "schemas": {"feature": FEATURE, "features": FEATURES, "problem": OBJECT},
            "responses": {f"refused{status}": _refusal(why) for status, why in REFUSALS.items()},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _refusal(why: str) -> Shown:
    return {"description": why, "content": {PROBLEM: {"schema": {"$ref": "#/components/schemas/problem"}}}}


def _paths_of(layer: Layer, now: datetime) -> dict[str, Shown]:
    at, name, is_closed = f"/collections/{layer.id}", layer.id, layer.needs_account
    own = [_parameter(one, it.schema, it.schema["title"]) for one, it in layer.queryables(now).items()]
    general = [{"$ref": f"#/components/parameters/{one}"} for one in PARAMETERS if one != "f"]
    by_id: Shown = {"name": "featureId", "in": "path", "required": True, "schema": {"type": "string"}}
    crs = {"$ref": "#/components/parameters/crs"}
    feature, features = {"$ref": "#/components/schemas/feature"}, {"$ref": "#/components/schemas/features"}
    return {
        at: _get(f"{name}", layer.title, JSON, OBJECT, is_closed=is_closed),
        f"{at}/queryables": _get(f"{name}.queryables", layer.title, SCHEMA, OBJECT, is_closed=is_closed),
        f"{at}/items": _get(
            f"{name}.items", layer.description, GEOJSON, features, [*general, *own], is_closed=is_closed
        ),
        f"{at}/items/{{featureId}}": _get(
            f"{name}.item", layer.title, GEOJSON, feature, [by_id, crs], is_closed=is_closed
        ),
    }


def _get(
    operation: str,
    summary: str,
    kind: str,
    schema: Shown,
    asking: Sequence[Shown] = (),
    *,
    is_closed: bool = False,
) -> Shown:
    """One address; `is_closed` to strangers."""
    found = {"description": "ok", "content": {kind: {"schema": schema}}}
    refusals = {status: {"$ref": f"#/components/responses/refused{status}"} for status in REFUSALS}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "security": [{"token": []}] if is_closed else [{}, {"token": []}],
            "parameters": [{"$ref": "#/components/parameters/f"}, *asking],
            "responses": {"200": found, **refusals},
        }
    }
