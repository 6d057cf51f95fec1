"""The cockpit: every figure is that of its rows, opens them, and stays within what one may see."""

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.modules.case_desk import said
from tests.world import PHONE, World, build
from yemai.desks.cockpit.figures import Share, figures
from yemai.flows.case_facts.jobs import take_changed
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Outcome, Verb

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(now: datetime, db: None, clock: Any) -> World:
    return build(now)


def lived(world: World) -> dict[str, Case]:
    """One solved near, one with a unit and late, one new, one made in error."""
    near = world.step(world.reported("垃圾没人收"), Verb.TAKE, "worker")
    near = world.step(near, Verb.SUBMIT_FEEDBACK, "worker", text="王网格已清运楼下垃圾", outcome=Outcome.SOLVED)
    near = world.step(near, Verb.CHECK_PASS, "leader")
    near = world.step(near, Verb.SCORE, PHONE, score=5)
    found = {"near": near, "unit": world.dispatched(), "new": world.reported("路灯不亮")}
    wrong = world.reported("测试")
    world.step(wrong, Verb.REJECT, "intake", reject_reason="test", answer="这是一条测试上报")
    while take_changed(world.now):
        pass
    return found


def figure(page: str, name: str) -> tuple[int, str]:
    """A tile's number and where it leads."""
    found = re.search(rf'<dt>{name}</dt><dd><a href="([^"]+)">(\d+)</a>', page)
    assert found, name
    return int(found[2]), unescape(found[1])


def rows(client: Client, address: str) -> int:
    return len(client.get(address).context["rows"])


@pytest.mark.parametrize("who", ["supervisor", "secretary", "leader"])
def test_every_figure_is_that_of_the_rows_it_opens(world: World, clock: Any, who: str) -> None:
    lived(world)
    clock.set(world.now + timedelta(days=3))
    client = world.client(who)
    page = client.get("/cockpit/").content.decode()
    told = {name: figure(page, name) for name in ("近 30 天进", "近 30 天出", "在办", "现在超期")}
    assert {name: number for name, (number, _address) in told.items()} == {
        "近 30 天进": 3,
        "近 30 天出": 1,
        "在办": 2,
        "现在超期": 1,
    }
    for number, address in told.values():
        assert rows(client, address) == number


@pytest.mark.parametrize("who", ["supervisor", "secretary", "leader"])
def test_every_rate_and_every_bar_is_that_of_the_rows_it_opens(world: World, clock: Any, who: str) -> None:
    lived(world)
    fair = world.step(world.reported("水压低"), Verb.TAKE, "worker")
    fair = world.step(fair, Verb.SUBMIT_FEEDBACK, "worker", text="李网格已联系供水所调压", outcome=Outcome.NOT_SOLVED)
    world.step(world.step(fair, Verb.CHECK_PASS, "leader"), Verb.SCORE, PHONE, score=3)
    while take_changed(world.now):
        pass
    clock.set(world.now + timedelta(days=3))
    client = world.client(who)
    page = client.get("/cockpit/")
    opened = 0
    for label, share, address in page.context["rates"]:
        behind = client.get(address)
        assert behind.context["page"].paginator.count == share.den, label
        assert sum(value for _case, value in behind.context["rows"]) == pytest.approx(share.num), label
        opened += share.den
    bars = page.context["to_close"]
    assert [client.get(address).context["page"].paginator.count for *_bar, address in bars] == [bar[1] for bar in bars]
    assert opened > 8 and sum(bar[1] for bar in bars) == 2


def test_nobody_opens_the_rows_of_ground_or_units_not_theirs(world: World) -> None:
    lived(world)
    leader, unit = world.client("leader"), world.units["sanitation"].pk
    assert leader.get(f"/cockpit/{world.town.pk}/rows/in_time/").status_code == 404
    assert leader.get(f"/cockpit/{world.grids[0].pk}/rows/in_time/").status_code == 200
    assert leader.get(f"/cockpit/{world.grids[0].pk}/rows/everything/").status_code == 404
    assert world.client("water").get(f"/cockpit/units/{unit}/rows/near/").status_code == 404
    assert world.client("sanitation").get(f"/cockpit/units/{unit}/rows/near/").status_code == 200
    assert world.client("nobody").get(f"/cockpit/{world.town.pk}/rows/near/").status_code == 403


