"""`yemai backup`: one file with the database, the files and the keys as they are at one moment, taken while it runs."""

import argparse
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from yemai.conf.commands import Commands, declare
from yemai.conf.environment import Misconfigured, data_directory, database

KEPT = ("secret", "keys")  # without them sessions end and sealed names and numbers stay sealed for good


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "backup",
        "write database, files and keys into one .tar file, while everything runs",
        run,
        "TARGET is a directory (made where it is missing; the file gets the time as its name) or the name of a .tar file\n"
        "that does not exist yet.\n"
        "The backup holds the keys: guard it as you guard the data. To bring it back: yemai restore.",
    )
    parser.add_argument("target", metavar="TARGET", type=Path)


def run(options: argparse.Namespace) -> int:
    """Write the backup; it appears under its name only when it is whole."""
    data, target = data_directory(), named(options.target.expanduser())
    description = database(data)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".yemai-backup-") as room:
            dump = dump_database(description, Path(room))
            # Files come after the database: each is written before the row that names it, so none is missing.
            write_tar(partial, data, dump, description)
        partial.chmod(0o600)
        partial.rename(target)
    except OSError as error:
        raise Misconfigured(
            f"The backup can't be written to {target} ({error.strerror or error}). Nothing was left there."
        ) from error
    finally:
        partial.unlink(missing_ok=True)
    print(f"{target}  ({target.stat().st_size / 1e6:.1f} MB). It holds the keys: guard it as you guard the data.")
    return 0


def named(target: Path) -> Path:
    """The file to write. Raises Misconfigured rather than write over anything."""
    if not target.exists() and target.suffix != ".tar":  # a directory that is not there yet
        try:
            target.mkdir(mode=0o700, parents=True)
        except OSError as error:
            raise Misconfigured(
                f"{target} can't be made ({error.strerror}). Give a directory, or a name.tar."
            ) from error
    if target.is_dir():
        target = target / f"yemai-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar"
    if target.exists():
        raise Misconfigured(f"{target} exists already; nothing was written over it. Give another name or a directory.")
    if not target.parent.is_dir() or not os.access(target.parent, os.W_OK):
        raise Misconfigured(f"{target.parent} is not a directory that this user may write to.")
    return target


def dump_database(description: dict[str, Any], room: Path) -> Path:
    """A copy of the database as of one moment, whatever is written meanwhile."""
    if str(description["ENGINE"]).endswith("sqlite3"):
        return dump_sqlite(Path(description["NAME"]), room / "database.sqlite3")
    return dump_postgresql(description, room / "database.pgdump")


def dump_sqlite(source: Path, copy: Path) -> Path:
    """By SQLite's own backup interface, then checked."""
    if not source.exists():
        raise Misconfigured(f"There is no database at {source} to back up.")
    origin, target = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=60), sqlite3.connect(copy)
    try:
        origin.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one plain file, without its companions
        if (verdict := target.execute("PRAGMA quick_check").fetchone()[0]) != "ok":
            raise Misconfigured(f"The database is damaged: {verdict}. No backup was written; keep the older ones.")
    finally:
        origin.close()
        target.close()
    return copy


def dump_postgresql(description: dict[str, Any], copy: Path) -> Path:
    """By pg_dump in its compressed custom format."""
    if not (program := shutil.which("pg_dump")):
        raise Misconfigured(
            "pg_dump is needed to back up PostgreSQL; install the PostgreSQL client programs (postgresql-client)."
        )
    environment = os.environ | client_environment(description)
    command = [program, "--format=custom", "--no-owner", "--no-privileges", f"--file={copy}"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise Misconfigured(f"pg_dump failed, no backup was written: {done.stderr.strip()}")
    return copy


def client_environment(description: dict[str, Any]) -> dict[str, str]:
    """What PostgreSQL's own programs read; the password goes this way because `ps` shows arguments."""
    options = description["OPTIONS"]
    given = {
        "PGHOST": description["HOST"] or options.get("host", ""),
        "PGPORT": str(description["PORT"] or options.get("port", "")),
        "PGUSER": description["USER"],
        "PGPASSWORD": description["PASSWORD"],
        "PGDATABASE": description["NAME"],
        "PGSSLMODE": options.get("sslmode", ""),
    }
    return {name: value for name, value in given.items() if value}


def write_tar(path: Path, data: Path, dump: Path, description: dict[str, Any]) -> None:
    """The database, the files and the keys, with a list of what is in it. Not compressed: photos are already."""
    with tarfile.open(path, "w") as tar:
        with dump.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256").hexdigest()
        about = {
            "yemai": version("yemai"),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "database": str(description["ENGINE"]).rpartition(".")[2],
            "database_file": dump.name,
            "database_sha256": digest,
        }
        listing = dump.with_name("backup.json")
        listing.write_text(json.dumps(about, indent=2) + "\n")
        tar.add(listing, listing.name)
        tar.add(dump, dump.name)
        for name in KEPT:
            if (data / name).exists():
                tar.add(data / name, name)
        for path in sorted((data / "files").rglob("*")):
            try:
                tar.add(path, str(path.relative_to(data)), recursive=False)
            except FileNotFoundError:
                continue  # removed since it was listed: no row names it any more
