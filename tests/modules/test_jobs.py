"""Jobs: each done once by whoever comes first, tried again in time, given up visibly, taken over from the dead."""

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from yemai.base.jobs import registry
from yemai.base.jobs.actions import ATTEMPTS, LEASE, enqueue, progress, retry, run_due, tidy
from yemai.base.jobs.models import Job
from yemai.base.jobs.worker import work_forever
from yemai.kernel.refusals import Absent

pytestmark = pytest.mark.django_db


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """No kinds but those a test registers."""
    monkeypatch.setattr(registry, "HANDLERS", handlers := {})
    monkeypatch.setattr(registry, "BEATS", beats := {})
    monkeypatch.setattr("yemai.base.jobs.actions.HANDLERS", handlers)
    monkeypatch.setattr("yemai.base.jobs.actions.BEATS", beats)


class Broken(Exception):
    """What a job under test raises."""


@pytest.fixture
def ran(kinds: None) -> list[Any]:
    """What jobs of the kinds `note` (writes its payload here) and `break` (always raises) did."""
    done: list[Any] = []

    @registry.job("note")
    def note(work: Job, now: datetime) -> dict[str, Any]:
        done.append(work.payload)
        return {"noted": len(done)}

    @registry.job("break")
    def breaking(work: Job, now: datetime) -> None:
        done.append("broke")
        raise Broken("the printer is on fire")

    return done


def test_a_job_is_done_once_with_its_payload(ran: list[Any], now: datetime) -> None:
    work = enqueue("note", {"case": 7}, run_at=now)
    assert run_due(now) == 1
    assert run_due(now + timedelta(days=1)) == 0
    assert ran == [{"case": 7}]
    work.refresh_from_db()
    assert (work.state, work.result, work.finished_at, work.attempts) == (Job.State.DONE, {"noted": 1}, now, 1)


def test_a_job_waits_for_its_time(ran: list[Any], now: datetime) -> None:
    enqueue("note", run_at=now + timedelta(hours=1))
    assert run_due(now) == 0
    assert run_due(now + timedelta(hours=1)) == 1


def test_jobs_are_done_in_the_order_of_their_times_and_no_more_than_asked(ran: list[Any], now: datetime) -> None:
    for hours in (1, 3, 2):
        enqueue("note", {"hours": hours}, run_at=now - timedelta(hours=hours))
    assert run_due(now, limit=2) == 2
    assert [payload["hours"] for payload in ran] == [3, 2]


def test_a_key_makes_one_job_of_two_wishes(ran: list[Any], now: datetime) -> None:
    first = enqueue("note", {"n": 1}, run_at=now, key="import-7")
    assert enqueue("note", {"n": 2}, run_at=now, key="import-7") == first
    run_due(now)
    assert enqueue("note", {"n": 3}, run_at=now, key="import-7").state == Job.State.DONE
    run_due(now)
    assert ran == [{"n": 1}]


def test_a_kind_nobody_knows_waits(ran: list[Any], now: datetime) -> None:
    work = enqueue("of.a.later.version", run_at=now)
    assert run_due(now) == 0
    work.refresh_from_db()
    assert work.state == Job.State.WAITING


def test_a_job_of_a_transaction_undone_never_was(ran: list[Any], now: datetime) -> None:
    with pytest.raises(Broken), transaction.atomic():
        enqueue("note", run_at=now)
        raise Broken
    assert run_due(now) == 0


def test_a_failing_job_is_tried_again_later_and_later_then_given_up(ran: list[Any], now: datetime) -> None:
    work = enqueue("break", run_at=now)
    other = enqueue("note", run_at=now)
    waits, moment = [], now
    while True:
        assert run_due(moment)
        work.refresh_from_db()
        if work.state != Job.State.WAITING:
            break
        assert run_due(work.run_at - timedelta(seconds=1)) == 0
        waits.append((work.run_at - moment).total_seconds())
        moment = work.run_at
    assert waits == [10, 20, 40, 80, 160, 320, 640]
    assert (work.state, work.attempts, work.error) == (Job.State.FAILED, ATTEMPTS, "Broken: the printer is on fire")
    assert work.finished_at == moment
    other.refresh_from_db()
    assert other.state == Job.State.DONE
    assert run_due(moment + timedelta(days=30)) == 0


def test_a_job_given_up_can_be_tried_again_by_hand(ran: list[Any], now: datetime) -> None:
    work = enqueue("break", run_at=now)
    with pytest.raises(Absent):
        retry(work.pk, now=now)
    Job.objects.filter(pk=work.pk).update(state=Job.State.FAILED, attempts=ATTEMPTS, finished_at=now)
    assert retry(work.pk, now=now).attempts == 0
    assert run_due(now) == 1
    work.refresh_from_db()
    assert (work.state, work.attempts) == (Job.State.WAITING, 1)


