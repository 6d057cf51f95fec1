"""`yemai restore`: brings a backup back into an empty place, never over anything."""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from yemai.conf.commands import Commands, declare
from yemai.conf.commands.backup import client_environment
from yemai.conf.environment import Misconfigured, data_directory, database


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "restore",
        "bring a backup back into an empty data directory (and, for PostgreSQL, an empty database)",
        run,
        "Example: yemai --data /srv/yemai-new restore yemai-20260301-020000.tar",
    )
    parser.add_argument("backup", metavar="FILE", type=Path)


def run(options: argparse.Namespace) -> int:
    """Unpack, check the database's digest, put it in place."""
    data = data_directory()
    description = database(data)
    kind = str(description["ENGINE"]).rpartition(".")[2]
    if occupied := [path.name for path in data.iterdir() if path.name in {"yemai.sqlite3", "files", "keys", "secret"}]:
        raise Misconfigured(
            f"{data} is in use already (it holds {', '.join(sorted(occupied))}); give an empty directory with --data."
        )
    try:
        with tarfile.open(options.backup) as tar:
            tar.extractall(data, filter="data")
    except (OSError, tarfile.TarError) as error:
        raise Misconfigured(f"{options.backup} can't be read as a backup ({error}).") from error
    about = json.loads((data / "backup.json").read_text())
    dump = data / about["database_file"]
    with dump.open("rb") as handle:
        if hashlib.file_digest(handle, "sha256").hexdigest() != about["database_sha256"]:
            raise Misconfigured(
                f"The database in {options.backup} is not the one that was backed up; the file was altered or cut."
            )
    if about["database"] != kind:
        raise Misconfigured(
            f"This backup is of {about['database']}, not of {kind}; name the right kind with --database."
        )
    if kind == "sqlite3":
        dump.rename(description["NAME"])
    else:
        restore_postgresql(description, dump)
        dump.unlink()
    print(
        f"Restored what was backed up at {about['made_at']} by Yemai {about['yemai']}. "
        "Next: yemai migrate, then yemai check."
    )
    return 0


def restore_postgresql(description: dict[str, Any], dump: Path) -> None:
    """By pg_restore, all or nothing."""
    if not (program := shutil.which("pg_restore")):
        raise Misconfigured("pg_restore is needed; install the PostgreSQL client programs (postgresql-client).")
    environment = os.environ | client_environment(description)
    command = [
        program,
        "--single-transaction",
        "--no-owner",
        "--no-privileges",
        f"--dbname={description['NAME']}",
        str(dump),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)  # noqa: S603 - no shell
    if done.returncode:
        raise Misconfigured(f"pg_restore failed, the database was left as it was: {done.stderr.strip()}")
