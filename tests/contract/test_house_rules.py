"""Rules of the house that no tool checks: pure rules, faces that never write, names that say something, reasons given."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database

SOURCE = Path(__file__).parents[2] / "src" / "yemai"
FILES = [path for path in sorted(SOURCE.rglob("*.py")) if "migrations" not in path.parts]
NAMES_THAT_SAY_NOTHING = {"utils", "helpers", "common", "manager", "data", "info"}
WRITES = {"create", "bulk_create", "update", "delete", "get_or_create", "update_or_create", "bulk_update"}
FACES = {"views", "queries", "forms", "api", "rules", "terms"}
CLOCKS = {"timezone.now", "timezone.localdate", "datetime.now", "date.today", "datetime.utcnow", "time.time"}


def named(path: Path) -> str:
    """How a file is called in a message."""
    return path.relative_to(SOURCE).as_posix()


def is_a(path: Path, kinds: set[str]) -> bool:
    """Is it `views.py`, or one of the files in `views/`?"""
    return bool({*path.relative_to(SOURCE).parts, path.stem} & kinds)


def links(node: ast.expr) -> Iterator[str]:
    """The names in `Case.objects.filter(...).update`, last first."""
    while True:
        if isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Attribute):
            yield node.attr
            node = node.value
        else:
            if isinstance(node, ast.Name):
                yield node.id
            return


def calls(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Every call in a file with its line."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            yield node.lineno, list(links(node.func))


@pytest.mark.parametrize("path", FILES, ids=named)
def test_a_file_opens_with_its_duty(path: Path) -> None:
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), f"{named(path)}: say in one sentence what it is for"


def test_no_name_says_nothing() -> None:
    assert [named(path) for path in SOURCE.rglob("*") if path.stem in NAMES_THAT_SAY_NOTHING] == []


def test_faces_queries_and_rules_never_write() -> None:
    wrong = [
        f"{named(path)}:{line} {'.'.join(reversed(names))}"
        for path in FILES
        if is_a(path, FACES)
        for line, names in calls(path)
        if names and names[0] in WRITES and "objects" in names
    ]
    assert wrong == [], "writes stand in actions"


def test_rules_have_no_clock_and_no_database() -> None:
    wrong = []
    for path in FILES:
        if path.stem != "rules" and path.parent.name != "rules" and "kernel" not in path.parts:
            continue
        wrong += [f"{named(path)}:{line}" for line, names in calls(path) if ".".join(names[1::-1]) in CLOCKS]
        for node in ast.walk(ast.parse(path.read_text())):
            module = getattr(node, "module", None) if isinstance(node, ast.ImportFrom) else None
            if module and module.startswith("django") and module != "django.utils.translation":
                wrong.append(f"{named(path)}:{node.lineno} {module}")
    assert wrong == [], "`now` comes in, and rules know no tables"


@pytest.mark.parametrize("path", FILES, ids=named)
def test_an_exception_to_a_check_has_its_reason(path: Path) -> None:
    bare = [
        f"{named(path)}:{number}"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if re.search(r"#\s*(noqa(: ?[A-Z0-9, ]+)?|type: ignore(\[[\w, -]+\])?)\s*$", line)
    ]
    assert bare == [], "write why after it"
