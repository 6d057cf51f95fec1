"""English is complete: every string there is has its English, compiled, with the same places to fill in."""

import re
from datetime import datetime
from typing import Any

import polib
import pytest
from django.test import Client
from tools.translations import CATALOGUE, is_translated, key, strings

from tests.world import World, build

CHINESE = re.compile(r"[\u4e00-\u9fff]+")
PLACES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]")
HINT = "run: python tools/translations.py, write the English it names, run it again"


def entries() -> dict[Any, polib.POEntry]:
    """The catalogue by message."""
    return {key(entry): entry for entry in polib.pofile(str(CATALOGUE))}


@pytest.mark.no_database
def test_every_string_has_its_english() -> None:
    """None is missing, none is left over."""
    catalogue, wanted = entries(), strings()
    missing = [text for text in wanted if text not in catalogue or not is_translated(catalogue[text])]
    assert not missing, f"{HINT}: {missing[:5]}"
    assert not set(catalogue) - set(wanted), HINT


@pytest.mark.no_database
def test_english_keeps_the_places_to_fill_in() -> None:
    """A name, number or date that Chinese mentions, English mentions."""
    for entry in entries().values():
        for said in [entry.msgstr, *entry.msgstr_plural.values()]:
            if said:
                assert sorted(PLACES.findall(said)) == sorted(PLACES.findall(entry.msgid)), entry.msgid


@pytest.mark.no_database
def test_the_compiled_catalogue_is_the_written_one() -> None:
    """The .mo that ships is what the .po compiles to."""
    compiled = {key(entry): entry.msgstr for entry in polib.mofile(str(CATALOGUE.with_suffix(".mo")))}
    assert compiled == {name: entry.msgstr for name, entry in entries().items()}, HINT


@pytest.fixture
def world(db: None, now: datetime, clock: Any) -> World:
    """The town, whose own names stay Chinese."""
    return build(now)


def own_words(world: World) -> str:
    """What may stay Chinese: names of ground and people, a resident's words, the language switch."""
    nodes = [world.town, world.village, *world.grids]
    people = [person.name for person in world.people.values()]
    return "".join([*(node.name for node in nodes), *people, "叶脉中文丽发新城栋楼下垃圾没人收"])


@pytest.mark.parametrize(
    ("who", "path"),
    [
        ("", "/"),
        ("", "/report/"),
        ("", "/my/reports/"),
        ("", "/sign-in/"),
        ("intake", "/work/intake/"),
        ("intake", "/intake/new/"),
        ("dispatcher", "/work/dispatch/"),
        ("worker", "/work/take/"),
        ("worker", "/work/new/"),
        ("supervisor", "/cases/"),
        ("worker", "/messages/"),
    ],
)
def test_a_page_in_english_is_english(world: World, who: str, path: str) -> None:
    """Nothing but names stays Chinese."""
    client = world.client(who) if who else Client()
    client.cookies["django_language"] = "en"
    page = client.get(path, headers={"Accept-Language": "en"}).content.decode()
    shown = re.sub(r"<(script|style)[^>]*>.*?</\1>|<!--.*?-->", "", page, flags=re.DOTALL)
    shown = re.sub(r'<select[^>]*name="(category|node|department|condition)".*?</select>', "", shown, flags=re.DOTALL)
    left = {word for word in CHINESE.findall(shown) if any(ch not in own_words(world) for ch in word)}
    assert not left, left
