"""What state the database's tables are in, and the one way they are brought up to this version."""

from enum import Enum

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from yemai.conf.environment import Misconfigured


class Tables(Enum):
    """New: none yet. Behind: of an older version. Current: of this one."""

    NEW = "new"
    BEHIND = "behind"
    CURRENT = "current"


def state() -> Tables:
    """The tables' state. Raises Misconfigured when the database can't be reached."""
    try:
        if not MigrationRecorder(connection).has_table():
            return Tables.NEW
        return Tables.BEHIND if pending() else Tables.CURRENT
    except OperationalError as error:
        raise Misconfigured(
            f"The database does not answer: {str(error).strip()} "
            "Is it running, and is YEMAI_DATABASE (or --database) right?"
        ) from error


def pending() -> list[str]:
    """Names of the migrations of this version that the database has not had."""
    executor = MigrationExecutor(connection)
    return [f"{step.app_label}.{step.name}" for step, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def bring_up_to_date() -> None:
    """Make or change the tables."""
    call_command("migrate", interactive=False, verbosity=0)
