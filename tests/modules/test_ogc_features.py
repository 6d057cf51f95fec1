"""The ground for GIS programs, through HTTP: what OGC API - Features asks of a server, and who may see what."""

import json
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import schemathesis
import shapely
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pyproj import Transformer

from tests.conftest import Clock
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.territory.models import Building, Node
from yemai.base.tokens.actions import make_token, revoke_token
from yemai.base.tokens.models import ApiToken
from yemai.base.tokens.terms import Scope
from yemai.gates.ogc_features import features as paging
from yemai.modules.cases.models import Case, Contact
from yemai.modules.cases.terms import Verb

pytestmark = pytest.mark.django_db
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
GRIDS = "/ogc/collections/microgrid/items"
GEOJSON, PROBLEM = "application/geo+json", "application/problem+json"


def bearer(world: World, who: str, scope: Scope = Scope.READ) -> Client:
    """A GIS program with somebody's token."""
    secret = make_token(world[who], label="QGIS", scopes=[scope], now=world.now)[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def get(path: str, client: Client | None = None, **query: Any) -> dict[str, Any]:
    """The document at an address."""
    response = (client or Client()).get(f"{path}?{urlencode(query)}" if query else path)
    assert response.status_code == 200, response.content.decode()
    found: dict[str, Any] = response.json()
    return found


def names(document: dict[str, Any]) -> list[str]:
    """The features' names in order."""
    return [feature["properties"]["name"] for feature in document["features"]]


def refused(path: str, client: Client | None = None, **query: Any) -> dict[str, Any]:
    """The problem document of a question that is not answered."""
    response = (client or Client()).get(f"{path}?{urlencode(query)}" if query else path)
    assert response["Content-Type"] == PROBLEM, response.content.decode()
    found: dict[str, Any] = response.json()
    assert found["status"] == response.status_code
    return found


def link(document: dict[str, Any], rel: str) -> str:
    """Where a relation leads; "" where there is none."""
    found = [one["href"] for one in document["links"] if one["rel"] == rel]
    assert len(found) < 2
    return found[0] if found else ""


# --- what stands around the features -------------------------------------------------------------------------------


def test_every_link_of_the_landing_page_leads_somewhere(world: World) -> None:
    for path in ("/ogc/", "/ogc"):
        page = get(path)
        assert {one["rel"] for one in page["links"]} == {"self", "service-desc", "conformance", "data"}
        for one in page["links"]:
            response = Client().get(one["href"])
            assert response.status_code == 200
            assert response["Content-Type"] == one["type"]
    classes = get("/ogc/conformance")["conformsTo"]
    for name in ("1/1.0/conf/core", "1/1.0/conf/geojson", "1/1.0/conf/oas30", "2/1.0/conf/crs"):
        assert f"http://www.opengis.net/spec/ogcapi-features-{name}" in classes


def test_there_is_a_collection_for_each_tier_and_more_for_those_with_an_account(world: World) -> None:
    public = get("/ogc/collections")
    assert [one["id"] for one in public["collections"]] == ["town", "village", "microgrid"]
    known = get("/ogc/collections", bearer(world, "worker"))
    assert [one["id"] for one in known["collections"]] == ["town", "village", "microgrid", "buildings", "cases"]
    assert [one["id"] for one in get("/ogc/collections", world.client("worker"))["collections"]][3:] == [
        "buildings",
        "cases",
    ]


def test_a_collection_says_where_it_lies_and_how_it_may_be_read(world: World) -> None:
    (one,) = [one for one in get("/ogc/collections")["collections"] if one["id"] == "microgrid"]
    assert one == get("/ogc/collections/microgrid")
    assert one["title"] == "微网格"
    assert one["extent"]["spatial"]["bbox"][0] == pytest.approx([WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE])
    assert one["extent"]["temporal"]["interval"] == [["2020-01-01T00:00:00Z", None]]
    assert one["crs"] == [CRS84, f"{EPSG}4326", f"{EPSG}4490", f"{EPSG}3857"]
    assert one["storageCrs"] == CRS84
    for rel in ("items", "self", "http://www.opengis.net/def/rel/ogc/1.0/queryables"):
        assert Client().get(link(one, rel)).status_code == 200


def test_the_description_is_valid_openapi_and_tells_the_truth(world: World) -> None:
    response = Client().get("/ogc/api")
    assert response["Content-Type"] == "application/vnd.oai.openapi+json;version=3.0"
    document = response.json()
    schemathesis.openapi.from_dict(document).validate()
    assert document["openapi"].startswith("3.0")
    assert {"/collections/microgrid/items", "/collections/cases/items/{featureId}"} <= set(document["paths"])
    client, case = bearer(world, "worker"), world.reported()
    for path, methods in document["paths"].items():
        feature = str(case.pk) if "cases" in path else str(world.building.pk)
        tiers = {"town": world.town, "village": world.village, "microgrid": world.grids[0]}
        feature = next((node.code for name, node in tiers.items() if f"/{name}/" in path), feature)
        answer = client.get(f"/ogc{path.replace('{featureId}', feature)}")
        assert answer.status_code == 200, path
        assert list(methods["get"]["responses"]["200"]["content"]) == [answer["Content-Type"]]


def test_queryables_are_the_parameters_that_are_taken(world: World) -> None:
    client = bearer(world, "worker")
    world.reported()
    values = {
        "town": {"code": world.town.code, "name": "试验镇", "kind": "general"},
        "microgrid": {"code": world.grids[1].code, "name": "第2微网格", "parent": world.village.code},
        "buildings": {"code": "00003", "name": "3栋", "estate": "丽发新城", "node": world.grids[0].code},
        "cases": {"stage": "reported", "lamp": "green", "node": world.grids[0].code},
    }
    for name, wanted in values.items():
        response = client.get(f"/ogc/collections/{name}/queryables")
        assert response["Content-Type"] == "application/schema+json"
        schema = response.json()
        assert (schema["type"], schema["$schema"]) == ("object", "https://json-schema.org/draft/2020-12/schema")
        assert set(wanted) <= set(schema["properties"])
        assert get(f"/ogc/collections/{name}/items", client, **wanted)["numberMatched"] == 1
        for one in schema["properties"]:
            if "enum" not in schema["properties"][one]:
                assert get(f"/ogc/collections/{name}/items", client, **{one: "没有"})["features"] == []


# --- features --------------------------------------------------------------------------------------------------------


def test_features_are_geojson(world: World) -> None:
    response = Client().get(GRIDS)
    assert response["Content-Type"] == GEOJSON
    assert response["Content-Crs"] == f"<{CRS84}>"
    page = response.json()
    assert (page["type"], page["numberReturned"], page["numberMatched"]) == ("FeatureCollection", 3, 3)
    assert page["timeStamp"] == "2026-03-04T02:00:00Z"
    first = page["features"][0]
    assert first["id"] == world.grids[0].code
    assert first["properties"] == {
        "code": world.grids[0].code,
        "name": "第1微网格",
        "name_en": "",
        "kind": "general",
        "households": 0,
        "public_text": "",
        "tier": "microgrid",
        "parent": world.village.code,
        "valid_from": "2020-01-01",
        "valid_to": None,
    }
    drawn = shapely.from_geojson(json.dumps(first["geometry"]))
    assert drawn.geom_type == "MultiPolygon"
    assert drawn.equals_exact(shapely.MultiPolygon([shapely.from_wkb(world.grids[0].boundary)]), 1e-7, normalize=True)


def test_one_feature_has_an_address_of_its_own(world: World) -> None:
    code = world.grids[1].code
    response = Client().get(f"{GRIDS}/{code}")
    assert response["Content-Type"] == GEOJSON
    found = response.json()
    assert (found["type"], found["id"]) == ("Feature", code)
    assert {one["rel"] for one in found["links"]} == {"self", "collection"}
    assert found["geometry"] == get(GRIDS, name="第2微网格")["features"][0]["geometry"]
    for path in (f"{GRIDS}/none", f"/ogc/collections/village/items/{code}", "/ogc/collections/none/items", "/ogc/none"):
        assert refused(path)["status"] == 404


def test_a_node_that_is_not_drawn_has_no_geometry_and_is_in_no_window(world: World) -> None:
    empty = dict.fromkeys(("boundary", "min_lon", "min_lat", "max_lon", "max_lat"))
    Node.objects.filter(pk=world.grids[0].pk).update(**empty)
    assert [one["geometry"] is None for one in get(GRIDS)["features"]] == [True, False, False]
    assert names(get(GRIDS, bbox="-180,-90,180,90")) == ["第2微网格", "第3微网格"]


def test_pages_are_complete_and_nothing_comes_twice(world: World) -> None:
    for n in range(23):
        Building.objects.create(node=world.grids[0], name=f"散{n}", lon=WEST + SIDE / 2, lat=SOUTH + SIDE / 2)
    client = bearer(world, "worker")
    for more in ({}, {"bbox": f"{WEST},{SOUTH},{WEST + SIDE},{SOUTH + SIDE}"}):
        address, seen, sizes = f"/ogc/collections/buildings/items?{urlencode({'limit': 5, **more})}", [], []
        while address:
            page = get(address, client)
            assert page["numberMatched"] == 24
            assert page["numberReturned"] == len(page["features"])
            seen += [one["id"] for one in page["features"]]
            sizes.append(len(page["features"]))
            if len(sizes) == 2:
                Building.objects.filter(pk=seen[0]).update(name="改名了")  # what moves meanwhile moves no page
            address = link(page, "next")
        assert sizes == [5, 5, 5, 5, 4]
        assert seen == sorted(set(seen))


def test_more_than_is_given_at_once_is_as_much_as_is_given(world: World) -> None:
    assert get(GRIDS, limit=10**12)["numberReturned"] == 3
    assert get(GRIDS, limit=1)["numberReturned"] == 1
    assert link(get(GRIDS, limit=3), "next") == ""


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ((0.1, 0.1, 0.9, 0.9), [1]),
        ((0.1, 0.1, 1.5, 0.9), [1, 2]),
        ((1.0, 0.5, 1.0, 0.5), [1, 2]),  # a point on the edge between two
        ((1.5, -1, 1.5, 2), [2]),  # a line
        ((-1, -1, 4, 2), [1, 2, 3]),
        ((3.1, 0, 4, 1), []),
    ],
)
def test_a_window_shows_what_meets_it(world: World, edges: tuple[float, ...], found: list[int]) -> None:
    west, south, east, north = (start + SIDE * n for start, n in zip((WEST, SOUTH) * 2, edges, strict=True))
    page = get(GRIDS, bbox=f"{west!r},{south!r},{east!r},{north!r}")
    assert names(page) == [f"第{n}微网格" for n in found]
    assert page["numberMatched"] == len(found)
    assert names(get(GRIDS, bbox=f"{west!r},{south!r},-5,{east!r},{north!r},100")) == names(page)


