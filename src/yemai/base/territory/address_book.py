"""The address book in memory: every name, alias and road door number, and the buildings behind each."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from . import address_words as words
from .models import AddressAlias, Building, Estate, Node
from .revision import Followed
from .rules import STEP, common, lineage
from .terms import Topic

KINDS = ("专属网格", "微网格", "总网格", "网格", "村民小组")
"""What a node's name may end in; people leave it out."""
SHORT, HEARD, SLIPPED = 0.75, 0.75, 0.7
"""How sure a name may be that lacks its last word, is written as it sounds, or bears a slip of the pen."""
HEAD = 2
"""Names are looked up by their first two characters; shorter ones would match everywhere and are left out."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A building as the address book knows it."""

    building_id: int
    node_id: int
    estate_id: int | None


@dataclass(slots=True)
class Named:
    """What a name stands for: an estate, one building, a node, or a yard (lone buildings sharing a name or a door)."""

    kind: Literal["estate", "building", "node", "yard"]
    pk: int
    node_id: int
    path: str
    building: Standing | None = None
    numbered: dict[str, list[Standing]] = field(default_factory=dict)
    """By number (3), or by part and number (东区3)."""
    parted: dict[str, list[Standing]] = field(default_factory=dict)
    """By number alone, the buildings that also bear a part or a prefix: what 3栋 may mean where no plain 3 stands."""
    literal: dict[str, Standing] = field(default_factory=dict)
    """By the folded name, the buildings that a number does not tell (物业楼, 商铺3栋)."""
    parts: set[str] = field(default_factory=set)

    @property
    def estate_id(self) -> int | None:
        """The estate named, or the one the named building stands in."""
        return self.pk if self.kind == "estate" else self.building.estate_id if self.building else None

    def hold(self, standing: Standing, folded: str, prefix: str = "") -> None:
        """Take in a building under its own folded name, without the holder's name in front of it."""
        name = words.building_name(folded)
        if name is None:
            self.literal[folded.removeprefix(prefix)] = standing
            return
        rest = name.prefix.removeprefix(prefix)
        if not rest and not name.part:
            self.numbered.setdefault(name.key, []).append(standing)
            return
        self.parted.setdefault(name.key, []).append(standing)
        if rest:
            self.literal[folded.removeprefix(prefix)] = standing
        else:
            self.parts.add(name.part)
            self.numbered.setdefault(name.part + name.key, []).append(standing)

    def buildings(self, mention: words.Mention) -> list[Standing]:
        """The buildings a number in a text may mean here."""
        if mention.part:
            return self.numbered.get(mention.part + mention.key, [])
        return self.numbered.get(mention.key) or self.parted.get(mention.key, [])

    def settle(self, book: "Book") -> None:
        """Stand in the lowest node that holds all its buildings."""
        held = {one.node_id for group in (*self.numbered.values(), *self.parted.values()) for one in group}
        held |= {one.node_id for one in self.literal.values()}
        path = common(book.paths[node_id] for node_id in held)
        if path:
            self.path, self.node_id = path, int(path[-STEP:])


@dataclass(frozen=True, slots=True)
class Hit:
    """A stretch of a folded text that names something."""

    start: int
    end: int
    things: list[Named]
    certainty: float = 1.0
    """At most this sure, whatever stands behind it: less where the name is written in another way than we know it."""


