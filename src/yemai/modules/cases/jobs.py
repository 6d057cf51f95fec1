"""What the clock does to cases: reminders, unrated closing, suspensions ended, contacts forgotten. Each may run twice."""

import time
from datetime import datetime, timedelta
from itertools import count

from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.access.terms import Permission
from yemai.base.jobs.actions import enqueue, progress
from yemai.base.jobs.models import Job
from yemai.base.jobs.registry import every, job
from yemai.base.messages.actions import announce
from yemai.base.parameters.events import changed as parameters_changed
from yemai.base.parameters.queries import parameter
from yemai.base.people.queries import holders
from yemai.base.search.waiting import take_in
from yemai.base.transactions import writing
from yemai.kernel.refusals import Refused

from . import clock, events, rules
from .actions import Given, take_step
from .actions.hot import find_hot_issues
from .actors import System
from .announcements import audience
from .indexing import entries
from .models import Case, Contact, HotNight
from .terms import DISPOSAL_STAGES, Lamp, Priority, Stage, Verb

BATCH = 500
LEARNS_AT_HOUR = 3
LEARNS_IN_PARTS = 27
INDEX_SECONDS = 50
NIGHT_HOUR = 2
"""From this hour (local time) on the night's work is done."""


@every("cases.close_unrated", minutes=10)
def close_unrated(now: datetime) -> int:
    """Close what nobody scored in the window: unrated, which is never counted as satisfied."""
    due = Case.objects.filter(stage=Stage.RATING, clock_due_at__lt=now).order_by("id").values_list("pk", flat=True)
    return sum(_take(pk, Verb.CLOSE, now) for pk in due[:BATCH])


@every("cases.index", minutes=1)
def index(now: datetime) -> int:
    """Put what changed into the full-text index; a turn ends after a minute's work, the next goes on."""
    done, ends = 0, time.monotonic() + INDEX_SECONDS
    while time.monotonic() < ends and (taken := take_in(entries)):
        done += taken
    return done


@every("cases.resume_suspended", minutes=10)
def resume_suspended(now: datetime) -> int:
    """A suspension ends by itself on its review date."""
    today = timezone.localdate(now)
    due = Case.objects.filter(stage=Stage.SUSPENDED, review_on__lte=today).order_by("id").values_list("pk", flat=True)
    return sum(_take(pk, Verb.RESUME, now) for pk in due[:BATCH])


def _take(case_id: int, verb: Verb, now: datetime) -> int:
    try:
        take_step(case_id, verb, actor=System(), now=now, given=Given())
    except Refused:
        return 0  # someone moved it in between
    return 1


@every("cases.remind", minutes=5)
def remind(now: datetime) -> int:
    """Tell the holder at 80 % and at due, then daily one level further up; each case stands in line for its next time."""
    due = Case.objects.filter(remind_at__lte=now).order_by("remind_at", "id")
    wanted = due.select_related("node", "category", "handler", "lead_department")[:BATCH]
    return sum(_remind(case, now) for case in wanted)


def _remind(case: Case, now: datetime) -> int:
    lamp = rules.lamp(Stage(case.stage), case.clock_warn_at, case.clock_due_at, now)
    if lamp not in (Lamp.YELLOW, Lamp.RED) or case.clock_due_at is None:
        with writing():
            Case.objects.filter(pk=case.pk, version=case.version).update(remind_at=None)
        return 0
    days = (now - case.clock_due_at) // timedelta(days=1) if lamp == Lamp.RED else -1
    level = rules.reminder_level(days)
    audiences = {"handler": audience(case, "handler"), "department": audience(case, "department")}
    if level >= 1 or not (case.handler_id or case.lead_department_id):
        audiences["leader"] = audience(case, "leader")
    if level >= 2:
        audiences["centre"] = audience(case, "centre")
    if level >= 3:
        audiences["supervisor"] = holders(Permission.CASE_SUPERVISE, case.node)
    with writing():
        announce(
            "case.overdue" if lamp == Lamp.RED else "case.due_soon",
            audiences=audiences,
            node=case.node,
            title=f"{lamp.label}：{case.category_name} · {case.node.name}",
            text=_("%(code)s 应在 %(due)s 前办理。")
            % {
                "code": case.number or case.tracking_code,
                "due": timezone.localtime(case.clock_due_at).strftime("%m-%d %H:%M"),
            },
            url=f"/cases/{case.pk}/",
            now=now,
            key=f"remind-{case.pk}-{case.clock_due_at:%Y%m%d%H%M}-{days}",
            urgent=case.priority == Priority.URGENT,
        )
        again = rules.next_reminder(case.clock_due_at, now)
        Case.objects.filter(pk=case.pk, version=case.version).update(remind_at=again)
    return 1


