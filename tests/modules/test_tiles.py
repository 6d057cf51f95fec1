"""Tiles over HTTP: who sees which layer, what a tile holds, when it is not sent again, and what it costs."""

import gzip
from datetime import timedelta
from typing import Any

import mapbox_vector_tile
import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from shapely.geometry import shape

from tests.conftest import Clock
from tests.world import CAST, SIDE, SOUTH, WEST, World, build
from yemai.base.territory.actions import close_node, rename_node
from yemai.base.territory.models import Building, Node
from yemai.base.territory.revision import touch
from yemai.base.territory.terms import Topic
from yemai.desks.tiles import cases as drawn_cases
from yemai.desks.tiles.grid import EXTENT, Tile, to_world
from yemai.modules.cases.map_index import in_window
from yemai.modules.cases.models import Case
from yemai.modules.cases.queries.listing import cases_for
from yemai.modules.cases.terms import Verb

pytestmark = pytest.mark.django_db
HERE = (WEST + SIDE / 2, SOUTH + SIDE / 2)


@pytest.fixture
def town(clock: Clock) -> World:
    """The town at a standing clock."""
    return build(clock.moment)


def tile_of(z: int, lon: float = HERE[0], lat: float = HERE[1]) -> Tile:
    """The tile a place lies in."""
    x, y = (int(one) >> (30 - z) for one in to_world(np.array([[lon, lat]]))[0])
    return Tile(z, x, y)


def address(layer: str, tile: Tile) -> str:
    """Where a tile is."""
    return f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt"


def asked(client: Client, layer: str, tile: Tile, **more: Any) -> Any:
    """What the server answers."""
    return client.get(address(layer, tile), **more)


def features(response: Any, layer: str) -> list[dict[str, Any]]:
    """The features of a layer in an answer."""
    assert response.status_code == 200, response.status_code
    body = gzip.decompress(response.content) if response.get("Content-Encoding") == "gzip" else response.content
    found = mapbox_vector_tile.decode(body, default_options={"y_coord_down": True})
    return found[layer]["features"] if layer in found else []


def shown(client: Client, z: int, layer: str = "cases") -> list[dict[str, Any]]:
    """The marks of cases in the tile the first micro-grid lies in."""
    response = asked(client, "cases", tile_of(z))
    return [] if response.status_code == 204 else features(response, layer)


# --- the ground ----------------------------------------------------------------------------------------------------


def test_everybody_sees_the_boundaries_of_every_tier_in_force(town: World, client: Client) -> None:
    found = features(asked(client, "nodes", tile_of(15)), "nodes")
    said = {one["properties"]["code"]: one["properties"] for one in found}
    assert {one["name"]: one["depth"] for one in said.values()} == {
        "试验镇": 0, "东风村": 1, "第1微网格": 2, "第2微网格": 2, "第3微网格": 2,
    }  # fmt: skip
    grid = town.grids[0]
    assert said[grid.code] == {"code": grid.code, "name": grid.name, "depth": 2, "households": grid.households}
    assert {one["id"] for one in found} == {town.town.pk, town.village.pk, *(one.pk for one in town.grids)}


def test_a_boundary_lies_where_it_was_drawn(town: World, client: Client) -> None:
    tile, grid = tile_of(16), town.grids[0]
    found = next(one for one in features(asked(client, "nodes", tile), "nodes") if one["id"] == grid.pk)
    corners = to_world(np.array([[WEST, SOUTH + SIDE], [WEST + SIDE, SOUTH]]))
    wanted = np.clip(tile.quantised(corners), -64, EXTENT + 64).ravel()
    assert shape(found["geometry"]).bounds == tuple(wanted.tolist())


def test_names_stand_in_one_tile_each(town: World, client: Client) -> None:
    middle = tile_of(17)
    around = [Tile(17, middle.x + x, middle.y + y) for x in range(-2, 4) for y in range(-2, 3)]
    answers = [asked(client, "nodes", tile) for tile in around]
    names = [
        one["properties"]["name"]
        for answer in answers
        if answer.status_code == 200
        for one in features(answer, "names")
    ]
    assert sorted(names) == ["东风村", "第1微网格", "第2微网格", "第3微网格", "试验镇"]


