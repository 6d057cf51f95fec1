"""The API keeps its own description: schemathesis sends what fits and what does not, as a stranger and as staff."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from PIL import Image

from tests.world import World, build
from yemai.base.tokens.actions import make_token
from yemai.base.tokens.terms import Scope
from yemai.modules.cases.models import Case, ScoreInvitation
from yemai.modules.cases.terms import Verb

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


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A town with cases at several stages; requests leave the test's connection open, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    town = build(timezone.now())
    town.reported()
    town.dispatched()
    done = town.step(town.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome="solved")
    town.score_token = town.step(town.step(done, Verb.CHECK_PASS, "leader"), Verb.INVITE_SCORE, "leader").score_token  # type: ignore[attr-defined] # for `aim`
    yield town
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def aim(case: Any, world: World, turn: int) -> None:
    """Requests that fit the description ask for things that are there: at random they would never meet one."""
    if not case.meta.generation.mode.is_positive:
        return
    cases = list(Case.objects.order_by("pk"))
    one = cases[turn % len(cases)]
    there = {
        "case_id": one.pk,
        "code": one.tracking_code,
        "node_code": world.grids[0].code,
        "name": ("take", "dispatch", "mine")[turn % 3],
    }
    if ScoreInvitation.objects.filter(used_at=None).exists():
        there["token"] = world.score_token  # type: ignore[attr-defined] # set above
    if "If-Match" in (case.headers or {}):
        case.headers["If-Match"] = f'"{one.version}"'
    for key in set(case.path_parameters) & set(there):
        case.path_parameters[key] = there[key]


class Asking:
    """Who asks now: their token, and how often they have."""

    token = ""
    world: World | None = None
    turn = 0

    def get(self, case: Any, context: Any) -> str:
        """The token of the town that stands now."""
        return Asking.token

    def set(self, case: Any, data: str, context: Any) -> None:
        """Put it on."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


def ask(case: Any, world: World) -> None:
    """One request and every check there is."""
    Asking.turn += 1
    aim(case, world, Asking.turn)
    case.call_and_validate()


@DESCRIPTION.parametrize()
@BOUNDED
def test_a_stranger_breaks_nothing(case: Any, world: World) -> None:
    """No check fails and nothing ends in a 5xx."""
    ask(case, world)


@DESCRIPTION.auth(Asking, refresh_interval=None)
@DESCRIPTION.parametrize()
@BOUNDED
def test_a_dispatcher_breaks_nothing(case: Any, world: World) -> None:
    """The same for somebody who may do much."""
    if Asking.world is not world:
        Asking.token = make_token(world["dispatcher"], label="test", scopes=Scope, now=timezone.now())
        Asking.world = world
    ask(case, world)
