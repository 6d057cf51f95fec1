"""Enqueuing, claiming and running jobs; two workers never run one job at once, a dead worker's job is taken again."""

import logging
import os
import socket
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from yemai.base.transactions import writing

from .models import Job
from .registry import BEATS, HANDLERS

LEASE = timedelta(minutes=5)
"""How long a claim holds without a sign of life (see `progress`)."""
ATTEMPTS = 8
KEEP_DAYS = 30
log = logging.getLogger("yemai.jobs")


def enqueue(kind: str, payload: dict[str, Any] | None = None, *, run_at: datetime | None = None, key: str | None = None) -> Job:
    """Add a job; with a `key` that is already there the job already there is returned."""
    values = {"kind": kind, "payload": payload or {}, "run_at": run_at or timezone.now()}
    if key is None:
        return Job.objects.create(**values)
    try:
        with transaction.atomic():
            made, _new = Job.objects.get_or_create(key=key, defaults=values)
    except IntegrityError:
        made = Job.objects.get(key=key)
    return made


def progress(job: Job, done: int, total: int) -> None:
    """Say how far a long job is; this renews its lease too."""
    job.done, job.total = done, total
    Job.objects.filter(pk=job.pk).update(done=done, total=total, lease_until=timezone.now() + LEASE)


def run_due(now: datetime, limit: int = 100) -> int:
    """Run what is due at `now`, at most `limit` jobs; returns how many were run."""
    _schedule(now)
    ran = 0
    while ran < limit and (job := _claim(now)) is not None:
        _run(job, now)
        ran += 1
    return ran


def _schedule(now: datetime) -> None:
    """One row per periodic kind and time slot: the unique key makes it exactly one, however many workers ask."""
    wanted = {}
    for beat in BEATS.values():
        slot = int(now.timestamp()) // (beat.minutes * 60)
        wanted[f"{beat.kind}@{slot}"] = (beat, slot)
    known = set(Job.objects.filter(key__in=wanted).values_list("key", flat=True))
    missing = [
        Job(kind=beat.kind, key=key, run_at=datetime.fromtimestamp(slot * beat.minutes * 60, UTC))
        for key, (beat, slot) in wanted.items()
        if key not in known
    ]
    if missing:
        with writing():
            Job.objects.bulk_create(missing, ignore_conflicts=True)
            Job.objects.filter(
                kind__in=BEATS, state=Job.State.DONE, finished_at__lt=now - timedelta(days=1)
            ).delete()


def _claim(now: datetime) -> Job | None:
    """Take one job: the update names what was seen, so of two who try one wins."""
    due = Q(state=Job.State.WAITING, run_at__lte=now) | Q(state=Job.State.RUNNING, lease_until__lt=timezone.now())
    for job in Job.objects.filter(due, kind__in=HANDLERS).order_by("run_at", "id")[:5]:
        with writing():
            won = Job.objects.filter(pk=job.pk, state=job.state, attempts=job.attempts).update(
                state=Job.State.RUNNING,
                attempts=F("attempts") + 1,
                claimed_by=f"{socket.gethostname()}:{os.getpid()}"[:60],
                lease_until=timezone.now() + LEASE,
            )
        if won:
            job.attempts += 1
            return job
    return None


def _run(job: Job, now: datetime) -> None:
    try:
        result = HANDLERS[job.kind](job, now)
    except Exception as error:  # a failing job must not take the worker down; it is kept, visible and retried
        log.exception("job %s failed", job.kind)
        _failed(job, error)
        return
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        state=Job.State.DONE,
        finished_at=timezone.now(),
        lease_until=None,
        error="",
        result=result if isinstance(result, dict) else {"value": result},
    )


def _failed(job: Job, error: Exception) -> None:
    last = job.attempts >= ATTEMPTS
    Job.objects.filter(pk=job.pk, attempts=job.attempts).update(
        state=Job.State.FAILED if last else Job.State.WAITING,
        run_at=timezone.now() + timedelta(seconds=min(3600, 5 * 2**job.attempts)),
        finished_at=timezone.now() if last else None,
        lease_until=None,
        error=f"{type(error).__name__}: {error}"[:2000],
    )
