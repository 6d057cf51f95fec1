"""The API keeps its own description: schemathesis sends what fits and what does not, as a stranger and as staff."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.utils import timezone
from hypothesis import HealthCheck, Phase, settings

from tests.world import World, build
from yemai.base.tokens.actions import make_token

APP = get_wsgi_application()
EXAMPLES = 12
BOUNDED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def world(db: None) -> Iterator[World]:
    """A town with cases at several stages; requests leave the test's connection open, as Django's own client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    town = build(timezone.now())
    town.reported()
    town.handled()
    town.dispatched()
    yield town
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


DESCRIPTION = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", APP)


@DESCRIPTION.parametrize()
@BOUNDED
def test_a_stranger_breaks_nothing(case: Any, world: World) -> None:
    """No check fails and nothing ends in a 5xx."""
    case.call_and_validate()


class Token:
    """The dispatcher's token, so that schemathesis also tries what happens without it."""

    current: str = ""
    world: World | None = None

    def get(self, case: Any, context: Any) -> str:
        """The token of the town that stands now."""
        return self.current

    def set(self, case: Any, data: str, context: Any) -> None:
        """Put it on."""
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {data}"}


@DESCRIPTION.auth(Token, refresh_interval=None)
@DESCRIPTION.parametrize()
@BOUNDED
def test_a_dispatcher_breaks_nothing(case: Any, world: World) -> None:
    """The same for somebody who may do much."""
    if Token.world is not world:
        Token.current, Token.world = make_token(world["dispatcher"], label="test", now=timezone.now()), world
    case.call_and_validate()
