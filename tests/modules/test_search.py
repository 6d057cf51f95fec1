"""Search: one box over cases, people, places and documents, each only as far as the person may see."""

import re
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.world import CAST, SIDE, SOUTH, WEST, World
from yemai.base.people.actions import create_person
from yemai.base.people.queries import people_for
from yemai.base.search.models import Name, Waiting
from yemai.base.search.words import runs
from yemai.base.territory.models import Building
from yemai.desks.search.jobs import keep_names
from yemai.modules.cases.jobs import index
from yemai.modules.cases.models import Case
from yemai.modules.cases.queries.listing import cases_for
from yemai.modules.cases.terms import Verb

pytestmark = pytest.mark.django_db
LAMP = "小区门口路灯不亮，晚上看不清路"


def page(world: World, who: str, **asked: str) -> Any:
    """A search page as it is answered."""
    return world.client(who).get("/search/", asked)


def found(world: World, who: str, order: str = "newest", **asked: str) -> list[int]:
    """The cases that a search page shows."""
    answer = page(world, who, kind="cases", order=order, **asked)
    assert answer.status_code == 200, answer.content.decode()[-500:]
    return [hit.case.pk for section in answer.context["sections"] for hit in section.hits]


def titles(world: World, who: str, q: str) -> list[str]:
    """What a search shows besides cases, without the marks."""
    sections = page(world, who, q=q).context["sections"]
    hits = [hit for section in sections for hit in section.hits if hit.case is None]
    return [re.sub("<[^>]+>", "", hit.title) for hit in hits]


# --- cases by their words --------------------------------------------------------------------------------------------


def test_a_word_finds_its_case_at_once_and_from_the_index(world: World) -> None:
    case = world.reported(LAMP)
    world.reported("楼道里堆放杂物")
    for _turn in ("waiting", "indexed"):
        for words in ("路灯", "口路灯不", "灯", "门口  看不清", "路灯 不亮"):
            assert found(world, "worker", q=words) == [case.pk], words
        for words in ("灯路", "路灯 杂物", "亮，门口没有"):
            assert found(world, "worker", q=words) == [], words
        index(world.now)
    assert not Waiting.objects.exists()


@pytest.mark.parametrize("is_indexed", [False, True])
def test_width_case_and_place_do_not_matter(world: World, is_indexed: bool) -> None:
    case = world.reported("ＡＢ座３栋的WiFi坏了", place_text="幸福路18号院")
    if is_indexed:
        index(world.now)
    for words in ("ab座3栋", "wifi", "幸福路１８号", "8号院"):
        assert found(world, "worker", q=words) == [case.pk], words


def test_the_newest_stand_first_and_the_next_page_goes_on(world: World) -> None:
    cases = [world.reported(f"第{n}次说路灯不亮") for n in range(60)]
    index(world.now)
    cases += [world.reported("路灯又不亮了")]
    newest = [one.pk for one in reversed(cases)]
    first = page(world, "worker", q="路灯", kind="cases", order="newest").context["sections"][0]
    assert [hit.case.pk for hit in first.hits] == newest[:50]
    following = world.client("worker").get(f"/search/?{first.following}").context["sections"][0]
    assert [hit.case.pk for hit in following.hits] == newest[50:]
    assert not following.following


def test_the_best_is_what_says_it_in_its_title_or_often(world: World) -> None:
    titled = world.reported("请来看看", title="路灯不亮")
    often = world.reported("路灯坏了，路灯不亮，路灯要修")
    once = world.reported("井盖松动，旁边路灯也不太亮，请一起看看，谢谢你们")
    for _turn in ("waiting", "indexed"):
        assert found(world, "worker", order="best", q="路灯") == [titled.pk, often.pk, once.pk]
        index(world.now)


TEXTS = st.text(alphabet="路灯不亮门口3栋2单元aBcＤ５，。 \n0", min_size=2, max_size=40)


