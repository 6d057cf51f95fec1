"""One small town with a named cast, for every test that needs people on the ground."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import shapely
from django.test import Client

from yemai.base.messages.actions import install_rules
from yemai.base.people.actions import appoint, create_department, create_person, install_posts
from yemai.base.people.models import Department, Person
from yemai.base.territory.models import AddressAlias, Building, Door, Estate, Node, Tier
from yemai.base.territory.revision import touch
from yemai.base.territory.rules import child_path
from yemai.base.territory.terms import CodeSegment, Topic
from yemai.modules.cases.actions import Given, Report, report, take_step
from yemai.modules.cases.actions.catalogue import example_catalogue, install_catalogue
from yemai.modules.cases.actors import Resident
from yemai.modules.cases.models import Case, Category
from yemai.modules.cases.terms import Source, Verb

PASSWORD = "叶脉-Test-2026"
PHONE = Resident(device_hash="a" * 64)
WEST, SOUTH = 120.6000, 31.3000
SIDE = 0.002
"""Micro-grids are squares of about 190 m, side by side from west to east."""


@dataclass
class World:
    """The town and its people by what they do."""

    now: datetime
    town: Node
    village: Node
    grids: list[Node]
    building: Building
    door: Door
    people: dict[str, Person] = field(default_factory=dict)
    units: dict[str, Department] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Person:
        """A person by the role they play: `world["worker"]`; read afresh, so that its reach is too."""
        return Person.objects.get(pk=self.people[name].pk)

    def category(self, code: str = "E0110") -> Category:
        """A class of the example catalogue by its code."""
        return Category.objects.get(kind=code[0], major=code[1:3], minor=code[3:5])

    def reported(self, text: str = "3栋楼下垃圾没人收", **more: Any) -> Case:
        """A resident's report lying in the first micro-grid."""
        values: dict[str, Any] = {"lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2, **more}
        return report(Report(text=text, **values), actor=PHONE, now=self.now)

    def step(self, case: Case, verb: Verb, who: str | Resident, now: datetime | None = None, **given: Any) -> Case:
        """`who` takes a step on `case`."""
        actor = self[who] if isinstance(who, str) else who
        return take_step(case.pk, verb, actor=actor, now=now or self.now, given=Given(**given))

    def client(self, who: str) -> Client:
        """A browser in which that person is signed in."""
        client = Client()
        client.force_login(self[who])
        return client

    def handled(self) -> Case:
        """A case the worker has taken."""
        return self.step(self.reported(), Verb.TAKE, "worker")

    def dispatched(self, unit: str = "sanitation", joint: tuple[str, ...] = ()) -> Case:
        """A case handed up to the town centre and sent to a unit."""
        case = self.step(self.handled(), Verb.ESCALATE, "worker", text="网格里解决不了")
        case = self.step(case, Verb.ESCALATE, "leader", text="三支队伍也解决不了")
        return self.step(
            case,
            Verb.ASSIGN,
            "dispatcher",
            department=self.units[unit].pk,
            joint=tuple(self.units[name].pk for name in joint),
        )


def _node(code: str, tier: Tier, parent: Node | None, name: str, box: tuple[float, ...] | None) -> Node:
    node = Node(code=code, tier=tier, parent=parent, name=name, valid_from=date(2020, 1, 1), path=f"~{code}")
    if box is not None:
        node.boundary = shapely.to_wkb(shapely.box(*box))
        node.min_lon, node.min_lat, node.max_lon, node.max_lat = box
        node.lon, node.lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    node.save()
    node.path = child_path(parent.path if parent else "", node.pk)
    node.save(update_fields=["path"])
    return node


CAST = {
    "intake": ("秦受理", "intake-clerk", "town"),
    "dispatcher": ("白派遣", "dispatcher", "town"),
    "checker": ("严核查", "checker", "town"),
    "supervisor": ("杜督办", "supervisor", "town"),
    "secretary": ("村书记", "village-secretary", "village"),
    "leader": ("党组长", "party-group-head", "grid0"),
    "leader2": ("邻组长", "party-group-head", "grid1"),
    "worker": ("王网格", "micro-worker", "grid0"),
    "worker2": ("李网格", "micro-worker", "grid0"),
    "stranger": ("邻网格", "micro-worker", "grid1"),
    "sanitation": ("环经办", "department-handler", "sanitation"),
    "water": ("水经办", "department-handler", "water"),
    "admin": ("管理员", "system-administrator", "town"),
    "auditor": ("审计员", "auditor", "town"),
    "nobody": ("无岗人", "", ""),
}


def build(now: datetime) -> World:
    """The town: one village, three micro-grids in a row, one estate, two units, a cast for every role."""
    segments = {"code_segment": CodeSegment.COMMUNITY}
    tiers = [
        Tier.objects.create(depth=0, key="town", label="镇总网格", head_label="总网格长"),
        Tier.objects.create(depth=1, key="village", label="村居网格", head_label="网格长", **segments),
        Tier.objects.create(depth=2, key="microgrid", label="微网格", head_label="微网格长", is_settling=True),
    ]
    whole = (WEST, SOUTH, WEST + 3 * SIDE, SOUTH + SIDE)
    town = _node("990101001000", tiers[0], None, "试验镇", whole)
    village = _node("990101001001", tiers[1], town, "东风村", whole)
    grids = [
        _node(f"9901010010011{n + 1:05d}", tiers[2], village, f"第{n + 1}微网格",
              (WEST + n * SIDE, SOUTH, WEST + (n + 1) * SIDE, SOUTH + SIDE))
        for n in range(3)
    ]  # fmt: skip
    estate = Estate.objects.create(node=village, name="丽发新城", lon=WEST, lat=SOUTH)
    building = Building.objects.create(
        estate=estate,
        node=grids[0],
        name="3栋",
        code="00003",
        floors=6,
        households=48,
        lon=WEST + SIDE / 2,
        lat=SOUTH + SIDE / 2,
    )
    AddressAlias.objects.create(text="丽发小区", estate=estate)
    door = Door.objects.create(token="door-of-building-3", node=grids[0], building=building, label="丽发新城3栋")
    touch(*Topic)
    install_posts()
    install_catalogue(example_catalogue())
    install_rules()
    world = World(now=now, town=town, village=village, grids=grids, building=building, door=door)
    for code, name in (("sanitation", "环卫所"), ("water", "供水所")):
        world.units[code] = create_department(actor=None, code=code, name=name, node=town, now=now)
    places: dict[str, Node] = {"town": town, "village": village, **{f"grid{n}": grid for n, grid in enumerate(grids)}}
    for role, (name, post, place) in CAST.items():
        person = create_person(actor=None, username=role, name=name, password=PASSWORD, now=now)
        world.people[role] = person
        if post:
            appoint(
                actor=None, person=person, post_kind=post, now=now, node=places.get(place),
                department=world.units.get(place), valid_from=date(2026, 1, 1),
            )  # fmt: skip
    return world


__all__ = ["PASSWORD", "PHONE", "SIDE", "SOUTH", "WEST", "Source", "World", "build"]
