"""From one event to the rows of the outbox: the rules' table applied to the people named."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone, translation

from yemai.base.parameters.queries import parameter
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.base.territory.rules import lineage
from yemai.kernel.sealing import blind, seal

from .contacts import Contact
from .models import Message, MessageRule, Robot
from .rules import dedupe_key, due_after_quiet, one_line
from .terms import TEXT_MAX, TITLE_MAX, Channel, MessageState, RobotKind

LINK_MAX = 300
TOLD_WITHOUT_RULE = (Channel.IN_APP,)


@dataclass(frozen=True)
class Way:
    """One rule's answer for an audience: a channel, and whether it waits for morning."""

    channel: str
    quiet: bool


@dataclass(frozen=True)
class Recipient:
    """One destination: a person, a resident's address, or a robot; `mark` tells two of them apart."""

    mark: str
    locale: str
    person: Person | None = None
    robot: Robot | None = None
    address: str = ""


def rows_for(
    event: str,
    audiences: Mapping[str, Iterable[Person | Contact]],
    *,
    node: Node | None,
    words: tuple[object, object],
    url: str,
    now: datetime,
    key: str,
    urgent: bool,
) -> list[Message]:
    """The rows of one event, each destination once by each channel; unsaved."""
    ways = ways_of(event, audiences)
    robots = (
        robots_for(node) if any(way.channel in RobotKind.values for found in ways.values() for way in found) else []
    )
    morning = _morning(now)
    spoken: dict[str, tuple[str, str]] = {}
    rows: dict[str, Message] = {}
    for audience, people in audiences.items():
        named = list(people)
        for way in ways[audience]:
            for to in _recipients(way.channel, audience, named, robots):
                mark = dedupe_key(key, way.channel, to.mark)
                if mark in rows:
                    continue
                row = Message(event=event, audience=audience, channel=way.channel, node=node, url=url[:LINK_MAX])
                row.dedupe_key, row.created_at, row.urgent = mark, now, urgent
                row.person, row.robot = to.person, to.robot
                row.address_sealed = seal(to.address, settings.SEALING_KEYS) if to.address else ""
                if to.locale not in spoken:
                    spoken[to.locale] = _spoken(words, to.locale)
                row.title, row.text = spoken[to.locale]
                row.due_at = morning if way.quiet and not urgent else now
                if way.channel == Channel.IN_APP:  # makes no sound, and is there at once
                    row.due_at, row.state, row.sent_at = now, MessageState.SENT, now
                rows[mark] = row
    return list(rows.values())


def ways_of(event: str, audiences: Iterable[str]) -> dict[str, list[Way]]:
    """What the rules say for each audience; where they say nothing at all, an in-app message: silence is a decision."""
    found: dict[str, list[Way]] = {}
    decided: set[str] = set()
    for rule in MessageRule.objects.filter(event=event):
        decided.add(rule.audience)
        if rule.enabled:
            found.setdefault(rule.audience, []).append(Way(rule.channel, rule.quiet))
    for audience in audiences:
        if audience not in found:
            found[audience] = [] if audience in decided else [Way(channel, True) for channel in TOLD_WITHOUT_RULE]
    return found


def robots_for(node: Node | None) -> list[Robot]:
    """The active robots of a node and of everything above it, nearest first."""
    if node is None:
        return []
    found = Robot.objects.filter(node__path__in=lineage(node.path), is_active=True).select_related("node")
    return sorted(found, key=lambda robot: (-len(robot.node.path), robot.pk))


def _recipients(channel: str, audience: str, named: list[Person | Contact], robots: list[Robot]) -> Iterator[Recipient]:
    if channel in RobotKind.values:
        fit = [robot for robot in robots if robot.kind == channel and audience in (robot.audiences or [audience])]
        for robot in fit:
            if robot.node_id == fit[0].node_id:  # the nearest group is told, not every group up the tree
                yield Recipient(f"robot {robot.pk}", settings.LANGUAGE_CODE, robot=robot)
        return
    for one in named:
        if isinstance(one, Contact):
            yield from _contact(channel, one)
        elif one.is_active and _reachable(channel, one):
            yield Recipient(f"person {one.pk}", one.locale, person=one)


def _reachable(channel: str, person: Person) -> bool:
    if channel == Channel.EMAIL:
        return bool(person.email)
    return channel == Channel.IN_APP or bool(person.phone_sealed)


def _contact(channel: str, contact: Contact) -> Iterator[Recipient]:
    address = {Channel.EMAIL: contact.email, Channel.SMS: contact.phone}.get(Channel(channel), "")
    if address:
        yield Recipient(f"contact {blind(address, settings.BLIND_KEY)}", contact.locale, address=address)


def _spoken(words: tuple[object, object], locale: str) -> tuple[str, str]:
    known = locale if locale in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(known):
        return one_line(str(words[0]), TITLE_MAX), str(words[1])[:TEXT_MAX]


def _morning(now: datetime) -> datetime:
    """When an ordinary message may go."""
    hours = parameter("quiet_hours", on=timezone.localdate(now))
    start, end = (time.fromisoformat(hours[end]) for end in ("from", "to"))
    return due_after_quiet(now, start, end, ZoneInfo(settings.TIME_ZONE))
