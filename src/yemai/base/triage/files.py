"""Teaching and asking with files: any table with a column of text, and one of classes to learn from."""

import csv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from yemai.base.sheets import Table, open_table
from yemai.kernel.refusals import Refused

from .classifier import Classifier, Lesson, Message, plain

Say = Callable[[str], None]
ADDED = ("category", "confidence", "because")
BATCH = 500
END = 80


def teach_file(path: Path, model: Path, *, texts: Sequence[str], category: str, say: Say) -> dict[str, Any]:
    """Learn from a table and write the model; its card. The first of several text columns is the title.

    Rows without text or class are left out and counted. Raises Refused for a column that is not there.
    """
    from .teaching import teach

    table = open_table(path, [name.lower() for name in (*texts, category)])
    columns, label = [_column(table, name) for name in texts], _column(table, category)
    lessons, empty = [], 0
    for _number, cells in table.rows():
        message, said = message_of(cells, columns), _cell(cells, label)
        if said and (message.title or message.text):
            lessons.append(Lesson(message, said, group=plain(message.text)[-END:]))  # copies are judged together
        else:
            empty += 1
    say(_("读到 %(n)d 条，%(empty)d 条没有内容或类别，未采用。") % {"n": len(lessons) + empty, "empty": empty})
    found = teach(lessons, card={"source": path.name, "columns": list(texts)}, say=say)
    partial = model.with_name(f"{model.name}.part")
    partial.write_bytes(found.to_bytes())
    partial.replace(model)
    return found.card


def ask_file(path: Path, model: Path, out: Path, *, texts: Sequence[str], say: Say) -> int:
    """Copy a table with `category`, `confidence` and `because` added; how many rows. Raises Refused as `teach_file`.

    A row of which nothing is known gets the three columns empty. Columns of these names that the table has already
    stay under their name; ours then bear the prefix "proposed_".
    """
    if not model.is_file():
        raise Refused("no-such-file", _("没有模型文件 %(name)s。") % {"name": model.name})
    classifier = Classifier.from_bytes(model.read_bytes())
    table = open_table(path, [name.lower() for name in texts])
    columns = [_column(table, name) for name in texts]
    taken = {heading.lower() for heading in table.headings}
    added = [f"proposed_{name}" if name in taken else name for name in ADDED]
    width, done = len(table.headings), 0
    partial = out.with_name(f"{out.name}.part")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*table.headings, *added])
        for cells in _rows(table):
            found = classifier.propose(message_of(cells, columns), 1)
            said = (
                [found[0].label, f"{found[0].confidence:.4f}", "、".join(found[0].because)] if found else ["", "", ""]
            )
            writer.writerow([*cells[:width], *[""] * (width - len(cells)), *said])
            done += 1
            if done % BATCH == 0:
                say(_("已判断 %(n)d 条") % {"n": done})
    partial.replace(out)
    return done


def message_of(cells: Sequence[str], columns: Sequence[int]) -> Message:
    """A message of one row: the first of several columns is the title."""
    first, *rest = (_cell(cells, column) for column in columns)
    return Message("\n".join(one for one in rest if one), first) if rest else Message(first)


def _rows(table: Table) -> Iterator[list[str]]:
    return (cells for _number, cells in table.rows())


def _cell(cells: Sequence[str], column: int) -> str:
    return cells[column].strip() if column < len(cells) else ""


def _column(table: Table, name: str) -> int:
    lower = [heading.lower() for heading in table.headings]
    if name.lower() not in lower:
        what = {"name": name, "there": "、".join(heading for heading in table.headings if heading)}
        raise Refused("no-such-column", _("文件里没有“%(name)s”这一列。有的是：%(there)s。") % what, status=422)
    return lower.index(name.lower())
