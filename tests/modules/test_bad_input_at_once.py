"""Two at once, on a database where both really happen: double clicks, two people taking one case, two scores by one link."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import connections
from django.test import Client

from tests.conftest import Clock
from tests.modules.case_desk import fresh, photo, verbs
from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.modules.cases import jobs
from yemai.modules.cases.actions.effects.checking import token_hash
from yemai.modules.cases.models import Assignment, Case, CasePhoto, Contact, Score, ScoreInvitation
from yemai.modules.cases.queries import first_broken_link
from yemai.modules.cases.terms import Outcome, Stage, Verb

pytestmark = pytest.mark.django_db(transaction=True)
IN_GRID = {"lon": str(WEST + SIDE / 2), "lat": str(SOUTH + SIDE / 2)}
ROUNDS = 2


@pytest.fixture
def town(transactional_db: None, clock: Clock) -> Iterator[World]:
    """A town that is really committed; whatever happened, every story holds."""
    yield build(clock.now())
    assert first_broken_link() is None


def at_once(doing: Callable[..., Any], *each: tuple[Any, ...]) -> list[Any]:
    """Do it with each of these in the same moment, in a thread and a connection of its own; what each gave, in order."""
    ready, given = threading.Barrier(len(each)), [None] * len(each)

    def do(place: int) -> None:
        ready.wait()
        try:
            given[place] = doing(*each[place])
        except BaseException as error:
            given[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=do, args=(place,)) for place in range(len(each))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for one in given:
        if isinstance(one, BaseException):
            raise one
    return given


def post(browser: Client, address: str, form: dict[str, Any]) -> Any:
    """Send a form; each sending reads its files anew."""
    return browser.post(address, {name: value() if callable(value) else value for name, value in form.items()})


def test_a_resident_presses_twice(town: World) -> None:
    for _round in range(ROUNDS):
        first, second = Client(), Client()
        first.get("/report/")
        second.cookies = first.cookies  # two presses on one phone
        form = {"text": "灯坏了", "client_key": str(uuid.uuid4()), "not_duplicate": "1", "photos": photo, **IN_GRID}
        answers = at_once(post, (first, "/report/", form), (second, "/report/", form))
        assert [answer.status_code for answer in answers] == [302, 302]
        assert len({answer["Location"] for answer in answers}) == 1
        case = Case.objects.get(client_key=form["client_key"])
        assert verbs(case) == ["report"]
        assert (CasePhoto.objects.filter(case=case).count(), Contact.objects.filter(case=case).count()) == (1, 1)


@pytest.mark.parametrize(
    ("who", "address", "more", "story"),
    [
        ("intake", "/intake/new/", {"source": "call"}, ["report"]),
        ("worker", "/work/new/", {"take": "1"}, ["report", "take"]),
    ],
)
def test_staff_press_twice(town: World, who: str, address: str, more: dict[str, str], story: list[str]) -> None:
    form = {"text": "停水了", "client_key": str(uuid.uuid4()), **more, **IN_GRID}
    answers = at_once(post, *((town.client(who), address, form) for _press in range(2)))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert verbs(Case.objects.get(client_key=form["client_key"])) == story


def test_two_people_take_one_case(town: World) -> None:
    people = ("worker", "worker2", "leader")
    for _round in range(ROUNDS):
        case = town.reported()
        answers = at_once(post, *((town.client(who), f"/cases/{case.pk}/take/", {}) for who in people))
        assert Counter(answer.status_code for answer in answers) == {302: 1, 409: 2}
        assert all("已有人接办" in answer.content.decode() for answer in answers if answer.status_code == 409)
        assert verbs(case) == ["report", "take"]
        first = next(who for who, answer in zip(people, answers, strict=True) if answer.status_code == 302)
        assert fresh(case).handler == town[first]


def test_one_step_sent_twice(town: World) -> None:
    case = town.handled()
    form = {"text": "解决不了", "client_key": str(uuid.uuid4())}
    answers = at_once(post, *((town.client("worker"), f"/cases/{case.pk}/escalate/", form) for _press in range(2)))
    assert [answer.status_code for answer in answers] == [302, 302]
    assert verbs(case) == ["report", "take", "escalate"]


def test_two_dispatchers_send_one_case_to_two_units(town: World) -> None:
    case = town.step(town.handled(), Verb.ESCALATE, "worker", text="解决不了")
    case = town.step(case, Verb.ESCALATE, "leader", text="解决不了")
    forms = [{"version": case.version, "department": unit.pk} for unit in town.units.values()]
    answers = at_once(post, *((town.client("dispatcher"), f"/cases/{case.pk}/assign/", form) for form in forms))
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert Assignment.objects.get(case=case, state="open").department == fresh(case).lead_department


def test_two_scores_by_one_link(town: World) -> None:
    for _round in range(ROUNDS):
        case = town.step(town.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="清了", outcome=Outcome.SOLVED)
        case = town.step(case, Verb.CHECK_PASS, "checker")
        token = town.step(case, Verb.INVITE_SCORE, "checker").score_token
        answers = at_once(post, *((Client(), f"/s/{token}/", {"score": value}) for value in ("5", "1")))
        first, second = sorted(answer.status_code for answer in answers)
        assert first == 200
        assert second in (409, 410)
        assert Score.objects.filter(case=case).count() == 1
        assert ScoreInvitation.objects.get(token_hash=token_hash(token)).used_at
        assert fresh(case).stage == Stage.CLOSED


def test_two_workers_of_the_clock_close_one_case_once(town: World, now: datetime) -> None:
    case = town.step(town.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="清了", outcome=Outcome.SOLVED)
    case = town.step(case, Verb.CHECK_PASS, "checker")
    later = now.replace(day=20)
    assert sorted(at_once(jobs.close_unrated, (later,), (later,))) == [0, 1]
    assert verbs(case)[-2:] == ["check_pass", "close"]


def test_numbers_given_at_once_are_all_different(town: World) -> None:
    form = {"category": town.category("E0107").pk}
    cases = [town.reported(f"第{n}件") for n in range(4)]
    answers = at_once(post, *((town.client("intake"), f"/cases/{case.pk}/accept/", form) for case in cases))
    assert {answer.status_code for answer in answers} == {302}
    assert sorted(str(fresh(case).number)[-4:] for case in cases) == ["0001", "0002", "0003", "0004"]
