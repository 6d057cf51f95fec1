"""What can be wrong with a deployment, each finding with what to do about it; `yemai check` prints them."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fcntl import LOCK_EX, LOCK_NB, flock
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.utils import timezone

from yemai.base.jobs.models import Job
from yemai.base.messages.models import Robot
from yemai.base.messages.queries import outbox_state
from yemai.base.parameters.queries import calendar_warning
from yemai.conf import prepare, seeding, tables

GIGABYTE = 1_000_000_000
LATE = timedelta(minutes=15)


class Level(StrEnum):
    """Fine; worth doing something about; broken."""

    OK = "ok"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True)
class Finding:
    """One line: what was looked at, how it is, and what to do."""

    level: Level
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.level.value:<8} {self.subject}: {self.text}"


Findings = Iterator[Finding]


def ok(subject: str, text: str) -> Finding:
    """All is well."""
    return Finding(Level.OK, subject, text)


def warning(subject: str, text: str) -> Finding:
    """It runs, but somebody should act."""
    return Finding(Level.WARNING, subject, text)


def error(subject: str, text: str) -> Finding:
    """It does not do its work."""
    return Finding(Level.ERROR, subject, text)


def inspect() -> Findings:
    """Everything, in the order in which one thing needs another; stops where the rest would only repeat the cause."""
    yield from place()
    yield from web()
    yield from database()
    if tables.state() is not tables.Tables.CURRENT:
        return
    now = timezone.now()
    for look in (town, calendar, worker, jobs, outbox, robots):
        yield from look(now)


def place() -> Findings:
    """The data directory (whose writability the settings proved), its keys and its disk."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    text = f"{settings.DATA_DIR}, {free / GIGABYTE:.1f} GB free"
    if free < GIGABYTE // 2:
        yield error("disk", f"{text}. Make room now: photos and reports will soon be refused.")
    elif free < 5 * GIGABYTE:
        yield warning(
            "disk", f"{text}. Make room, or move the directory to a larger disk (yemai backup, yemai restore)."
        )
    else:
        yield ok("data directory", text)
    for name in ("secret", "keys"):
        path = settings.DATA_DIR / name
        if path.exists() and path.stat().st_mode & 0o077:
            yield error("secrets", f"{path} can be read by others. Run: chmod 600 {path}")
    yield ok("secrets", "strong enough; keep a backup of them apart from the data")


def web() -> Findings:
    """Whether what people type reaches the system safely."""
    url = urlsplit(settings.PUBLIC_URL)
    local = url.hostname in {"localhost", "127.0.0.1", "::1"}
    if local:
        yield warning(
            "address",
            "YEMAI_URL is not set, so links in messages lead nowhere outside this machine. "
            "Set it to the address people type.",
        )
    elif not settings.HTTPS:
        yield error(
            "address",
            f"{settings.PUBLIC_URL} is not encrypted. Put a proxy with HTTPS before it (ops/README.md) and set YEMAI_URL=https://…",
        )
    else:
        yield ok("address", settings.PUBLIC_URL)
    if "*" in settings.ALLOWED_HOSTS and not local:
        yield warning(
            "hosts", "any host name is answered to. Leave YEMAI_HOSTS unset, or name the host names people type."
        )
    if settings.HTTPS and not settings.TRUSTED_PROXIES:
        yield error(
            "proxies",
            "HTTPS is on, yet no proxy is trusted, so every request looks unencrypted. "
            "Set YEMAI_PROXIES, such as 127.0.0.1",
        )
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        yield warning(
            "e-mail",
            f"nothing is sent; letters are written to {settings.EMAIL_FILE_PATH}. Set YEMAI_EMAIL=smtp+tls://…",
        )
    else:
        yield ok("e-mail", f"by {settings.EMAIL_HOST}")
    if settings.SMS_BACKEND.endswith("ConsoleSms"):
        yield warning(
            "SMS",
            "nothing is sent; text messages are only written to the log. Set YEMAI_SMS_BACKEND to a provider's class.",
        )


