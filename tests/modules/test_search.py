"""Search: one box over cases, people, places and documents, each only as far as the person may see."""

import pytest

from tests.world import World
from yemai.modules.cases.jobs import index

pytestmark = pytest.mark.django_db


def found(world: World, who: str, **asked: str) -> list[int]:
    """The cases a search page shows."""
    answer = world.client(who).get("/search/", {"kind": "cases", "order": "newest", **asked})
    assert answer.status_code == 200, answer.status_code
    return [hit.case.pk for section in answer.context["sections"] for hit in section.hits]


def test_a_word_finds_its_case_at_once_and_from_the_index(world: World) -> None:
    case = world.reported("小区门口路灯不亮，晚上看不清路")
    world.reported("楼道里堆放杂物")
    assert found(world, "worker", q="路灯") == [case.pk]
    assert index(world.now) == 2
    assert found(world, "worker", q="路灯") == [case.pk]
    assert found(world, "worker", q="口路灯不") == [case.pk]
    assert found(world, "worker", q="灯") == [case.pk]
    assert found(world, "worker", q="灯路") == []