def test_lateness_goes_by_the_clock_alone(world: World, clock: Any) -> None:
    case = world.handled()
    while take_changed(world.now):
        pass
    assert case.due_at is not None
    for minutes, late in ((-1, 0), (1, 1), (61, 1), (60 * 24, 1)):
        assert figures(world.town, case.due_at + timedelta(minutes=minutes)).late == late


def test_what_nobody_scored_has_no_rate(world: World) -> None:
    world.reported()
    while take_changed(world.now):
        pass
    page = said(world.client("supervisor").get("/cockpit/"))
    assert "满意率 无数据" in page and "按期处置率 无数据" in page
    assert Share(0, 0).value is None and Share(0, 0).interval is None
    few, many = Share(9, 10).interval, Share(900, 1000).interval
    assert few is not None and many is not None and few[1] - few[0] > many[1] - many[0]


def test_nobody_sees_the_figures_of_ground_or_units_not_theirs(world: World) -> None:
    lived(world)
    leader = world.client("leader")
    for node in (world.town, world.village, world.grids[1]):
        assert leader.get(f"/cockpit/?node={node.pk}").status_code == 404
        assert leader.get(f"/cockpit/wall/?node={node.pk}").status_code == 404
    assert leader.get(f"/cockpit/?node={world.grids[0].pk}").status_code == 200
    assert world.client("nobody").get("/cockpit/").status_code == 403
    unit = f"/cockpit/units/{world.units['sanitation'].pk}/"
    assert world.client("sanitation").get(unit).status_code == 200
    assert world.client("water").get(unit).status_code == 404
    assert "环卫所" in said(world.client("supervisor").get(unit))


def test_the_wall_and_its_board_by_itself(world: World) -> None:
    lived(world)
    client = world.client("supervisor")
    assert b'hx-trigger="every 10s"' in client.get("/cockpit/wall/").content
    part = client.get("/cockpit/wall/", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part and figure(part, "在办")[0] == 2


def test_what_grows_is_told_with_its_rows(world: World, clock: Any) -> None:
    for at in range(4):
        case = world.reported(f"第{at}件")
        world.step(case, Verb.ACCEPT, "intake", category=world.category().pk)
    while take_changed(world.now):
        pass
    client = world.client("supervisor")
    page = client.get("/cockpit/")
    ((name, one, address),) = page.context["growing"]
    assert (one.week, one.before) == (4, 0) and name == world.category().label
    assert rows(client, address) == 4


def test_the_page_asks_no_more_with_more_cases(world: World, clock: Any) -> None:
    for _ in range(3):
        lived(world)
    client = world.client("supervisor")
    client.get("/cockpit/")

    def once() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/cockpit/").status_code == 200
        return len(asked)

    def cost() -> int:
        return min(once() for _ in range(3))  # a page now and then also asks whether a parameter has changed

    before = cost()
    lived(world), lived(world)
    assert cost() == before <= 20


def test_a_moments_board_serves_whoever_may_see_it(world: World, settings: Any) -> None:
    settings.COCKPIT_SECONDS = 60
    caches["here"].clear()
    lived(world)
    first = world.client("supervisor")
    assert figure(first.get("/cockpit/").content.decode(), "近 30 天进")[0] == 3
    lived(world)
    with CaptureQueriesContext(connection) as asked:
        assert figure(world.client("checker").get("/cockpit/").content.decode(), "近 30 天进")[0] == 3
    assert not [one for one in asked.captured_queries if "assessment_count" in one["sql"]]
    for other in (
        first.get("/cockpit/", headers={"Accept-Language": "en"}),
        world.client("dispatcher").get("/cockpit/"),
        first.get(f"/cockpit/?node={world.village.pk}"),
    ):  # in another language, for another task, of other ground: drawn for itself
        assert "<dd>" in other.content.decode() and ">6<" in other.content.decode()
    assert "按建议" in world.client("dispatcher").get("/cockpit/").content.decode()
    assert "按建议" not in first.get("/cockpit/").content.decode()
    caches["here"].clear()
