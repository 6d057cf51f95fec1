"""Who is told what by which channel, once, when; the message box and the failures through HTTP."""

import json
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from yemai.base.messages import queries, rules
from yemai.base.messages.actions import announce, install_rules, mark_all_read, mark_read, try_again
from yemai.base.messages.contacts import Contact
from yemai.base.messages.models import Message, MessageRule
from yemai.base.messages.terms import Audience, Channel, Event, MessageState
from yemai.base.people.models import Appointment, Person, PostKind
from yemai.base.territory.models import Node, Tier
from yemai.kernel.refusals import Absent, Refused

CHINA = ZoneInfo("Asia/Shanghai")
NOON = datetime(2025, 11, 24, 12, 0, tzinfo=CHINA)
NIGHT = datetime(2025, 11, 24, 23, 30, tzinfo=CHINA)
MORNING = datetime(2025, 11, 25, 7, 30, tzinfo=CHINA)

pytestmark = pytest.mark.django_db


def grow(name, tier, parent=None):
    node = Node(code=f"T{Node.objects.count():05d}", tier=tier, parent=parent, name=name, valid_from=date(2025, 1, 1))
    node.path = f"new{node.code}"
    node.save()
    node.path = f"{parent.path if parent else ''}{node.pk:07d}"
    node.save()
    return node


@pytest.fixture
def town():
    return grow("叶脉镇", Tier.objects.create(depth=1, key="town", label="镇"))


@pytest.fixture
def grid(town):
    return grow("第一微网格", Tier.objects.create(depth=2, key="micro", label="微网格"), town)


@pytest.fixture
def wang():
    return Person.objects.create_user("wang", "a-long-password", name="王师傅", email="wang@example.cn")


@pytest.fixture
def li():
    return Person.objects.create_user("li", "a-long-password", name="李")


def appoint(person, node, *permissions):
    kind = PostKind.objects.create(key=f"k{PostKind.objects.count()}", name="管理员", permissions=list(permissions))
    Appointment.objects.create(person=person, post_kind=kind, node=node, valid_from=date(2025, 1, 1))


def rule(event, audience, channel, **fields):
    return MessageRule.objects.create(event=event, audience=audience, channel=channel, **fields)


def tell(audiences, *, key="k", now=NOON, event="case.assigned", title="新任务", url="/cases/1/", **more):
    return announce(event, audiences=audiences, node=None, title=title, text="正文", url=url, now=now, key=key, **more)


def boxed(person, count):
    for number in range(count):
        tell({"handler": [person]}, key=f"m{number}", title=f"消息{number}")


# --- who gets which --------------------------------------------------------------------------------------------------


def test_each_rule_sends_its_audience_one_message_by_its_channel(wang, li):
    rule("case.assigned", "handler", "in_app")
    rule("case.assigned", "handler", "email")
    rule("case.assigned", "leader", "in_app", enabled=False)
    tell({"handler": [wang], "leader": [li]})
    rows = Message.objects.values_list("person", "channel", "state")
    assert set(rows) == {(wang.pk, "in_app", "sent"), (wang.pk, "email", "waiting")}


def test_an_audience_nobody_decided_about_is_told_in_the_box(li):
    tell({"inspector": [li]}, event="patrol.finished")
    assert queries.unread_count(li) == 1


def test_the_same_cause_tells_a_person_once_however_often_and_in_whatever_quality(wang):
    rule("case.assigned", "handler", "in_app")
    rule("case.assigned", "leader", "in_app")
    tell({"handler": [wang, wang], "leader": [wang]})
    tell({"leader": [wang]})
    tell({"handler": [wang]}, key="another cause")
    assert Message.objects.count() == 2


def test_a_message_stands_or_falls_with_the_transaction_that_causes_it(wang):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        tell({"handler": [wang]})
        raise ZeroDivisionError
    assert not Message.objects.exists()


def test_who_has_no_address_or_no_account_any_more_is_not_written_to(wang, li):
    rule("case.assigned", "handler", "email")
    rule("case.assigned", "handler", "sms")
    Person.objects.filter(pk=wang.pk).update(is_active=False)
    wang.refresh_from_db()
    tell({"handler": [wang, li, Contact()]})
    assert not Message.objects.exists()


def test_a_residents_number_is_sealed_and_told_apart_by_itself(li):
    rule("case.closed", "reporter", "sms")
    one, two = Contact(phone="13800001111"), Contact(phone="13900002222")
    tell({"reporter": [one, two, one]}, event="case.closed")
    rows = list(Message.objects.all())
    assert len(rows) == 2
    assert not any("13800001111" in row.address_sealed or "13900002222" in row.address_sealed for row in rows)
    assert "13800001111" not in repr(one)


def test_everybody_is_told_in_their_own_language(wang, li):
    Person.objects.filter(pk=li.pk).update(locale="en")
    li.refresh_from_db()
    with translation.override("en"):
        tell({"handler": [wang, li]}, title=gettext_lazy("Monday"))
    titles = dict(Message.objects.values_list("person__username", "title"))
    assert titles == {"wang": "星期一", "li": "Monday"}


