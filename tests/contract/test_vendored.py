"""What others wrote and we ship is exactly what was recorded: nothing changed, nothing added, licences beside it."""

import hashlib
import json
import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database

SHELL = Path(__file__).parents[2] / "src" / "yemai" / "shell"
VENDOR = SHELL / "static" / "vendor"
RECORD = json.loads((VENDOR / "VENDORED.json").read_text("utf-8"))
FILES = {place: digest for package in RECORD for place, digest in package["files"].items()}


@pytest.mark.parametrize(("place", "digest"), FILES.items(), ids=list(FILES))
def test_a_vendored_file_is_as_recorded(place: str, digest: str) -> None:
    found = hashlib.sha256((VENDOR / place).read_bytes()).hexdigest()
    assert found == digest, f"{place} was changed by hand; remake it with `python tools/vendor.py`"


def test_nothing_lies_there_unrecorded() -> None:
    lying = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert lying == {*FILES, "VENDORED.json"}


@pytest.mark.parametrize("package", RECORD, ids=lambda package: str(package["name"]))
def test_each_package_says_its_version_and_brings_its_licence(package: dict[str, object]) -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(package["version"]))
    assert package["licence"] in {"MIT", "0BSD", "BSD-3-Clause"}
    assert [place for place in package["files"] if place.endswith("LICENSE.txt")]  # type: ignore[attr-defined]  # a mapping by its JSON


def test_the_record_names_no_address() -> None:
    assert "//" not in (VENDOR / "VENDORED.json").read_text("utf-8")


def test_every_icon_in_use_is_in_the_sprite() -> None:
    """A name that is not there draws nothing and says nothing."""
    sprite = (VENDOR / "icons" / "bootstrap-icons.svg").read_text("utf-8")
    there = set(re.findall(r'<symbol[^>]*id="([^"]+)"', sprite))
    source = SHELL.parent
    used = {
        name
        for path in [*source.rglob("*.html"), *(SHELL / "static" / "yemai" / "js").glob("*.js")]
        for name in re.findall(r"""\{% icon "([\w-]+)"|\bicon\("([\w-]+)"\)""", path.read_text("utf-8"))
        for name in name
        if name
    }
    ways = re.findall(r'Way\(\s*"[^"]+",\s*_\("[^"]+"\),\s*"([\w-]+)"', (SHELL / "nav.py").read_text("utf-8"))
    assert len(ways) > 5
    assert used | set(ways) <= there, sorted((used | set(ways)) - there)