def database() -> Findings:
    """Does it answer, is it whole, and are its tables of this version?"""
    kind = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[connection.vendor]
    state = tables.state()
    if state is tables.Tables.NEW:
        yield error("database", f"{kind}, but empty. Run: yemai init (or yemai demo)")
    elif state is tables.Tables.BEHIND:
        yield error(
            "database",
            f"{kind}, {len(tables.pending())} change(s) behind this version. Run: yemai backup DIR, then yemai migrate",
        )
    else:
        yield ok("database", f"{kind}, tables of this version")
    if connection.vendor == "sqlite" and state is not tables.Tables.NEW:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA quick_check(1)")
            if (verdict := cursor.fetchone()[0]) != "ok":
                yield error(
                    "database",
                    f"the file is damaged ({verdict}). Stop Yemai, and restore the last backup: yemai restore FILE",
                )


def town(now: datetime) -> Findings:
    """Is there ground, and is it real?"""
    if not seeding.has_town():
        yield error("town", "there is none. Run: yemai init (or yemai demo)")
    elif prepare.is_demo():
        yield warning(
            "town",
            "this is the invented demo town, whose passwords are public. Start a real one in another --data directory.",
        )
    else:
        yield ok("town", "there")


def calendar(now: datetime) -> Findings:
    """Do working days and holidays reach far enough ahead?"""
    text = calendar_warning(timezone.localdate(now))
    yield warning("calendar", str(text)) if text else ok("calendar", "reaches far enough ahead")


def worker(now: datetime) -> Findings:
    """A living worker holds a lock in the data directory."""
    with (settings.DATA_DIR / "worker.lock").open("a+") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            yield ok("worker", "alive")
            return
    yield error("worker", "none is running: no reminder and no message goes out. Start `yemai up` (or `yemai worker`).")


def jobs(now: datetime) -> Findings:
    """Is anything that was due left undone?"""
    late = Job.objects.filter(state=Job.State.WAITING, run_at__lt=now - LATE)
    failed = Job.objects.filter(state=Job.State.FAILED, finished_at__gt=now - timedelta(days=7))
    if count := late.count():
        kinds = ", ".join(sorted(set(late.values_list("kind", flat=True)[:200])))
        yield error(
            "jobs",
            f"{count} waiting for more than {LATE.seconds // 60} minutes ({kinds}). "
            "Is the worker alive, and what does its log say?",
        )
    if count := failed.count():
        kinds = ", ".join(sorted(set(failed.values_list("kind", flat=True)[:200])))
        yield warning("jobs", f"{count} given up in the last week ({kinds}). See them at {settings.PUBLIC_URL}/office/")
    if not late.exists() and not failed.exists():
        yield ok("jobs", "none late, none given up")


def outbox(now: datetime) -> Findings:
    """Do messages leave?"""
    state = outbox_state(now - LATE)
    if state.late:
        since = timezone.localtime(state.oldest_due_at) if state.oldest_due_at else now
        yield error(
            "messages",
            f"{state.late} waiting since {since:%Y-%m-%d %H:%M}. Is the worker alive, does the mail server answer?",
        )
    if state.failed:
        yield warning(
            "messages",
            f"{state.failed} could not be delivered. "
            f"Look at and send them again at {settings.PUBLIC_URL}/messages/failures/",
        )
    if not state.late and not state.failed:
        yield ok("messages", "none late, none failed")


def robots(now: datetime) -> Findings:
    """Do the group robots answer?"""
    active = list(Robot.objects.filter(is_active=True).order_by("pk"))
    for robot in active:
        if robot.last_error:
            yield warning(
                "robot",
                f"“{robot.name}” was refused: {robot.last_error}. "
                "Check its address and keyword in the group's settings.",
            )
        elif robot.blocked_until_at and robot.blocked_until_at > now:
            yield warning(
                "robot",
                f"“{robot.name}” is held back until "
                f"{timezone.localtime(robot.blocked_until_at):%H:%M} by its rate limit.",
            )
    if not active:
        yield ok("robots", "none set up; groups are not told of anything")


def story() -> Findings:
    """Walk every story's chain of hashes."""
    from yemai.modules.cases.queries import first_broken_link

    broken = first_broken_link()
    if broken is None:
        yield ok("story", "every chain holds")
    else:
        yield error(
            "story",
            f"case {broken.code}, row {broken.seq}: {broken.why}. Somebody changed the record outside Yemai: "
            "keep this database, compare it with a backup, and tell whoever answers for the data.",
        )
