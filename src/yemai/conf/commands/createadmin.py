"""`yemai createadmin`: the account that may appoint everybody else."""

import argparse
import getpass
import sys

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

POST = "system-administrator"


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(
        commands,
        place,
        "createadmin",
        "make the account of the system's administrator",
        run,
        'Asks for the password, or takes it from a pipe:  echo "$PASSWORD" | yemai createadmin --username anna',
    )
    parser.add_argument("--username", default="admin", help="name to sign in with (default: admin)")
    parser.add_argument("--name", default="系统管理员", help="name that others see (default: 系统管理员)")


def run(options: argparse.Namespace) -> int:
    """Make the account and put it on the administrator's post."""
    boot()
    from django.utils import timezone

    from yemai.base.people.actions import appoint, create_person
    from yemai.base.transactions import writing
    from yemai.conf import seeding, tables

    if tables.state() is tables.Tables.NEW or not seeding.has_town():
        raise Misconfigured("There is no town yet. Run `yemai init` first.")
    password, now = read_password(), timezone.now()
    with writing():
        person = create_person(
            actor=None, username=options.username, name=options.name, password=password, is_staff=True, now=now
        )
        appoint(actor=None, person=person, post_kind=POST, node=seeding.seat_of(POST), now=now)
        person.is_superuser = True  # only here, at the machine itself: whoever stands first has nobody to appoint them
        person.save(update_fields=["is_superuser"])
    print(f"{person.username} may sign in now, and open /office/.")
    return 0


def read_password() -> str:
    """Typed twice, or the first line of a pipe; never an argument, which `ps` and the shell's history would show."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise Misconfigured("The two were not the same; nothing was made.")
    return first
