"""Rules kept as data in the back office: parameters, the working calendar, messages, the catalogue."""

import json
from datetime import date
from typing import Any

import pytest

from tests.modules.office import area_keeper, errors, last_entry, operator, saved, sent, staff
from tests.world import World
from yemai.base.jobs.models import Job
from yemai.base.messages.models import Message, MessageRule, Robot
from yemai.base.messages.terms import Channel, MessageState
from yemai.base.parameters.models import CalendarDay, Parameter
from yemai.base.parameters.queries import parameter, work_calendar
from yemai.base.territory.models import Node
from yemai.modules.cases.models import Catalogue, Category, FilingCondition
from yemai.modules.cases.queries.catalogue import propose_categories
from yemai.modules.cases.terms import Verb

pytestmark = pytest.mark.django_db
HOOK = "https://93.184.216.34/cgi-bin/webhook/send?key="


# --- parameters ------------------------------------------------------------------------------------------------------


def new_value(name: str, worth: Any, **other: str) -> dict[str, str]:
    given = {
        "key": name,
        "value": json.dumps(worth),
        "basis": "镇政发〔2026〕3号",
        "effective_from": "2026-03-05",
        "effective_to": "",
    }
    return {**given, **other}


def test_saving_a_parameter_makes_a_new_version_and_keeps_the_old(world: World) -> None:
    client = staff(world, "admin")
    saved(client, "parameters/parameter/add/", **new_value("lamp", 0.7))
    first = Parameter.objects.get(key="lamp")
    assert (first.version, first.basis, first.effective_from) == (1, "镇政发〔2026〕3号", date(2026, 3, 5))
    assert (parameter("lamp", date(2026, 3, 4)), parameter("lamp", date(2026, 3, 5))) == (0.8, 0.7)
    given = new_value("lamp", 0.6, effective_from="2026-03-10")
    saved(client, f"parameters/parameter/{first.pk}/change/", **{**given, "key": "suspension"})
    assert list(Parameter.objects.order_by("version").values_list("key", "version", "value")) == [("lamp", 1, 0.7), ("lamp", 2, 0.6)]  # fmt: skip
    assert last_entry("set_parameter").before["value"] == 0.7
    page = client.get("/office/parameters/parameter/").content.decode()
    assert "黄灯比例" in page and "镇政发〔2026〕3号" in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (new_value("lamp", 0.7, value="{0.7"), "value"),
        (new_value("lamp", "0.7"), "value"),
        (new_value("work_hours", [["12:00", "08:00"]]), "value"),
        (new_value("lamp", 0.7, effective_to="2026-03-01"), "effective_to"),
        (new_value("lamp", 0.7, basis=""), "basis"),
        (new_value("lamp", 0.7, key="moon"), "key"),
    ],
)
def test_a_value_of_another_shape_or_without_basis_is_refused(world: World, given: dict[str, str], field: str) -> None:
    answer = sent(staff(world, "admin"), "parameters/parameter/add/", **given)
    assert list(errors(answer)) == [field]
    assert not Parameter.objects.exists()


def test_the_form_opens_with_the_present_value(world: World) -> None:
    page = staff(world, "admin").get("/office/parameters/parameter/add/?key=quiet_hours").content.decode()
    assert "21:00" in page and "07:30" in page


# --- the working calendar --------------------------------------------------------------------------------------------


def test_a_years_holidays_are_pasted_at_once(world: World) -> None:
    client = staff(world, "admin")
    lines = "2027-02-05~2027-02-11 休 春节\n\n2027年2月14日 班 调休\n2027/4/5，休"
    saved(client, "parameters/calendarday/do/paste/", lines=lines)
    days = {row.day: (row.is_workday, row.note) for row in CalendarDay.objects.all()}
    assert len(days) == 9
    assert days[date(2027, 2, 5)] == (False, "春节")
    assert days[date(2027, 2, 14)] == (True, "调休")
    assert work_calendar().is_workday(date(2027, 2, 14)) and not work_calendar().is_workday(date(2027, 4, 5))
    assert Job.objects.filter(kind="cases.recompute").count() == 1
    assert last_entry("set_calendar_day").actor.username == "admin"


