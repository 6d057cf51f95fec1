"""Names that the standard fixes: conformance classes, reference systems, media types, link relations; and our bounds."""

JSON, GEOJSON = "application/json", "application/geo+json"
SCHEMA, OPENAPI = "application/schema+json", "application/vnd.oai.openapi+json;version=3.0"
QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
CONFORMANCE = [
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables",
    "http://www.opengis.net/spec/ogcapi-features-3/1.0/conf/queryables-query-parameters",
]
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
CRS_NAMES = {
    CRS84: "CRS84",
    "http://www.opengis.net/def/crs/EPSG/0/4326": "EPSG:4326",
    "http://www.opengis.net/def/crs/EPSG/0/4490": "EPSG:4490",
    "http://www.opengis.net/def/crs/EPSG/0/3857": "EPSG:3857",
}
"""Reference systems by the address that stands for them; what is kept is CRS84."""
LATITUDE_FIRST = frozenset({"EPSG:4326", "EPSG:4490"})
"""Systems whose first axis is the latitude. CGCS2000 (4490) and WGS-84 differ by centimetres and count as one here."""
METRES = "EPSG:3857"
LIMIT, LIMIT_MOST = 100, 1_000
COUNT_MOST = 100_000
"""Beyond this many, features are not counted and `numberMatched` is left out, as the standard allows."""
EDGE_MOST = 5_000
"""Shapes on the edge of a window that are tested one by one before a page; beyond, only those of the page are."""
