"""The frame around every page: what it says, where it leads, what it keeps on a phone."""

import json
import re
from datetime import date, datetime, timedelta

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.utils import timezone

from tests.conftest import Clock
from tests.world import World
from yemai.base.parameters.actions import set_parameter
from yemai.modules.cases.terms import Verb
from yemai.shell.templatetags.yemai import duration, when


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, address
    return response.content.decode()


def ways(client: Client) -> list[str]:
    """What the menu offers, in its order."""
    menu = page(client, "/me/").split('class="side"')[1].split("</nav>")[0]
    return re.findall(r"</svg><span>([^<]+)</span>", menu)


# --- what it says ---


def test_the_demo_says_so_on_every_page_and_a_real_town_does_not(world: World) -> None:
    assert "虚构的地名与人物" not in page(Client(), "/")
    set_parameter("demo_town", True, effective_from=date(2020, 1, 1), basis="demo")
    for address in ("/", "/report/", "/sign-in/", "/offline/", "/outbox/"):
        assert "虚构的地名与人物" in page(Client(), address), address
    missing = Client().get("/no-such-page/")
    assert missing.status_code == 404
    assert "虚构的地名与人物" in missing.content.decode()


def test_the_parts_are_shown_to_contributors_of_a_demo_alone(world: World) -> None:
    assert Client().get("/shell/components/").status_code == 404
    set_parameter("demo_town", True, effective_from=date(2020, 1, 1), basis="demo")
    assert "组件" in page(Client(), "/shell/components/")


def test_a_refusal_is_a_page_with_what_is_safe(world: World) -> None:
    answer = Client().get("/d/no-such-door/")
    assert answer.status_code == 404
    assert "data-refusal" in answer.content.decode()
    assert "门牌码不是本镇的" in answer.content.decode()


# --- language and size ---


def test_the_elder_size_stays_on_the_phone_without_an_account(world: World) -> None:
    phone = Client()
    assert 'data-size="normal"' in page(phone, "/")
    assert phone.post("/size/", {"size": "elder", "next": "/report/"})["Location"] == "/report/"
    assert 'data-size="elder"' in page(phone, "/report/")
    phone.post("/size/", {"size": "normal"})
    assert 'data-size="normal"' in page(phone, "/")


def test_language_and_size_follow_a_person_to_every_device(world: World) -> None:
    phone = world.client("worker")
    phone.post("/size/", {"size": "elder"})
    phone.post("/language/", {"language": "en"})
    assert (world["worker"].size, world["worker"].locale) == ("elder", "en")
    assert 'data-size="elder"' in page(world.client("worker"), "/me/")


def test_the_language_is_kept_and_an_unknown_one_changes_nothing(world: World) -> None:
    phone = Client()
    phone.post("/language/", {"language": "en"})
    assert '<html lang="en"' in page(phone, "/")
    phone.post("/language/", {"language": "xx"})
    assert '<html lang="en"' in page(phone, "/")
    phone.post("/language/", {"language": "zh-hans"})
    assert '<html lang="zh-Hans"' in page(phone, "/")


@pytest.mark.parametrize("address", ["/size/", "/language/"])
def test_a_switch_leads_back_into_the_town_alone(world: World, address: str) -> None:
    for elsewhere in ("https://example.com/", "//example.com/", "javascript:alert(1)"):
        assert Client().post(address, {"next": elsewhere})["Location"] == "/"
    assert Client().get(address).status_code == 405


# --- where it leads ---


def test_the_menu_offers_what_a_person_may_do(world: World) -> None:
    assert "上报" in ways(world.client("worker"))
    assert "接待登记" not in ways(world.client("worker"))
    assert "接待登记" in ways(world.client("intake"))
    assert "导入事件" not in ways(world.client("worker"))
    assert ways(world.client("nobody")) == ["工作台", "网格公示", "消息", "我的", "更多"]


def test_the_open_way_is_marked_and_only_that(world: World) -> None:
    for address, label in (
        ("/work/mine/", "工作台"),
        ("/work/new/", "上报"),
        ("/cases/", "事件台账"),
        ("/me/", "我的"),
    ):
        menu = page(world.client("worker"), address).split('class="side-inner"')[1].split("<details")[0]
        assert re.findall(r'aria-current="page"><svg.*?</svg><span>([^<]+)</span>', menu) == [label], address


def test_the_search_box_stands_over_every_page_of_whoever_holds_a_post(world: World) -> None:
    assert 'action="/search/"' in page(world.client("worker"), "/me/")
    assert "topbar-search" not in page(world.client("nobody"), "/me/")
    assert "topbar-search" not in page(Client(), "/")
    assert (
        'value="路灯"' in page(world.client("worker"), "/search/?q=路灯").split("topbar-search")[1].split("</form>")[0]
    )


