"""Enqueuing, claiming and running jobs; two workers never run one job at once, a dead worker's job is taken again."""

import json
import logging
import os
import socket
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yemai.base.transactions import writing
from yemai.kernel.refusals import Absent

from .models import Job
from .registry import BEATS, HANDLERS

LEASE = timedelta(minutes=5)
"""How long a claim holds without a sign of life (see `progress`). Measured by the wall clock, not by `now`: it asks
whether a process still lives, and a simulation's clock knows nothing of that."""
ATTEMPTS = 8
FIRST_WAIT = timedelta(seconds=10)
LONGEST_WAIT = timedelta(hours=1)
DONE_KEPT = timedelta(days=30)
BEATS_KEPT = timedelta(days=1)
FAILED_KEPT = timedelta(days=180)
log = logging.getLogger("yemai.jobs")


def enqueue(
    kind: str, payload: dict[str, Any] | None = None, *, run_at: datetime | None = None, key: str | None = None
) -> Job:
    """Add a job, in the caller's transaction; with a `key` already taken the job that has it is returned, done or not.

    `run_at` defaults to now. A job of a kind nobody registered waits until somebody does.
    """
    values = {"kind": kind, "payload": payload or {}, "run_at": run_at or timezone.now()}
    with writing():
        if key is None:
            return Job.objects.create(**values)
        return Job.objects.get_or_create(key=key, defaults=values)[0]


def progress(job: Job, done: int, total: int) -> None:
    """Say how far a long job is; this renews its lease too."""
    job.done, job.total = done, total
    with writing():
        _mine(job).update(done=done, total=total, lease_until=timezone.now() + LEASE)


def retry(job_id: int, *, now: datetime) -> Job:
    """Let a job that was given up be tried again, from the first attempt. Raises Absent when it was not given up."""
    with writing():
        if not Job.objects.filter(pk=job_id, state=Job.State.FAILED).update(
            state=Job.State.WAITING, attempts=0, run_at=now, finished_at=None
        ):
            raise Absent(_("没有这个失败的任务，可能已经重试。"))
    return Job.objects.get(pk=job_id)


def run_due(now: datetime, limit: int = 100) -> int:
    """Run what is due at `now`, at most `limit` jobs, one after the other; returns how many were run.

    A job that raises is tried again after 10 s, 20 s, 40 s ... up to an hour; after the eighth time it is given up and
    stays to be seen. One that runs by the clock is not tried again once its next turn comes.
    """
    _schedule(now)
    ran = 0
    while ran < limit and (job := _claim(now)) is not None:
        _run(job, now)
        ran += 1
    return ran


def tidy(now: datetime) -> int:
    """Remove jobs nobody will ask after: turns of the clock after a day, done ones after 30, failed ones after 180."""
    done, failed = Q(state=Job.State.DONE), Q(state=Job.State.FAILED)
    old = (
        done & Q(kind__in=BEATS, finished_at__lt=now - BEATS_KEPT)
        | done & Q(finished_at__lt=now - DONE_KEPT)
        | failed & Q(finished_at__lt=now - FAILED_KEPT)
    )
    with writing():
        return Job.objects.filter(old).delete()[0]


def _schedule(now: datetime) -> None:
    """One row per periodic kind and turn: the unique key makes it exactly one, however many workers ask.

    Turns missed while no worker ran are not made up for.
    """
    turns = {f"{beat.kind}@{beat.turn(now):%Y%m%dT%H%M}": beat for beat in BEATS.values()}
    known = set(Job.objects.filter(key__in=turns).values_list("key", flat=True))
    missing = [Job(kind=beat.kind, key=key, run_at=beat.turn(now)) for key, beat in turns.items() if key not in known]
    if missing:
        with writing():
            Job.objects.bulk_create(missing, ignore_conflicts=True)


def _claim(now: datetime) -> Job | None:
    """Take one job: the update names what was seen, so of two who try one wins."""
    due = Q(state=Job.State.WAITING, run_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())
    for job in Job.objects.filter(due, kind__in=HANDLERS).order_by("run_at", "id")[:5]:
        if job.state == Job.State.RUNNING and job.attempts >= ATTEMPTS:
            _give_up(job, "each worker that took it died", now)
            continue
        with writing():
            won = Job.objects.filter(pk=job.pk, state=job.state, attempts=job.attempts).update(
                state=Job.State.RUNNING,
                attempts=F("attempts") + 1,
                claimed_by=f"{socket.gethostname()}:{os.getpid()}"[-60:],
                lease_until=timezone.now() + LEASE,
            )
        if won:
            job.attempts += 1
            return job
    return None


def _run(job: Job, now: datetime) -> None:
    try:
        result = HANDLERS[job.kind](job, now)
        result = result if isinstance(result, dict) else {"value": result}
        json.dumps(result)  # what can't be kept fails here, inside the net
    except Exception as error:  # a failing job must not take the worker down; it is kept, visible and retried
        log.exception("job %s (%s) failed, attempt %s", job.pk, job.kind, job.attempts)
        _failed(job, f"{type(error).__name__}: {error}", now)
        return
    with writing():
        _mine(job).update(
            state=Job.State.DONE,
            finished_at=now,
            lease_until=None,
            error="",
            result=result,
        )


def _failed(job: Job, error: str, now: datetime) -> None:
    again = now + min(LONGEST_WAIT, FIRST_WAIT * 2 ** (job.attempts - 1))
    beat = BEATS.get(job.kind)
    if job.attempts >= ATTEMPTS or (beat is not None and again >= beat.next_turn(now)):
        _give_up(job, error, now)
        return
    with writing():
        _mine(job).update(state=Job.State.WAITING, run_at=again, lease_until=None, error=_fitting(error))


def _give_up(job: Job, error: str, now: datetime) -> None:
    with writing():
        _mine(job).update(state=Job.State.FAILED, finished_at=now, lease_until=None, error=_fitting(error))


def _mine(job: Job) -> QuerySet[Job]:
    """The row while it is in the hands that hold `job`: once taken again, its first holder writes nothing."""
    return Job.objects.filter(pk=job.pk, state=Job.State.RUNNING, attempts=job.attempts)


def _fitting(error: str) -> str:
    return error.replace("\x00", "�")[:2000]  # PostgreSQL stores no NUL
