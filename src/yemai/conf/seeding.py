"""Puts in what ships with Yemai: a ladder, the posts that fit it, the rules of messages, the example catalogue."""

from datetime import datetime

from django.utils import timezone

from yemai.base.jobs.actions import enqueue
from yemai.base.messages.actions import install_rules
from yemai.base.people.actions import install_posts
from yemai.base.people.models import PostKind
from yemai.base.territory.actions import create_node, install_ladder
from yemai.base.territory.models import Node, Tier
from yemai.base.territory.terms import CodeSegment
from yemai.base.transactions import writing
from yemai.modules.assessment.actions.schemes import install_schemes
from yemai.modules.cases.actions.catalogue import example_catalogue, install_catalogue
from yemai.modules.cases.actions.templates import install_templates

DIGITS = {CodeSegment.COUNTY: 6, CodeSegment.TOWN: 9, CodeSegment.COMMUNITY: 12}
"""How many of a region code's digits say which county, town or community it is; noughts fill the rest."""


def has_town() -> bool:
    """Is there any ground yet?"""
    return Node.objects.filter(parent__isnull=True).exists()


def seat_of(post: str) -> Node:
    """The topmost node on which this kind of post can be held."""
    tier = PostKind.objects.get(key=post).tier_key
    return Node.objects.filter(tier__key=tier, valid_to__isnull=True).order_by("path")[0]


def install_shipped(ladder: str, *, now: datetime | None = None) -> None:
    """Everything but the ground and the people; doing it twice adds nothing and changes nothing."""
    with writing():
        install_ladder(ladder, actor=None, now=now or timezone.now())
        install_posts()
        install_rules()
        install_catalogue(example_catalogue())
        enqueue("cases.learn", key="cases.learn first")  # the worker makes the starter model in its first seconds
        install_templates(now=now or timezone.now())
        install_schemes(now=now or timezone.now())


def found_town(ladder: str, *, name: str, name_en: str, code: str, now: datetime | None = None) -> Node:
    """A new deployment: what ships, and the town with what lies above it on its ladder. `code` has 12 digits.

    A ladder that begins with the district gets a district first, named by its tier until somebody renames it; on one
    that begins with the community the "town" is that community. Raises Refused for a code that is none.
    """
    moment = now or timezone.now()
    with writing():
        install_shipped(ladder, now=moment)
        made = None
        for tier in Tier.objects.order_by("depth"):
            is_last = tier.code_segment != CodeSegment.COUNTY
            made = create_node(
                tier=tier,
                parent=made,
                name=name if is_last else tier.label,
                name_en=name_en if is_last else tier.label_en,
                code=code[: DIGITS[CodeSegment(tier.code_segment)]].ljust(12, "0"),
                actor=None,
                now=moment,
            )
            if is_last:
                return made
    raise AssertionError(f"the ladder {ladder} has no tier to found a town on")