def test_the_count_beside_the_work_desk_is_what_is_in_hand_and_says_what_is_late(world: World, clock: Clock) -> None:
    worker = world.client("worker")
    assert re.sub(r"<[^>]+>", "", page(worker, "/counts/")).strip() == ""
    case = world.handled()
    assert "1 件在办" in page(worker, "/counts/")
    assert "超期" not in page(worker, "/counts/")
    clock.set(case.clock_due_at + timedelta(minutes=1) if case.clock_due_at else clock.moment)
    assert "1 件超期" in page(worker, "/counts/")
    world.step(case, Verb.SUBMIT_FEEDBACK, "worker", now=clock.moment, text="清走了", outcome="solved")
    assert "件在办" not in page(worker, "/counts/")
    assert Client().get("/counts/").status_code == 302


# --- what it keeps on a phone ---


def test_the_service_worker_serves_every_page_and_keeps_only_what_is_there(world: World) -> None:
    answer = Client().get("/service-worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert "no-cache" in answer["Cache-Control"]
    kept = json.loads(re.search(r"const SHELL = (\[.*?\]);", answer.content.decode())[1])  # type: ignore[index]  # it is there or the test fails
    for address in kept:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/")), address
        else:
            page(Client(), address)
    assert {"/offline/", "/outbox/"} <= set(kept)


def test_every_file_a_page_loads_is_kept_for_when_there_is_no_line(world: World) -> None:
    kept = Client().get("/service-worker.js").content.decode()
    html = page(Client(), "/report/")
    loaded = re.findall(r'<(?:script src|link rel="stylesheet" href)="([^"]+)"', html)
    islands = re.findall(r'data-island-\w+="([^"]+)"', html)
    assert len(loaded) >= 6
    desks = {island for island in islands if island.endswith(("planning.js", "one_map.js"))}  # work done with a line
    assert len(islands) - len(desks) == 4
    assert [address for address in (*loaded, *islands) if address not in desks and f'"{address}"' not in kept] == []


def test_pages_kept_on_a_phone_show_nobody_s_name(world: World) -> None:
    for address in ("/offline/", "/outbox/"):
        assert world["worker"].name not in page(world.client("worker"), address)


def test_the_outbox_can_ask_who_is_signed_in_now(world: World) -> None:
    assert Client().get("/who/").json() == {"person": ""}
    answer = world.client("worker").get("/who/")
    assert answer.json() == {"person": str(world["worker"].pk)}
    assert answer["Cache-Control"] == "no-store"


def test_the_manifest_installs_with_icons_that_are_there(world: World) -> None:
    answer = Client().get("/manifest.webmanifest")
    assert answer["Content-Type"] == "application/manifest+json"
    said = answer.json()
    assert said["short_name"] == "试验镇"
    assert {icon["purpose"] for icon in said["icons"]} == {"any", "maskable"}
    assert all(finders.find(icon["src"].removeprefix("/static/")) for icon in said["icons"])
    assert 'href="/manifest.webmanifest"' in page(Client(), "/")


# --- dates people say ---


@pytest.mark.parametrize(
    ("hours", "words", "rough"),
    [
        (0, "今天 10:00", "今天上午"),
        (4, "今天 14:00", "今天下午"),
        (12, "今天 22:00", "今天晚上"),
        (24, "明天 10:00", "明天上午"),
        (48, "后天 10:00", "后天上午"),
        (-24, "昨天 10:00", "昨天上午"),
        (-8, "今天 02:00", "今天凌晨"),
        (24 * 9, "3月13日 10:00", "3月13日上午"),
        (24 * 365, "2027年3月4日 10:00", "2027年3月4日上午"),
    ],
)
def test_a_moment_in_words(clock: Clock, hours: int, words: str, rough: str) -> None:
    moment = timezone.now() + timedelta(hours=hours)
    assert f">{words}</time>" in when(moment)
    assert f">{rough}</time>" in when(moment, rough=True)
    assert moment.astimezone().strftime("%Y") in when(moment)


def test_a_day_in_words(clock: Clock) -> None:
    assert ">今天</time>" in when(date(2026, 3, 4))
    assert ">11月24日</time>" in when(date(2026, 11, 24))
    assert when(None) == ""


def test_the_exact_moment_stands_behind_the_words(now: datetime) -> None:
    assert 'datetime="2026-03-04T10:00+08:00" title="2026-03-04 10:00"' in when(now)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (0, "0 分钟"),
        (45, "45 分钟"),
        (60, "1 小时"),
        (200, "3 小时 20 分钟"),
        (1440, "1 天"),
        (3100, "2 天 3 小时"),
        (None, ""),
    ],
)
def test_a_length_of_time_in_words(minutes: float | None, words: str) -> None:
    assert duration(minutes) == words