class Book:
    """Names and what they stand for, found longest first in one pass over a text."""

    def __init__(self) -> None:
        self.names: dict[str, list[Named]] = {}
        self.roads: dict[str, dict[str, list[Named]]] = {}
        self.paths: dict[int, str] = {}
        self.settling: set[int] = set()
        self.stems: tuple[str, ...] = ()
        """Areas as people shorten them in front of a name: 西塘 in 西塘阳光花园."""
        self._lengths: dict[str, tuple[int, ...]] = {}
        self._near: Near | None = None

    def add(self, folded: str, thing: Named) -> None:
        """Make `thing` findable under a folded name, its numeral in any form; a road's door number likewise."""
        if len(folded) < HEAD:
            return
        door = words.road_door(folded)
        if door is not None and not door.rest:
            _append(self.roads.setdefault(door.road, {}).setdefault(door.key, []), thing)
            return
        for name in words.spellings(folded):
            _append(self.names.setdefault(name, []), thing)

    def seal(self) -> None:
        """Note which lengths occur behind each beginning; to be called once everything is added."""
        lengths: dict[str, set[int]] = defaultdict(set)
        for name in [*self.names, *self.roads]:
            lengths[name[:HEAD]].add(len(name))
        self._lengths = {head: tuple(sorted(found, reverse=True)) for head, found in lengths.items()}

    def near_hits(self, text: str) -> Iterator[Hit]:
        """What the text may name in words that are not quite a name of ours; as `hits`, each less sure."""
        if self._near is None:
            self._near = Near(self.names)
        at = 0
        while at < len(text) - HEAD:
            exact = self._longest(text, at, self._lengths.get(text[at : at + HEAD], ()))
            found = self._near.longest(text, at) if exact is None and self._begins(text, at) else None
            if exact is not None:  # written as we know it, so what follows it is no slip
                at = exact.end
            elif found is not None:
                name, length, certainty = found
                yield Hit(at, at + length, self.names[name], certainty)
                at += length
            else:
                at += 1

    def _begins(self, text: str, at: int) -> bool:
        return words.is_opening(text, at) or text.endswith(self.stems, 0, at)

    def hits(self, text: str) -> Iterator[Hit]:
        """What a folded text names, from left to right, the longest name at each place, none overlapping."""
        at, stop, lengths = 0, len(text) - HEAD + 1, self._lengths
        while at < stop:
            known = lengths.get(text[at : at + HEAD])
            found = self._longest(text, at, known) if known else None
            if found is not None:
                yield found
            at = found.end if found is not None else at + 1

    def _longest(self, text: str, at: int, lengths: Iterable[int]) -> Hit | None:
        best: Hit | None = None
        for length in lengths:
            name = text[at : at + length]
            if len(name) < length:
                continue  # the text ends here; a shorter length is tried in its turn
            if best is None and name in self.names:
                best = Hit(at, at + length, self.names[name])
            if name in self.roads:
                door = words.ROAD_NUMBER.match(text, at + length)
                things = self.roads[name].get(words.road_key(door["label"], door["suffix"])) if door else None
                if door and things and (best is None or door.end() > best.end):
                    best = Hit(at, door.end(), things)
        return best


class Near:
    """Names as they are shortened, as they sound, and with one character left out: made once, when first asked for."""

    LEAST, MOST = 3, 16
    """Characters of a name that may be misspelt; a slip in a shorter one is another word."""

    def __init__(self, names: Iterable[str]) -> None:
        self._short: dict[str, list[str]] = defaultdict(list)
        self._heard: dict[str, list[str]] = defaultdict(list)
        self._slipped: dict[str, list[str]] = defaultdict(list)
        self._most = 0
        known = set(names)
        for name in known:
            if not self.LEAST <= len(name) <= self.MOST:
                continue
            self._most = max(self._most, len(name) + 1)
            if (short := words.shortened(name)) and short not in known:
                self._short[short].append(name)
            self._heard[words.sound(name)].append(name)
            if len(name) > self.LEAST:
                for part in {name, *words.dropped(name)}:
                    self._slipped[part].append(name)

    def longest(self, text: str, at: int) -> tuple[str, int, float] | None:
        """The one name that the longest stretch of the text from `at` may mean; its length there, and how surely."""
        for length in range(min(self._most, len(text) - at), HEAD - 1, -1):
            written = text[at : at + length]
            for found, certainty in (
                (self._heard_as(written), HEARD), (self._short.get(written, []), SHORT), (self._misspelt(written), SLIPPED),
            ):  # fmt: skip
                if len(found) == 1:
                    return found[0], length, certainty
        return None

    def _heard_as(self, written: str) -> list[str]:
        if len(written) < self.LEAST:
            return []
        return [name for name in self._heard.get(words.sound(written), []) if words.is_misheard(written, name)]

    def _misspelt(self, written: str) -> list[str]:
        if len(written) < self.LEAST:
            return []
        maybe = {name for part in (written, *words.dropped(written)) for name in self._slipped.get(part, [])}
        return [name for name in maybe if words.is_slip(written, name)]


def _append(things: list[Named], thing: Named) -> None:
    if all(thing is not known for known in things):
        things.append(thing)


