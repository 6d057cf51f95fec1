"""Pages run under a strict policy: no script, style or handler stands in a template, and no script of ours makes one."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database

SOURCE = Path(__file__).parents[2] / "src" / "yemai"
PAGES = [path for path in sorted(SOURCE.rglob("templates/**/*.html")) if "admin" not in path.parts]
SCRIPTS = sorted((SOURCE / "shell" / "static" / "yemai" / "js").glob("*.js"))
INLINE = {
    "a style attribute": re.compile(r"<[a-z][^>]*\sstyle\s*="),
    "a handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*="),
    "a style element": re.compile(r"<style[\s>]"),
    "a script without a source": re.compile(r"<script(?![^>]*\ssrc=)(?![^>]*application/)[^>]*>"),
    "an address of javascript": re.compile(r"javascript:"),
    "htmx code": re.compile(r"\shx-on|\shx-vals=['\"]js:"),
    "another site's file": re.compile(r"<(?:script|link|img)[^>]*(?:src|href)=[\"'](?:https?:)?//"),
}


def named(path: Path) -> str:
    """How a file is called in a message."""
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_a_page_carries_nothing_inline(path: Path) -> None:
    text = re.sub(r"\{#.*?#\}|\{% comment %\}.*?\{% endcomment %\}", "", path.read_text("utf-8"), flags=re.DOTALL)
    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []


@pytest.mark.parametrize("path", SCRIPTS, ids=named)
def test_a_script_evaluates_nothing_and_imports_by_given_address(path: Path) -> None:
    """Static files have hashed names, so an island is imported by the address the page gives, never by its own name."""
    text = path.read_text("utf-8")
    assert not re.search(r"\beval\(|new Function\(|setAttribute\(\"style\"|innerHTML|document\.write", text)
    assert not re.search(r"^import\s|import\([\"'`]", text, re.MULTILINE)
