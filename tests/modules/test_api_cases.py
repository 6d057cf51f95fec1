"""The API through HTTP: report, step, page on, be refused in problem documents."""

from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.base.tokens.actions import make_token
from yemai.base.tokens.terms import Scope
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Verb

pytestmark = pytest.mark.django_db
JSON = "application/json"


@pytest.fixture
def world(now: datetime, clock: Any) -> World:
    """The town."""
    return build(now)


def bearer(world: World, who: str) -> Client:
    """A machine that acts for somebody."""
    return Client(
        headers={"Authorization": f"Bearer {make_token(world[who], label='test', scopes=Scope, now=world.now)[1]}"}
    )


def test_a_report_sent_twice_is_one_case(world: World) -> None:
    """The same Idempotency-Key, the same phone, the same answer."""
    phone, key = Client(), str(uuid4())
    body = {"text": "路灯不亮", "lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2}
    first = phone.post("/api/v1/reports", body, JSON, headers={"Idempotency-Key": key})
    second = phone.post("/api/v1/reports", body, JSON, headers={"Idempotency-Key": key})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["tracking_code"] == second.json()["tracking_code"]
    assert Case.objects.count() == 1
    assert first.json()["place"] == "第1微网格"


def test_somebody_elses_key_is_refused_and_shows_nothing(world: World) -> None:
    """Another phone with the same key learns nothing of the case."""
    key = str(uuid4())
    Client().post("/api/v1/reports", {"text": "路灯不亮"}, JSON, headers={"Idempotency-Key": key})
    answer = Client().post("/api/v1/reports", {"text": "路灯不亮"}, JSON, headers={"Idempotency-Key": key})
    assert answer.status_code == 409
    assert answer["Content-Type"] == "application/problem+json"
    assert "tracking_code" not in answer.json()


def test_the_loop_through_the_api(world: World) -> None:
    """Report, take, feed back, check, score: each by the one whose part it is."""
    phone = Client()
    code = phone.post(
        "/api/v1/reports", {"text": "垃圾没人收", "lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2}, JSON
    ).json()["tracking_code"]
    worker, leader = bearer(world, "worker"), bearer(world, "leader")
    pk = worker.get("/api/v1/queues/take").json()["items"][0]["id"]
    detail = worker.get(f"/api/v1/cases/{pk}")
    assert "take" in detail.json()["can"]
    assert (
        worker.post(f"/api/v1/cases/{pk}/steps/take", {}, JSON, headers={"If-Match": detail["ETag"]}).status_code == 200
    )
    done = worker.post(f"/api/v1/cases/{pk}/steps/submit_feedback", {"text": "清走了", "outcome": "solved"}, JSON)
    assert done.json()["stage"] == "checking"
    own = worker.post(f"/api/v1/cases/{pk}/steps/check_pass", {}, JSON)
    assert (own.status_code, own.json()["code"]) == (403, "not-yours")
    assert leader.post(f"/api/v1/cases/{pk}/steps/check_pass", {}, JSON).json()["stage"] == "rating"
    stranger = Client().post(f"/api/v1/reports/{code}/steps/score", {"score": 5}, JSON)
    assert stranger.status_code == 403, "a code alone does not rate: staff see codes"
    assert phone.post(f"/api/v1/reports/{code}/steps/score", {"score": 5}, JSON).json()["score"] == 5
    assert Case.objects.get(pk=pk).stage == "closed"


def test_a_stale_view_is_refused(world: World) -> None:
    """Two people saw version 1; the second to act is told."""
    case = world.reported()
    worker = bearer(world, "worker")
    world.step(case, Verb.COMMENT, "leader", text="先去看看")
    answer = worker.post(f"/api/v1/cases/{case.pk}/steps/take", {}, JSON, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale"), answer.json()
    answer = worker.post(f"/api/v1/cases/{case.pk}/steps/take", {"version": 1}, JSON)
    assert (answer.status_code, answer.json()["code"]) == (409, "stale"), answer.json()


def test_an_unchanged_case_answers_304(world: World) -> None:
    """By the ETag it gave."""
    case, worker = world.reported(), bearer(world, "worker")
    tag = worker.get(f"/api/v1/cases/{case.pk}")["ETag"]
    assert worker.get(f"/api/v1/cases/{case.pk}", headers={"If-None-Match": tag}).status_code == 304


def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    """By cursor, to the end."""
    made = {world.reported(f"第{n}件").pk for n in range(120)}
    client, seen, url = bearer(world, "intake"), [], "/api/v1/cases"
    while url:
        answer = client.get(url)
        seen += [item["id"] for item in answer.json()["items"]]
        url = answer.get("Link", "").partition(">")[0].lstrip("<")
    assert len(seen) == len(set(seen)) == 120
    assert set(seen) == made


def test_what_may_not_be_seen_is_not_there(world: World) -> None:
    """Absent and forbidden answer alike."""
    case = world.reported()
    hidden = bearer(world, "stranger").get(f"/api/v1/cases/{case.pk}")
    missing = bearer(world, "stranger").get("/api/v1/cases/999999")
    assert hidden.status_code == missing.status_code == 404
    assert hidden.json()["code"] == missing.json()["code"] == "not-found"


def test_the_reporter_is_shown_to_whom_it_concerns_and_the_look_recorded(world: World) -> None:
    """Name and number only on request, only for the task, and never unnoticed."""
    from yemai.base.audit.models import Look

    case = world.reported(name="赵大妈", phone="13800001111")
    worker = bearer(world, "intake")
    assert worker.get(f"/api/v1/cases/{case.pk}").json()["reporter"] is None
    shown = worker.get(f"/api/v1/cases/{case.pk}?reporter=true").json()["reporter"]
    assert shown == {"name": "赵大妈", "phone": "13800001111"}
    assert Look.objects.filter(subject_id=str(case.pk), actor=world["intake"]).count() == 1
    assert bearer(world, "auditor").get(f"/api/v1/cases/{case.pk}?reporter=true").status_code in (200, 404)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "/api/v1/nowhere", 404),
        ("delete", "/api/v1/reports", 405),
        ("get", "/api/v1/cases", 401),
        ("get", "/api/v1/reports/WRONG", 404),
        ("get", "/api/v1/scores/never-made", 404),
    ],
)
def test_every_refusal_is_a_problem_document(world: World, method: str, path: str, status: int) -> None:
    """RFC 9457, whoever refused."""
    answer = getattr(Client(), method)(path)
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == status


def test_a_revoked_or_unknown_token_is_nobody(world: World) -> None:
    """401, with the scheme named."""
    answer = Client(headers={"Authorization": "Bearer ym_never"}).get("/api/v1/me")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="Yemai"')