def _build() -> Book:
    """Read the whole address book: five queries, about a second for 100,000 buildings."""
    book = Book()
    nodes = _add_nodes(book)
    estates: dict[int, Named] = {}
    names: dict[int, str] = {}
    for pk, node_id, name in Estate.objects.filter(ended_on__isnull=True).values_list("pk", "node_id", "name"):
        estates[pk] = Named("estate", pk, node_id, book.paths[node_id])
        names[pk] = words.folded_name(name)
    buildings = _add_buildings(book, estates, names, nodes)
    for pk, thing in estates.items():
        thing.settle(book)
        book.add(names[pk], thing)
        if short := words.short_name(names[pk]):
            book.add(short, thing)
    for text, estate_id, building_id in AddressAlias.objects.values_list("text", "estate_id", "building_id"):
        target = estates.get(estate_id) if estate_id else _one_building(book, buildings, building_id)
        if target is not None:
            book.add(words.folded_name(text), target)
    _add_bare_names(book, nodes)
    book.seal()
    return book


def _add_bare_names(book: Book, nodes: dict[int, Named]) -> None:
    """Nodes as people call them, where nothing else is called so: an estate or a yard says more."""
    bare: dict[str, list[int]] = defaultdict(list)
    for pk, name in Node.objects.filter(valid_to__isnull=True, parent__isnull=False).values_list("pk", "name"):
        if (short := words.folded_name(bare_name(name))) != words.folded_name(name) and short not in book.names:
            bare[short].append(pk)
    for short, pks in bare.items():
        for pk in pks:
            book.add(short, nodes[pk])


def bare_name(name: str) -> str:
    """What people say of a node: its name without the kind of thing it is (粮站微网格 is 粮站 to those who live there)."""
    return next((name.removesuffix(kind) for kind in KINDS if name.endswith(kind) and len(name) - len(kind) >= 2), name)


def _add_nodes(book: Book) -> dict[int, Named]:
    """Open nodes below a root by their names; the root's name says nothing about where in it."""
    nodes: dict[int, Named] = {}
    stems: set[str] = set()
    rows = Node.objects.values_list("pk", "path", "name", "parent_id", "valid_to", "tier__is_settling")
    for pk, path, name, parent_id, valid_to, is_settling in rows:
        book.paths[pk] = path
        if valid_to is None and (stem := words.area_stem(words.folded_name(name))):
            stems.add(stem)
        if valid_to is None and parent_id is not None:
            nodes[pk] = Named("node", pk, pk, path)
            book.add(words.folded_name(name), nodes[pk])
        if valid_to is None and is_settling:
            book.settling.add(pk)
    book.stems = tuple(sorted(stems))
    return nodes


def _add_buildings(
    book: Book, estates: dict[int, Named], names: dict[int, str], nodes: dict[int, Named]
) -> dict[int, Standing]:
    """Put every standing building under its estate; a lone one under its yard's name, its own, and its nodes."""
    standings: dict[int, Standing] = {}
    yards: dict[tuple[str, str], Named] = {}
    rows = Building.objects.filter(ended_on__isnull=True).values_list("pk", "node_id", "estate_id", "name")
    for pk, node_id, estate_id, name in rows.iterator(chunk_size=5000):
        standing = standings[pk] = Standing(pk, node_id, estate_id)
        folded = words.folded_name(name)
        if estate_id in estates:
            estates[estate_id].hold(standing, folded, names[estate_id])
        else:
            _add_lone(book, standing, folded, yards, nodes)
    for (_root, prefix), yard in yards.items():
        yard.settle(book)
        book.add(prefix, yard)
    return standings


def _add_lone(
    book: Book, standing: Standing, folded: str, yards: dict[tuple[str, str], Named], nodes: dict[int, Named]
) -> None:
    path = book.paths[standing.node_id]
    name = words.building_name(folded)
    door = words.road_door(folded)
    is_yard = name is not None and len(name.prefix) >= HEAD and (door is None or bool(door.rest))
    if name is not None and is_yard:
        key = path[:STEP], name.prefix
        yard = yards.setdefault(key, Named("yard", standing.building_id, standing.node_id, path))
        yard.hold(standing, folded, name.prefix)
    elif name is None or door is not None:
        book.add(folded, Named("building", standing.building_id, standing.node_id, path, building=standing))
    if name is not None and not is_yard:
        for above in lineage(path)[1:]:
            holder = nodes.get(int(above[-STEP:]))
            if holder is not None:
                holder.hold(standing, folded)


def _one_building(book: Book, standings: dict[int, Standing], building_id: int) -> Named | None:
    """A building under a name of its own; None when it stands no more."""
    standing = standings.get(building_id)
    if standing is None:
        return None
    return Named("building", building_id, standing.node_id, book.paths[standing.node_id], building=standing)


_book = Followed(Topic.BOOK, _build)


def current_book() -> Book:
    """The address book as of at most a second ago (see `revision.Followed`)."""
    return _book.current()
