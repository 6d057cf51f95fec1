"""`yemai init`: makes the tables and an empty town of one's own."""

import argparse
import os

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

CODE_DIGITS = 12
MORE = """Asks for nothing. Doing it twice changes nothing. Example:

  yemai init --ladder co-creation --town 滨河街道 --town-en "Binhe Subdistrict" --code 310115101000
  yemai createadmin"""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand."""
    parser = declare(commands, place, "init", "make the tables and your own town, without anybody in it yet", run, MORE)
    parser.add_argument(
        "--ladder", default="leaf-veins", metavar="KEY", help="the tiers of your town (default: leaf-veins)"
    )
    parser.add_argument("--ladders", action="store_true", help="list the ladders there are, and do nothing else")
    parser.add_argument(
        "--town", default="示例镇", metavar="NAME", help="the town's name, which can be changed later (default: 示例镇)"
    )
    parser.add_argument("--town-en", default="", metavar="NAME", help="its English name")
    parser.add_argument("--code", default="990100100000", metavar="CODE", help="its 12-digit region code, which stays")


def run(options: argparse.Namespace) -> int:
    """Make tables, ladder, posts, rules, catalogue and the town."""
    if not (options.code.isdecimal() and len(options.code) == CODE_DIGITS):
        raise Misconfigured(
            f"--code {options.code!r}: write the town's region code of {CODE_DIGITS} digits, such as 310115101000."
        )
    os.environ["YEMAI_STATEMENT_SECONDS"] = "0"
    boot()
    from yemai.base.territory.presets import ladders

    if options.ladders:
        for ladder in ladders():
            print(
                f"{ladder.key}  {ladder.label} / {ladder.label_en}: "
                + " > ".join(f"{rung.label} ({rung.label_en})" for rung in ladder.tiers)
            )
        return 0
    from yemai.conf import seeding, tables

    if tables.state() is tables.Tables.BEHIND:
        raise Misconfigured("The tables are of an older version. Run `yemai backup DIRECTORY`, then `yemai migrate`.")
    tables.bring_up_to_date()
    if seeding.has_town():
        town = seeding.seat_of("system-administrator")
        print(f"There is a town already: {town.name} ({town.code}). Nothing was changed.")
        return 0
    made = seeding.found_town(options.ladder, name=options.town, name_en=options.town_en, code=options.code)
    print(f"Founded {made.name} ({made.code}). Next: yemai createadmin, then yemai up.")
    return 0
