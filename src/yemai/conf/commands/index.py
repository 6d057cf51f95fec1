"""`yemai index`: the full-text index made anew while everything goes on."""

import argparse
import os

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

MORE = """The worker keeps the index by itself, also after `yemai migrate`; this is for whoever does not want to wait for it,
or has written into the database by other ways. It may be broken off and run again."""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    declare(commands, place, "index", "put every case and every name into the full-text index", run, MORE)


def run(_options: argparse.Namespace) -> int:
    """Index everything, saying how far it is."""
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot()
    from yemai.base.search.index import tidy
    from yemai.base.search.names import keep
    from yemai.base.search.waiting import take_in, wait_for_all
    from yemai.conf import tables
    from yemai.desks.search.kinds import KINDS
    from yemai.modules.cases.indexing import entries
    from yemai.modules.cases.models import Case

    if tables.state() is not tables.Tables.CURRENT:
        raise Misconfigured("The tables are not those of this version. Run `yemai migrate`.")
    total, done = Case.objects.count(), 0
    wait_for_all(Case.objects.all())
    while taken := take_in(entries):
        done += taken
        print(f"\r{min(done, total)} of {total} cases", end="", flush=True)
    tidy()
    print(f"\r{total} cases and {sum(keep(kind) for kind in KINDS)} changed names are in the index.")
    return 0
