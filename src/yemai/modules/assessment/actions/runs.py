"""A run: started by a person, counted by the worker, appealed against, confirmed by a person, published."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.queries import may
from yemai.base.access.terms import Permission
from yemai.base.audit.actions import record
from yemai.base.jobs.actions import enqueue
from yemai.base.parameters.queries import parameter, work_calendar
from yemai.base.people.models import Person
from yemai.base.territory.models import Node
from yemai.base.territory.rules import ids_of
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused
from yemai.kernel.worktime import Limit, Unit, due_at

from ..engines import duckdb_facts, measured
from ..indicators.registry import INDICATORS
from ..models import Result, Run, SchemeVersion
from ..periods import period_of
from ..queries.facts import facts_on
from ..queries.results import stops_in
from ..queries.subjects import names_of
from ..rules.fairness import ranks
from ..rules.scoring import STARS, Scored, grade_of, scored, stars_of
from ..subjects import Subject
from ..terms import APPEAL_DAYS, PUBLIC_DAYS, RunState

Numbers = dict[str, tuple[int, int]]


def start_run(version: SchemeVersion, *, node: Node, period: str, actor: Person, now: datetime) -> Run:
    """Let a period that is over be assessed on a piece of ground; the worker counts.

    Raises Refused: 403 `not-yours`, 422 `bad-period` (not understood, or not over), 409 `run-there`.
    """
    if not may(actor, Permission.ASSESSMENT_RUN, node.path):
        raise Refused("not-yours", _("您没有在这里组织考核的权限。"), status=403)
    try:
        span = period_of(period, timezone.get_default_timezone())
    except ValueError as error:
        raise Refused("bad-period", str(error), status=422, fields={"period": str(error)}) from None
    if span.last >= timezone.localdate(now):
        text = _("%(period)s 到 %(last)s 才结束，结束后再考核。") % {"period": span.name, "last": span.last}
        raise Refused("bad-period", text, status=422, fields={"period": text})
    with writing():
        there = Run.objects.filter(version=version, node=node, period=span.name).exclude(state=RunState.FAILED).first()
        if there is not None:
            raise Refused("run-there", _("这个周期已按这个方案考核过，请打开已有的那一次。"), status=409)
        run = Run.objects.create(
            version=version,
            node=node,
            period=span.name,
            first=span.first,
            last=span.last,
            started_by=actor,
            started_at=now,
        )
        run.job = enqueue("assessment.compute", {"run": run.pk})
        run.save(update_fields=["job"])
        record(actor=actor, action="start_assessment", subject=run, now=now)
    return run


def compute_run(run_id: int, *, now: datetime, say: Callable[[int, int], None]) -> int:
    """Count a run and write its results, all or nothing; again after an upheld appeal. How many results there are.

    What people wrote (confirmed stars, notes) of a result whose score stays the same is kept.
    """
    run = Run.objects.select_related("version", "node").get(pk=run_id)
    if run.state == RunState.PUBLISHED:
        return run.results.count()
    items = run.version.lines()
    period = period_of(run.period, timezone.get_default_timezone())
    level = f"node_{len(ids_of(run.node.path))}"
    table = facts_on(level, run.node_id, period, say=say)
    connection, facts = duckdb_facts(table)
    keys = list(INDICATORS)  # all of them: another scheme may be tried on what was frozen
    subject = Subject(run.version.subject)
    found_there = measured(connection, facts, keys, period, subject.column)
    town = _numbers(found_there.whole, keys)
    rates = {key: num / den for key, (num, den) in town.items() if den}
    found = {row["subject_id"]: _numbers(row, keys) for row in found_there.rows.to_pylist()}
    scores = {one: scored(items, numbers, rates, float(run.version.prior)) for one, numbers in found.items()}
    with writing():
        _write(run, found, scores, subject)
        run.town = {key: list(pair) for key, pair in town.items()}
        run.state = RunState.REVIEW
        run.computed_at = now
        run.appeals_until = run.appeals_until or due_at(now, Limit(APPEAL_DAYS, Unit.WD), work_calendar())
        run.save()
    return len(scores)


def confirm_stars(run: Run, *, actor: Person, now: datetime) -> int:
    """A person has looked and confirms the stars of a run that nobody has confirmed yet (PIPL art. 24)."""
    _only_in_review(run, actor)
    with writing():
        found = run.results.filter(confirmed_by__isnull=True, score__isnull=False).exclude(appeals__state="open")
        number = Result.objects.filter(pk__in=list(found.values_list("pk", flat=True))).update(
            confirmed_by=actor, confirmed_at=now
        )
        record(actor=actor, action="confirm_stars", subject=run, now=now, after={"results": number})
    return number


def set_stars(result: Result, stars: int, *, note: str, actor: Person, now: datetime) -> Result:
    """Give a result other stars than its score gives, saying why. Raises Refused: 422 `missing`, 409 `not-in-review`."""
    _only_in_review(result.run, actor)
    if not note.strip() or not 0 <= stars <= 5:
        text = _("请写明为什么不按得分定星，星级在 0 到 5 之间。")
        raise Refused("missing", text, status=422, fields={"note": text})
    before = {"stars": result.stars}
    with writing():
        result.stars, result.note, result.confirmed_by, result.confirmed_at = stars, note.strip(), actor, now
        result.save(update_fields=["stars", "note", "confirmed_by", "confirmed_at"])
        record(
            actor=actor,
            action="set_stars",
            subject=result.run,
            now=now,
            before=before,
            after={"stars": stars, "note": note},
        )
    return result


def publish_run(run: Run, *, actor: Person, now: datetime) -> Run:
    """Post the stars: appeals are over and decided, and a person has confirmed every one.

    Raises Refused 409: `appeals-open`, `not-confirmed`, `not-in-review`.
    """
    _only_in_review(run, actor)
    if run.appeals_until and now < run.appeals_until:
        until = timezone.localtime(run.appeals_until)
        raise Refused("appeals-open", _("申诉期到 %(until)s，之后才能公示。") % {"until": f"{until:%Y-%m-%d %H:%M}"})
    if run.results.filter(appeals__state="open").exists():
        raise Refused("appeals-open", _("还有申诉没有复核，复核完才能公示。"))
    if run.results.filter(score__isnull=False, confirmed_by__isnull=True).exists():
        raise Refused("not-confirmed", _("还有星级没有人确认，请先看过并确认。"))
    with writing():
        run.state, run.published_at, run.published_by = RunState.PUBLISHED, now, actor
        run.public_until = due_at(now, Limit(PUBLIC_DAYS, Unit.WD), work_calendar())
        run.save(update_fields=["state", "published_at", "published_by", "public_until"])
        record(actor=actor, action="publish_assessment", subject=run, now=now)
    return run


def _write(run: Run, found: dict[int, Numbers], scores: dict[int, Scored], subject: Subject) -> None:
    stopped, names = stops_in(run), names_of(subject, found)
    places = ranks(
        {one: said.score for one, said in scores.items() if said.score is not None},
        {one: said.cases for one, said in scores.items()},
        run.version.minimum,
    )
    bands = [(float(start), int(stars)) for start, stars in parameter("star_bands", run.last)] or list(STARS)
    before = {row.subject_id: row for row in run.results.all()}
    rows = []
    for one, said in scores.items():
        row = before.get(one) or Result(run=run, subject_id=one)
        is_same = row.pk is not None and row.score == said.score
        row.name = names.get(one, str(one))
        row.numbers = {key: list(pair) for key, pair in found[one].items()}
        row.score, row.low, row.high, row.cases, row.rank = said.score, said.low, said.high, said.cases, places.get(one)
        row.grade = "" if said.score is None else grade_of(said.score)
        if not is_same:
            is_stopped = one in stopped
            row.stars = None if said.score is None else stars_of(said.score, is_stopped=is_stopped, bands=bands)
            row.note = str(_("一票否决，最高一星")) if is_stopped else ""
            row.confirmed_by = row.confirmed_at = None
        rows.append(row)
    run.results.exclude(subject_id__in=list(scores)).delete()
    fields = [
        "name",
        "numbers",
        "score",
        "low",
        "high",
        "cases",
        "rank",
        "grade",
        "stars",
        "note",
        "confirmed_by",
        "confirmed_at",
    ]
    Result.objects.bulk_create([row for row in rows if row.pk is None], batch_size=500)
    Result.objects.bulk_update([row for row in rows if row.pk is not None], fields, batch_size=200)


def _numbers(row: Mapping[str, int], keys: Sequence[str]) -> Numbers:
    return {key: (row[f"{key}_num"] or 0, row.get(f"{key}_den") or 0) for key in keys}


def _only_in_review(run: Run, actor: Person) -> None:
    if run.state != RunState.REVIEW:
        raise Refused("not-in-review", _("这次考核现在是“%(state)s”，不能再改。") % {"state": run.get_state_display()})
    if not may(actor, Permission.ASSESSMENT_RUN, run.node.path):
        raise Refused("not-yours", _("您没有在这里组织考核的权限。"), status=403)


def quarter_before(today: date) -> str:
    """The last quarter that is over, as a period is written."""
    year, quarter = (today.year, (today.month - 1) // 3) if today.month > 3 else (today.year - 1, 4)
    return f"{year}Q{quarter}"
