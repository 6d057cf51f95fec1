"""Where a text says it is: estates, buildings, units and road doors, as the territory's address book has them.

How sure (a caller takes 0.6 and more without asking; anything less is a candidate to show):

| confidence | the words say |
| --- | --- |
| 0.95 | a building by a name of its own, or a road's door number that is one building |
| 0.9 | an estate and, right behind it, one of its buildings (0.72 for 三栋, 0.5 for a bare 3号: a count? a date?) |
| 0.8 | an estate that lies in one settling node, or several buildings of one settling node |
| 0.75 | a building and, right behind it, its estate; a building of an estate whose name is written as it sounds (0.7 with a |
| | slip of the pen), or without its last word (阳光 for 阳光花园), when no other name is as near |
| 0.7 | an estate and, in the same sentence, one of its buildings; or a settling node's own name |
| 0.65 | a name several estates bear, but only one of them has that building |
| 0.55 or less | ambiguous, beside it (对面), too large an area, an unknown part of it (二期), pieces far apart, |
| | or maybe the tail of a longer name (国际城 in 辉煌国际城) |
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from . import address_words as words
from .address_book import Book, Hit, Named, Standing, current_book
from .models import Entrance
from .rules import is_within

OWN_NAME, RIGHT_BEHIND, ONE_NODE, RIGHT_BEFORE, SAME_SENTENCE, ONLY_ONE_HAS_IT = 0.95, 0.9, 0.8, 0.75, 0.7, 0.65
UNSURE, FAR, AREA_ONLY = 0.55, 0.5, 0.4
CLOSE = 0.21
"""Two different places this near in confidence are an ambiguity, not a ranking."""
LIMIT = 8
SENTENCE_REACH = 40
"""Characters within which a building number still belongs to the name before it in the sentence."""
MAX_TEXT = 20_000


@dataclass(frozen=True)
class AddressMatch:
    """A place the words may mean. `words` is what was matched, as it was written; `confidence` see the table above.

    `node_id` is the building's node, else the lowest node holding the whole estate (a settling one or above).
    """

    node_id: int
    building_id: int | None
    estate_id: int | None
    words: str
    confidence: float
    entrance_id: int | None = None


@dataclass(frozen=True)
class _Found:
    """A match before it is compared with the others, and the building number it came from."""

    match: AddressMatch
    mention: words.Mention | None = None

    @property
    def confidence(self) -> float:
        return self.match.confidence

    def at_most(self, confidence: float) -> "_Found":
        return replace(self, match=replace(self.match, confidence=min(self.match.confidence, confidence)))

    def whole(self) -> "_Found":
        """The same place without saying which building."""
        match = replace(self.match, building_id=None, confidence=min(self.match.confidence, ONE_NODE))
        return _Found(match)


def find_address(text: str, within_path: str | None = None) -> list[AddressMatch]:
    """Places named in `text`, the surest first, at most eight; empty when it names nothing we know.

    Reads any way of writing (3栋, 三号楼, 3#, ３幢, 3-2-501), the longest name first, and never guesses: where
    the words fit several places, all are returned with confidence below 0.6. `within_path` keeps to one subtree.
    """
    book = current_book()
    folded = words.fold(text[:MAX_TEXT])
    found = _read(book, folded, list(book.hits(folded.text)), within_path)
    if not any(one.match.building_id for one in found):
        near = _read(book, folded, list(book.near_hits(folded.text)), within_path)
        if near and near[0].match.building_id is not None and (not found or near[0].confidence > found[0].confidence):
            found = near
    return [_with_entrance(folded, one) for one in found[:LIMIT]]


def _read(book: Book, folded: words.Folded, hits: list[Hit], within_path: str | None) -> list[_Found]:
    """What these names and the building numbers near them mean, ranked."""
    areas = [hit.things[0].path for hit in hits if len(hit.things) == 1 and hit.things[0].kind == "node"]
    found: list[_Found] = []
    for at, hit in enumerate(hits):
        things = _fitting(hit.things, within_path, areas)
        stop = hits[at + 1].start if at + 1 < len(hits) else len(folded.text)
        if things:
            read = _Reading(folded, replace(hit, things=things), stop, is_alone=len(hits) == 1).found()
            is_whole = _is_whole(book, folded.text, hit.start, hits[at - 1].end if at else 0)
            found += [one.at_most(hit.certainty if is_whole else UNSURE) for one in read]
    return _ranked(book, found)


def _is_whole(book: Book, text: str, start: int, last_end: int) -> bool:
    """Whether a name begins here, rather than being the tail of one we do not know."""
    return words.is_opening(text, start) or 0 < start == last_end or text.endswith(book.stems, 0, start)


def _fitting(things: Iterable[Named], within_path: str | None, areas: Collection[str]) -> list[Named]:
    """Those inside the subtree asked for; of several, those in a community the text names too."""
    kept = [thing for thing in things if within_path is None or is_within(thing.path, within_path)]
    if len(kept) > 1 and areas:
        kept = [thing for thing in kept if any(is_within(thing.path, area) for area in areas)] or kept
    return kept


@dataclass(frozen=True)
class _Reading:
    """One name in a text, what it may stand for, and the words up to the next name."""

    folded: words.Folded
    hit: Hit
    stop: int
    is_alone: bool

    def found(self) -> list[_Found]:
        """Every place the name may mean, with the building written near it."""
        if words.is_nearby(self.folded.text, self.hit.end):
            return [self._plain(thing).at_most(UNSURE) for thing in self.hit.things]
        certainty, mentions = self._mentions()
        results = [
            _Found(self._match(standing, mention, certainty), mention)
            for mention in mentions
            for thing in self.hit.things
            for standing in thing.buildings(mention)
        ]
        if results:
            judged = self._judged(results, len(mentions))
            if len(self.hit.things) == 1 and all(one.confidence <= UNSURE for one in judged):
                judged.append(self._plain(self.hit.things[0]))
            return judged
        plain = [self._plain(thing) for thing in self.hit.things]
        part = words.part_at(self.folded.text, self.hit.end)
        if len(plain) > 1 or (part and part not in self.hit.things[0].parts):
            return [one.at_most(UNSURE) for one in plain]
        if mentions and not plain[0].match.building_id:  # it has no building of that number
            return [plain[0].at_most(SAME_SENTENCE)]
        return plain

    def _mentions(self) -> tuple[float, list[words.Mention]]:
        """Building numbers right behind the name, else in its sentence, else anywhere if nothing else is named."""
        text, start = self.folded.text, self.hit.end
        if all(thing.kind == "building" for thing in self.hit.things):
            return 0.0, []
        gap = words.gap_end(text, start)
        dashed = words.dashed_mention(text, gap)
        if dashed:
            return RIGHT_BEHIND, [dashed]
        behind = list(words.building_mentions(text, start, self.stop))
        near: list[words.Mention] = []
        for one in behind:
            if one.start <= (near[-1].end + 1 if near else gap):
                near.append(one)
        if near:
            return RIGHT_BEHIND, near
        sentence = [one for one in behind if self._is_near(one)]
        if sentence:
            return SAME_SENTENCE, sentence
        before = [
            one
            for one in words.building_mentions(text, 0, self.hit.start)
            if words.gap_end(text, one.end) == self.hit.start
        ]
        if before and not words.building_name(text[self.hit.start : self.hit.end]):
            return RIGHT_BEFORE, before[-1:]
        anywhere = list(words.building_mentions(text)) if self.is_alone else []
        return FAR, anywhere if len({one.key for one in anywhere}) == 1 else []

    def _is_near(self, one: words.Mention) -> bool:
        start = self.hit.end
        return one.start - start <= SENTENCE_REACH and words.is_one_sentence(self.folded.text, start, one.start)

    def _match(self, standing: Standing, mention: words.Mention, certainty: float) -> AddressMatch:
        hit, folded = self.hit, self.folded
        if hit.end <= mention.start <= hit.end + 12:
            written = folded.written(hit.start, mention.end)
        else:
            written = f"{folded.written(hit.start, hit.end)} {folded.written(mention.start, mention.end)}"
        sure = round(certainty * mention.weight, 2)
        return AddressMatch(standing.node_id, standing.building_id, standing.estate_id, written, sure)

    def _judged(self, results: list[_Found], mentions: int) -> list[_Found]:
        """Lower the places that share their name, or of which several buildings are named."""
        is_shared = len(self.hit.things) > 1
        if len({one.match.building_id for one in results}) == 1:
            return [results[0].at_most(ONLY_ONE_HAS_IT) if is_shared else results[0]]
        unsure = [one.at_most(UNSURE) for one in results]
        if not is_shared and mentions > 1 and len({one.match.node_id for one in results}) == 1:
            return [results[0].whole(), *unsure]  # 3、5栋, both in one micro-grid: the node is certain
        return unsure

    def _plain(self, thing: Named) -> _Found:
        """The name alone, or with a building named without a number (物业楼) right behind it."""
        hit, folded = self.hit, self.folded
        gap = words.gap_end(folded.text, hit.end)
        written = folded.written(hit.start, hit.end)
        if thing.building is not None:
            one = thing.building
            return _Found(AddressMatch(one.node_id, one.building_id, one.estate_id, written, OWN_NAME))
        for name in sorted(thing.literal if thing.kind != "node" else (), key=len, reverse=True):
            if len(name) > 1 and folded.text.startswith(name, gap, self.stop):
                one, written = thing.literal[name], folded.written(hit.start, gap + len(name))
                return _Found(AddressMatch(one.node_id, one.building_id, one.estate_id, written, RIGHT_BEHIND))
        sure = SAME_SENTENCE if thing.kind == "node" else ONE_NODE
        return _Found(AddressMatch(thing.node_id, None, thing.estate_id, written, sure))


def _ranked(book: Book, found: list[_Found]) -> list[_Found]:
    """Each place once, the surest first; near equals that disagree are lowered below what is taken unasked."""
    best: dict[tuple[int | None, int | None, int], _Found] = {}
    for one in found:
        match = one.match
        key = match.building_id, None if match.building_id else match.estate_id, match.node_id
        if key not in best or best[key].confidence < one.confidence:
            best[key] = one
    kept = [one for one in best.values() if not any(_says_more(book, other, one) for other in best.values())]
    kept.sort(key=_order)
    top = [one for one in kept if kept[0].confidence - one.confidence < CLOSE]
    if len({one.match.node_id for one in top}) > 1:
        kept = [one.at_most(UNSURE) for one in kept]
    elif sum(1 for one in top if one.match.building_id) > 1 and top[0].match.building_id and top[0].confidence > UNSURE:
        shared = top[0].whole()
        if any(one.match.estate_id != shared.match.estate_id for one in top):
            shared = replace(shared, match=replace(shared.match, estate_id=None))
        kept = [shared, *(one.at_most(UNSURE) for one in kept)]
    return sorted((_sized(book, one) for one in kept), key=_order)


def _order(one: _Found) -> tuple[float, bool, int, int]:
    return -one.confidence, one.match.building_id is None, one.match.node_id, one.match.building_id or 0


def _says_more(book: Book, other: _Found, one: _Found) -> bool:
    """Whether `other` names the same place more closely: a building of the estate, an estate of the community."""
    near, far = other.match, one.match
    if near is far or far.building_id is not None or other.confidence <= UNSURE:
        return False
    if far.estate_id is not None:
        return near.building_id is not None and near.estate_id == far.estate_id
    inside, outside = book.paths[near.node_id], book.paths[far.node_id]
    is_closer = near.building_id is not None or near.estate_id is not None or len(inside) > len(outside)
    return is_closer and is_within(inside, outside)


def _sized(book: Book, one: _Found) -> _Found:
    """An area above the settling tier is where to look, not where it is."""
    if one.match.building_id is not None or one.match.node_id in book.settling:
        return one
    return one.at_most(UNSURE if one.match.estate_id else AREA_ONLY)


def _with_entrance(folded: words.Folded, one: _Found) -> AddressMatch:
    """Add the unit written behind the building, when the building has it."""
    match, mention = one.match, one.mention
    if match.building_id is None or mention is None:
        return match
    key, end = mention.unit, mention.end
    if key is None:
        unit = words.unit_mention(folded.text, end)
        if unit is None:
            return match
        key, end = unit
    rows = Entrance.objects.filter(building_id=match.building_id).values_list("pk", "name")
    fitting = [pk for pk, name in rows if words.unit_key(name) == key]
    if len(fitting) != 1:
        return match
    return replace(match, entrance_id=fitting[0], words=match.words + folded.following(mention.end, end))
