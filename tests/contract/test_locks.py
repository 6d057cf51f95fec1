"""The lock files: complete, hashed, without any address, and what is installed is what they say."""

import re
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.no_database

CHECKOUT = Path(__file__).parents[2]
LOCKS = sorted((CHECKOUT / "requirements").glob("*.txt"))


def pins(lock: Path) -> dict[str, Requirement]:
    """Every requirement of a lock by its normalised name."""
    lines = re.sub(r"\\\n", " ", lock.read_text()).splitlines()
    found = [Requirement(line.split("--hash")[0].strip()) for line in lines if line.strip() and line[0] not in "# "]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


def test_there_is_one_for_running_and_one_for_testing() -> None:
    assert {lock.name for lock in LOCKS} >= {"runtime.txt", "test.txt"}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_line_is_one_version_with_hashes_and_no_address(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert "--index-url" not in text
    for block in re.sub(r"\\\n", " ", text).splitlines():
        if block and not block.startswith("#"):
            assert re.search(r"==\S+ .*--hash=sha256:[0-9a-f]{64}", block), block[:80]


def test_what_the_package_asks_for_is_in_the_lock() -> None:
    locked = pins(CHECKOUT / "requirements" / "runtime.txt")
    for line in requires("yemai") or []:
        wanted = Requirement(line)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        pin = locked.get(canonicalize_name(wanted.name))
        assert pin is not None, f"{wanted.name} is in pyproject.toml and not in the lock: run tools/lock.sh"
        assert wanted.specifier.contains(next(iter(pin.specifier)).version), (
            f"{wanted} against {pin}: run tools/lock.sh"
        )


@pytest.mark.parametrize("name", ["runtime.txt", "test.txt"])
def test_what_is_installed_is_what_was_locked(name: str) -> None:
    """A test that passes with other versions says nothing about those that run."""
    for pin in pins(CHECKOUT / "requirements" / name).values():
        if pin.marker is None or pin.marker.evaluate():
            try:
                assert pin.specifier.contains(version(pin.name)), f"{pin.name} {version(pin.name)} is installed"
            except PackageNotFoundError:
                pytest.fail(f"{pin.name} is locked and not installed: ./dev test does it")