def a_corner(world: World) -> str:
    """Makes the first micro-grid a triangle; a window in the corner that it left, inside its box."""
    drawn = shapely.Polygon([(WEST, SOUTH), (WEST + SIDE, SOUTH), (WEST, SOUTH + SIDE)])
    Node.objects.filter(pk=world.grids[0].pk).update(boundary=shapely.to_wkb(drawn))
    return f"{WEST + 0.8 * SIDE},{SOUTH + 0.8 * SIDE},{WEST + 0.9 * SIDE},{SOUTH + 0.9 * SIDE}"


def test_the_shape_decides_not_its_box(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    corner = a_corner(world)
    page = get(GRIDS, bbox=corner)
    assert (page["features"], page["numberMatched"]) == ([], 0)
    monkeypatch.setattr(paging, "EDGE_MOST", 0)
    page = get(GRIDS, bbox=corner)
    assert page["features"] == []
    assert "numberMatched" not in page, "too many to test beforehand: not counted, and still not shown"


def test_a_footprint_may_meet_a_window_that_its_point_is_not_in(world: World) -> None:
    hall = shapely.box(WEST, SOUTH, WEST + 0.9 * SIDE, SOUTH + 0.1 * SIDE)
    Building.objects.filter(pk=world.building.pk).update(
        footprint=shapely.to_wkb(hall), lon=WEST + 0.1 * SIDE, lat=SOUTH + 0.05 * SIDE
    )
    client, path = bearer(world, "worker"), "/ogc/collections/buildings/items"
    found = get(path, client, bbox=f"{WEST + 0.8 * SIDE},{SOUTH},{WEST + SIDE},{SOUTH + SIDE}")
    assert (names(found), found["numberMatched"]) == (["3栋"], 1)
    assert found["features"][0]["geometry"]["type"] == "MultiPolygon"
    assert get(path, client, bbox=f"{WEST},{SOUTH + 0.5 * SIDE},{WEST + SIDE},{SOUTH + SIDE}")["numberMatched"] == 0


def test_a_window_may_cross_the_antimeridian(world: World) -> None:
    assert len(get(GRIDS, bbox=f"120,{SOUTH},-170,{SOUTH + 1}")["features"]) == 3
    assert get(GRIDS, bbox=f"170,{SOUTH},-170,{SOUTH + 1}")["features"] == []


# --- reference systems -----------------------------------------------------------------------------------------------


def corners(feature: dict[str, Any]) -> list[list[float]]:
    """The least and the greatest of each axis."""
    points = shapely.get_coordinates(shapely.from_geojson(json.dumps(feature["geometry"])))
    return [points.min(axis=0).tolist(), points.max(axis=0).tolist()]


@pytest.mark.parametrize("code", ["4326", "4490"])
def test_the_latitude_stands_first_where_the_system_has_it_so(world: World, code: str) -> None:
    for path in (GRIDS, f"{GRIDS}/{world.grids[0].code}"):
        response = Client().get(path, {"crs": EPSG + code})
        assert response["Content-Crs"] == f"<{EPSG}{code}>"
        found = response.json()
        first = found["features"][0] if "features" in found else found
        assert corners(first) == [
            pytest.approx([SOUTH, WEST], abs=1e-7),
            pytest.approx([SOUTH + SIDE, WEST + SIDE], abs=1e-7),
        ]
    bbox = f"{SOUTH + 0.1 * SIDE},{WEST + 0.1 * SIDE},{SOUTH + 0.9 * SIDE},{WEST + 0.9 * SIDE}"
    page = get(GRIDS, bbox=bbox, **{"bbox-crs": EPSG + code})
    assert names(page) == ["第1微网格"]
    assert corners(page["features"][0])[0] == pytest.approx([WEST, SOUTH], abs=1e-7), "bbox-crs asks, crs answers"


def test_metres_of_the_web_map(world: World) -> None:
    to_metres = Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform
    page = get(GRIDS, crs=f"{EPSG}3857")
    assert corners(page["features"][0]) == [
        pytest.approx(to_metres(WEST, SOUTH), abs=0.01),
        pytest.approx(to_metres(WEST + SIDE, SOUTH + SIDE), abs=0.01),
    ]
    inside = [*to_metres(WEST + SIDE * 1.1, SOUTH + SIDE * 0.1), *to_metres(WEST + SIDE * 1.9, SOUTH + SIDE * 0.9)]
    bbox_crs = {"bbox-crs": f"{EPSG}3857"}
    assert names(get(GRIDS, bbox=",".join(map(str, inside)), **bbox_crs)) == ["第2微网格"]
    for beyond in ("-3e7,-3e7,3e7,3e7", "-1e300,-1e300,1e300,1e300"):
        assert len(get(GRIDS, bbox=beyond, **bbox_crs)["features"]) == 3, "a map zoomed out sees past the world's edge"


# --- time ------------------------------------------------------------------------------------------------------------


def test_the_ground_as_of_a_day(world: World) -> None:
    closed, coming = world.grids[0], world.grids[2]
    Node.objects.filter(pk=closed.pk).update(valid_to=date(2026, 3, 1))
    Node.objects.filter(pk=coming.pk).update(valid_from=date(2026, 4, 1))
    for said, found in {
        "2026-02-28": [1, 2],
        "2026-02-28T15:59:59Z": [1, 2],  # still the 28th in China
        "2026-02-28T16:00:00Z": [2],  # the first day it is no more
        "2026-02-28T16:00:00 00:00": [2],  # a plus sent unescaped arrives as a blank
        "2026-03-01/2026-03-31": [2],
        "2026-02-28/2026-04-01": [1, 2, 3],
        "2026-04-01/..": [2, 3],
        "../2019-12-31": [],
        "/2026-01-01": [1, 2],
        "../..": [1, 2, 3],
        "0001-01-01/9999-12-31": [1, 2, 3],
        "0001-01-01T00:00:00+14:00/9999-12-31T23:59:59-12:00": [1, 2, 3],
    }.items():
        assert names(get(GRIDS, datetime=said)) == [f"第{n}微网格" for n in found], said
    assert names(get(GRIDS)) == ["第2微网格"], "without datetime, what is in force today"
    assert get(f"{GRIDS}/{closed.code}")["properties"]["valid_to"] == "2026-03-01"


def test_cases_by_when_they_were_reported(world: World, clock: Clock) -> None:
    world.reported()
    client, path = bearer(world, "worker"), "/ogc/collections/cases/items"
    for said, count in {
        "2026-03-04": 1,
        "2026-03-04T10:00:00+08:00": 1,
        "2026-03-03/2026-03-04": 1,
        "../2026-03-03": 0,
        "2026-03-05/..": 0,
    }.items():
        assert get(path, client, datetime=said)["numberMatched"] == count, said
    assert get(path, client)["numberMatched"] == 1


def test_buildings_that_stood_then(world: World) -> None:
    Building.objects.filter(pk=world.building.pk).update(ended_on=date(2026, 3, 1))
    client, path = bearer(world, "worker"), "/ogc/collections/buildings/items"
    assert names(get(path, client)) == []
    assert names(get(path, client, datetime="2026-02-28")) == ["3栋"]
    assert names(get(path, client, datetime="2026-03-01/..")) == []


# --- who sees what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["buildings", "cases"])
def test_strangers_are_told_to_sign_in(world: World, name: str) -> None:
    for rest in ("", "/items", "/items/1", "/queryables"):
        path = f"/ogc/collections/{name}{rest}"
        assert refused(path)["code"] == "signed-out"
        response = Client().get(path)
        assert (response.status_code, response["WWW-Authenticate"]) == (401, 'Bearer realm="Yemai"')


def test_a_token_not_in_force_opens_nothing_not_even_what_is_public(world: World) -> None:
    client = bearer(world, "worker")
    revoke_token(ApiToken.objects.get(), now=world.now)
    for client_of in (client, Client(headers={"Authorization": "Bearer ym_nonsense"})):
        for path in ("/ogc/", GRIDS, "/ogc/collections/cases/items"):
            assert refused(path, client_of)["status"] == 401
    assert refused("/ogc/collections/cases/items", bearer(world, "worker", Scope.WRITE))["code"] == "scope"


def test_cases_end_where_the_reach_does(world: World) -> None:
    mine, path = world.reported(), "/ogc/collections/cases/items"
    seen = {
        who: [one["id"] for one in get(path, bearer(world, who))["features"]]
        for who in ("worker", "leader", "secretary", "stranger", "nobody", "sanitation")
    }
    assert seen == {
        "worker": [mine.pk], "leader": [mine.pk], "secretary": [mine.pk], "stranger": [], "nobody": [], "sanitation": []
    }  # fmt: skip
    assert refused(f"{path}/{mine.pk}", bearer(world, "stranger"))["status"] == 404
    assert refused(f"{path}/{mine.pk + 99}", bearer(world, "worker"))["status"] == 404
    assert get(f"{path}/{mine.pk}", world.client("worker"))["id"] == mine.pk
    assert [one["id"] for one in get(path, bearer(world, "worker"), lamp="green")["features"]] == [mine.pk]


def test_a_unit_sees_what_was_sent_to_it(world: World) -> None:
    case = world.dispatched()
    page = get("/ogc/collections/cases/items", bearer(world, "sanitation"))
    assert [one["id"] for one in page["features"]] == [case.pk]


def test_buildings_end_where_the_reach_does(world: World) -> None:
    path = "/ogc/collections/buildings/items"
    assert names(get(path, bearer(world, "worker"))) == names(get(path, bearer(world, "secretary"))) == ["3栋"]
    assert names(get(path, bearer(world, "stranger"))) == names(get(path, bearer(world, "nobody"))) == []
    assert refused(f"{path}/{world.building.pk}", bearer(world, "stranger"))["status"] == 404
    assert get(f"{path}/{world.building.pk}", bearer(world, "worker"))["geometry"]["type"] == "Point"


def test_a_case_says_nothing_of_whoever_reported_it(world: World) -> None:
    case = world.reported("张三丰说，13800138000", name="张三丰", phone="13800138000")
    assert Contact.objects.filter(case=case).exists()
    case = world.step(case, Verb.ACCEPT, "intake", category=world.category().pk)
    client = bearer(world, "worker")
    for path in ("/ogc/collections/cases/items", f"/ogc/collections/cases/items/{case.pk}"):
        said = client.get(path).content.decode()
        for secret in ("张三丰", "13800138000", case.tracking_code, "text", "reporter"):
            assert secret not in said
    properties = get(f"/ogc/collections/cases/items/{case.pk}", client)["properties"]
    assert properties == {
        "number": case.number,
        "category": world.category().name,
        "category_code": "E0110",
        "stage": case.stage,
        "lamp": "green",
        "reported_at": Case.objects.get(pk=case.pk).reported_at.isoformat(),
        "node": world.grids[0].code,
    }
    assert get("/ogc/collections/cases/items", client, number=case.number, category_code="E0110")["numberMatched"] == 1


# --- bounds, tags and refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("limit", "0"),
        ("limit", "-1"),
        ("limit", "ten"),
        ("limit", "٣"),
        ("bbox", "1,2,3"),
        ("bbox", "1,2,3,x"),
        ("bbox", "1,2,3,nan"),
        ("bbox", "1,2,3,1e999"),
        ("bbox", "1,5,2,4"),
        ("bbox-crs", "EPSG:4326"),
        ("crs", f"{EPSG}2000"),
        ("datetime", "yesterday"),
        ("datetime", "2026-02-30"),
        ("datetime", "2026-03-04T10:00:00"),
        ("datetime", "2026-03-04/2026-03-01"),
        ("datetime", "1/2/3"),
        ("datetime", ""),
        ("datetime", "2026-03-04T10:00:00+08:00/x"),
        ("after", "x"),
        ("kind", "round"),
        ("f", "html"),
        ("colour", "green"),
    ],
)
def test_what_cannot_be_read_is_400_and_named(world: World, name: str, said: str) -> None:
    problem = refused(GRIDS, **{name: said})
    assert problem["status"] == 400
    assert list(problem["fields"]) == [name]


