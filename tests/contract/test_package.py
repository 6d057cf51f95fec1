"""What is installed without a repository around: every file is in the wheel, every setting is in the operator's table."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.no_database

CHECKOUT = Path(__file__).parents[2]
SOURCE = CHECKOUT / "src" / "yemai"


def shipped() -> set[str]:
    """Every file of the package but what running leaves behind."""
    found = (Path(folder) / name for folder, _, names in os.walk(SOURCE) for name in names)
    return {
        path.relative_to(SOURCE.parent).as_posix()
        for path in found
        if "__pycache__" not in path.parts and path.suffix != ".pyc"
    }


def test_the_wheel_holds_every_file_of_the_package(tmp_path: Path) -> None:
    copy = tmp_path / "copy"  # built elsewhere: building leaves directories behind that the next build would take in
    copy.mkdir()
    shutil.copytree(CHECKOUT / "src", copy / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(CHECKOUT / name, copy)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-qq",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(tmp_path),
        str(copy),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        missing = shipped() - set(archive.namelist())
    assert sorted(missing) == [], "name their endings in pyproject.toml, [tool.setuptools.package-data]"


def test_every_setting_is_in_the_operators_table() -> None:
    read = set()
    for path in (SOURCE / "conf").rglob("*.py"):
        read |= set(re.findall(r"\"(YEMAI_[A-Z_]*[A-Z])\"", path.read_text()))
    table = (CHECKOUT / "ops" / "README.md").read_text()
    told = set(re.findall(r"`(YEMAI_[A-Z_]+)`", table))
    assert sorted(read - told) == [], "settings that ops/README.md does not name"


def test_the_operators_table_names_no_setting_that_is_not_read() -> None:
    code = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    told = re.findall(r"^\| (`YEMAI_[^|]+)\|", (CHECKOUT / "ops" / "README.md").read_text(), re.MULTILINE)
    names = {name for cell in told for name in re.findall(r"YEMAI_[A-Z_]+", cell)}
    gone = {name for name in names if name not in code and name.rpartition("_")[0] + "_" not in code}
    assert sorted(gone) == []
