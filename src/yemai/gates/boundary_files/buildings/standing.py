"""What stands already: estates by name and ground, buildings by code and by name, so that nothing is doubled."""

from collections import defaultdict
from dataclasses import dataclass, field

from yemai.base.territory.address_words import folded_name
from yemai.base.territory.models import Building, Estate

from .values import is_bare, name_key


@dataclass(frozen=True)
class OldEstate:
    """A standing estate and the path of the node that holds it."""

    pk: int
    name: str
    path: str


@dataclass(frozen=True)
class OldBuilding:
    """A building of the register; one that is struck keeps its code."""

    pk: int
    name: str
    code: str
    estate: int | None
    node: int
    is_struck: bool


@dataclass
class Standing:
    """The address book as an import needs it; two questions however large it is."""

    estates: dict[str, list[OldEstate]] = field(default_factory=lambda: defaultdict(list))
    by_code: dict[str, OldBuilding] = field(default_factory=dict)
    in_estate: dict[tuple[int, str], OldBuilding] = field(default_factory=dict)
    alone: dict[tuple[int, str], OldBuilding] = field(default_factory=dict)
    """By node and name, those of no estate."""
    named: dict[str, list[OldBuilding]] = field(default_factory=lambda: defaultdict(list))
    """By name alone, those of no estate whose name says more than a number."""
    estate_names: dict[int, str] = field(default_factory=dict)

    @classmethod
    def now(cls) -> "Standing":
        """As it is at this moment."""
        book = cls()
        estates = Estate.objects.filter(ended_on__isnull=True).order_by("pk")
        for pk, name, path in estates.values_list("pk", "name", "node__path"):
            book.estates[folded_name(name)].append(OldEstate(pk, name, path))
            book.estate_names[pk] = name
        rows = Building.objects.order_by("pk").values_list("pk", "name", "code", "estate_id", "node_id", "ended_on")
        for pk, name, code, estate, node, ended_on in rows.iterator(chunk_size=5_000):
            old = OldBuilding(pk, name, code, estate, node, ended_on is not None)
            if code:
                book.by_code[code] = old
            if ended_on is not None:
                continue
            if estate:
                book.in_estate.setdefault((estate, name_key(name, book.estate_names.get(estate, ""))), old)
            else:
                book.alone.setdefault((node, name_key(name)), old)
                if not is_bare(name):
                    book.named[name_key(name)].append(old)
        return book

    def parted(self, name: str) -> tuple[str, str]:
        """丽发新城3栋 as the standing estate it begins with and the rest; "" and the name where it begins with none."""
        folded = folded_name(name)
        for end in range(len(folded) - 1, 1, -1):
            if folded[:end] in self.estates and is_bare(folded[end:]):
                estate = self.estates[folded[:end]][0].name
                return estate, name[len(estate) :] if name.startswith(estate) else folded[end:]
        return "", name

    def estates_for(self, name: str, community: str) -> tuple[list[OldEstate], list[OldEstate]]:
        """Estates of this name: those on the ground of a community (a path), and those elsewhere."""
        every = self.estates.get(folded_name(name), [])
        here = [one for one in every if one.path.startswith(community) or community.startswith(one.path)]
        return here, [one for one in every if one not in here]

    def called(self, old: OldBuilding) -> str:
        """A building with its estate in front."""
        return f"{self.estate_names.get(old.estate or 0, '')}{old.name}"