def test_one_line_nobody_understands_and_nothing_is_entered(world: World) -> None:
    wrong = "2027-02-05 休 春节\n下周二 休\n2027-02-30 休\n2027-03-01~2027-09-01 休"
    answer = sent(staff(world, "admin"), "parameters/calendarday/do/paste/", lines=wrong)
    assert (answer.status_code, len(errors(answer)["lines"])) == (422, 3)
    assert "第 2 行" in errors(answer)["lines"][0] and wrong.splitlines()[1] in answer.content.decode()
    twice = sent(staff(world, "admin"), "parameters/calendarday/do/paste/", lines="2027-02-05 休\n2027-02-05 班")
    assert "写了两次" in str(errors(twice))
    assert not CalendarDay.objects.exists()


def test_a_day_is_declared_changed_and_given_back(world: World) -> None:
    client = staff(world, "admin")
    saved(client, "parameters/calendarday/add/", day="2026-03-07", is_workday="on", note="调休")
    row = CalendarDay.objects.get()
    saved(client, f"parameters/calendarday/{row.pk}/change/", is_workday=None, note="改回", day="2026-12-31")
    row.refresh_from_db()
    assert (row.day, row.is_workday, row.note) == (date(2026, 3, 7), False, "改回")
    saved(client, f"parameters/calendarday/{row.pk}/do/clear/")
    assert not CalendarDay.objects.exists()
    assert last_entry("clear_calendar_day").before["note"] == "改回"


# --- messages --------------------------------------------------------------------------------------------------------


def test_a_rule_is_switched_in_the_list(world: World) -> None:
    client = staff(world, "admin")
    page = client.get("/office/outbox/messagerule/?event=case.assigned").context["cl"]
    rows = list(page.result_list)
    form: dict[str, Any] = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "保存"}
    for at, row in enumerate(rows):
        form |= {f"form-{at}-id": row.pk, f"form-{at}-quiet": "on"}
        form |= {} if at == 0 else {f"form-{at}-enabled": "on"}
    assert sent(client, "outbox/messagerule/?event=case.assigned", **form).status_code == 302
    assert not MessageRule.objects.get(pk=rows[0].pk).enabled
    assert MessageRule.objects.filter(event="case.assigned", enabled=True).count() == len(rows) - 1
    entry = last_entry("set_rule")
    assert (entry.before["enabled"], entry.after["enabled"]) == (True, False)


def test_a_new_rule_and_the_same_said_again(world: World) -> None:
    client = staff(world, "admin")
    cell = {"event": "case.comment", "audience": "supervisor", "channel": "email"}
    MessageRule.objects.filter(**cell).delete()
    saved(client, "outbox/messagerule/add/", **cell, enabled="on", quiet=None)
    saved(client, "outbox/messagerule/add/", **cell, enabled=None, quiet=None)
    assert MessageRule.objects.get(**cell).enabled is False


def robot(world: World, client: Any, node: Node, key: str = "A") -> Robot:
    saved(
        client, "outbox/robot/add/", name="值班群", kind="wecom", node=node.pk, url=HOOK + key, secret="", per_minute=20
    )
    return Robot.objects.get(node=node)


def test_a_robot_is_registered_quietened_and_never_shows_its_address(world: World) -> None:
    client = staff(world, "admin")
    inside = sent(
        client,
        "outbox/robot/add/",
        name="内网",
        kind="wecom",
        node=world.town.pk,
        url="https://127.0.0.1/x",
        per_minute=20,
    )
    assert (inside.status_code, list(errors(inside))) == (422, ["url"])
    row = robot(world, client, world.town)
    saved(
        client,
        f"outbox/robot/{row.pk}/change/",
        name="夜班群",
        per_minute=5,
        is_active=None,
        audiences="centre",
        url=HOOK + "B",
    )
    fresh = Robot.objects.get(pk=row.pk)
    assert (fresh.name, fresh.per_minute, fresh.is_active, fresh.audiences) == ("夜班群", 5, False, ["centre"])
    assert fresh.url_sealed == row.url_sealed
    assert "key=" not in str(last_entry("register_robot").after)
    assert last_entry("change_robot").before["name"] == "值班群"


