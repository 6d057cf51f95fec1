"""`yemai check`: each thing that can be wrong is found, named, and comes with what to do."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests import world
from yemai.base.jobs.models import Job
from yemai.base.messages.actions import announce
from yemai.base.messages.models import Robot
from yemai.base.parameters.actions import set_calendar_day
from yemai.base.parameters.queries import last_library_year
from yemai.conf import inspection
from yemai.conf.inspection import Finding, Level


def found(findings: Any) -> dict[Level, str]:
    """Everything said, by level."""
    said: dict[Level, str] = {}
    for finding in findings:
        assert isinstance(finding, Finding)
        said[finding.level] = said.get(finding.level, "") + str(finding)
    return said


@pytest.fixture
def place(tmp_path: Path, settings: Any) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.mark.django_db
def test_a_late_job_is_broken_and_a_given_up_one_a_warning(now: datetime) -> None:
    assert list(found(inspection.jobs(now))) == [Level.OK]
    Job.objects.create(kind="cases.remind", run_at=now - timedelta(minutes=16))
    Job.objects.create(kind="files.sweep", run_at=now, state=Job.State.FAILED, finished_at=now)
    said = found(inspection.jobs(now))
    assert "1 waiting for more than 15 minutes (cases.remind)" in said[Level.ERROR]
    assert "1 given up in the last week (files.sweep)" in said[Level.WARNING]


@pytest.mark.django_db
def test_a_message_that_does_not_leave(now: datetime) -> None:
    town = world.build(now)
    assert list(found(inspection.outbox(now))) == [Level.OK]
    reader = town["leader"]
    reader.email = "leader@example.cn"
    reader.save()
    told = {"department": [reader]}
    announce(
        "case.rework", audiences=told, node=town.town, title="返工", text="", url="", now=now, key="x", urgent=True
    )
    later = found(inspection.outbox(now + timedelta(minutes=16)))
    assert "waiting since 2026-03-04 10:00" in later[Level.ERROR]


@pytest.mark.django_db
def test_a_robot_that_was_refused_or_is_held_back(now: datetime) -> None:
    town = world.build(now)
    common = {"node": town.town, "kind": "wecom", "url_sealed": "x"}
    Robot.objects.create(name="工作群", url_blind="a", last_error="93000 invalid webhook url", **common)
    Robot.objects.create(name="网格群", url_blind="b", blocked_until_at=now + timedelta(minutes=5), **common)
    said = found(inspection.robots(now))[Level.WARNING]
    assert "“工作群” was refused: 93000 invalid webhook url" in said
    assert "“网格群” is held back until 10:05" in said


@pytest.mark.django_db
def test_a_calendar_that_ends_soon(now: datetime) -> None:
    assert list(found(inspection.calendar(now))) == [Level.OK]
    end = now.replace(year=last_library_year(), month=12, day=1)
    assert list(found(inspection.calendar(end))) == [Level.WARNING]
    set_calendar_day(end.date().replace(year=end.year + 1, month=1), is_workday=False, actor=None, now=end)
    assert list(found(inspection.calendar(end))) == [Level.OK]


def test_a_dead_worker_is_noticed(place: Path, now: datetime) -> None:
    assert "none is running" in found(inspection.worker(now))[Level.ERROR]


@pytest.mark.parametrize(
    ("free", "level"), [(100_000_000, Level.ERROR), (2_000_000_000, Level.WARNING), (10**11, Level.OK)]
)
def test_a_disk_that_fills_up(free: int, level: Level, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free})())
    assert level in found(inspection.place())


def test_secrets_that_others_can_read(place: Path) -> None:
    (place / "keys").write_text("")
    (place / "keys").chmod(0o644)
    assert f"chmod 600 {place}/keys" in found(inspection.place())[Level.ERROR]


@pytest.mark.parametrize(
    ("given", "level", "words"),
    [
        ({"PUBLIC_URL": "http://town.example.cn"}, Level.ERROR, "is not encrypted"),
        ({"PUBLIC_URL": "https://town.example.cn", "HTTPS": True}, Level.ERROR, "no proxy is trusted"),
        (
            {"PUBLIC_URL": "https://town.example.cn", "ALLOWED_HOSTS": ["*"]},
            Level.WARNING,
            "any host name is answered to",
        ),
        ({"EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend"}, Level.WARNING, "nothing is sent"),
    ],
)
def test_a_web_that_is_not_safe(given: dict[str, Any], level: Level, words: str, settings: Any) -> None:
    for name, value in given.items():
        setattr(settings, name, value)
    assert words in found(inspection.web())[level]


@pytest.mark.django_db
def test_an_altered_story_names_its_first_broken_link(now: datetime) -> None:
    town = world.build(now)
    case = town.handled()
    assert list(found(inspection.story())) == [Level.OK]
    case.story.filter(seq=1).update(actor_label="somebody else")
    said = found(inspection.story())[Level.ERROR]
    assert f"{case.number or case.tracking_code}, row 1" in said