@pytest.mark.parametrize("result", [object(), {1, 2}, {"at": timezone}])
def test_a_result_that_can_not_be_kept_is_an_error_of_the_job_alone(kinds: None, now: datetime, result: object) -> None:
    registry.job("odd")(lambda work, moment: result)
    work = enqueue("odd", run_at=now)
    assert run_due(now) == 1
    work.refresh_from_db()
    assert work.state == Job.State.WAITING
    assert "TypeError" in work.error


def test_an_error_with_a_nul_in_it_is_kept(kinds: None, now: datetime) -> None:
    def raising(work: Job, moment: datetime) -> None:
        raise Broken("\x00 in the file")

    registry.job("nul")(raising)
    work = enqueue("nul", run_at=now)
    run_due(now)
    work.refresh_from_db()
    assert work.error == "Broken: � in the file"


def test_progress_is_seen_and_keeps_the_claim(kinds: None, now: datetime) -> None:
    seen: list[tuple[int, int]] = []
    leases: list[datetime] = []

    @registry.job("long")
    def long(work: Job, moment: datetime) -> None:
        Job.objects.filter(pk=work.pk).update(lease_until=timezone.now())
        progress(work, 3, 10)
        row = Job.objects.get(pk=work.pk)
        seen.append((row.done, row.total))
        leases.append(row.lease_until)

    enqueue("long", run_at=now)
    run_due(now)
    assert seen == [(3, 10)]
    assert leases[0] > timezone.now() + LEASE / 2


def claimed_by_the_dead(work: Job, attempts: int = 1) -> None:
    """As a worker leaves it that was killed while doing it, a lease ago."""
    Job.objects.filter(pk=work.pk).update(
        state=Job.State.RUNNING, attempts=attempts, lease_until=timezone.now() - timedelta(seconds=1)
    )


def test_what_a_dead_worker_held_is_taken_again(ran: list[Any], now: datetime) -> None:
    work = enqueue("note", {"n": 1}, run_at=now)
    claimed_by_the_dead(work)
    assert run_due(now) == 1
    assert ran == [{"n": 1}]


def test_what_a_living_worker_holds_is_left_alone(ran: list[Any], now: datetime) -> None:
    work = enqueue("note", run_at=now)
    Job.objects.filter(pk=work.pk).update(
        state=Job.State.RUNNING, attempts=1, lease_until=timezone.now() + timedelta(minutes=1)
    )
    assert run_due(now + timedelta(days=1)) == 0


def test_a_job_that_kills_its_workers_is_given_up(ran: list[Any], now: datetime) -> None:
    work = enqueue("note", run_at=now)
    claimed_by_the_dead(work, attempts=ATTEMPTS)
    assert run_due(now) == 0
    work.refresh_from_db()
    assert (work.state, ran) == (Job.State.FAILED, [])
    assert "died" in work.error


def test_a_worker_thought_dead_overwrites_nothing(kinds: None, now: datetime) -> None:
    """It was only slow: another took the job meanwhile and finished; the late result is not written."""

    @registry.job("slow")
    def slow(work: Job, moment: datetime) -> dict[str, int]:
        if work.attempts == 1:
            claimed_by_the_dead(work)
            assert run_due(moment) == 1
            progress(work, 9, 9)
        return {"attempt": work.attempts}

    work = enqueue("slow", run_at=now)
    run_due(now)
    work.refresh_from_db()
    assert (work.state, work.result, work.attempts, work.done) == (Job.State.DONE, {"attempt": 2}, 2, 0)


# --- by the clock ----------------------------------------------------------------------------------------------------


@pytest.fixture
def beats(kinds: None) -> list[datetime]:
    """The moments at which a job of every five minutes ran."""
    moments: list[datetime] = []
    registry.every("tick", minutes=5)(lambda now: moments.append(now))
    return moments


def test_each_turn_is_taken_exactly_once(beats: list[datetime], now: datetime) -> None:
    for minute in range(12):
        for _again in range(3):
            run_due(now + timedelta(minutes=minute))
    assert beats == [now, now + timedelta(minutes=5), now + timedelta(minutes=10)]


def test_missed_turns_are_not_made_up_for(beats: list[datetime], now: datetime) -> None:
    run_due(now)
    run_due(now + timedelta(hours=6))
    assert len(beats) == 2


