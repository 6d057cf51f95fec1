"""Is it one of these? What intake is shown while the caller speaks: the same words anywhere, alike words near by, and why."""

from datetime import timedelta
from typing import Any

import pytest

from tests.modules.case_desk import said
from tests.world import SIDE, World, build
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Verb


@pytest.fixture
def world(now: Any, db: None) -> World:
    return build(now)


def asked(world: World, text: str, place: str = "丽发新城3栋", who: str = "intake") -> str:
    return said(world.client(who).get("/intake/proposals/", {"text": text, "place_text": place}))


def test_the_same_words_are_found_wherever_and_whenever(world: World, clock: Any) -> None:
    case = world.reported("河边的路灯，不亮了！", lon=120.9, lat=31.9)
    clock.advance(days=200)
    words = asked(world, "河边的路灯 不亮了", place="")
    assert "可能是同一件事" in words and "同一段文字" in words and case.text in words


def test_alike_words_near_by_are_told_with_their_reasons(world: World, clock: Any) -> None:
    world.reported("楼下的搅拌站噪音太大睡不着")
    world.reported("电梯坏了")
    clock.advance(days=10)
    words = asked(world, "搅拌站噪音太大，老人孩子睡不着")
    assert "相同的词：搅拌站噪音太大、睡不着" in words and "相距 0 米" in words
    assert "电梯坏了" not in words


def test_what_is_long_ago_or_far_or_void_is_not_proposed(world: World, clock: Any) -> None:
    far = world.reported("搅拌站噪音太大睡不着", lon=120.601 + 2 * SIDE)
    near = world.reported("搅拌站噪音太大吵得很")
    world.step(world.reported("搅拌站噪音太大没法睡"), Verb.REJECT, "intake", reject_reason="untrue", answer="没有")
    assert near.text in (words := asked(world, "搅拌站噪音太大")) and far.text not in words and "没法睡" not in words
    clock.advance(days=31)
    assert "可能是同一件事" not in asked(world, "搅拌站噪音太大")


def test_one_that_is_closed_says_that_it_may_be_done_again(world: World, clock: Any) -> None:
    case = world.reported("搅拌站噪音太大睡不着")
    Case.objects.filter(pk=case.pk).update(stage="closed", outcome="solved", closed_at=world.now)
    assert "已结案，没解决可申请重办" in asked(world, "搅拌站噪音太大睡不着啊")


def test_nothing_beyond_ones_reach_is_shown(world: World, clock: Any) -> None:
    world.reported("搅拌站噪音太大睡不着", lon=120.601 + SIDE)
    from yemai.base.people.actions import appoint

    appoint(actor=None, person=world["nobody"], post_kind="micro-leader", now=world.now, node=world.grids[0],
            valid_from=world.now.date() - timedelta(days=1))  # fmt: skip
    assert "可能是同一件事" in asked(world, "搅拌站噪音太大睡不着")
    assert "可能是同一件事" not in asked(world, "搅拌站噪音太大睡不着", who="nobody")


def test_a_report_without_words_is_like_no_other(world: World, clock: Any) -> None:
    world.reported("！！！")
    assert Case.objects.get().text_hash == ""
    assert "可能是同一件事" not in asked(world, "？？？")
