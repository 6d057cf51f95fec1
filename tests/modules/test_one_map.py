"""The one map over HTTP: counts that equal the list, reach, a past day, what stands in a window, cameras asked for on record."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tests.modules.case_desk import said
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.audit.models import Entry
from yemai.base.territory.models import Building, Node, Tier
from yemai.desks.tiles.asking import age_of
from yemai.modules.adjustments.models import Adjustment
from yemai.modules.cameras.models import Camera, ViewRequest
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Stage, Verb
from yemai.modules.planning.models import Station

pytestmark = pytest.mark.django_db
BOX = f"{WEST},{SOUTH},{WEST + 3 * SIDE},{SOUTH + SIDE}"
HERE = (WEST + SIDE / 2, SOUTH + SIDE / 2)


def beside(world: World, who: str, query: str = "", box: str = BOX) -> Any:
    answer = world.client(who).get(f"/map/side/?bbox={box}&{query}")
    assert answer.status_code == 200, said(answer)
    return answer


def listed(answer: Any) -> list[int]:
    return [row["case"].pk for row in answer.context["rows"]]


def counts(answer: Any, name: str) -> dict[str, int]:
    return {one.value: one.count for one in getattr(answer.context["legend"], name)}


def test_the_legend_counts_what_the_list_shows_and_narrows_it(world: World) -> None:
    first, second = world.handled(), world.reported("路灯不亮了")
    far = world.reported("隔壁的事", lon=HERE[0] + SIDE, lat=HERE[1])
    Case.objects.filter(pk=first.pk).update(clock_due_at=timezone.now() - timedelta(hours=1))
    Case.objects.filter(pk=second.pk).update(reported_at=timezone.now() - timedelta(days=3))
    answer = beside(world, "dispatcher")
    assert sorted(listed(answer)) == sorted([first.pk, second.pk, far.pk])
    assert answer.context["legend"].total == 3
    assert counts(answer, "lamps")["red"] == 1
    for dimension, key in (("lamps", "lamp"), ("ages", "age")):
        for value, count in counts(answer, dimension).items():
            assert len(listed(beside(world, "dispatcher", f"{key}={value}"))) == count, (key, value)
    narrow = beside(world, "dispatcher", box=f"{WEST},{SOUTH},{WEST + SIDE},{SOUTH + SIDE}")
    assert sorted(listed(narrow)) == sorted([first.pk, second.pk])
    red = beside(world, "dispatcher", "lamp=red")
    assert listed(red) == [first.pk]
    assert counts(red, "lamps") == counts(answer, "lamps"), "a legend's own choice leaves its other lines to be chosen"


def test_classes_are_counted_and_chosen(world: World) -> None:
    case = world.handled()
    category = world.category()
    Case.objects.filter(pk=case.pk).update(category=category)
    world.reported("没有分类的事")
    answer = beside(world, "dispatcher")
    code = f"{category.kind}{category.major}{category.minor}"
    assert counts(answer, "categories") == {code: 1, "": 1}
    assert listed(beside(world, "dispatcher", f"category={code}")) == [case.pk]


def test_everybody_sees_their_own_ground_alone(world: World) -> None:
    own, other = world.reported(), world.reported("隔壁的事", lon=HERE[0] + SIDE, lat=HERE[1])
    assert set(listed(beside(world, "worker"))) == {own.pk}
    assert set(listed(beside(world, "stranger"))) == {other.pk}
    assert world.client("nobody").get(f"/map/side/?bbox={BOX}").status_code == 403
    assert world.client("worker").get("/map/side/?bbox=nonsense").status_code == 422


def test_a_past_day_shows_what_stood_open_then(world: World) -> None:
    case, now = world.handled(), timezone.now()
    Case.objects.filter(pk=case.pk).update(
        reported_at=now - timedelta(days=9), closed_at=now - timedelta(days=4), stage=Stage.CLOSED
    )
    assert listed(beside(world, "dispatcher")) == []
    assert listed(beside(world, "dispatcher", "cases=all")) == [case.pk]
    days = {
        ago: listed(beside(world, "dispatcher", f"on={(timezone.localdate() - timedelta(days=ago))}"))
        for ago in (10, 6, 3)
    }
    assert days == {10: [], 6: [case.pk], 3: []}
    assert beside(world, "dispatcher", f"on={timezone.localdate() - timedelta(days=6)}").context["legend"].lamps == []
    tile = world.client("dispatcher").get("/tiles/cases/0/0/0.mvt?cases=open")
    assert tile.status_code == 204
    assert world.client("dispatcher").get("/tiles/cases/0/0/0.mvt?cases=all").status_code == 200


def test_the_ground_of_a_past_day_is_drawn_as_it_was(world: World) -> None:
    client, grid = world.client("admin"), world.grids[0]
    client.post(
        f"/adjustments/new/{grid.pk}/merge/",
        {"on": timezone.localdate().isoformat(), "others": [world.grids[1].pk], "name": "东风一网格"},
    )
    client.post(f"/adjustments/{Adjustment.objects.get().pk}/confirm/")

    def names(on: Any) -> set[str]:
        found = client.get(f"/map/ground.json?bbox={BOX}&on={on}").json()
        return {one["properties"]["name"] for one in found["features"]}

    assert {"第1微网格", "第2微网格", "第3微网格"} <= names(timezone.localdate() - timedelta(days=1))
    assert {"东风一网格", "第3微网格"} <= names(timezone.localdate())
    assert "第1微网格" not in names(timezone.localdate())
    assert Node.objects.filter(name="第1微网格").exists()
    before = client.get(f"/map/ground.json?bbox={BOX}&on={timezone.localdate() - timedelta(days=1)}").json()
    stands = {one["properties"]["name"]: one["properties"]["stands"] for one in before["features"]}
    assert not stands["第2微网格"], "what is over has no board to lead to"
    assert stands["第3微网格"]


def test_stations_cameras_and_teams_are_counted_and_drawn_when_asked(world: World) -> None:
    Station.objects.create(node=world.village, name="一站", lon=HERE[0], lat=HERE[1])
    Camera.objects.create(node=world.grids[0], name="路口", lon=HERE[0], lat=HERE[1], owner="派出所", contact="值班室")
    client = world.client("dispatcher")
    found = client.get(f"/map/things.json?bbox={BOX}&layers=stations").json()
    counts = found["counts"]
    assert {layer: counts[layer] for layer in ("stations", "cameras", "teams")} == {
        "stations": 1,
        "cameras": 1,
        "teams": 2,
    }
    assert [one["properties"]["layer"] for one in found["features"]] == ["circle", "station"]
    ring = found["features"][0]["geometry"]["coordinates"][0]
    assert max(lat for _lon, lat in ring) - HERE[1] == pytest.approx(500 / 111_320, rel=0.01)
    teams = client.get(f"/map/things.json?bbox={BOX}&layers=teams").json()["features"]
    assert any("王网格" in one["properties"]["text"] and one["properties"]["count"] for one in teams)
    assert world.client("worker").get(f"/map/things.json?bbox={BOX}&layers=teams").json()["counts"]["teams"] == 1
    assert client.get("/map/things.json?bbox=-180,-90,180,90&layers=teams").json()["features"] == []


def test_the_ground_is_counted_by_tier_as_it_is_drawn_and_as_of_the_day(world: World) -> None:
    client, today = world.client("worker"), timezone.localdate()
    standing = Building.objects.count()
    Building.objects.create(node=world.grids[0], name="1栋", lon=HERE[0], lat=HERE[1])
    Building.objects.create(node=world.grids[0], name="拆了", lon=HERE[0], lat=HERE[1], ended_on=today)
    # Just inside the first square, so that the edges of the next one are not met.
    for box in (BOX, f"{WEST + SIDE / 8},{SOUTH},{WEST + SIDE / 2},{SOUTH + SIDE}"):
        drawn = client.get(f"/map/ground.json?bbox={box}&on={today}").json()["features"]
        depths = [one["properties"]["depth"] for one in drawn]
        counts = client.get(f"/map/things.json?bbox={box}").json()["counts"]
        assert {key: n for key, n in counts.items() if key.startswith("g") and n} == {
            f"g{depth}": depths.count(depth) for depth in set(depths)
        }
        assert counts["buildings"] == standing + 1
    long_ago = client.get(f"/map/things.json?bbox={BOX}&on=1990-01-01").json()["counts"]
    assert [n for key, n in long_ago.items() if key.startswith("g")] == [0] * Tier.objects.count()
    wide = client.get("/map/things.json?bbox=-180,-90,180,90").json()["counts"]
    assert wide["buildings"] == standing + 1
    assert "teams" not in wide, "what is not drawn from so far is not counted either"


def test_the_page_offers_a_switch_for_each_tier_and_records_only_to_who_keeps_them(world: World) -> None:
    worker, keeper = (world.client(who).get("/map/").content.decode() for who in ("worker", "admin"))
    for tier in Tier.objects.all():
        assert f'value="g{tier.depth}"' in worker
    assert "data-stations=" not in worker
    assert "data-stations=" in keeper
    assert "data-building=" not in worker


def test_points_say_the_age_by_which_the_list_narrows(world: World) -> None:
    cases = {days: world.reported(f"{days}天前的事") for days in (0, 3, 20, 90)}
    for days, case in cases.items():
        Case.objects.filter(pk=case.pk).update(reported_at=timezone.now() - timedelta(days=days, minutes=5))
    for days, age in ((0, "day"), (3, "week"), (20, "month"), (90, "older")):
        case = Case.objects.get(pk=cases[days].pk)
        assert age_of(case.reported_at, timezone.now()) == age
        assert listed(beside(world, "dispatcher", f"age={age}")) == [case.pk]


def test_a_camera_is_an_asset_and_viewing_is_asked_for_on_record(world: World) -> None:
    keeper, worker, stranger = world.client("admin"), world.client("worker"), world.client("stranger")
    form = {"name": "东门", "owner": "派出所", "contact": "值班室", "lon": str(HERE[0]), "lat": str(HERE[1])}
    assert worker.post("/cameras/", form).status_code == 200
    assert Camera.objects.count() == 0, "who does not keep the register enters nothing"
    assert keeper.post("/cameras/", {**form, "lon": "0"}).status_code == 422
    assert keeper.post("/cameras/", form).status_code == 302
    camera = Camera.objects.get()
    assert camera.node == world.grids[0]
    page = f"/cameras/{camera.pk}/"
    assert stranger.get(page).status_code == 404
    now = timezone.localtime()
    span = {
        "from_at": f"{now - timedelta(hours=3):%Y-%m-%dT%H:%M}",
        "to_at": f"{now - timedelta(hours=2):%Y-%m-%dT%H:%M}",
    }
    assert worker.post(page, {"purpose": "", **span}).status_code == 422
    assert (
        worker.post(
            page, {"purpose": "找失主", **span, "to_at": f"{now + timedelta(days=3):%Y-%m-%dT%H:%M}"}
        ).status_code
        == 422
    )
    assert worker.post(page, {"purpose": "查垃圾是谁倒的", **span}).status_code == 302
    asked = ViewRequest.objects.get()
    assert "查垃圾是谁倒的" in said(keeper.get(page))
    assert "查垃圾是谁倒的" not in said(world.client("leader").get(page)), (
        "somebody else's request is not theirs to read"
    )
    answer = f"/cameras/requests/{asked.pk}/answer/"
    assert stranger.post(answer, {f"r{asked.pk}-answer": "shown"}).status_code == 404
    assert worker.post(answer, {f"r{asked.pk}-answer": "shown", f"r{asked.pk}-text": "值班室陪同"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.answer, asked.answered_by) == ("shown", world["worker"])
    assert worker.post(answer, {f"r{asked.pk}-answer": "refused"}).status_code == 404
    trail = set(Entry.objects.values_list("action", flat=True))
    assert {"add_camera", "ask_view", "answer_view"} <= trail
    assert keeper.post(f"{page}end/").status_code == 302
    assert keeper.get(page).status_code == 404
    assert ViewRequest.objects.count() == 1


def test_ticked_cases_are_assigned_from_the_map_which_comes_back_as_it_was(world: World) -> None:
    case = world.step(world.handled(), Verb.ESCALATE, "worker", text="解决不了")
    case = world.step(case, Verb.ESCALATE, "leader", text="也解决不了")
    back = "/map/?c=120.601,31.301,16&lamp=green"
    answer = world.client("dispatcher").post(
        "/work/assign/", {"case": [case.pk], "department": world.units["sanitation"].pk, "next": back}
    )
    assert answer["Location"] == back
    case.refresh_from_db()
    assert case.lead_department == world.units["sanitation"]
    away = world.client("dispatcher").post("/work/assign/", {"next": "https://elsewhere.example/"})
    assert away["Location"] == "/work/dispatch/"