def test_a_robot_beyond_reach_can_neither_be_seen_nor_made(world: World) -> None:
    row = robot(world, staff(world, "admin"), world.town)
    client = area_keeper(world, world.grids[0])
    assert not client.get("/office/outbox/robot/").context["cl"].queryset
    assert client.get(f"/office/outbox/robot/{row.pk}/change/").status_code == 302
    beyond = sent(
        client, "outbox/robot/add/", name="群", kind="wecom", node=world.town.pk, url=HOOK + "C", per_minute=20
    )
    assert list(errors(beyond)) == ["node"]
    robot(world, client, world.grids[0], "D")


def failed(world: World, node: Node | None) -> Message:
    return Message.objects.create(
        event="case.assigned", audience="department", channel=Channel.EMAIL, person=world.people["water"], node=node,
        title="事件派遣", state=MessageState.FAILED, error="550 no such user", attempts=8, due_at=world.now,
        created_at=world.now, dedupe_key=f"k{Message.objects.count()}", address_sealed="sealed-address",
    )  # fmt: skip


def test_what_could_not_be_sent_is_seen_and_sent_again(world: World) -> None:
    client, row, other = staff(world, "admin"), failed(world, world.town), failed(world, None)
    page = client.get("/office/outbox/message/")
    assert list(page.context["cl"].queryset) == [row]
    assert "550 no such user" in page.content.decode() and "sealed-address" not in page.content.decode()
    saved(client, f"outbox/message/{row.pk}/do/again/")
    assert Message.objects.get(pk=row.pk).state == MessageState.WAITING
    assert last_entry("try_again").before["error"] == "550 no such user"
    assert set(operator(world).get("/office/outbox/message/").context["cl"].queryset) == {other}
    ticked = {"action": "send_chosen", "_selected_action": other.pk}
    assert sent(world.client("operator"), "outbox/message/", **ticked).status_code == 302
    assert Message.objects.get(pk=other.pk).state == MessageState.WAITING


# --- the catalogue ---------------------------------------------------------------------------------------------------


def copied(world: World, client: Any) -> Catalogue:
    source = Catalogue.objects.get()
    saved(
        client,
        f"cases/catalogue/{source.pk}/do/copy/",
        version="2026-2",
        label="试验镇目录",
        basis="",
        effective_from="2026-03-04",
    )
    return Catalogue.objects.get(version="2026-2")


def category_form(row: Category, *conditions: dict[str, str], **other: Any) -> dict[str, Any]:
    given = {"name": row.name, "name_en": row.name_en, "major_name": row.major_name, "major_name_en": row.major_name_en,
             "description": row.description, "keywords": " ".join(row.keywords), "is_active": "on"}  # fmt: skip
    rows = {f"conditions-{at}-{name}": value for at, one in enumerate(conditions) for name, value in one.items()}
    count = {"conditions-TOTAL_FORMS": len(conditions), "conditions-INITIAL_FORMS": 0, "conditions-MIN_NUM_FORMS": 1}
    return {**given, **rows, **count, **other}


CONDITION = {"text": "发现即办", "priority": "urgent", "limit": "2uh", "closing": "已清运"}


