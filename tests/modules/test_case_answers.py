"""An answer is checked while it is written and when it is given; templates and good answers help to write it; nothing blocks."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.modules.case_desk import done, fresh, last, said, step
from tests.modules.office import errors, last_entry, saved, sent, staff
from tests.world import PHONE, World
from yemai.modules.cases.actions.templates import install_templates, shipped_templates
from yemai.modules.cases.models import Case, ReplyTemplate
from yemai.modules.cases.queries.replies import good_answers, stripped
from yemai.modules.cases.terms import Outcome, Stage, Verb

pytestmark = pytest.mark.django_db
GOOD = "王网格11月20日上午带2人到3栋楼下，清走了4桶垃圾，冲洗了地面，现在每天早晚各收一次。"
POOR = "您好，您反映的问题我们高度重视，已转交有关部门处理，感谢您的支持！"


def checked(world: World, case: Case, text: str, who: str = "worker", verb: str = "submit_feedback") -> str:
    field = "answer" if verb == "reject" else "text"
    answer = world.client(who).post(f"/cases/{case.pk}/{verb}/check/", {field: text})
    assert answer.status_code == 200, said(answer)
    return said(answer)


def closed(world: World, text: str = GOOD, *, score: int = 5, **more: Any) -> Case:
    """A case of the same class, answered, checked and scored."""
    case = world.step(world.reported("3栋楼下垃圾没人收", **more), Verb.TAKE, "worker", category=world.category().pk)
    case = world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text=text, outcome=Outcome.SOLVED)
    case = world.step(case, Verb.CHECK_PASS, "checker")
    return world.step(case, Verb.SCORE, PHONE, score=score)


def test_the_form_asks_whether_it_is_understood_and_the_check_names_what_is_missing(world: World) -> None:
    case = world.handled()
    page = world.client("worker").get(f"/cases/{case.pk}/submit_feedback/").content.decode()
    assert f"/cases/{case.pk}/submit_feedback/check/" in page and "边写边看" in page
    words = checked(world, case, POOR)
    assert "这样回复，居民看得懂吗？" in words and "只说转交了" in words and "不改也能提交" in words
    assert "都写清楚了" in checked(world, case, GOOD)
    assert "自查" not in checked(world, case, "  ")


def test_a_poor_answer_is_taken_and_what_was_found_is_kept(world: World) -> None:
    case = done(world, "worker", world.handled(), "submit_feedback", text=POOR, outcome="solved")
    assert case.stage == Stage.CHECKING
    kept = last(case).content["answer"]
    assert kept["percent"] < 30 and "handed_on" in kept["faults"] and kept["version"] == 1
    assert "只说转交了" in said(world.client("checker").get(f"/cases/{case.pk}/"))


def test_a_good_answer_has_no_faults(world: World) -> None:
    case = done(world, "worker", world.handled(), "submit_feedback", text=GOOD, outcome="solved")
    assert last(case).content["answer"] == {
        "percent": last(case).content["answer"]["percent"],
        "faults": [],
        "version": 1,
    }
    assert last(case).content["answer"]["percent"] >= 70


def test_a_refused_form_shows_the_check_again(world: World) -> None:
    answer = step(world, "worker", world.handled(), "submit_feedback", text=POOR)  # no outcome chosen
    assert answer.status_code == 422 and "只说转交了" in said(answer)


def test_the_answer_to_a_report_not_taken_up_owes_a_reason(world: World) -> None:
    case = world.reported()
    assert "没说原因和去处" in checked(world, case, "对不起，我们没法处理您的垃圾。", "intake", "reject")
    words = checked(world, case, "3栋楼下的垃圾由隔壁镇收运，不属于本镇，请拨打0512-12345678。", "intake", "reject")
    assert "没说原因" not in words and "没说谁做的" not in words
    ended = done(world, "intake", case, "reject", reject_reason="not_here", answer="不在本镇。")
    assert "answer" in last(ended).content


def test_the_same_letter_twice_is_called_a_form_letter(world: World) -> None:
    done(world, "worker", world.handled(), "submit_feedback", text=GOOD, outcome="solved")
    other = world.handled()
    assert "像套话" in checked(world, other, GOOD.replace("4桶", "6桶"))
    assert "像套话" not in checked(world, other, "李网格11月22日傍晚把楼道里的旧沙发搬走了，过道已经通。")


def test_only_who_sees_the_case_has_it_checked(world: World) -> None:
    case = world.handled()
    for path in (
        f"/cases/{case.pk}/submit_feedback/check/",
        f"/cases/{case.pk}/take/check/",
        "/cases/99/submit_feedback/check/",
    ):
        who = "stranger" if "99" not in path else "worker"
        assert world.client(who).post(path, {"text": GOOD}).status_code == 404
    assert world.client("worker").get(f"/cases/{case.pk}/submit_feedback/check/").status_code == 405
    assert world.client("stranger").get(f"/cases/{case.pk}/submit_feedback/alike/").status_code == 404


def test_templates_come_with_what_is_known_and_the_check_names_what_is_left(world: World) -> None:
    install_templates(now=world.now)
    case = world.step(world.reported(place_text="3栋楼下"), Verb.TAKE, "worker", category=world.category().pk)
    page = world.client("worker").get(f"/cases/{case.pk}/submit_feedback/").content.decode()
    assert "套用模板" in page and "环境卫生：清理" in page and "不予受理：不在本镇" not in page
    assert "王网格" in page and "3栋楼下" in page and str(case.number) in page
    assert "【具体做了什么、做了多少】" in page and "{日期}" not in page
    words = checked(world, case, "3月2日，王网格到3栋楼下，清走了【多少、什么垃圾】。")
    assert "还有没填的空" in words and "【多少、什么垃圾】" in words


def test_ten_templates_ship_once(world: World) -> None:
    install_templates(now=world.now)
    assert ReplyTemplate.objects.count() == len(shipped_templates()) >= 8
    ReplyTemplate.objects.exclude(name="部分解决").update(is_active=False)
    ReplyTemplate.objects.filter(name="部分解决").update(name="解决了一部分")
    install_templates(now=world.now)
    assert ReplyTemplate.objects.count() == len(shipped_templates())


def test_the_office_keeps_the_templates(world: World) -> None:
    client = staff(world, "admin")
    given = {"name": "路灯", "verb": "submit_feedback", "outcome": "solved", "category_code": "C", "is_active": "on"}
    saved(client, "cases/replytemplate/add/", **given, text="{日期}，{处置人}换了【几】盏灯。")
    row = ReplyTemplate.objects.get(name="路灯")
    assert (row.version, row.outcome) == (1, Outcome.SOLVED)
    saved(client, f"cases/replytemplate/{row.pk}/change/", **given, text="{日期}，{单位}换了【几】盏灯。")
    row.refresh_from_db()
    assert (row.version, last_entry("save_template").before["text"]) == (2, "{日期}，{处置人}换了【几】盏灯。")
    wrong = sent(client, f"cases/replytemplate/{row.pk}/change/", **given, text="{居民电话}")
    assert (wrong.status_code, list(errors(wrong))) == (422, ["text"])
    assert staff(world, "worker").get("/office/cases/replytemplate/").status_code in (302, 403)


def test_good_answers_to_alike_cases_are_one_click_away(world: World) -> None:
    best = closed(world)
    closed(world, "已清理。")
    closed(world, "李网格11月21日下午到3栋楼下清走了建筑垃圾，铺平了地面。", score=2)
    case = world.step(world.reported("2栋门口垃圾堆成山"), Verb.TAKE, "worker", category=world.category().pk)
    answer = world.client("worker").get(f"/cases/{case.pk}/submit_feedback/alike/")
    words = said(answer)
    assert str(fresh(best).number) in words and "清走了4桶垃圾" in words and words.count("用这一段") == 1
    assert "11月20日" not in words and "【日期】" in words and "3栋" not in words
    assert 'data-choose="id_text"' in answer.content.decode()


def test_good_answers_of_cases_out_of_sight_are_not_shown(world: World) -> None:
    closed(world)
    other = world.step(
        world.reported("垃圾没人收", lon=120.603, lat=31.301), Verb.TAKE, "stranger", category=world.category().pk
    )
    assert other.node == world.grids[1]
    assert "用这一段" not in said(world.client("stranger").get(f"/cases/{other.pk}/submit_feedback/alike/"))


def test_what_is_personal_is_taken_out() -> None:
    text = "3月5日上午9点，张师傅到3栋2单元501室，联系李女士13812345678，苏E12345的车已挪走。"
    out = stripped(text)
    for word in ("3月5日", "9点", "张师傅", "501", "李女士", "138", "E12345"):
        assert word not in out, word
    assert "已挪走" in out


def test_what_helping_costs_does_not_grow_with_the_cases(world: World) -> None:
    case = world.step(world.reported("2栋门口垃圾"), Verb.TAKE, "worker", category=world.category().pk)
    client = world.client("worker")
    counts = []
    for _round in range(2):
        closed(world)
        pair = []
        for path, post in (
            (f"/cases/{case.pk}/submit_feedback/alike/", None),
            (f"/cases/{case.pk}/submit_feedback/check/", {"text": GOOD}),
        ):
            with CaptureQueriesContext(connection) as asked:
                assert (client.post(path, post) if post else client.get(path)).status_code == 200
            pair.append(len(asked))
        counts.append(pair)
    assert counts[0] == counts[1] and max(counts[0]) <= 12, counts


def test_the_reading_of_good_answers_goes_along_its_index(world: World) -> None:
    closed(world)
    case = world.step(world.reported(), Verb.TAKE, "worker", category=world.category().pk)
    worker = world["worker"]
    with CaptureQueriesContext(connection) as asked:
        assert good_answers(worker, case)
    sql = next(one["sql"] for one in asked if "closed_at" in one["sql"] and "LIMIT 200" in one["sql"])
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(
            ("EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN ") + sql.replace("%", "%%")
        )
        assert "case_good_answers" in str(cursor.fetchall())


def test_an_answer_long_after_is_checked_without_reading_everything(world: World) -> None:
    """Only the newest two hundred answers of the town are compared."""
    done(world, "worker", world.handled(), "submit_feedback", text=GOOD, outcome="solved")
    for at in range(3):
        later = world.now + timedelta(minutes=at)
        case = world.step(world.reported(), Verb.TAKE, "worker2", now=later)
        world.step(
            case,
            Verb.SUBMIT_FEEDBACK,
            "worker2",
            now=later,
            text="李网格今天上午修好了单元门。",
            outcome=Outcome.SOLVED,
        )
    assert "像套话" in checked(world, world.handled(), GOOD)
