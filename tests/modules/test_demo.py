"""The demo town at an ordinary moment and at an awkward one: whole, lively, in the past, marked as invented."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import shapely
from django.contrib.auth import authenticate
from django.db import transaction
from django.utils import timezone

from yemai.base.access.terms import Permission
from yemai.base.files.terms import PhotoSize
from yemai.base.messages.models import Message
from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person, PostKind
from yemai.base.people.queries import appointments_of, is_absent, team_of
from yemai.base.people.reach import reach_of
from yemai.base.territory.locate import locate, locate_many
from yemai.base.territory.models import Building, Node
from yemai.base.territory.queries import size_warnings, town
from yemai.conf import demo
from yemai.conf.demo.ground import point
from yemai.conf.demo.reading import moment, shipped
from yemai.kernel.refusals import Refused
from yemai.modules.cameras.models import Camera
from yemai.modules.cases.models import Assignment, Case, CasePhoto, Category, Consultation, StoryStep
from yemai.modules.cases.queries import first_broken_link
from yemai.modules.cases.queries.listing import QUEUES, cases_for
from yemai.modules.cases.terms import LocateFlag, Source, Stage, Verb
from yemai.modules.planning.models import Station

CHINA = ZoneInfo("Asia/Shanghai")
WORKING = datetime(2026, 3, 4, 10, 0, tzinfo=CHINA)
HOLIDAY_MIDNIGHT = datetime(2026, 10, 4, 0, 10, tzinfo=CHINA)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", params=[WORKING, HOLIDAY_MIDNIGHT], ids=["working hours", "holiday, midnight"])
def loaded(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[datetime]:
    """The demo as loaded at a moment, at which the system's clock then stands; taken back after the module."""
    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock(), transaction.atomic():
        patch.setattr(timezone, "now", lambda: request.param)
        assert demo.load(request.param)
        yield request.param
        transaction.set_rollback(True)


def test_loading_again_changes_nothing(loaded: datetime) -> None:
    before = [Case.objects.count(), StoryStep.objects.count(), Person.objects.count(), Node.objects.count()]
    assert demo.load(loaded) is False
    assert before == [Case.objects.count(), StoryStep.objects.count(), Person.objects.count(), Node.objects.count()]


def test_the_town_says_that_it_is_invented(loaded: datetime) -> None:
    assert parameter("demo_town") is True
    assert town().code[:2] == "99"  # no province has this code


def test_the_ground_is_tiled_without_gap_or_overlap(loaded: datetime) -> None:
    shapes = {node.code: shapely.from_wkb(bytes(node.boundary)) for node in Node.objects.all()}
    root = shapes[town().code]
    leaves = [shapes[node.code] for node in Node.objects.filter(tier__is_settling=True)]
    assert len(leaves) == 12
    assert sum(leaf.area for leaf in leaves) == pytest.approx(root.area, rel=1e-9)
    assert shapely.union_all(leaves).equals(root)
    assert shapely.coverage_is_valid(leaves)


def test_every_building_is_found_where_it_stands(loaded: datetime) -> None:
    buildings = list(Building.objects.order_by("pk"))
    found = locate_many([b.lon or 0 for b in buildings], [b.lat or 0 for b in buildings])
    assert len(buildings) >= 60
    assert [place.node_id for place in found] == [b.node_id for b in buildings]
    assert size_warnings([town().path]) == []


def test_everyone_signs_in_and_every_permission_has_its_holder(loaded: datetime) -> None:
    rows = demo.cast()
    people = [authenticate(username=row["username"], password=row["password"]) for row in rows]
    assert len(people) >= 30 and None not in people
    assert all(row["duty"] and row["name"] for row in rows)
    assert {row["face"] for row in rows} == {"field", "leader", "centre", "department", "office"}
    held = {permission for permission in Permission for person in people if person and reach_of(person, permission)}
    assert held == set(Permission)


def test_every_kind_of_post_is_held_and_some_hold_two(loaded: datetime) -> None:
    held = {row.post_kind.key for person in Person.objects.all() for row in appointments_of(person)}
    assert held == set(PostKind.objects.values_list("key", flat=True))
    two_places = [p for p in Person.objects.all() if appointments_of(p).values("node").distinct().count() > 1]
    assert {"wuyong", "liangmancang"} <= {person.username for person in two_places}


