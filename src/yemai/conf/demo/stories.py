"""Plays the demo's cases through the closed loop, step by step, each at its own moment before now."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile
from django.db.models import Model
from django.utils import timezone

from yemai.base.files.actions import store_photo
from yemai.base.people.models import Person
from yemai.kernel.refusals import Refused
from yemai.modules.cases.actions import Given, Report, report, take_step
from yemai.modules.cases.actions.effects.checking import token_hash
from yemai.modules.cases.actors import Actor, Resident, System
from yemai.modules.cases.models import Case, Category, FilingCondition
from yemai.modules.cases.queries.public import invitation_of
from yemai.modules.cases.terms import Outcome, Priority, RejectReason, RequestKind, ReturnReason, Source, Verb

from .drawings import draw
from .ground import Places, point
from .reading import moment, shipped
from .staff import Staff

FILING = frozenset({Verb.ACCEPT, Verb.TAKE, Verb.CONSULT})
WORDS = {
    "outcome": Outcome,
    "priority": Priority,
    "reject_reason": RejectReason,
    "return_reason": ReturnReason,
    "request": RequestKind,
}


def play(places: Places, staff: Staff, now: datetime) -> dict[str, Case]:
    """Tell every story of the script up to `now`, in the order in which things happened; cases by their keys.

    Raises Refused where the loop would not have let a step happen, ValueError where a script runs ahead of `now`.
    """
    stage = _Stage(places, staff, now, _categories())
    scenes = [scene for row in shipped("cases")["cases"] for scene in _scenes(row, now)]
    for scene in sorted(scenes, key=lambda scene: scene.at):  # stable: scenes of one case keep their order
        try:
            stage.play(scene)
        except Refused as refused:
            refused.add_note(f"in the story {scene.case['key']}, step {scene.number} {scene.verb}: {refused.fields}")
            raise
    return stage.cases


@dataclass(frozen=True)
class Scene:
    """One step of a story; `number` 0 is the report itself."""

    case: dict[str, Any]
    number: int
    at: datetime
    who: str = ""
    verb: str = ""
    given: Any = ""


def _scenes(row: dict[str, Any], now: datetime) -> list[Scene]:
    scenes = [Scene(row, 0, moment(row["at"], now))]
    scenes += [
        Scene(row, number, moment(at, now), who, verb, given)
        for number, (at, who, verb, given) in enumerate(row["steps"], 1)
    ]
    times = [scene.at for scene in scenes]
    if times != sorted(times) or times[-1] > now:
        raise ValueError(f"the story {row['key']} does not run forward up to now")
    return scenes


def _categories() -> dict[str, tuple[Category, list[FilingCondition]]]:
    found = Category.objects.prefetch_related("conditions")
    return {category.code: (category, list(category.conditions.all())) for category in found}


class _Stage:
    """Where the stories are played: turns the script's names into people, places and conditions."""

    def __init__(
        self,
        places: Places,
        staff: Staff,
        now: datetime,
        categories: dict[str, tuple[Category, list[FilingCondition]]],
    ) -> None:
        self.places, self.staff, self.now, self.categories = places, staff, now, categories
        self.cases: dict[str, Case] = {}

    def play(self, scene: Scene) -> None:
        """Let one step happen."""
        key = scene.case["key"]
        if scene.number == 0:
            self.cases[key] = self._reported(scene)
            return
        actor = self._actor(scene)
        given = scene.given if isinstance(scene.given, dict) else {"text": scene.given}
        verb = Verb(scene.verb)
        self.cases[key] = take_step(
            self.cases[key].pk, verb, actor=actor, now=scene.at, given=self._given(scene, given, actor, verb)
        )

    def _reported(self, scene: Scene) -> Case:
        row = scene.case
        source = {"field": Source.FIELD, "call": Source.CALL, "visit": Source.VISIT}.get(row["from"], Source.RESIDENT)
        actor: Actor = Resident(device_hash=_device(row["key"]))
        if source == Source.FIELD:
            actor = self.staff.people[row["reporter"]]
        elif source in (Source.CALL, Source.VISIT):
            actor = self.staff.people["linxiaoman"]
        lon, lat = point(*row["at_point"]) if "at_point" in row else (None, None)
        return report(
            Report(
                text=row["text"],
                source=source,
                place_text=row.get("words", ""),
                building=self.places.buildings[row["place"]] if "place" in row else None,
                lon=lon,
                lat=lat,
                category=self.categories[row["category"]][0].pk,
                photos=self._photos(scene, row.get("photos", ()), actor),
                name=row.get("name", ""),
                phone=row.get("phone", ""),
                consent_version="demo" if row.get("phone") else "",
            ),
            actor=actor,
            now=scene.at,
        )

    def _actor(self, scene: Scene) -> Actor:
        if scene.who == "system":
            return System("demo")
        if scene.who == "resident":  # their own phone, or the link that was sent to the number they left
            case = self.cases[scene.case["key"]]
            link = case.invitations.filter(used_at=None).order_by("-pk").first() if scene.verb == Verb.SCORE else None
            return Resident(_device(scene.case["key"]), link.pk if link else None)
        if scene.who == "onsite":  # a resident met on the spot scans the one-time code made in the step before
            token = getattr(self.cases[scene.case["key"]], "score_token", "")
            return Resident(invitation_id=invitation_of(token_hash(token), scene.at).pk)
        return self.staff.people[scene.who]

    def _given(self, scene: Scene, given: dict[str, Any], actor: Actor, verb: Verb) -> Given:
        fields: dict[str, Any] = {}
        for name, value in given.items():
            if name in WORDS:
                fields[name] = WORDS[name](value)
            elif name in ("department", "joint", "person", "people", "main_case", "node"):
                fields[name] = self._pk(name, value)
            elif name in ("due_days", "review_days"):
                fields[name.replace("days", "on")] = timezone.localdate(scene.at) + timedelta(days=value)
            elif name == "photos":
                fields[name] = self._photos(scene, value, actor)
            else:
                fields[name] = value
        if verb in FILING and (place := scene.case.get("condition", 0)):
            fields["condition"] = self.categories[scene.case["category"]][1][place].pk
        return Given(**fields)

    def _pk(self, name: str, value: Any) -> Any:
        if name == "joint":
            return tuple(self.staff.departments[code].pk for code in value)
        if name == "people":
            return tuple(self.staff.people[username].pk for username in value)
        known: dict[str, Mapping[str, Model]] = {
            "department": self.staff.departments,
            "person": self.staff.people,
            "main_case": self.cases,
            "node": self.places.nodes,
        }
        return known[name][value].pk

    def _photos(self, scene: Scene, names: Any, actor: Actor) -> tuple[UUID, ...]:
        by = actor if isinstance(actor, Person) else None
        drawn = [draw(name, scene.case["key"], scene.number) for name in names]
        return tuple(store_photo(ContentFile(jpeg, "drawing.jpg"), actor=by, now=scene.at).pk for jpeg in drawn)


def _device(key: str) -> str:
    """A phone that nobody has: the hash of no cookie."""
    return hashlib.sha256(f"demo {key}".encode()).hexdigest()
