"""`yemai triage`: teach a classifier with any table of classed messages, and ask it about another."""

import argparse
import json
import sys
from pathlib import Path

from yemai.conf.commands import Commands, boot, declare
from yemai.conf.environment import Misconfigured

MORE = """Needs no town, no download and no GPU. Tables may be .csv or .xlsx; of several text columns the first is the title.

  yemai triage train classed.csv --text topic --text text --category category --model topics.model
  yemai triage predict new.csv --text topic --text text --model topics.model --out proposed.csv

`train` prints the model's card: accuracy, recall by class and calibration on messages kept back from learning.
`predict` adds category, confidence (calibrated) and because (the words that spoke for it)."""


def add_to(commands: Commands, place: argparse.ArgumentParser) -> None:
    """Declare the subcommand and its two doings."""
    parser = declare(commands, place, "triage", "propose classes for messages, learnt from classed ones", run, MORE)
    doings = parser.add_subparsers(dest="doing", required=True, metavar="train|predict")
    train = doings.add_parser("train", help="learn from a table of classed messages")
    predict = doings.add_parser("predict", help="propose a class for each row of a table")
    for one in (train, predict):
        one.add_argument("file", metavar="FILE", type=Path)
        one.add_argument(
            "--text", required=True, action="append", metavar="COL", help="a column of text; may be repeated"
        )
        one.add_argument("--model", required=True, metavar="M", type=Path, help="the model's file")
    train.add_argument("--category", required=True, metavar="COL", help="the column of classes")
    predict.add_argument("--out", required=True, metavar="OUT", type=Path)


def run(options: argparse.Namespace) -> int:
    """Teach or ask."""
    if not options.file.is_file():
        raise Misconfigured(f"There is no file {options.file}.")
    boot()
    from yemai.base.triage.files import ask_file, teach_file

    def say(words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    if options.doing == "train":
        card = teach_file(options.file, options.model, texts=options.text, category=options.category, say=say)
        print(json.dumps(card, ensure_ascii=False, indent=2))
    else:
        done = ask_file(options.file, options.model, options.out, texts=options.text, say=say)
        print(f"{options.out}: {done}")
    return 0
