"""The named cast for the tests of modules: one town a file, each test leaving it as it found it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from tests.conftest import CHINA, Clock
from tests.world import World, build

OPENED = datetime(2026, 3, 4, 10, 0, tzinfo=CHINA)


@pytest.fixture(scope="module")
def _built(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    """The town, built once for a file inside a transaction that is taken back at its end."""
    with django_db_blocker.unblock(), transaction.atomic():
        yield build(OPENED)
        transaction.set_rollback(True)


@pytest.fixture
def world(_built: World, db: None, clock: Clock) -> World:
    """The town and its cast on Wednesday 4 March 2026 at 10:00; the system's clock stands there too."""
    _built.now = clock.moment
    return _built
