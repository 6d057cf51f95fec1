"""Dated changes of the ground through their pages: seen before they are true, undone until their day, whole when it comes."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import shapely
from django.test import Client
from django.utils import timezone

from tests.modules.case_desk import said
from tests.modules.test_planning_pages import build_estate, planned, studied
from tests.world import PHONE, SIDE, SOUTH, WEST, World
from yemai.base.jobs.actions import run_due
from yemai.base.jobs.models import Job
from yemai.base.messages.models import Robot
from yemai.base.people.models import Appointment, PostKind
from yemai.base.territory.actions import end_building
from yemai.base.territory.geometry import stored
from yemai.base.territory.locate import locate
from yemai.base.territory.models import Building, Node, NodeAlias
from yemai.base.territory.queries import successors
from yemai.modules.adjustments.models import Adjustment
from yemai.modules.cameras.models import Camera
from yemai.modules.cases.models import Case, StoryStep
from yemai.modules.cases.queries.integrity import first_broken_link
from yemai.modules.cases.terms import Stage, Verb
from yemai.modules.planning.models import Station

pytestmark = pytest.mark.django_db


def today() -> date:
    return timezone.localdate()


def asked(client: Client, node: Node, kind: str, **given: Any) -> Adjustment:
    """Fill in the form of a change, as far as the page that shows what it touches."""
    answer = client.post(f"/adjustments/new/{node.pk}/{kind}/", {"on": today().isoformat(), **given})
    assert answer.status_code == 302, said(answer)
    made = Adjustment.objects.latest("pk")
    assert answer["Location"] == f"/adjustments/{made.pk}/"
    return made


def confirmed(client: Client, made: Adjustment) -> Adjustment:
    answer = client.post(f"/adjustments/{made.pk}/confirm/")
    assert answer.status_code == 302, said(answer)
    made.refresh_from_db()
    return made


def split_form(client: Client, node: Node, parts: int = 2) -> dict[str, str]:
    """What the page of a split proposes."""
    form = client.get(f"/adjustments/new/{node.pk}/split/?parts={parts}").context["form"]
    return {"parts": str(parts)} | {
        bound.html_name: str(bound.value()) for bound in form if bound.name not in ("on", "note")
    }


def test_a_split_is_seen_first_and_takes_buildings_cases_and_the_team_along(world: World) -> None:
    build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16], wide=3)
    client, grid = world.client("admin"), world.grids[0]
    west = world.handled()
    standing = set(Building.objects.filter(node=grid).values_list("pk", flat=True))
    made = asked(client, grid, "split", **split_form(client, grid), note="户数太多")
    page = said(client.get(f"/adjustments/{made.pk}/"))
    assert "未办结事件" in page and "王网格" in page and "户数太多" in page
    assert Node.objects.filter(valid_to__isnull=False).count() == 0, "a rehearsal leaves nothing behind"
    assert Building.objects.filter(node=grid).count() == len(standing)
    done = confirmed(client, made)
    assert done.state == "done"
    grid.refresh_from_db()
    assert grid.valid_to == today()
    first, second = done.after.order_by("pk")
    assert set(Building.objects.filter(node__in=[first, second]).values_list("pk", flat=True)) == standing
    assert abs(first.households - second.households) <= 48, "no farther apart than the largest building"
    assert first.name == grid.name
    assert len({grid.code, first.code, second.code}) == 3
    assert NodeAlias.objects.get(kind="code", value=grid.code).node == first
    assert {one.pk for one in successors(grid)} == {first.pk, second.pk}
    held = Appointment.objects.filter(person=world["worker"], valid_to__isnull=True)
    assert [one.node for one in held] == [first], "the team goes with the part that keeps it"
    for one in Building.objects.filter(node__in=[first, second]):
        assert one.lon is not None
        assert one.lat is not None
        assert locate(one.lon, one.lat).node_id == one.node_id, "the ground drawn is the ground of its buildings"
    west.refresh_from_db()
    assert west.node in (first, second)
    assert west.path == west.node.path
    told = StoryStep.objects.filter(case=west).latest("pk")
    assert (told.verb, told.actor_label, told.content["old"]) == (Verb.CORRECT, "系统", {"node": grid.pk})
    assert first_broken_link() is None


def test_what_is_over_stays_and_what_is_taken_up_again_follows(world: World) -> None:
    client, grid = world.client("admin"), world.grids[0]
    over = world.handled()
    Case.objects.filter(pk=over.pk).update(stage=Stage.CLOSED, closed_at=world.now)
    confirmed(client, asked(client, grid, "merge", others=[world.grids[1].pk], name="东风一网格"))
    over.refresh_from_db()
    assert over.node == grid
    asked_again = world.step(over, Verb.REQUEST_REOPEN, PHONE, text="又坏了")
    case = world.step(asked_again, Verb.CONFIRM_REOPEN, "supervisor", text="同意")
    assert case.node.name == "东风一网格"
    assert case.path == case.node.path


def test_a_merger_keeps_every_team_and_draws_the_ground_together(world: World) -> None:
    client = world.client("admin")
    one, other = world.grids[:2]
    done = confirmed(client, asked(client, one, "merge", others=[other.pk], name="东风一网格"))
    (whole,) = done.after.all()
    shape = stored(whole.boundary)
    assert shape is not None
    assert shape.area == pytest.approx(2 * SIDE * SIDE)
    held = Appointment.objects.filter(node=whole, valid_to__isnull=True, derived_from__isnull=True)
    assert {"worker", "worker2", "leader", "leader2", "stranger"} <= {
        key for key, person in world.people.items() if person.pk in {one.person_id for one in held}
    }
    assert {row.value for row in NodeAlias.objects.filter(node=whole, kind="code")} == {one.code, other.code}


def test_a_day_to_come_changes_nothing_until_then_and_can_be_undone(world: World) -> None:
    client, grid = world.client("admin"), world.grids[0]
    later = today() + timedelta(days=3)
    made = confirmed(client, asked(client, grid, "rename", name="荷花网格", on=later.isoformat()))
    assert made.state == "planned"
    run_due(timezone.now(), 100)
    grid.refresh_from_db()
    assert grid.name != "荷花网格"
    again = client.post(f"/adjustments/new/{grid.pk}/close/", {"on": today().isoformat()})
    assert again.status_code == 422 and "已有一项调整" in said(again)
    undone = client.post(f"/adjustments/{made.pk}/undo/")
    assert undone.status_code == 302
    run_due(timezone.now() + timedelta(days=4), 100)
    grid.refresh_from_db()
    assert grid.name != "荷花网格"
    made = confirmed(client, asked(client, grid, "rename", name="荷叶网格", on=later.isoformat()))
    run_due(timezone.now() + timedelta(days=5), 100)
    grid.refresh_from_db()
    made.refresh_from_db()
    assert (grid.name, made.state) == ("荷叶网格", "done")
    assert client.post(f"/adjustments/{made.pk}/undo/").status_code == 409


def test_what_the_day_finds_changed_is_refused_whole_with_the_reason(world: World) -> None:
    build_estate(world, [20, 15, 10, 25, 30, 12], wide=3)
    client, grid = world.client("admin"), world.grids[0]
    later = today() + timedelta(days=1)
    made = confirmed(client, asked(client, grid, "split", **split_form(client, grid), on=later.isoformat()))
    Building.objects.create(node=grid, name="无坐标的新楼", households=3)
    run_due(timezone.now() + timedelta(days=2), 100)
    made.refresh_from_db()
    grid.refresh_from_db()
    assert made.state == "refused" and "无坐标的新楼" in made.refusal
    assert grid.valid_to is None and not Node.objects.filter(valid_from=later).exists()
    assert "无坐标的新楼" in said(client.get(f"/adjustments/{made.pk}/"))


def test_a_building_pulled_down_since_stops_nothing_and_one_moved_away_does(world: World) -> None:
    build_estate(world, [20, 15, 10, 25, 30, 12], wide=3)
    build_estate(world, [20, 15, 10, 25, 30, 12], name="乙苑", wide=3, east=SIDE)
    client, (grid, other, third) = world.client("admin"), world.grids
    later = (today() + timedelta(days=1)).isoformat()
    first = confirmed(client, asked(client, grid, "split", **split_form(client, grid), on=later))
    second = confirmed(client, asked(client, other, "split", **split_form(client, other), on=later))
    end_building(Building.objects.filter(node=grid).latest("pk"), actor=None, now=timezone.now())
    Building.objects.filter(pk=Building.objects.filter(node=other).latest("pk").pk).update(node=third)
    run_due(timezone.now() + timedelta(days=2), 100)
    for one in (first, second):
        one.refresh_from_db()
    assert (first.state, second.state) == ("done", "refused")
    assert "已移到别的网格" in second.refusal


def test_who_keeps_one_village_can_rename_it_and_follow_the_change(world: World) -> None:
    kind = PostKind.objects.get(key="system-administrator")
    Appointment.objects.create(
        person=world["secretary"], post_kind=kind, node=world.village, valid_from=date(2026, 1, 1)
    )
    client = world.client("secretary")
    done = confirmed(client, asked(client, world.village, "rename", name="荷花村"))
    assert done.state == "done"
    assert client.get(f"/adjustments/{done.pk}/").status_code == 200
    assert client.get(f"/adjustments/new/{world.town.pk}/rename/").status_code == 404
    answer = client.post(
        f"/adjustments/new/{world.village.pk}/move/", {"on": today().isoformat(), "parent": world.town.pk}
    )
    assert answer.status_code == 422, "no parent beyond one's ground is offered"


def test_a_building_that_came_since_goes_where_it_stands(world: World) -> None:
    build_estate(world, [20, 15, 10, 25, 30, 12], wide=3)
    client, grid = world.client("admin"), world.grids[0]
    later = today() + timedelta(days=1)
    made = confirmed(client, asked(client, grid, "split", **split_form(client, grid), on=later.isoformat()))
    new = Building.objects.create(node=grid, name="新楼", households=3, lon=WEST + SIDE * 0.9, lat=SOUTH + SIDE * 0.9)
    run_due(timezone.now() + timedelta(days=2), 100)
    made.refresh_from_db()
    new.refresh_from_db()
    assert made.state == "done"
    shape = stored(new.node.boundary)
    assert shape is not None and shapely.intersects_xy(shape, new.lon, new.lat)


def test_moving_redrawing_and_closing_each_have_their_page(world: World) -> None:
    client, grid = world.client("admin"), world.grids[2]
    drawn = shapely.to_geojson(shapely.box(WEST + 2 * SIDE, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE * 1.5))
    done = confirmed(client, asked(client, grid, "redraw", boundary=drawn, crs="WGS84"))
    (redrawn,) = done.after.all()
    moved = confirmed(client, asked(client, redrawn, "move", parent=world.town.pk))
    (there,) = moved.after.all()
    assert there.parent == world.town
    assert world.grids[2].code in {row.value for row in NodeAlias.objects.filter(node=there, kind="code")}
    confirmed(client, asked(client, there, "close"))
    there.refresh_from_db()
    assert there.valid_to == today()
    bad = client.post(f"/adjustments/new/{world.grids[0].pk}/redraw/", {"on": today().isoformat(), "boundary": "{}"})
    assert bad.status_code == 422 and "GeoJSON" in said(bad)


def test_a_past_day_shows_the_ground_as_it_was(world: World) -> None:
    client = world.client("admin")
    before = today() - timedelta(days=10)
    confirmed(client, asked(client, world.grids[0], "merge", others=[world.grids[1].pk], name="东风一网格"))
    then = client.get(f"/adjustments/as-of/?on={before}")
    rows = {row.tier.key: row for row in then.context["tiers"]}
    assert (rows["microgrid"].count, rows["microgrid"].ended_since, rows["microgrid"].opened_since) == (3, 2, 1)
    assert "东风一网格" not in said(then)
    assert {row.tier.key: row.count for row in client.get("/adjustments/as-of/").context["tiers"]}["microgrid"] == 2
    assert client.get("/adjustments/as-of/?on=nonsense").status_code == 422


def test_nobody_changes_ground_beyond_their_reach(world: World, now: datetime) -> None:
    made = asked(
        world.client("admin"), world.grids[0], "rename", name="荷花网格", on=(today() + timedelta(3)).isoformat()
    )
    for who in ("secretary", "worker", "nobody"):
        client = world.client(who)
        assert client.get(f"/adjustments/{made.pk}/").status_code in (403, 404)
        assert client.post(f"/adjustments/{made.pk}/confirm/").status_code in (403, 404)
    made.refresh_from_db()
    assert made.state == "draft"


def test_a_plan_is_adopted_as_a_dated_change_and_freed_when_that_is_undone(world: World) -> None:
    estate = build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    client = world.client("admin")
    Building.objects.filter(pk=world.building.pk).update(households=30)
    plan = planned(client, studied(client, f"estate-{estate.pk}"))
    page = client.get(f"/planning/plans/{plan.pk}/adopt/")
    assert page.status_code == 200, said(page)
    later = today() + timedelta(days=5)
    answer = client.post(f"/planning/plans/{plan.pk}/adopt/", {"on": later.isoformat()})
    assert answer.status_code == 302, said(answer)
    made = Adjustment.objects.latest("pk")
    plan.refresh_from_db()
    assert (plan.adopted_on, plan.adjustment, made.kind) == (later, made.pk, "redivide")
    assert client.post(f"/planning/plans/{plan.pk}/adopt/", {"on": later.isoformat()}).status_code == 422
    client.post(f"/adjustments/{made.pk}/undo/")
    plan.refresh_from_db()
    assert (plan.adopted_on, plan.adjustment) == (None, None)
    client.post(f"/planning/plans/{plan.pk}/adopt/", {"on": later.isoformat()})
    confirmed(client, Adjustment.objects.latest("pk"))
    run_due(timezone.now() + timedelta(days=6), 100)
    done = Adjustment.objects.latest("pk")
    assert done.state == "done", done.refusal
    settled: dict[int, set[int]] = {}
    for pk, node in Building.objects.filter(estate=estate).values_list("pk", "node"):
        settled.setdefault(node, set()).add(pk)
    groups = [set(row["members"]) for row in plan.groups]
    assert sorted(map(sorted, settled.values())) == sorted(map(sorted, groups)), "each group is one micro-grid"
    world.building.refresh_from_db()
    assert world.building.node.valid_to is None, "what stands beside the plan stands in a micro-grid too"
    assert Node.objects.get(pk=next(iter(settled))).valid_from == later


def test_what_stands_on_the_ground_goes_where_it_now_lies(world: World) -> None:
    build_estate(world, [20, 15, 10, 25, 30, 12, 18, 22, 9, 14, 28, 16], wide=3)
    client, grid = world.client("admin"), world.grids[0]
    far, near = WEST + SIDE * 0.97, WEST + SIDE * 0.03
    camera = Camera.objects.create(
        node=grid, name="东头", lon=far, lat=SOUTH + SIDE / 2, owner="派出所", contact="值班室"
    )
    station = Station.objects.create(node=grid, name="西头", lon=near, lat=SOUTH + SIDE / 2)
    robot = Robot.objects.create(node=grid, kind="wecom", name="一网格群", url_sealed="x", url_blind="x")
    unplaced = world.reported("哪里都没说", lon=None, lat=None)
    Case.objects.filter(pk=unplaced.pk).update(node=grid, path=grid.path)
    done = confirmed(client, asked(client, grid, "split", **split_form(client, grid)))
    pieces = {node: stored(node.boundary) for node in done.after.all()}
    for one in (camera, station):
        one.refresh_from_db()
        shape = pieces[one.node]
        assert shape is not None
        assert shapely.intersects_xy(shape, one.lon, one.lat)
    robot.refresh_from_db()
    unplaced.refresh_from_db()
    kept = done.after.get(name=grid.name)
    assert robot.node == kept, "the group goes along with the team"
    assert unplaced.node in pieces


def test_one_change_that_breaks_keeps_no_other_from_its_day(world: World) -> None:
    client, later = world.client("admin"), today() + timedelta(days=1)
    broken = confirmed(client, asked(client, world.grids[0], "rename", name="甲", on=later.isoformat()))
    sound = confirmed(client, asked(client, world.grids[1], "rename", name="乙", on=later.isoformat()))
    Adjustment.objects.filter(pk=broken.pk).update(plan={})
    run_due(timezone.now() + timedelta(days=2), 100)
    for one in (broken, sound):
        one.refresh_from_db()
    assert (broken.state, sound.state) == ("planned", "done")
    assert Job.objects.get(kind="adjustments.carry_out").state != "done", "whoever runs the system sees it"
