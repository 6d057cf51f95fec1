"""Beside the loop: reminding, supervising, words in the story and who reads them, following, the public board, the story itself."""

import pytest
from django.test import Client

from tests.modules.case_desk import done, fresh, last, own, photo, reported_by_phone, said, step, texted, told, verbs
from tests.world import World
from yemai.modules.cases.models import Case, Category, StoryStep
from yemai.modules.cases.queries import first_broken_link
from yemai.modules.cases.terms import Outcome, Stage, Verb


@pytest.fixture
def phone() -> Client:
    """The resident's phone."""
    return Client()


@pytest.fixture
def case(world: World, phone: Client) -> Case:
    """A resident's report in the worker's hands; the resident left a number."""
    return world.step(reported_by_phone(phone, "3栋楼下垃圾没人收", phone="13800138000"), Verb.TAKE, "worker")


# --- remind and supervise ---------------------------------------------------------------------------------------------


def test_a_resident_reminds_once_a_day(world: World, case: Case, phone: Client, clock) -> None:
    assert "已催办" in own(phone, case, "remind")
    assert told(world, "worker", "case.reminded") == told(world, "leader", "case.reminded") == 1
    assert "今天已经催办过一次" in own(phone, case, "remind")
    clock.advance(hours=23, minutes=59)
    assert "今天已经催办过一次" in own(phone, case, "remind")
    clock.advance(minutes=1)
    assert "已催办" in own(phone, case, "remind")
    assert fresh(case).reminders == 2
    assert told(world, "worker", "case.reminded") == 2


def test_staff_remind_as_often_as_they_must(world: World, case: Case) -> None:
    for who in ("leader", "dispatcher", "supervisor"):
        done(world, who, case, "remind", text="请抓紧")
    assert fresh(case).reminders == 3
    assert step(world, "worker2", case, "remind").status_code == 403


def test_what_is_supervised_stays_marked(world: World, case: Case, phone: Client) -> None:
    done(world, "supervisor", case, "supervise", text="今天必须办", due_on="2026-03-05")
    assert fresh(case).is_supervised
    assert told(world, "worker", "case.supervised") == 1
    assert "督办" in said(world.client("worker").get("/work/mine/"))
    assert "督办" not in said(phone.get(f"/r/{case.tracking_code}/"))
    assert step(world, "leader", case, "supervise", text="督办").status_code == 403


# --- words in the story -----------------------------------------------------------------------------------------------


def test_an_internal_word_is_never_shown_or_told_outside(world: World, case: Case, phone: Client) -> None:
    done(world, "dispatcher", case, "comment", text="这户常来电，口气注意", photos=photo())
    assert not last(case).is_public
    assert "口气注意" in said(world.client("worker").get(f"/cases/{case.pk}/"))
    assert "口气注意" not in said(phone.get(f"/r/{case.tracking_code}/"))
    assert texted("case.comment") == 0
    assert told(world, "worker", "case.comment") == 1


def test_a_word_to_the_reporter_is_shown_and_told(world: World, case: Case, phone: Client) -> None:
    done(world, "worker", case, "comment", text="明早去，请在家", is_public="on")
    assert "明早去，请在家" in said(phone.get(f"/r/{case.tracking_code}/"))
    assert texted("case.comment") == 1


def test_a_residents_word_reaches_the_handler_and_is_not_sent_back_to_them(
    world: World, case: Case, phone: Client
) -> None:
    assert "已送到办理人" in own(phone, case, "comment", text="今天又有了")
    assert last(case).actor is None
    assert "今天又有了" in said(world.client("worker").get(f"/cases/{case.pk}/"))
    assert told(world, "worker", "case.comment") == 1
    assert texted("case.comment") == 0


def test_a_word_may_be_added_after_the_end(world: World, case: Case, phone: Client) -> None:
    done(world, "intake", case, "reject", reject_reason="repeated", answer="已在办理另一件")
    assert "已送到办理人" in own(phone, case, "comment", text="谢谢")
    assert fresh(case).stage == Stage.VOIDED


def test_public_pages_show_no_return_no_correction_no_joint_feedback(world: World) -> None:
    case = world.dispatched(joint=("water",))
    world.step(case, Verb.RETURN, "sanitation", return_reason="not_mine", text="甲话不归我们")
    world.step(case, Verb.CORRECT, "dispatcher", place_text="乙话改地址")
    world.step(case, Verb.SUBMIT_FEEDBACK, "water", text="丙话关了阀", outcome=Outcome.SOLVED)
    page = said(Client().get(f"/r/{case.tracking_code}/"))
    for words in ("甲话", "乙话", "丙话"):
        assert words not in page


