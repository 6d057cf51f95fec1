"""The English catalogue: `python tools/translations.py` takes in new strings, drops old ones, compiles, and names what is missing."""

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract

SOURCE = Path(__file__).parents[1] / "src/yemai"
CATALOGUE = SOURCE / "shell/locale/en/LC_MESSAGES/django.po"
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
LITERAL = re.compile(r"""u?('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")""")
CALL = re.compile(r"""\b(n?p?gettext|_)\(((?:\s*(?:u?'(?:[^'\\]|\\.)*'|u?"(?:[^"\\]|\\.)*"|count)\s*,?)+)\)""")
CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]")  # its stops and brackets too
Message = tuple[str, str, str]
"""Context ("" for none), singular, plural ("" for none)."""


def strings() -> dict[Message, str]:
    """Every string for people in code and templates, with the first file it stands in."""
    found: dict[Message, str] = {}
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix not in (".py", ".html", ".txt") or "migrations" in path.parts or not path.is_file():
            continue
        if path.suffix != ".py" and "templates" not in path.parts:
            continue
        for message in _messages(path):
            found.setdefault(message, str(path.relative_to(SOURCE)))
    return found


def _messages(path: Path) -> Iterator[Message]:
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        yield from _template_messages(text, path)
        return
    for _line, said, _comments, context in extract("python", io.BytesIO(text.encode()), KEYWORDS):
        one, many = said if isinstance(said, tuple) else (said, "")
        if one and CHINESE.search(one):
            yield context or "", one, many or ""


def _template_messages(text: str, path: Path) -> Iterator[Message]:
    """Django turns a template into calls of gettext amid filler; the calls are read, the filler is not Python."""
    from django.utils.translation.template import templatize

    for name, inside in CALL.findall(templatize(text, origin=str(path))):
        words = [ast.literal_eval(literal) for literal in LITERAL.findall(inside)]
        context = words.pop(0) if "p" in name else ""
        one, many = [*words, ""][:2]
        if CHINESE.search(one):
            yield context, one, many


def key(entry: polib.POEntry) -> Message:
    """An entry of the catalogue as a message."""
    return entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""


def is_translated(entry: polib.POEntry) -> bool:
    """Whether every form has its English, and nobody doubts it."""
    forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    return bool(forms) and all(forms) and "fuzzy" not in entry.flags


def merge() -> tuple[int, list[str]]:
    """Bring the catalogue up to the strings there are; how many there are, and which lack their English."""
    old = polib.pofile(str(CATALOGUE)) if CATALOGUE.exists() else polib.POFile()
    known = {key(entry): entry for entry in old}
    fresh = polib.POFile(wrapwidth=110)
    fresh.metadata = {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Language": "en",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
    }
    for message, _place in sorted(strings().items(), key=lambda item: (item[1], item[0])):
        context, one, many = message
        entry = known.get(message) or polib.POEntry(
            msgctxt=context or None, msgid=one, msgid_plural=many, msgstr_plural={0: "", 1: ""} if many else {}
        )
        fresh.append(entry)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    fresh.save(str(CATALOGUE))
    fresh.save_as_mofile(str(CATALOGUE.with_suffix(".mo")))
    return len(fresh), [entry.msgid for entry in fresh if not is_translated(entry)]


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yemai.conf.settings")
    import django

    django.setup()
    count, missing = merge()
    print(f"{count} strings, {len(missing)} without English")
    for text in missing:
        print(repr(text))
    sys.exit(bool(missing))