def test_from_far_the_smaller_tiers_are_left_out(town: World, client: Client) -> None:
    for zoom, depths in ((10, {0, 1}), (8, {0})):
        found = features(asked(client, "nodes", tile_of(zoom)), "nodes")
        assert {one["properties"]["depth"] for one in found} == depths


def test_a_change_of_the_ground_is_on_the_next_tile(town: World, client: Client) -> None:
    before = asked(client, "nodes", tile_of(16))
    rename_node(actor=town["admin"], node=town.grids[0], name="新名微网格", now=town.now)
    after = asked(client, "nodes", tile_of(16), headers={"If-None-Match": before["ETag"]})
    assert "新名微网格" in {one["properties"]["name"] for one in features(after, "nodes")}
    assert after["ETag"] != before["ETag"]
    close_node(actor=town["admin"], node=town.grids[2], now=town.now)
    last = features(asked(client, "nodes", tile_of(15)), "nodes")
    assert town.grids[2].pk not in {one["id"] for one in last}


def test_a_part_of_the_map_without_us_is_empty(town: World, client: Client) -> None:
    response = asked(client, "nodes", tile_of(14, 0.1, 0.1))
    assert (response.status_code, response.content) == (204, b"")
    assert response["ETag"]


def test_a_node_without_a_boundary_has_a_name_alone(town: World, client: Client) -> None:
    Node.objects.filter(pk=town.grids[0].pk).update(boundary=None)
    touch(Topic.GROUND)
    response = asked(client, "nodes", tile_of(17))
    assert town.grids[0].pk not in {one["id"] for one in features(response, "nodes")}
    Building.objects.all().delete()
    touch(*Topic)
    assert asked(town.client("worker"), "buildings", tile_of(17)).status_code == 204


def test_buildings_are_for_those_who_work_here_and_from_zoom_15(town: World, client: Client) -> None:
    assert asked(client, "buildings", tile_of(16)).status_code == 302
    worker = town.client("worker")
    assert asked(worker, "buildings", tile_of(14)).status_code == 204
    found = features(asked(worker, "buildings", tile_of(15)), "building_points")
    assert [one["properties"] for one in found] == [{"name": "丽发新城3栋", "floors": 6, "households": 48}]
    Building.objects.update(footprint=town.grids[0].boundary)
    touch(Topic.BOOK)
    response = asked(worker, "buildings", tile_of(15))
    assert [one["id"] for one in features(response, "buildings")] == [town.building.pk]
    assert features(response, "building_points") == []


# --- addresses, and what is not sent again --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong", ["19/0/0", "3/8/0", "3/0/8", "99999999999/0/0", "3/99999999999999999999/0", "a/0/0", "1/-1/0", "1/0"]
)
@pytest.mark.parametrize("layer", ["nodes", "buildings", "cases"])
def test_squares_that_are_not_there(town: World, layer: str, wrong: str) -> None:
    assert town.client("worker").get(f"/tiles/{layer}/{wrong}.mvt").status_code == 404


def test_a_layer_we_do_not_have(town: World, client: Client) -> None:
    assert client.get("/tiles/people/1/0/0.mvt").status_code == 404


