"""What can't wait is seen at once: by the resident, at the desk, in the queues; a person confirms it."""

import uuid

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.modules.case_desk import done, fresh, reported_by_phone, said
from tests.world import World
from yemai.modules.cases.models import Case, StoryStep
from yemai.modules.cases.queries import listing
from yemai.modules.cases.terms import Priority, Stage, UrgencyLevel
from yemai.modules.cases.views.paging import ordered

pytestmark = pytest.mark.django_db
FIRE = "3栋二单元楼道着火了，浓烟往上冒"
DRY = "我们小区停水两天了"
PLAIN = "路灯不亮三天了"


def test_a_report_of_danger_is_told_to_call_first(world: World) -> None:
    phone = Client()
    case = reported_by_phone(phone, FIRE)
    assert case.urgency == UrgencyLevel.DANGER_TO_LIFE
    page = phone.get(f"/r/{case.tracking_code}/?new=1")
    assert "先打电话，别等这里" in said(page)
    assert all(f'href="tel:{number}"' in page.content.decode() for number in (110, 119, 120))
    first = StoryStep.objects.get(case=case, verb="report").content["urgency"]
    assert first["level"] == "danger_to_life" and "着火了" in first["words"]


@pytest.mark.parametrize("text", [DRY, PLAIN])
def test_others_are_not_frightened(world: World, text: str) -> None:
    phone = Client()
    case = reported_by_phone(phone, text)
    assert "tel:119" not in phone.get(f"/r/{case.tracking_code}/?new=1").content.decode()


def test_once_it_is_in_hand_the_page_tells_of_it_instead(world: World) -> None:
    phone = Client()
    case = reported_by_phone(phone, FIRE)
    done(world, "worker", case, "take")
    assert "tel:119" not in phone.get(f"/r/{case.tracking_code}/").content.decode()


def test_what_cannot_wait_stands_first_at_intake_with_its_words(world: World) -> None:
    plain, dry, fire = (world.reported(text) for text in (PLAIN, DRY, FIRE))
    page = world.client("intake").get("/work/intake/")
    assert [row["case"].pk for row in page.context["rows"]] == [fire.pk, dry.pk, plain.pk]
    words = said(page)
    assert "危及生命" in words and "停水停电停气停暖" in words and "着火了" in words
    assert [row["case"].pk for row in world.client("worker").get("/work/take/").context["rows"]] == [
        fire.pk,
        dry.pk,
        plain.pk,
    ]


def test_the_pages_of_the_queue_go_on_where_they_ended(world: World) -> None:
    for at in range(120):
        world.reported([PLAIN, DRY, FIRE][at % 3])
    client, seen, address = world.client("intake"), [], "/work/intake/"
    while address:
        page = client.get(address)
        seen += [row["case"].urgency for row in page.context["rows"]]
        cursor = page.context["page"].next_cursor
        address = f"/work/intake/?after={cursor}" if cursor else ""
    assert seen == sorted(seen, reverse=True) and len(seen) == 120


def test_the_queue_is_read_along_its_index(world: World) -> None:
    world.reported(FIRE)
    rows = ordered(listing.to_intake(world["intake"]), listing.order_of("intake"))
    with CaptureQueriesContext(connection) as asked:
        assert list(rows[:51])
    sql = asked[-1]["sql"]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            ("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql.replace("%", "%%")
        )
        assert "case_intake_first" in str(cursor.fetchall())


def test_the_case_and_its_acceptance_propose_urgent_and_a_person_decides(world: World) -> None:
    case = world.reported(FIRE)
    client = world.client("intake")
    assert "着火了" in said(client.get(f"/cases/{case.pk}/"))
    page = client.get(f"/cases/{case.pk}/accept/")
    assert page.context["form"].fields["priority"].initial == Priority.URGENT and "请核实后确认" in said(page)
    category = world.category().pk
    taken = done(world, "intake", case, "accept", category=category, priority="urgent")
    assert (taken.priority, taken.stage) == (Priority.URGENT, Stage.HANDLING)
    other = done(world, "intake", world.reported(FIRE), "accept", category=category, priority="ordinary")
    assert other.priority == Priority.ORDINARY
    assert client.get(f"/cases/{world.reported(PLAIN).pk}/accept/").context["form"].fields["priority"].initial is None


def test_the_desk_is_told_while_the_caller_speaks(world: World) -> None:
    client = world.client("intake")
    words = said(client.get("/intake/proposals/", {"text": FIRE}))
    assert "危及生命" in words and "着火了" in words and "119" in words
    assert "危及生命" not in said(client.get("/intake/proposals/", {"text": PLAIN}))
    dry = said(client.get("/intake/proposals/", {"text": DRY}))
    assert "停水" in dry and "建议按紧急受理" in dry and "119" not in dry


def test_a_program_gets_the_same_order(world: World) -> None:
    plain, fire = world.reported(PLAIN), world.reported(FIRE)
    assert [row.pk for row in ordered(Case.objects.filter(pk__in=[plain.pk, fire.pk]), listing.order_of("intake"))] == [
        fire.pk,
        plain.pk,
    ]
    assert fresh(plain).urgency == UrgencyLevel.NONE


def test_the_outbox_of_a_phone_sends_it_the_same_way(world: World) -> None:
    answer = Client().post(
        "/report/",
        {"text": FIRE, "client_key": uuid.uuid4(), "lon": "120.601", "lat": "31.301"},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 201
    assert "tel:119" in Client().get(answer.json()["url"]).content.decode()
