"""Building the neighbourhood through the same actions that people use."""

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

import shapely

from yemai.base.messages.actions import install_rules
from yemai.base.people.actions import appoint, create_department, create_person, install_posts
from yemai.base.people.models import Department, Person
from yemai.base.territory.actions import add_estate, create_node, install_ladder, set_boundary
from yemai.base.territory.actions.places import BuildingDraft, add_buildings
from yemai.base.territory.models import Building, Node, Tier
from yemai.base.transactions import writing
from yemai.modules.cases.actions.catalogue import example_catalogue, install_catalogue

from .ground import COMMUNITY, ESTATE, LARGEST, SMALLEST, cut, footprints, whole

REGION = "990701001000"
UNITS = ("城市管理", "住房建设", "交通运输", "教育文体", "卫生健康", "劳动保障", "自然资源", "市场监管")
ESTATE_WORD = re.compile(r"[\u4e00-\u9fff]{2,8}(?:小区|新城|花园|家园|公寓|国际|嘉园|华庭|雅苑|苑|府|湾|城)")


@dataclass
class Town:
    """What the replay needs at hand."""

    root: Node
    microgrids: list[Node] = field(default_factory=list)
    buildings: dict[int, list[Building]] = field(default_factory=dict)
    leaders: dict[int, Person] = field(default_factory=dict)
    workers: dict[int, Person] = field(default_factory=dict)
    staff: dict[str, Person] = field(default_factory=dict)
    units: list[Department] = field(default_factory=list)
    officers: dict[int, Person] = field(default_factory=dict)
    outside: int = 0
    """Micro-grids whose households are outside 30-80."""


def estate_names(files: Iterable[Path], most: int) -> list[str]:
    """The compounds residents name most often in their messages, so that words find ground."""
    said: Counter[str] = Counter()
    for path in files:
        with path.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                said.update(set(ESTATE_WORD.findall(f"{row['topic']} {row['text'][:400]}")))
    kept: list[str] = []
    for word, _count in said.most_common(4000):
        if not any(word in other or other in word for other in kept) and re.search(r"[的在区市县]", word[:2]) is None:
            kept.append(word)
        if len(kept) == most:
            break
    return kept


def build(data: Path, now: datetime) -> Town:
    """Communities, estates and micro-grids by the rule of `ground`, a leader and a worker on each, eight units."""
    tiers = {tier.key: tier for tier in install_ladder("leaf-veins", now=now)}
    install_posts()
    install_catalogue(example_catalogue())
    install_rules()
    top, middle, low = sorted(tiers.values(), key=lambda tier: tier.depth)
    start = date(2010, 1, 1)
    with writing():
        root = create_node(tier=top, parent=None, name="回放镇", code=REGION, actor=None, now=now, valid_from=start)
        town = Town(root)
        _lay_ground(town, data, middle, low, now, start)
        _appoint(town, now, start)
    return town


def _lay_ground(town: Town, data: Path, middle: Tier, low: Tier, now: datetime, start: date) -> None:
    ground = whole(footprints(data / "buildings_suzhou.geojson"))
    set_boundary(town.root, shapely.box(*ground.box), actor=None, now=now)
    names = iter(estate_names((data / "complaints_hot.csv", data / "complaints_replies.csv"), 200))
    for place, community in enumerate(cut(ground, COMMUNITY), start=1):
        above = create_node(
            tier=middle,
            parent=town.root,
            name=f"第{place}社区",
            actor=None,
            now=now,
            valid_from=start,
            households=community.households,
        )
        set_boundary(above, shapely.box(*community.box), actor=None, now=now)
        for estate in cut(community, ESTATE):
            name = next(names)
            compound = add_estate(above, name, actor=None, now=now)
            drafts = []
            for number, piece in enumerate(cut(estate, LARGEST), start=1):
                town.outside += not SMALLEST <= piece.households <= LARGEST
                node = create_node(
                    tier=low, parent=above, name=f"{name}第{number}微网格", actor=None, now=now, valid_from=start,
                    households=piece.households,
                )  # fmt: skip
                node = set_boundary(node, shapely.box(*piece.box), actor=None, now=now)
                town.microgrids.append(node)
                drafts += [(node, one) for one in piece.buildings]
            add_buildings(
                [
                    BuildingDraft(
                        node=node,
                        name=f"{at}栋",
                        estate=compound,
                        floors=one.floors,
                        households=one.households,
                        footprint=one.shape,
                    )
                    for at, (node, one) in enumerate(drafts, start=1)
                ],
                actor=None,
                now=now,
            )
    for building in Building.objects.select_related("node"):
        town.buildings.setdefault(building.node_id, []).append(building)


def _appoint(town: Town, now: datetime, start: date) -> None:
    def person(username: str, name: str, post: str, node: Node | None = None, unit: Department | None = None) -> Person:
        made = create_person(actor=None, username=username, name=name, now=now)
        appoint(actor=None, person=made, post_kind=post, node=node, department=unit, valid_from=start, now=now)
        return made

    for place, node in enumerate(town.microgrids):
        town.leaders[node.pk] = person(f"leader{place}", f"组长{place}", "party-group-head", node)
        town.workers[node.pk] = person(f"worker{place}", f"网格员{place}", "micro-worker", node)
    for key, post in (
        ("intake", "intake-clerk"),
        ("dispatch", "dispatcher"),
        ("check", "checker"),
        ("supervise", "supervisor"),
    ):
        town.staff[key] = person(key, key, post, town.root)
    for place, name in enumerate(UNITS):
        unit = create_department(actor=None, code=f"u{place}", name=name, node=town.root, now=now)
        town.units.append(unit)
        town.officers[unit.pk] = person(f"officer{place}", f"{name}经办", "department-handler", unit=unit)
