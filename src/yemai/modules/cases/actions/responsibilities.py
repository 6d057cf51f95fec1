"""Publishing a responsibility list: a whole version at once, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from yemai.base.audit.actions import record
from yemai.base.people.models import Department, Person
from yemai.base.territory.models import Node
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import Catalogue, Category, Responsibility, ResponsibilityList


@dataclass(frozen=True)
class ResponsibilityLine:
    """One line as people write it: a class by code or name, units by code or name, ground by code ("": everywhere)."""

    what: str
    lead: str
    joint: tuple[str, ...] = ()
    where: str = ""
    basis: str = ""


def publish_responsibilities(
    catalogue: Catalogue,
    lines: Sequence[ResponsibilityLine],
    *,
    version: str,
    effective_from: date,
    basis: str = "",
    actor: Person | None,
    now: datetime,
) -> ResponsibilityList:
    """A new version of the list, in force from a day on; the one before stays as it was.

    Raises Refused `bad-lines` naming every line that can't be read, `version-taken`; then nothing is written.
    """
    version = version.strip()
    if ResponsibilityList.objects.filter(version=version).exists():
        text = _("已有版本 %(version)s，请换一个版本号。") % {"version": version}
        raise Refused("version-taken", text, status=422, fields={"version": text})
    read = _Reading(catalogue)
    rows = [read.row(number, line) for number, line in enumerate(lines, 1)]
    if read.wrong or not rows:
        text = " ".join(read.wrong[:20]) or _("清单里一行也没有。")
        raise Refused("bad-lines", text, status=422, fields={"lines": text})
    with writing():
        made = ResponsibilityList.objects.create(
            catalogue=catalogue, version=version, basis=basis.strip(), effective_from=effective_from, published_at=now
        )
        for found in rows:
            if found is not None:
                row, joint = found
                row.responsibility_list = made
                row.save()
                row.joint.set(joint)
        record(
            actor=actor, action="publish_responsibilities", subject=made, now=now,
            after={"version": version, "from": effective_from, "lines": len(rows)},
        )  # fmt: skip
    return made


class _Reading:
    """Finds what the words of a line mean, and keeps what is wrong with them."""

    def __init__(self, catalogue: Catalogue) -> None:
        rows = list(Category.objects.filter(catalogue=catalogue))
        self.codes = {one.code for one in rows} | {one.code[:3] for one in rows} | {one.code[:1] for one in rows}
        self.names: dict[str, set[str]] = {}
        for one in rows:
            self.names.setdefault(one.name, set()).add(one.code)
            self.names.setdefault(one.major_name, set()).add(one.code[:3])
        units = list(Department.objects.filter(is_active=True))
        self.units = {unit.name: unit for unit in units} | {unit.code: unit for unit in units}
        self.seen: set[tuple[str, str]] = set()
        self.wrong: list[str] = []

    def row(self, number: int, line: ResponsibilityLine) -> tuple[Responsibility, list[Department]] | None:
        """The row of a line, None where something is wrong with it."""
        before = len(self.wrong)
        code = self._code(number, line.what)
        lead = self._unit(number, line.lead)
        joint = [unit for name in line.joint if (unit := self._unit(number, name))]
        node = Node.objects.filter(code=line.where, valid_to__isnull=True).first() if line.where else None
        if line.where and node is None:
            self._say(number, _("没有编码为“%(word)s”的网格") % {"word": line.where})
        if lead is not None and lead in joint:
            self._say(number, _("“%(word)s”不能既主办又协办") % {"word": line.lead})
        if code and (code, line.where) in self.seen:
            self._say(number, _("“%(word)s”写了两次") % {"word": line.what})
        self.seen.add((code, line.where))
        if len(self.wrong) > before or lead is None:
            return None
        return Responsibility(code=code, lead=lead, node=node, basis=line.basis[:200]), joint

    def _code(self, number: int, what: str) -> str:
        if what.upper() in self.codes:
            return what.upper()
        named = self.names.get(what, set())
        if len(named) == 1:
            return next(iter(named))
        words = _("“%(word)s”有几个同名类别，请写代码") if named else _("没有类别“%(word)s”")
        self._say(number, words % {"word": what})
        return ""

    def _unit(self, number: int, name: str) -> Department | None:
        if name not in self.units:
            self._say(number, _("没有单位“%(word)s”") % {"word": name})
        return self.units.get(name)

    def _say(self, number: int, words: str) -> None:
        self.wrong.append(_("第 %(n)d 行：%(words)s。") % {"n": number, "words": words})