# --- following --------------------------------------------------------------------------------------------------------


def test_who_follows_is_told_when_it_is_done(world: World, case: Case) -> None:
    neighbour = Client()
    page = said(neighbour.post(f"/r/{case.tracking_code}/follow/", {"phone": "13900139000"}, follow=True))
    assert "已关注" in page
    world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)
    world.step(case, Verb.CHECK_PASS, "checker")
    assert "您满意吗" not in said(neighbour.get(f"/r/{case.tracking_code}/"))  # the word is the reporter's
    before = texted("case.closed")
    world.step(case, Verb.SCORE, _reporter(case), score=5)
    assert texted("case.closed") == before + 1


def _reporter(case: Case):
    from yemai.modules.cases.actors import Resident

    return Resident(device_hash=case.contacts.get(role="reporter").device_hash)


def test_a_bad_number_is_said_and_nothing_is_followed(world: World, case: Case) -> None:
    neighbour = Client()
    page = said(neighbour.post(f"/r/{case.tracking_code}/follow/", {"phone": "12"}, follow=True))
    assert "电话号码不对" in page
    assert case.contacts.count() == 1


# --- the public board -------------------------------------------------------------------------------------------------


def test_the_board_shows_people_and_figures_and_no_residents(world: World, case: Case) -> None:
    world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)
    world.step(case, Verb.CHECK_PASS, "checker")
    world.step(case, Verb.SCORE, _reporter(case), score=5)
    other = reported_by_phone(Client(), "楼上天天吵架", name="李阿姨", phone="13900139000")
    for address in (
        f"/boards/{world.grids[0].code}/",
        f"/boards/{world.grids[0].code}/poster/",
        f"/boards/{world.town.code}/",
    ):
        page = said(Client().get(address))
        for private in (
            "3栋楼下垃圾没人收",
            "楼上天天吵架",
            "李阿姨",
            "13900139000",
            case.tracking_code,
            other.tracking_code,
        ):
            assert private not in page, (address, private)
    page = said(Client().get(f"/boards/{world.grids[0].code}/"))
    assert "王网格" in page
    assert "正在办 1" in page
    assert "其中已解决 1" in page
    assert "居民满意 1/1" in page
    assert Client().get("/boards/000000000000/").status_code == 404
    assert "第1微网格" in said(Client().get("/boards/"))


def test_what_concerns_a_family_is_counted_and_not_shown_one_by_one(world: World, case: Case) -> None:
    family = Category.objects.get(kind="S", name="婚姻家庭矛盾")
    world.step(case, Verb.CORRECT, "dispatcher", category=family.pk, text="改归口")
    case.refresh_from_db()
    assert case.category == family
    page = said(Client().get(f"/boards/{world.grids[0].code}/"))
    assert "正在办 1" in page
    assert family.name not in page
    near = f"/api/v1/duplicates?lon={case.lon}&lat={case.lat}"
    assert Client().get(near).json() == []
    Category.objects.filter(pk=family.pk).update(is_public=True)
    assert len(Client().get(near).json()) == 1
    assert family.name in said(Client().get(f"/boards/{world.grids[0].code}/"))


# --- the record -------------------------------------------------------------------------------------------------------


def test_the_story_tells_everything_and_holds(world: World, case: Case) -> None:
    world.step(case, Verb.ESCALATE, "worker", text="解决不了")
    world.step(case, Verb.CONSULT, "leader", text="商量")
    assert verbs(case) == ["report", "take", "escalate", "consult"]
    assert [row.seq for row in StoryStep.objects.filter(case=case).order_by("seq")] == [1, 2, 3, 4]
    assert first_broken_link() is None


ALTERATIONS = """
    what was done                        | where | why
    words of a step changed              | 3     | altered
    a step's actor changed               | 3     | altered
    a step removed                       | 3     | missing
    the last step removed                | 4     | end
    the resident's own words changed     | 1     | words
    a step moved in time                 | 2     | altered
    made public afterwards               | 3     | altered
"""