def test_a_failing_turn_gives_way_to_the_next(kinds: None, now: datetime) -> None:
    tries: list[datetime] = []

    @registry.every("tick", minutes=5)
    def tick(moment: datetime) -> None:
        tries.append(moment)
        raise Broken

    for seconds in range(0, 600, 5):
        run_due(now + timedelta(seconds=seconds))
    assert [round((at - now).total_seconds()) for at in tries] == [0, 10, 30, 70, 150, 300, 310, 330, 370, 450]
    assert list(Job.objects.values_list("state", flat=True)) == [Job.State.FAILED] * 2


def test_two_functions_of_one_name_are_an_error(kinds: None) -> None:
    registry.every("tick", minutes=5)(lambda now: None)
    with pytest.raises(ValueError, match="tick"):
        registry.job("tick")(lambda work, now: None)
    with pytest.raises(ValueError, match="0 minutes"):
        registry.every("never", minutes=0)


def test_old_rows_are_removed_and_failures_stay_to_be_seen(ran: list[Any], now: datetime) -> None:
    registry.every("tick", minutes=5)(lambda moment: None)
    days: dict[str, tuple[str, str, int]] = {
        "turn of today": ("tick", Job.State.DONE, 0),
        "turn of last week": ("tick", Job.State.DONE, 7),
        "done last week": ("note", Job.State.DONE, 7),
        "done in winter": ("note", Job.State.DONE, 40),
        "failed in winter": ("note", Job.State.FAILED, 40),
        "failed last year": ("note", Job.State.FAILED, 200),
        "waiting for ages": ("later", Job.State.WAITING, 400),
    }
    for key, (kind, state, ago) in days.items():
        then = now - timedelta(days=ago)
        finished = None if state == Job.State.WAITING else then
        Job.objects.create(kind=kind, key=key, state=state, run_at=then, finished_at=finished)
    assert tidy(now) == 3
    left = set(Job.objects.values_list("key", flat=True))
    assert left == {"turn of today", "done last week", "failed in winter", "waiting for ages"}


def test_the_system_registers_its_own() -> None:
    assert {"jobs.tidy", "cases.remind", "files.sweep", "messages.deliver"} <= set(registry.BEATS)


# --- several at once, and the loop -----------------------------------------------------------------------------------


def in_threads(count: int, work: Callable[[], Any]) -> list[Any]:
    """What `work` gave in each of `count` threads that started together."""
    together, given = threading.Barrier(count), []

    def one() -> None:
        try:
            together.wait()
            given.append(work())
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return given


@pytest.mark.django_db(transaction=True)
def test_of_workers_that_race_one_does_each_job(ran: list[Any], now: datetime) -> None:
    registry.every("tick", minutes=5)(lambda moment: ran.append({"n": "tick"}))
    for number in range(20):
        enqueue("note", {"n": number}, run_at=now)
    counts = in_threads(4, lambda: run_due(now, 100) + run_due(now, 100))
    assert sum(counts) == 21
    assert sorted(str(payload["n"]) for payload in ran) == sorted([*map(str, range(20)), "tick"])
    assert set(Job.objects.values_list("state", "attempts")) == {(Job.State.DONE, 1)}


@pytest.mark.django_db(transaction=True)
def test_of_wishes_that_race_one_job_comes(ran: list[Any], now: datetime) -> None:
    made = in_threads(4, lambda: enqueue("note", run_at=now, key="once").pk)
    assert len(made) == 4
    assert len(set(made)) == 1


@pytest.fixture
def stop() -> Iterator[threading.Event]:
    """The event that stops a loop; set at the end so that none outlives its test."""
    event = threading.Event()
    yield event
    event.set()


@pytest.mark.django_db(transaction=True)
def test_the_loop_finishes_the_job_under_way_and_takes_no_other(kinds: None, stop: threading.Event) -> None:
    done: list[int] = []

    @registry.job("stopping")
    def stopping(work: Job, moment: datetime) -> None:
        stop.set()
        done.append(work.pk)

    for _ in range(3):
        enqueue("stopping", run_at=timezone.now() - timedelta(minutes=1))
    work_forever(stop)
    assert len(done) == 1
    assert Job.objects.filter(state=Job.State.DONE).count() == 1


@pytest.mark.django_db(transaction=True)
def test_once_does_all_that_is_due_and_ends(ran: list[Any], stop: threading.Event) -> None:
    for _ in range(3):
        enqueue("note", run_at=timezone.now() - timedelta(minutes=1))
    enqueue("note", run_at=timezone.now() + timedelta(hours=1))
    enqueue("break", run_at=timezone.now() - timedelta(minutes=1))
    work_forever(stop, once=True)
    assert len(ran) == 4
    assert not stop.is_set()