def test_one_leader_is_away_and_the_deputy_stands_in(loaded: datetime) -> None:
    away, deputy = (Person.objects.get(username=name) for name in ("sunxiuying", "zhaotiesheng"))
    node = Node.objects.get(name="纺织院南区微网格")
    shown = next(member for member in team_of(node)["management"] if member.person == away)
    assert is_absent(away) and shown.deputy == deputy
    assert reach_of(deputy, Permission.CASE_CONSULT).covers(node.path)


def test_stories_stand_at_every_stage_and_use_every_verb(loaded: datetime) -> None:
    assert Case.objects.count() >= 60
    assert set(Case.objects.values_list("stage", flat=True)) == set(Stage.values)
    used = set(StoryStep.objects.values_list("verb", flat=True))
    assert used == set(Verb.values)
    assert set(Case.objects.values_list("source", flat=True)) == set(Source.values) - {Source.IMPORT, Source.API}
    assert Category.objects.filter(cases__isnull=False).distinct().count() >= 40


def test_the_stories_have_their_turns(loaded: datetime) -> None:
    assert Case.objects.filter(reworks__gt=0).exists() and Case.objects.filter(returns=2).exists()
    assert Case.objects.filter(reopens=1, score=5, stage=Stage.CLOSED).exists()
    assert Case.objects.filter(stage=Stage.CLOSED, score=1, requests__decided_at=None).exists()
    assert Consultation.objects.exclude(decision="").filter(present__isnull=False).exists()
    assert Assignment.objects.filter(role=Assignment.Role.JOINT, state=Assignment.State.DONE).exists()
    assert Case.objects.filter(locate_flag=LocateFlag.NO_POINT, node=town(), stage=Stage.REPORTED).exists()
    assert not Case.objects.filter(stage=Stage.VOIDED, reject_reason="").exists()


def test_nothing_lies_in_the_future_and_every_chain_holds(loaded: datetime) -> None:
    assert not StoryStep.objects.filter(at__gt=loaded).exists()
    assert not Message.objects.filter(created_at__gt=loaded).exists()
    assert first_broken_link() is None


def test_every_queue_has_something_to_do(loaded: datetime) -> None:
    people = [Person.objects.get(username=row["username"]) for row in demo.cast()]
    idle = [name for name, queue in QUEUES.items() if not any(queue(person).exists() for person in people)]
    assert idle == []
    office = Person.objects.get(username="yanshi")
    assert not cases_for(office).exists()  # the auditor sees no case


def test_stations_and_cameras_stand_on_the_ground_they_belong_to(loaded: datetime) -> None:
    stations, cameras = list(Station.objects.select_related("node")), list(Camera.objects.select_related("node"))
    assert len(stations) == 4
    assert len(cameras) == 5
    for one in (*stations, *cameras):
        found = locate(one.lon, one.lat)
        assert found.flag == "ok"
        assert Node.objects.get(pk=found.node_id).path.startswith(one.node.path)


def test_pictures_are_drawn_and_stored(loaded: datetime) -> None:
    from yemai.base.files.queries import open_photo

    photos = list(CasePhoto.objects.select_related("file"))
    assert len(photos) >= 30
    with open_photo(photos[0].file, PhotoSize.THUMB) as picture:
        assert picture.read(2) == b"\xff\xd8"


def test_an_own_town_is_never_mixed_with_the_invented_one(loaded: datetime) -> None:
    from yemai.base.parameters.actions import set_parameter

    set_parameter("demo_town", False, effective_from=timezone.localdate())
    with pytest.raises(Refused) as refused:
        demo.load(loaded)
    assert refused.value.code == "not-empty"
    assert demo.cast() == []


@pytest.mark.parametrize(
    ("words", "then"),
    [
        ("-1 17:00", datetime(2026, 3, 3, 17, 0, tzinfo=CHINA)),
        ("-12 08:15", datetime(2026, 2, 20, 8, 15, tzinfo=CHINA)),
        ("-90m", datetime(2026, 3, 4, 8, 30, tzinfo=CHINA)),
    ],
)
def test_moments_are_told_backwards(words: str, then: datetime) -> None:
    assert moment(words, WORKING) == then


@pytest.mark.parametrize("words", ["-0 08:00", "12 08:15", "-12", "+5m", "-3 25:00"])
def test_a_moment_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(ValueError):
        moment(words, WORKING)


def test_the_plan_lies_where_it_says() -> None:
    origin = shipped("town")["origin"]
    assert point(0, 0) == (origin["lon"], origin["lat"])
    lon, lat = point(0, 111_195)
    assert (lon, lat) == (origin["lon"], origin["lat"] + 1)