@given(TEXTS, st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_part_of_a_text_finds_its_case(world: World, text: str, data: st.DataObject) -> None:
    case = world.reported(f"报{text}完")
    if data.draw(st.booleans()):
        index(world.now)
    begin = data.draw(st.integers(0, len(text) - 2))
    part = text[begin : data.draw(st.integers(begin + 2, len(text)))]
    if runs(part):
        assert case.pk in found(world, "worker", q=f"“{part}”")


def test_mobile_numbers_find_nothing(world: World) -> None:
    world.reported("请回电13912345678，路灯不亮", phone="13912345678", name="张居民")
    index(world.now)
    for words in ("13912345678", "9123456", "张居民"):
        assert found(world, "intake", q=words) == [], words


# --- who finds what --------------------------------------------------------------------------------------------------


def test_everybody_finds_exactly_the_cases_they_may_see(world: World) -> None:
    for n in range(3):
        world.reported(LAMP, lon=WEST + SIDE * (n + 0.5), lat=SOUTH + SIDE / 2)
    world.reported(LAMP, lon=None, lat=None)
    for case in (world.dispatched("sanitation", ("water",)), world.dispatched("water")):
        Case.objects.filter(pk=case.pk).update(text=LAMP)
    world.step(world.dispatched("sanitation"), Verb.RETURN, "sanitation", text="不归我们管", return_reason="not_ours")
    Case.objects.update(text=LAMP)
    stranger = world.reported(LAMP, lon=WEST + SIDE * 2.5, lat=SOUTH + SIDE / 2)
    Case.objects.filter(pk=stranger.pk).update(verifier=world.people["nobody"])
    for _turn in ("waiting", "indexed"):
        for who in CAST:
            seen = sorted(cases_for(world[who]).values_list("pk", flat=True), reverse=True)
            assert found(world, who, q="路灯") == seen, who
        index(world.now)


def test_a_case_put_elsewhere_is_found_there_and_no_longer_here(world: World) -> None:
    case = world.reported(LAMP)
    index(world.now)
    assert found(world, "stranger", q="路灯") == []
    world.step(case, Verb.CORRECT, "intake", node=world.grids[1].pk, place_text="荷花池边", text="位置写错了")
    for _turn in ("waiting", "indexed"):
        assert found(world, "stranger", q="荷花池") == [case.pk]
        assert found(world, "worker", q="路灯") == []
        index(world.now)


def test_what_lies_behind_a_filter_is_found_however_much_lies_before_it(world: World) -> None:
    wanted = world.handled()
    Case.objects.filter(pk=wanted.pk).update(text=LAMP)
    for _n in range(80):
        world.reported(LAMP)
    index(world.now)
    assert found(world, "worker", q="路灯", stage="handling") == [wanted.pk]
    assert (
        page(world, "worker", q="路灯").context["asked"].address(stage="handling")
        == "q=%E8%B7%AF%E7%81%AF&stage=handling"
    )


# --- days ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["2026-03-03", "2026年3月3日", "3月3日", "昨天"])
def test_a_day_in_the_words_is_a_span(world: World, said: str, clock: Any) -> None:
    clock.advance(days=-1)
    world.now = clock.moment
    case = world.reported(LAMP)
    clock.advance(days=1)
    world.now = clock.moment
    world.reported(LAMP)
    index(world.now)
    assert found(world, "worker", q=f"路灯 {said}") == [case.pk]
    assert found(world, "worker", q=said) == [case.pk]
    assert found(world, "worker", q="路灯", since="2026-03-03", until="2026-03-03") == [case.pk]
    assert found(world, "worker", q="路灯", since="2026-03-05") == []


def test_months_and_weeks(world: World) -> None:
    case = world.reported(LAMP)
    index(world.now)
    for words in ("路灯 本周", "路灯 本月", "路灯 2026年3月", "路灯 今年"):
        assert found(world, "worker", q=words) == [case.pk], words
    for words in ("路灯 上周", "路灯 上月", "路灯 2026年2月", "路灯 去年"):
        assert found(world, "worker", q=words) == [], words


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"q": "路灯 2026-13-40"}, "2026-13-40"),
        ({"q": "2月30日"}, "2月30日"),
        ({"q": "路灯", "since": "昨天吧"}, "昨天吧"),
        ({"q": "路灯", "since": "2026-03-05", "until": "2026-03-01"}, "请对调"),
    ],
)
def test_a_day_in_no_calendar_is_told_and_nothing_is_lost(world: World, asked: dict[str, str], told: str) -> None:
    answer = page(world, "worker", **asked)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert f'value="{asked["q"]}"' in answer.content.decode()


# --- codes, people, places, documents ------------------------------------------------------------------------------


def test_a_code_leads_straight_to_its_thing(world: World) -> None:
    case = world.step(world.reported(LAMP), Verb.ACCEPT, "intake", category=world.category().pk)
    typed = f"{case.tracking_code[:4]}-{case.tracking_code[4:8]}-{case.tracking_code[8:]}".lower()
    for code, where in (
        (typed, f"/cases/{case.pk}/"),
        (str(case.number), f"/cases/{case.pk}/"),
        (world.grids[1].code, f"/boards/{world.grids[1].code}/"),
        (world.building.code, "/map/?c=120.601000,31.301000,18"),
    ):
        answer = page(world, "worker", q=code)
        assert (answer.status_code, answer.get("Location")) == (302, where), code
    assert page(world, "stranger", q=typed).status_code == 200  # not theirs: as if there were none