@pytest.mark.parametrize(
    ("what", "where", "why"),
    [[cell.strip() for cell in line.split("|")] for line in ALTERATIONS.strip().splitlines()[1:]],
)
def test_whoever_alters_the_record_is_found_out(world: World, case: Case, what: str, where: str, why: str) -> None:
    world.reported("另一件")
    world.step(case, Verb.ESCALATE, "worker", text="解决不了")
    world.step(case, Verb.CONSULT, "leader", text="商量")
    rows = StoryStep.objects.filter(case=case)
    third = rows.filter(seq=3)
    if what == "words of a step changed":
        third.update(text="已经解决")
    elif what == "a step's actor changed":
        third.update(actor=world["worker2"])
    elif what == "a step removed":
        third.delete()
    elif what == "the last step removed":
        rows.filter(seq=4).delete()
    elif what == "the resident's own words changed":
        Case.objects.filter(pk=case.pk).update(text="没有事")
    elif what == "a step moved in time":
        rows.filter(seq=2).update(at=world.now.replace(hour=8))
    else:
        third.update(is_public=False)
    broken = first_broken_link()
    assert broken is not None
    assert (broken.case_id, broken.seq) == (case.pk, int(where))
    assert why in broken.why


def test_an_old_form_is_refused_and_can_be_sent_on_once_seen(world: World, case: Case) -> None:
    browser = world.client("worker")
    seen = fresh(case).version
    done(world, "leader", case, "comment", text="先别动")
    refused = browser.post(f"/cases/{case.pk}/escalate/", {"version": seen, "text": "我这里解决不了"})
    assert refused.status_code == 409
    assert "您看到的是旧内容" in said(refused)
    assert "我这里解决不了" in refused.content.decode()
    form = refused.context["form"]
    again = {name: form[name].value() for name in ("version", "text")}
    assert browser.post(f"/cases/{case.pk}/escalate/", again).status_code == 302


def test_an_old_form_keeps_its_photos(world: World, case: Case) -> None:
    browser = world.client("worker")
    seen = fresh(case).version
    done(world, "leader", case, "comment", text="先别动")
    fields = {"version": seen, "text": "清走了", "outcome": "solved", "photos": photo(), "photos_before": photo("red")}
    refused = browser.post(f"/cases/{case.pk}/submit_feedback/", fields)
    assert refused.status_code == 409
    assert "已收到 2 张照片" in said(refused)
    sent = {"version": refused.context["form"]["version"].value(), "text": "清走了", "outcome": "solved"}
    assert browser.post(f"/cases/{case.pk}/submit_feedback/", sent | dict(refused.context["kept"])).status_code == 302
    assert sorted(case.photos.values_list("moment", flat=True)) == ["after", "before"]


def test_the_same_step_twice_is_one_step(world: World, case: Case) -> None:
    form = {"text": "解决不了", "client_key": "6f1c0f0e-7d56-4c39-9d0b-0c8f0a8f2b61"}
    browser = world.client("worker")
    assert [browser.post(f"/cases/{case.pk}/escalate/", form).status_code for _press in range(2)] == [302, 302]
    assert verbs(case).count("escalate") == 1


def test_a_key_of_another_step_is_refused_in_words(world: World, case: Case) -> None:
    key = "6f1c0f0e-7d56-4c39-9d0b-0c8f0a8f2b61"
    done(world, "worker", case, "escalate", text="解决不了", client_key=key)
    for who, other, verb in (
        ("leader", case, "remind"),
        ("worker", world.handled(), "escalate"),
        ("worker2", case, "escalate"),
    ):
        answer = step(world, who, other, verb, text="再来", client_key=key)
        assert answer.status_code in (403, 409), (who, verb)
        assert "编号已被使用" in said(answer), (who, verb)


def test_pages_of_steps_open_only_to_whom_they_are_open(world: World, case: Case) -> None:
    assert world.client("worker").get(f"/cases/{case.pk}/submit_feedback/").status_code == 200
    assert world.client("worker2").get(f"/cases/{case.pk}/submit_feedback/").status_code == 403
    assert world.client("worker").get(f"/cases/{case.pk}/accept/").status_code == 409
    assert world.client("worker").get(f"/cases/{case.pk}/report/").status_code == 404
    assert world.client("worker").get(f"/cases/{case.pk}/nonsense/").status_code == 404
    assert world.client("worker").get("/cases/99999999999999999999/").status_code == 404
    view = world.client("leader").get(f"/cases/{case.pk}/").context["view"]
    for row in [view.main_step, *view.steps]:
        if row:
            assert world.client("leader").get(f"/cases/{case.pk}/{row.verb}/").status_code == 200, row.verb