def test_a_version_that_cases_bear_is_read_and_copied_but_not_changed(world: World) -> None:
    client, source = staff(world, "admin"), Catalogue.objects.get()
    case = world.step(world.reported(), Verb.ACCEPT, "intake", category=world.category("E0110").pk)
    assert case.category is not None
    page = client.get(f"/office/cases/catalogue/{source.pk}/change/").content.decode()
    assert "复制为新版本" in page and 'name="label"' not in page
    assert client.post(f"/office/cases/catalogue/{source.pk}/change/", {"label": "盗改"}).status_code == 403
    category = f"cases/category/{case.category_id}/change/"
    assert client.get(f"/office/{category}").status_code == 200
    assert sent(client, category, **category_form(case.category, CONDITION)).status_code == 403
    made = copied(world, client)
    assert made.categories.count() == source.categories.count()
    assert FilingCondition.objects.filter(category__catalogue=made).count() == FilingCondition.objects.filter(category__catalogue=source).count()  # fmt: skip
    assert last_entry("copy_catalogue").after["copied"] == source.version
    again = sent(
        client,
        f"cases/catalogue/{source.pk}/do/copy/",
        version="2026-2",
        label="x",
        basis="",
        effective_from="2026-03-04",
    )
    assert list(errors(again)) == ["version"]


def test_limits_are_read_as_the_clocks_read_them(world: World) -> None:
    client = staff(world, "admin")
    row = copied(world, client).categories.get(kind="E", major="01", minor="10")
    address = f"cases/category/{row.pk}/change/"
    wrong = sent(client, address, **category_form(row, {**CONDITION, "limit": "两小时"}))
    assert "2UH" in str(errors(wrong)["row.limit"])
    none = sent(client, address, **category_form(row))
    assert none.status_code != 302
    saved(
        client, address, **category_form(row, CONDITION, {**CONDITION, "text": "其他", "limit": "3WD"}, name="垃圾满溢")
    )
    row.refresh_from_db()
    assert row.name == "垃圾满溢"
    assert list(row.conditions.values_list("limit", "position")) == [("2UH", 0), ("3WD", 1)]
    entry = last_entry("change_category")
    assert entry.after["conditions"][0]["limit"] == "2UH" and entry.before["name"] != "垃圾满溢"


def test_words_entered_today_are_proposed_today(world: World) -> None:
    client = staff(world, "admin")
    row = copied(world, client).categories.get(kind="E", major="01", minor="10")
    assert row.pk not in {one.category.pk for one in propose_categories("楼下有馊水桶翻倒")}
    saved(client, f"cases/category/{row.pk}/change/", **category_form(row, CONDITION, keywords="馊水桶、泔水"))
    assert [one.category.pk for one in propose_categories("楼下有馊水桶翻倒")][:1] == [row.pk]


def test_a_new_class_goes_into_a_version_not_yet_used(world: World) -> None:
    client = staff(world, "admin")
    world.step(world.reported(), Verb.ACCEPT, "intake", category=world.category("E0110").pk)
    used, fresh = Catalogue.objects.get(), copied(world, client)
    given = category_form(
        Category(name="井盖异响", major_name="公用设施"), CONDITION, kind="E", major="01", minor="77", is_active=None
    )
    assert list(errors(sent(client, "cases/category/add/", **given, catalogue=used.pk))) == ["catalogue"]
    saved(client, "cases/category/add/", **given, catalogue=fresh.pk)
    made = Category.objects.get(catalogue=fresh, minor="77")
    assert made.is_active and made.conditions.get().limit == "2UH"
    assert last_entry("create_category").after["code"] == "E0177"
    assert errors(sent(client, "cases/category/add/", **given, catalogue=fresh.pk))


def test_days_and_words_of_an_unused_version(world: World) -> None:
    client = staff(world, "admin")
    made = copied(world, client)
    words = {"label": "试验镇目录", "label_en": "", "basis": "镇政发〔2026〕5号", "effective_from": "2026-04-01"}
    wrong = sent(client, f"cases/catalogue/{made.pk}/change/", **words, effective_to="2026-03-01")
    assert list(errors(wrong)) == ["effective_to"]
    saved(client, f"cases/catalogue/{made.pk}/change/", **words, effective_to="", version="x")
    made.refresh_from_db()
    assert (made.effective_from, made.version) == (date(2026, 4, 1), "2026-2")
    assert last_entry("change_catalogue").after["basis"] == "镇政发〔2026〕5号"