def test_people_places_and_classes_are_found_by_word_and_by_initials(world: World) -> None:
    keep_names(world.now)
    for words in ("王网格", "网格 王", "wwg"):
        assert "王网格" in titles(world, "secretary", words), words
    for words in ("丽发", "lfxc", "lf"):
        assert "丽发新城" in titles(world, "worker", words), words
    for words in ("丽发新城3栋", "丽发 3栋", "新城3", "lfxc3d"):
        assert "丽发新城3栋" in titles(world, "worker", words), words
    assert "丽发新城" in titles(world, "worker", "丽发小区")  # by its alias
    name = world.category().name
    assert name in titles(world, "worker", name[:3])


def test_a_character_of_several_sounds_is_found_by_each(world: World) -> None:
    create_person(actor=None, username="shan", name="单重", password="叶脉-Test-2026", now=world.now)
    for letters in ("sz", "dc", "dz", "sc"):
        assert "单重" in titles(world, "admin", letters), letters


def test_people_are_found_by_whoever_may_look_them_up(world: World) -> None:
    for who in CAST:
        allowed = set(people_for(world[who]).values_list("name", flat=True))
        answer = page(world, who, q="网格", kind="people")
        hits = [re.sub("<[^>]+>", "", hit.title) for one in answer.context["sections"] for hit in one.hits]
        assert set(hits) <= allowed, who
        assert set(hits) == {name for name in allowed if "网格" in name}, who


def test_names_follow_what_they_name(world: World) -> None:
    building = Building.objects.create(estate=world.building.estate, node=world.grids[0], name="荷塘楼")
    assert "丽发新城荷塘楼" in titles(world, "worker", "荷塘")
    building.name = "月色楼"
    building.save()
    assert not titles(world, "worker", "荷塘")
    assert "丽发新城月色楼" in titles(world, "worker", "lfxcysl")
    Building.objects.filter(pk=building.pk).update(name="清华楼")  # in bulk: the job notices
    assert keep_names(world.now) > 0
    assert "丽发新城清华楼" in titles(world, "worker", "清华")
    building.delete()
    assert not Name.objects.filter(kind="building", object_id=building.pk).exists()
    assert keep_names(world.now) == 0


# --- the page --------------------------------------------------------------------------------------------------------


def test_found_words_are_marked_and_everything_else_is_escaped(world: World) -> None:
    world.reported("<script>alert(1)</script>门口路灯&不亮", place_text="<b>路灯</b>下")
    body = page(world, "worker", q="路灯").content.decode()
    assert "<mark>路灯</mark>&amp;不亮" in body
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in body
    assert "&lt;b&gt;<mark>路灯</mark>&lt;/b&gt;" in body
    assert "<script>alert" not in page(world, "worker", q="<script>alert").content.decode()


def test_an_empty_box_tells_what_can_be_asked_and_nothing_found_says_what_to_do(world: World) -> None:
    assert "拼音首字母" in page(world, "worker").content.decode()
    assert "换一个说法" in page(world, "worker", q="从来没有的词").content.decode()
    assert page(world, "worker", q="，。！").status_code == 200
    assert page(world, "worker", q="长" * 5000, after="x" * 90, kind="?", order="?", stage="?").status_code == 200


def test_the_box_offers_names_and_cases_while_one_types(world: World) -> None:
    case = world.reported("丽发新城路灯不亮")
    body = world.client("worker").get("/search/suggestions/?q=丽发").content.decode()
    assert f"/cases/{case.pk}/" in body
    assert "<mark>丽发</mark>新城" in body
    assert world.client("worker").get("/search/suggestions/?q=2026-13-40").status_code == 200


def test_strangers_sign_in_first(world: World) -> None:
    for address in ("/search/?q=路灯", "/search/suggestions/?q=路灯"):
        assert Client().get(address)["Location"].startswith("/sign-in/")


def test_lists_of_cases_find_the_same_words(world: World) -> None:
    case = world.reported(LAMP)
    world.reported("楼道里堆放杂物")
    for _turn in ("waiting", "indexed"):
        for words in ("口路灯不", "路灯 看不清", "灯", case.tracking_code.lower()):
            rows = world.client("worker").get("/cases/", {"q": words}).context["rows"]
            assert [row["case"].pk for row in rows] == [case.pk], words
        index(world.now)


def test_programs_find_the_same(world: World) -> None:
    case = world.reported("丽发新城<路灯>不亮")
    groups = world.client("worker").get("/api/v1/search", {"q": "丽发"}).json()
    assert [group["group"] for group in groups] == ["cases", "places"]
    hit = groups[0]["hits"][0]
    assert (hit["case"], hit["title"], hit["url"]) == (case.pk, "丽发新城<路灯>不亮", f"/cases/{case.pk}/")
    assert world.client("worker").get("/api/v1/search", {"q": "2月30日"}).status_code == 409
    assert Client().get("/api/v1/search", {"q": "丽发"}).status_code == 401