@pytest.mark.parametrize("path", ["/ogc/", "/ogc", "/ogc/api", "/ogc/conformance", "/ogc/collections", f"{GRIDS}/1"])
def test_parameters_that_nobody_knows_are_400_everywhere(world: World, path: str) -> None:
    assert refused(path, colour="green")["status"] == 400
    assert Client().get(path.replace("/1", ""), {"f": "json"}).status_code == 200


def test_nothing_is_written_here(world: World) -> None:
    client = bearer(world, "admin")
    for method in ("post", "put", "patch", "delete"):
        answer = getattr(client, method)(GRIDS)
        assert (answer.status_code, answer["Content-Type"]) == (405, PROBLEM)
    head = client.head(GRIDS)
    assert (head.status_code, head.content) == (200, b"")


def test_refusals_are_problems_also_for_who_prefers_pages(world: World) -> None:
    browser = Client(headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert refused(GRIDS, browser, limit="x")["status"] == 400
    assert refused("/ogc/nowhere", browser)["status"] == 404
    assert Client(headers={"Accept": "image/png"}).get(GRIDS).status_code == 406
    for kind in (GEOJSON, "application/json", "*/*"):
        assert Client(headers={"Accept": kind}).get(GRIDS).status_code == 200


def test_what_has_not_changed_is_not_sent_again(world: World, clock: Clock) -> None:
    etag = Client().get(GRIDS)["ETag"]
    clock.advance(minutes=5)
    again = Client().get(GRIDS, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    Node.objects.filter(pk=world.grids[0].pk).update(public_text="新的职责")
    assert Client().get(GRIDS, headers={"If-None-Match": etag}).status_code == 200
    assert {"Authorization", "Cookie"} <= {word.strip() for word in Client().get(GRIDS)["Vary"].split(",")}


def questions(client: Client, path: str) -> int:
    """How many questions of the database a page costs."""
    with CaptureQueriesContext(connection) as asked:
        get(path, client)
    return len(asked)


@pytest.mark.parametrize("name", ["microgrid", "buildings", "cases"])
def test_a_page_costs_the_same_however_much_there_is(world: World, name: str) -> None:
    client = bearer(world, "secretary")
    world.reported()
    path = f"/ogc/collections/{name}/items?bbox={WEST},{SOUTH},{WEST + 1.5 * SIDE},{SOUTH + SIDE}"
    get(path, client)
    before = questions(client, path)
    grid = world.grids[0]
    shape = shapely.to_wkb(shapely.box(WEST, SOUTH, WEST + SIDE / 3, SOUTH + SIDE / 3))
    middle = {"lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2}
    for n in range(30):
        Building.objects.create(node=grid, name=f"散{n}", footprint=shape, **middle)
        Node.objects.create(
            code=f"9{n:017}", tier=grid.tier, parent=grid.parent, name=f"网{n}", valid_from=date(2020, 1, 1),
            path=f"~{n}", boundary=shape, min_lon=WEST, min_lat=SOUTH, max_lon=WEST + SIDE, max_lat=SOUTH + SIDE,
        )  # fmt: skip
        case = Case.objects.order_by("-pk")[0]
        case.pk, case.client_key, case.tracking_code = None, Case().client_key, f"T{n}"
        case.reported_at += timedelta(minutes=n)
        case.save()
    assert len(get(path, client)["features"]) > 30
    assert questions(client, path) == before <= 8
