"""Schemes: shipped ones put in place once, new versions made; a version is never edited."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.people.models import Person
from yemai.base.territory.queries import town
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from ..models import SchemeVersion
from ..models.schemes import item_of
from ..queries.subjects import settling_subject
from ..rules.scoring import check_items, usual_how

PRESETS = Path(__file__).parent.parent / "presets" / "schemes.json"


def install_schemes(*, now: datetime) -> int:
    """Put the shipped schemes in place where a kind of subject has none; how many were made."""
    shipped = json.loads(PRESETS.read_text(encoding="utf-8"))
    made = 0
    with writing():
        there = set(SchemeVersion.objects.values_list("subject", flat=True))
        for scheme in shipped["schemes"]:
            subject = settling_subject() if scheme["subject"] == "area" else scheme["subject"]
            if subject is None or subject in there:
                continue
            SchemeVersion.objects.create(
                subject=subject, number=1, name=scheme["name"], basis=shipped["basis"], effective_from=date(2000, 1, 1),
                items=[[row[0], row[1], usual_how(row[0]).value, row[2] if len(row) > 2 else []] for row in scheme["items"]],
                made_at=now,
            )  # fmt: skip
            made += 1
    return made


def make_version(
    subject: str, *, name: str, items: Sequence[Sequence[Any]], prior: int, minimum: int, effective_from: date,
    basis: str, actor: Person, now: datetime,
) -> SchemeVersion:  # fmt: skip
    """A new version of a kind of subject's scheme, from a day on; `items` as they are stored.

    Raises Refused: 403 `not-yours`, 422 `bad-scheme` (see `rules.scoring.check_items`).
    """
    if not may(actor, Permission.ASSESSMENT_RUN, town().path):
        raise Refused("not-yours", _("考核方案由全镇的考核负责人来改。"), status=403)
    check_items([item_of(list(row)) for row in items])
    with writing():
        versions = SchemeVersion.objects.filter(subject=subject)
        made = SchemeVersion.objects.create(
            subject=subject, number=(versions.aggregate(last=Max("number"))["last"] or 0) + 1, name=name, basis=basis,
            effective_from=effective_from, items=[list(row) for row in items], prior=prior, minimum=minimum,
            made_by=actor, made_at=now,
        )  # fmt: skip
        record(actor=actor, action="make_scheme_version", subject=made, now=now)
    return made