def test_titles_are_one_line_and_never_too_long(wang):
    tell({"handler": [wang]}, title="第一行\r\nBcc: x@y.z" + "长" * 300)
    title = Message.objects.get().title
    assert "\n" not in title and "\r" not in title and len(title) == 120


@pytest.mark.parametrize("url", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_a_message_leads_nowhere_but_to_this_site(wang, url):
    with pytest.raises(ValueError, match="not a path"):
        tell({"handler": [wang]}, url=url)


# --- quiet hours -----------------------------------------------------------------------------------------------------


def test_ordinary_messages_wait_for_morning_and_urgent_ones_go(wang):
    rule("case.assigned", "handler", "email")
    rule("case.assigned", "handler", "in_app")
    rule("case.supervised", "handler", "email", quiet=False)
    tell({"handler": [wang]}, now=NIGHT)
    tell({"handler": [wang]}, now=NIGHT, key="urgent", urgent=True)
    tell({"handler": [wang]}, now=NIGHT, key="loud", event="case.supervised")
    due = [
        (row.channel, row.due_at.astimezone(CHINA)) for row in Message.objects.order_by("id") if row.channel == "email"
    ]
    assert due == [("email", MORNING), ("email", NIGHT), ("email", NIGHT)]
    assert queries.unread_count(wang) == 2  # the box is silent and has them at once


@pytest.mark.parametrize(
    ("at", "due"),
    [
        ("20:59", "20:59"),
        ("21:00", "+07:30"),
        ("23:59", "+07:30"),
        ("00:00", "07:30"),
        ("07:29", "07:30"),
        ("07:30", "07:30"),
        ("12:00", "12:00"),
    ],
)
def test_quiet_hours_run_over_midnight(at, due):
    day = date(2025, 11, 24)
    moment = datetime.combine(day, time.fromisoformat(at), CHINA)
    wanted = datetime.combine(day + timedelta(days=due.startswith("+")), time.fromisoformat(due.strip("+")), CHINA)
    assert rules.due_after_quiet(moment.astimezone(UTC), time(21), time(7, 30), CHINA) == wanted


@given(
    moment=st.datetimes(timezones=st.just(CHINA)).map(lambda at: at.replace(year=2025, day=min(at.day, 28))),
    start=st.times(),
    end=st.times(),
)
def test_what_waits_is_due_at_the_end_of_the_quiet_within_a_day(moment, start, end):
    start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    due = rules.due_after_quiet(moment, start, end, CHINA)
    assert moment <= due <= moment + timedelta(days=1)
    assert due == moment or due.astimezone(CHINA).time() == end
    assert rules.due_after_quiet(due, start, end, CHINA) == due


# --- the shipped rules -----------------------------------------------------------------------------------------------


def test_the_shipped_rules_cover_every_event_and_keep_what_was_changed():
    added = install_rules()
    assert added == MessageRule.objects.count() > 0
    assert set(MessageRule.objects.values_list("event", flat=True)) == set(Event.values)
    assert set(MessageRule.objects.values_list("audience", flat=True)) == set(Audience.values)
    assert set(MessageRule.objects.values_list("channel", flat=True)) == set(Channel.values)
    MessageRule.objects.filter(event="case.closed").update(enabled=False)
    MessageRule.objects.filter(event="case.merged").delete()
    assert install_rules() > 0
    assert not MessageRule.objects.filter(event="case.closed", enabled=True).exists()
    assert install_rules() == 0


def test_the_shipped_rules_name_each_cell_once():
    shipped = json.loads(files("yemai.base.messages").joinpath("presets/rules.json").read_text(encoding="utf-8"))
    cells = [(line["event"], line["audience"], channel) for line in shipped for channel in line["channels"]]
    assert len(cells) == len(set(cells))


# --- the box ---------------------------------------------------------------------------------------------------------


def test_the_box_shows_a_persons_own_messages_newest_first(client, wang, li):
    boxed(wang, 2)
    tell({"handler": [li]}, key="other", title="别人的")
    client.force_login(wang)
    text = client.get("/messages/").content.decode()
    assert text.index("消息1") < text.index("消息0")
    assert "别人的" not in text


def test_the_box_is_paged_by_key_and_loses_nothing(client, wang):
    boxed(wang, 65)
    client.force_login(wang)
    seen, before = [], None
    while True:
        page = queries.box_page(wang, before=before)
        seen += [row.title for row in page.messages]
        if page.next_before is None:
            break
        before = page.next_before
    assert seen == [f"消息{number}" for number in range(64, -1, -1)]
    first = client.get("/messages/")
    part = client.get(f"/messages/?before={queries.box_page(wang).next_before}", headers={"hx-request": "true"})
    assert "<title>" in first.content.decode() and "<title>" not in part.content.decode()
    assert "消息34" in part.content.decode() and "消息35" not in part.content.decode()


@pytest.mark.parametrize("before", ["x", "-1", "9" * 40, ""])
def test_a_nonsense_key_shows_the_first_page(client, wang, before):
    boxed(wang, 1)
    client.force_login(wang)
    assert "消息0" in client.get("/messages/", {"before": before}).content.decode()


def test_a_page_costs_the_same_number_of_queries_however_full_the_box(client, wang, django_assert_max_num_queries):
    boxed(wang, 40)
    client.force_login(wang)
    with django_assert_max_num_queries(8):
        client.get("/messages/")
    with django_assert_max_num_queries(4):
        client.get("/messages/bell/")


def test_opening_a_message_marks_it_read_and_leads_to_its_matter(client, wang):
    boxed(wang, 2)
    client.force_login(wang)
    newest = queries.box(wang).first()
    answer = client.post(f"/messages/{newest.pk}/open/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/cases/1/")
    assert queries.unread_count(wang) == 1
    unread = client.get("/messages/?unread=1").content.decode()
    assert "消息0" in unread and "消息1" not in unread


def test_marking_read_with_htmx_returns_the_row_and_tells_the_bell(client, wang):
    boxed(wang, 1)
    client.force_login(wang)
    answer = client.post(f"/messages/{queries.box(wang).first().pk}/open/", headers={"hx-request": "true"})
    assert answer.headers["HX-Trigger"] == "messages-changed"
    assert "未读" not in answer.content.decode()


def test_a_message_of_another_is_not_there(client, wang, li):
    boxed(li, 1)
    client.force_login(wang)
    with pytest.raises(Absent):
        mark_read(queries.box(li).first().pk, actor=wang, now=NOON)
    assert client.post(f"/messages/{queries.box(li).first().pk}/open/").status_code == 404
    assert queries.unread_count(li) == 1


def test_reading_twice_keeps_the_first_time(wang):
    boxed(wang, 1)
    pk = queries.box(wang).first().pk
    mark_read(pk, actor=wang, now=NOON)
    assert mark_read(pk, actor=wang, now=NIGHT).read_at == NOON


def test_marking_all_read_spares_what_came_after_the_page_was_shown(client, wang, li):
    boxed(wang, 3)
    boxed(li, 1)
    shown = queries.box(wang).first().pk
    tell({"handler": [wang]}, key="late", title="后来的")
    client.force_login(wang)
    assert client.post("/messages/read-all/", {"up_to": shown}).status_code == 302
    assert [row.title for row in queries.box(wang).filter(read_at__isnull=True)] == ["后来的"]
    assert queries.unread_count(li) == 1
    assert client.post("/messages/read-all/", {"up_to": "everything"}).status_code == 302
    assert mark_all_read(actor=wang, up_to=10**9, now=NOON) == 1


def test_the_bell_counts_and_is_not_cached(client, wang):
    boxed(wang, 3)
    client.force_login(wang)
    answer = client.get("/messages/bell/")
    assert ">3<" in answer.content.decode().replace("\n", "").replace(" ", "")
    assert answer.headers["Cache-Control"] == "no-store"
    boxed(wang, 101)
    assert "99+" in client.get("/messages/bell/").content.decode()


@pytest.mark.parametrize("address", ["/messages/", "/messages/bell/", "/messages/failures/"])
def test_strangers_are_sent_to_sign_in(client, address):
    assert client.get(address).status_code == 302


def test_reading_is_never_done_by_a_link(client, wang):
    boxed(wang, 1)
    client.force_login(wang)
    assert client.get(f"/messages/{queries.box(wang).first().pk}/open/").status_code == 405
    assert client.get("/messages/read-all/").status_code == 405


# --- what could not be sent ------------------------------------------------------------------------------------------


def failed(node, title="邮件"):
    return Message.objects.create(
        event="case.closed",
        audience="reporter",
        channel=Channel.EMAIL,
        node=node,
        title=title,
        state=MessageState.FAILED,
        error="SMTP 550",
        attempts=8,
        due_at=NOON,
        created_at=NOON,
        dedupe_key=title,
    )


def test_failures_are_shown_to_whoever_tends_that_ground_and_to_nobody_else(client, town, grid, wang, li):
    inside, outside = failed(grid, "格内"), failed(town, "镇上")
    appoint(wang, grid, "message.edit")
    client.force_login(wang)
    text = client.get("/messages/failures/").content.decode()
    assert "格内" in text and "SMTP 550" in text and "镇上" not in text
    assert client.post(f"/messages/failures/{outside.pk}/retry/").status_code == 404
    assert client.post(f"/messages/failures/{inside.pk}/retry/").status_code == 302
    inside.refresh_from_db()
    assert (inside.state, inside.attempts, inside.error) == (MessageState.WAITING, 0, "")
    with pytest.raises(Refused) as caught:
        try_again(inside.pk, actor=wang, now=NOON)
    assert caught.value.code == "not-failed"
    client.force_login(li)
    assert client.get("/messages/failures/").status_code == 403


def test_the_operator_sees_what_failed_and_what_is_late(town, wang):
    rule("case.assigned", "handler", "email")
    failed(town)
    tell({"handler": [wang]})
    state = queries.outbox_state(NOON + timedelta(hours=1))
    assert (state.failed, state.late, state.oldest_due_at) == (1, 1, NOON)