@every("cases.forget_contacts", minutes=60)
def forget_contacts(now: datetime) -> int:
    """Names and telephones go when they have served: so many days after closing, of merged cases with their main case.

    What stays says nothing of who it was: the case, its story, and the mark by which a phone finds its own reports.
    """
    since = now - timedelta(days=parameter("contact_keep_days"))
    done = Case.objects.filter(stage__in=(Stage.CLOSED, Stage.VOIDED), closed_at__lt=since)
    kept = Contact.objects.filter(Q(case__in=done) | Q(case__stage=Stage.MERGED, case__main_case__in=done))
    known = ~Q(name_sealed="") | ~Q(phone_sealed="")
    with writing():
        return Contact.objects.filter(pk__in=kept.filter(known).order_by("pk").values("pk")[:BATCH]).update(
            name_sealed="", phone_sealed="", phone_blind=""
        )


@every("cases.hot_issues", minutes=60)
def hot_issues(now: datetime) -> dict[str, int]:
    """Once a night, when nobody waits for this machine; by day only where the night was missed."""
    local = timezone.localtime(now)
    if local.hour < NIGHT_HOUR or HotNight.objects.filter(on=local.date()).exists():
        return {}
    return find_hot_issues(now)


@job("cases.recompute")
def recompute(_work: Job, now: datetime) -> dict[str, int]:
    """The calendar or a limit changed: every running clock is worked out anew, so that lamps tell the truth."""
    changed = 0
    for case in Case.objects.filter(stage__in=DISPOSAL_STAGES, started_at__isnull=False).order_by("id").iterator():
        before = case.clock_due_at, case.clock_warn_at
        clock.set_stage_clock(case, Stage(case.stage), now, moved=False)
        if before != (case.clock_due_at, case.clock_warn_at):
            with writing():
                changed += Case.objects.filter(pk=case.pk, version=case.version).update(
                    due_at=case.due_at,
                    clock_due_at=case.clock_due_at,
                    clock_warn_at=case.clock_warn_at,
                    remind_at=case.remind_at,
                )
                events.changed.send(sender=Case, case_ids=[case.pk])
    return {"changed": changed}


@receiver(parameters_changed)
def on_parameters(**_said: object) -> None:
    """Work the clocks out anew once the change is in: once, however many days a year's calendar has.

    The waiting job is locked, so that no worker takes it before this change is committed.
    """
    if not Job.objects.select_for_update().filter(kind="cases.recompute", state=Job.State.WAITING).exists():
        enqueue("cases.recompute")


@every("cases.learn_tonight", minutes=24 * 60)
def learn_tonight(now: datetime) -> int:
    """Put the learning off to the small hours: it takes a processor for some seconds to minutes."""
    local = timezone.localtime(now)
    night = local.replace(hour=LEARNS_AT_HOUR, minute=0, second=0, microsecond=0)
    night += timedelta(days=night <= local)
    enqueue("cases.learn", run_at=night, key=f"cases.learn {night.date()}")
    return 1


@job("cases.learn")
def learn_from_cases(job: Job, now: datetime) -> str:
    """Teach the classifier of categories what was decided since; see `learning`."""
    from .learning import learn

    parts = count(1)
    return learn(now, say=lambda _words: progress(job, next(parts), LEARNS_IN_PARTS))
