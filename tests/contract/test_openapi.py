"""The API keeps its own description: schemathesis sends what fits and what does not, as a stranger and as staff."""

import io
import itertools
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from PIL import Image

from tests.world import World, build
from yemai.base.messages.queries import box
from yemai.base.people.actions import appoint
from yemai.base.tokens.actions import make_token
from yemai.base.tokens.terms import Scope
from yemai.modules.cases.models import Case, ScoreInvitation
from yemai.modules.cases.terms import Verb

TURNS = itertools.count()
THERE: dict[str, str] = {}
"""What stands in the town now: a score link, a micro-grid, a token."""
APP = get_wsgi_application()
BOUNDED = settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
DESCRIPTION = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", APP)


def picture(kind: str) -> bytes:
    """A small one."""
    drawn = io.BytesIO()
    Image.new("RGB", (8, 6), "green").save(drawn, kind)
    return drawn.getvalue()


for name in ("jpeg", "png", "webp"):
    schemathesis.openapi.media_type(f"image/{name}", st.just(picture(name)))


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """A town with cases at several stages, and a dispatcher who does much else; taken back at the end.

    Requests leave the test's connection open, as Django's own client does.
    """
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    with django_db_blocker.unblock(), transaction.atomic():
        town = build(timezone.now())
        for post in ("intake-clerk", "checker"):
            appoint(
                actor=None, person=town["dispatcher"], post_kind=post, node=town.town, now=town.now,
                valid_from=date(2026, 1, 1),
            )  # fmt: skip
        town.reported()
        town.dispatched()
        done = town.step(town.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome="solved")
        invited = town.step(town.step(done, Verb.CHECK_PASS, "leader"), Verb.INVITE_SCORE, "leader")
        THERE["token"] = invited.score_token
        THERE["node_code"] = town.grids[0].code
        THERE["bearer"] = make_token(town["dispatcher"], label="test", scopes=Scope, now=town.now)[1]
        yield town
        transaction.set_rollback(True)
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def world(_built: World, db: None) -> World:
    """The town, as each test finds it."""
    return _built


def aim(case: Any, world: World) -> None:
    """Requests that fit the description ask for things that are there: at random they would never meet one."""
    if not case.meta.generation.mode.is_positive:
        return
    turn, cases = next(TURNS), list(Case.objects.order_by("pk"))
    one = cases[turn % len(cases)]
    there = {
        "case_id": one.pk,
        "code": one.tracking_code,
        "node_code": THERE["node_code"],
        "name": ("intake", "dispatch", "mine")[turn % 3],
    }
    if ScoreInvitation.objects.filter(used_at=None).exists():
        there["token"] = THERE["token"]
    if message := box(world["dispatcher"]).first():
        there["message_id"] = message.pk
    for key in set(case.path_parameters) & set(there):
        case.path_parameters[key] = there[key]
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = f'"{one.version}"'


def ask(case: Any, world: World, headers: dict[str, str]) -> None:
    """One request and every check there is; what was made up for a token gives way."""
    aim(case, world)
    case.headers.pop("Authorization", None)
    case.call_and_validate(headers=headers)


@DESCRIPTION.include(tag=["residents", "town"]).parametrize()
@BOUNDED
def test_a_stranger_breaks_nothing(case: Any, world: World) -> None:
    """No check fails and nothing ends in a 5xx."""
    ask(case, world, {})


@DESCRIPTION.exclude(tag=["residents", "town"]).parametrize()
@BOUNDED
def test_somebody_who_may_do_much_breaks_nothing(case: Any, world: World) -> None:
    """The same behind the guards, which test_doors tries without a token."""
    ask(case, world, {"Authorization": f"Bearer {THERE['bearer']}"})
