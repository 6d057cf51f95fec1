"""Patterns that smell of gaming: counted rightly, shown for enough cases alone, opened to their rows, every look logged."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from tests.modules.case_desk import photo, said
from tests.world import World, build
from yemai.base.audit.models import Look
from yemai.base.files.actions import store_photo
from yemai.base.people.actions import appoint, create_person
from yemai.desks.fairness.patterns import PATTERNS, signs, span_of
from yemai.modules.assessment.facts import COLUMNS, Type
from yemai.modules.assessment.models import CaseFact
from yemai.modules.cases.models import Case, CasePhoto
from yemai.modules.cases.terms import Outcome, Verb

pytestmark = pytest.mark.django_db
EMPTY = {
    one.name: None if one.is_nullable else {Type.NUMBER: 0, Type.TRUTH: False, Type.WORD: ""}[one.type]
    for one in COLUMNS
}


@pytest.fixture
def world(now: datetime, db: None, clock: Any) -> World:
    world = build(now)
    world.people["boss"] = create_person(actor=None, username="boss", name="考核员", now=now)
    appoint(
        actor=None,
        person=world.people["boss"],
        post_kind="assessor",
        node=world.town,
        now=now,
        valid_from=date(2026, 1, 1),
    )
    return world


def fact(world: World, who: str, at: datetime, minutes: int = 600, **more: Any) -> CaseFact:
    """A case that somebody found and settled so many minutes after."""
    start = int(at.timestamp())
    given = {
        "case_id": CaseFact.objects.count() + 100_000, "node_1": world.town.pk, "node_3": world.grids[0].pk, "source": "field",
        "finder_id": world[who].pk, "handler_id": world[who].pk, "reported_at": start, "disposed_at": start + minutes * 60,
        "last_at": start + minutes * 60, "stage": "closed", "outcome": "solved",
    }  # fmt: skip
    return CaseFact.objects.create(**EMPTY | given | more)


def shown(world: World, key: str) -> dict[int, tuple[int, int]]:
    return {one.person: (one.num, one.den) for one in signs(PATTERNS[key].counted(span_of(world.town, world.now)))}


def morning(world: World, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return world.now.replace(hour=hour, minute=minute) - timedelta(days=day)


def test_found_and_settled_at_once_is_shown_beside_everybodys_share(world: World) -> None:
    for day in range(1, 7):
        fact(world, "worker", morning(world, day), minutes=15)
    fact(world, "worker", morning(world, 8), minutes=16)
    for day in range(1, 30):
        fact(world, "worker2", morning(world, day), minutes=200 if day > 5 else 3)
    assert shown(world, "quick") == {world["worker"].pk: (6, 7)}
    page = said(world.client("boss").get("/fairness/"))
    assert "王网格 6 / 7 86% 31%" in page and "李网格" not in page


def test_nobody_is_shown_for_a_handful(world: World) -> None:
    for day in range(1, 5):
        fact(world, "worker", morning(world, day), minutes=2)
    for day in range(1, 30):
        fact(world, "worker2", morning(world, day))
    assert shown(world, "quick") == {}
    assert world.client("boss").get(f"/fairness/quick/{world['worker'].pk}/").status_code == 404
    assert not Look.objects.exists()


def test_what_is_settled_as_the_shift_ends(world: World) -> None:
    for day in range(1, 7):
        fact(world, "worker", morning(world, day, 17, 0), minutes=45 + day)
        fact(world, "worker2", morning(world, day, 17, 0), minutes=44)
        fact(world, "worker2", morning(world, day, 17, 0), minutes=60)
    assert shown(world, "shift-end") == {world["worker"].pk: (6, 6)}


def test_several_settled_in_one_minute(world: World) -> None:
    for at in range(6):
        fact(world, "worker", morning(world, 2), minutes=90 + at // 3)
        fact(world, "worker2", morning(world, 2), minutes=90 + at)
    assert shown(world, "bursts") == {world["worker"].pk: (6, 6)}
    found = list(PATTERNS["bursts"].cases(span_of(world.town, world.now), world["worker"].pk))
    assert len(found) == 6


def lived(world: World, who: str, text: str) -> Case:
    case = world.step(world.reported(), Verb.TAKE, who)
    return world.step(case, Verb.SUBMIT_FEEDBACK, who, text=text, outcome=Outcome.SOLVED)


def test_the_same_words_and_the_same_photo_in_many_cases_open_to_their_rows(world: World) -> None:
    copied = [lived(world, "worker", "已到现场处理完毕，情况属实，谢谢监督") for _number in range(5)]
    for at in range(8):
        lived(world, "worker2", f"{at}号楼前的垃圾已于今天上午清运完毕，共{at}车")
    assert shown(world, "texts") == {world["worker"].pk: (5, 5)}
    for case in copied:
        file = store_photo(photo(), actor=world["worker"], now=world.now)
        CasePhoto.objects.create(case=case, file=file, moment="after", seq=9, created_at=world.now)
    assert shown(world, "photos") == {world["worker"].pk: (5, 5)}
    for pattern in ("texts", "photos"):
        page = said(world.client("boss").get(f"/fairness/{pattern}/{world['worker'].pk}/"))
        assert all(str(case) in page for case in copied) and "再下判断" in page


def test_scores_from_one_phone(world: World) -> None:
    for at in range(6):
        case = lived(world, "worker", f"第{at}处的垃圾已清运，楼道打扫干净")
        case = world.step(case, Verb.CHECK_PASS, "leader")
        Case.objects.filter(pk=case.pk).update(score=5)
        fact(world, "worker", morning(world, 1), case_id=case.pk, score=5)
    for _number in range(14):
        fact(world, "worker2", morning(world, 1), score=4)
    assert shown(world, "one-phone") == {world["worker"].pk: (6, 6)}


def test_a_look_at_a_person_is_logged_and_only_who_assesses_there_may(world: World) -> None:
    for day in range(1, 7):
        fact(world, "worker", morning(world, day), minutes=5)
    for day in range(1, 30):
        fact(world, "worker2", morning(world, day))
    address = f"/fairness/quick/{world['worker'].pk}/"
    assert world.client("boss").get(address).status_code == 200
    look = Look.objects.get()
    assert (look.actor, look.subject_id, look.purpose) == (world["boss"], str(world["worker"].pk), "fairness")
    for who in ("supervisor", "secretary", "worker", "admin"):
        assert world.client(who).get(address).status_code == 403
        assert world.client(who).get("/fairness/").status_code == 403