@pytest.mark.parametrize("layer", ["nodes", "buildings", "cases"])
def test_what_is_known_is_not_sent_again(town: World, layer: str) -> None:
    town.reported()
    worker = town.client("worker")
    first = asked(worker, layer, tile_of(16))
    again = asked(worker, layer, tile_of(16), headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
    assert again["ETag"] == first["ETag"]
    assert again["Cache-Control"] == first["Cache-Control"]
    assert first["Content-Type"] == "application/vnd.mapbox-vector-tile"


def test_what_is_for_all_may_be_kept_by_all_and_the_rest_by_nobody_else(town: World, client: Client) -> None:
    town.reported()
    public = asked(client, "nodes", tile_of(16))
    assert "public" in public["Cache-Control"]
    assert "Cookie" not in public["Vary"]
    assert "Set-Cookie" not in public
    for layer in ("buildings", "cases"):
        private = asked(town.client("worker"), layer, tile_of(16))
        assert "private" in private["Cache-Control"]
        assert "no-cache" in private["Cache-Control"], "who may see it is asked each time"
        assert "Cookie" in private["Vary"]


def test_a_tile_is_packed_for_those_who_can_unpack_it(town: World, client: Client) -> None:
    plain = asked(client, "nodes", tile_of(16))
    packed = asked(client, "nodes", tile_of(16), headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in plain
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
    assert client.head(address("nodes", tile_of(16))).content == b""
    assert client.post(address("nodes", tile_of(16))).status_code == 405


# --- cases ---------------------------------------------------------------------------------------------------------


def test_strangers_see_no_case(town: World, client: Client) -> None:
    town.reported()
    response = asked(client, "cases", tile_of(16))
    assert response.status_code == 302
    assert response["Location"].startswith("/sign-in/")


def test_a_case_says_what_a_mark_needs_and_no_word_of_the_reporter(town: World) -> None:
    case = town.handled()
    Case.objects.filter(pk=case.pk).update(category=town.category("E0110"))
    mark = shown(town.client("worker"), 16)[0]
    assert mark["id"] == case.pk
    assert mark["properties"] == {
        "id": case.pk, "lamp": "green", "stage": "handling", "age": "day", "category": "E0110",
        "reported_on": "2026-03-04",
    }  # fmt: skip
    wanted = tile_of(16).quantised(to_world(np.array([HERE])))[0].tolist()
    assert list(mark["geometry"]["coordinates"]) == wanted


@pytest.mark.parametrize("who", CAST)
def test_every_role_sees_the_cases_its_register_shows(town: World, who: str) -> None:
    town.reported()
    town.handled()
    town.dispatched()
    town.reported(lon=WEST + 1.5 * SIDE)
    visible = set(cases_for(town[who]).values_list("pk", flat=True))
    assert {one["id"] for one in shown(town.client(who), 15)} == visible
    if who in ("stranger", "nobody", "sanitation"):
        assert len(visible) < Case.objects.count(), "someone must see less, or this shows nothing"


def test_a_lamp_turns_by_the_clock_alone(town: World, clock: Clock) -> None:
    town.handled()
    worker = town.client("worker")
    first = asked(worker, "cases", tile_of(16))
    assert features(first, "cases")[0]["properties"]["lamp"] == "green"
    clock.set(clock.moment + timedelta(days=10))
    later = asked(worker, "cases", tile_of(16), headers={"If-None-Match": first["ETag"]})
    assert features(later, "cases")[0]["properties"]["lamp"] == "red"
    for zoom, layer in ((13, "clusters"), (9, "hexagons")):
        assert [one["properties"] for one in shown(worker, zoom, layer)] == [{"count": 1, "red": 1}]


def test_a_step_and_a_lost_post_are_on_the_next_tile(town: World) -> None:
    case = town.reported()
    worker = town.client("worker")
    first = asked(worker, "cases", tile_of(16))
    town.step(case, Verb.TAKE, "worker")
    second = asked(worker, "cases", tile_of(16), headers={"If-None-Match": first["ETag"]})
    assert features(second, "cases")[0]["properties"]["stage"] == "handling"
    unseen = town.client("worker2")
    before = asked(unseen, "cases", tile_of(16))
    town["worker2"].appointments.update(valid_to=town.now.date())
    after = asked(unseen, "cases", tile_of(16), headers={"If-None-Match": before["ETag"]})
    assert (before.status_code, after.status_code) == (200, 204)


def spread(town: World, count: int) -> None:
    """Cases all over the town, every third of them overdue."""
    rng = np.random.default_rng(count)
    like = town.handled()
    values = {field.attname: getattr(like, field.attname) for field in Case._meta.concrete_fields}
    for name in ("id", "client_key", "tracking_code", "number", "lon", "lat", "clock_due_at"):
        del values[name]
    places = rng.uniform([WEST, SOUTH], [WEST + 3 * SIDE, SOUTH + SIDE], (count, 2)).tolist()
    due = town.now + timedelta(hours=1)
    Case.objects.bulk_create(
        Case(
            **values, tracking_code=f"{n:011d}", lon=lon, lat=lat, clock_due_at=due - timedelta(hours=3 * (n % 3 == 0))
        )
        for n, (lon, lat) in enumerate(places)
    )


@pytest.mark.parametrize(
    ("zoom", "layer"), [(14, "clusters"), (12, "clusters"), (11, "hexagons"), (5, "hexagons"), (0, "hexagons")]
)
def test_every_case_is_counted_once_from_afar(town: World, zoom: int, layer: str) -> None:
    spread(town, 400)
    person = town.client("dispatcher")
    middle = tile_of(zoom)
    beside = {Tile(zoom, middle.x + x, middle.y + y) for x in (-1, 0, 1) for y in (-1, 0, 1)}
    marks: dict[Any, dict[str, int]] = {}
    for tile in beside:
        response = asked(person, "cases", tile)
        if response.status_code == 200:
            # A hexagon on an edge is in both tiles, with one number and the same count; a cluster is in one alone.
            for one in features(response, layer):
                key = one["id"] if layer == "hexagons" else (tile, one["id"])
                assert marks.setdefault(key, one["properties"]) == one["properties"]
    assert sum(one["count"] for one in marks.values()) == 401
    assert sum(one["red"] for one in marks.values()) == 134


@pytest.mark.skipif(
    connection.vendor != "sqlite", reason="PostgreSQL plans by its statistics, which a test has none of"
)
@pytest.mark.parametrize("zoom", [2, 8, 13, 16])
def test_a_window_of_cases_is_found_by_its_index(town: World, zoom: int) -> None:
    west, south, east, north = tile_of(zoom).degrees()
    found = in_window(cases_for(town["dispatcher"]), west, south, east, north)
    assert "INDEX case_on_map" in found.values("lon", "lat").explain()


@pytest.mark.parametrize("lat", [31.3, -31.3, 0.004, -0.004])
def test_a_window_on_either_side_of_the_equator_holds_its_case(town: World, lat: float) -> None:
    Case.objects.filter(pk=town.handled().pk).update(lat=lat, lon=HERE[0])
    for zoom in (0, 3, 13, 16):
        found = in_window(Case.objects.all(), *tile_of(zoom, HERE[0], lat).degrees())
        assert found.count() == 1
        assert in_window(Case.objects.all(), *tile_of(zoom, HERE[0] - 180, lat).degrees()).count() == (zoom == 0)


def test_too_many_points_become_clusters(town: World, monkeypatch: pytest.MonkeyPatch) -> None:
    spread(town, 20)
    person = town.client("dispatcher")
    assert len(shown(person, 15)) == 21
    monkeypatch.setattr(drawn_cases, "POINTS_MOST", 20)
    assert sum(one["properties"]["count"] for one in shown(town.client("dispatcher"), 15, "clusters")) == 21


@pytest.mark.parametrize("zoom", [16, 13, 8])
def test_a_tile_costs_the_same_however_many_cases_there_are(town: World, zoom: int) -> None:
    def cost(who: str) -> int:
        client = town.client(who)
        with CaptureQueriesContext(
            connection,
        ) as asked_for:
            assert asked(client, "cases", tile_of(zoom)).status_code == 200
        return len(asked_for)

    town.handled()
    few = {who: cost(who) for who in ("dispatcher", "worker")}
    spread(town, 600)
    assert {who: cost(who) for who in few} == few
    assert max(few.values()) <= 7, "session, person, two for reach, whom one acts for, the newest step, the cases"


def test_a_kept_tile_asks_for_nothing_but_the_revision(town: World, client: Client) -> None:
    asked(client, "nodes", tile_of(16))
    with CaptureQueriesContext(connection) as queries:
        assert asked(client, "nodes", tile_of(16)).status_code == 200
    assert len(queries) == 1, "inside a test's transaction the revision is asked each time; outside once a second"
