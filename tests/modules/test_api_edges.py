"""The edges of the API: bodies, headers, cursors and methods that don't fit, tokens, sessions, limits; all told as problems."""

import io
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from tests.conftest import Clock
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.audit.models import Look
from yemai.base.tokens.actions import make_token, revoke_token
from yemai.base.tokens.models import ApiToken
from yemai.base.tokens.terms import Scope
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Verb

pytestmark = pytest.mark.django_db
JSON = "application/json"
PROBLEM = "application/problem+json"
POINT = {"lon": WEST + SIDE / 2, "lat": SOUTH + SIDE / 2}


def machine(world: World, who: str, *scopes: Scope) -> Client:
    """A program that acts for somebody."""
    _row, token = make_token(world[who], label="test", scopes=scopes or Scope, now=world.now)
    return Client(headers={"Authorization": f"Bearer {token}"}, raise_request_exception=False)


def stranger() -> Client:
    """A phone."""
    return Client(raise_request_exception=False)


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem document, which it must be."""
    assert (answer.status_code, answer["Content-Type"]) == (status, PROBLEM), answer.content
    told: dict[str, Any] = answer.json()
    assert (told["status"], told["code"]) == (status, code)
    assert told["title"]
    assert told["type"].endswith(code)
    return told


# --- bodies ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b'{"lon": NaN, "lat": 1}',
        b'{"text": "\\ud800"}',
        b'{"text": "\xff"}',
        b"[" * 100_000,
        b'{"lon": ' + b"9" * 5000 + b"}",
        b'{"text": "a"} trailing',
    ],
    ids=["cut", "nan", "half", "bytes", "deep", "long", "more"],
)
def test_what_is_no_json_is_400(world: World, body: bytes) -> None:
    problem(stranger().post("/api/v1/reports", body, JSON), 400, "not-json")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x" * 5001}, "text"),
        ({"text": 5}, "text"),
        ({"text": None}, "text"),
        ({"text": "a", "lon": 181, "lat": 1}, "lon"),
        ({"text": "a", "lon": "120", "lat": 1}, "lon"),
        ({"text": "a", "lon": True, "lat": 1}, "lon"),
        ({"text": "a", "crs": "MARS"}, "crs"),
        ({"text": "a", "photos": ["not-a-uuid"]}, "photos.0"),
        ({"text": "a", "photos": [str(uuid4()) for _ in range(7)]}, "photos"),
        ({"text": "a", "happened_at": "2026-03-04T10:00:00"}, "happened_at"),
        ({"text": "a", "happened_at": 1772589600}, "happened_at"),
        ({"text": "a", "happened_at": "2026-02-30T10:00:00Z"}, "happened_at"),
        ({"text": "a", "colour": "red"}, "colour"),
    ],
)
def test_a_field_that_does_not_fit_is_named(world: World, body: dict[str, Any], field: str) -> None:
    told = problem(stranger().post("/api/v1/reports", body, JSON), 422, "invalid")
    assert list(told["fields"]) == [field]
    assert not Case.objects.exists()


@pytest.mark.parametrize("body", [[], "text", 5, None])
def test_a_body_that_is_no_object_is_422(world: World, body: Any) -> None:
    problem(stranger().post("/api/v1/reports", json.dumps(body), JSON), 422, "invalid")


@pytest.mark.parametrize("value", [2**63, 2**64, 10**400, -1, 0, 1.5, True, "1"])
def test_numbers_that_no_row_bears_are_refused_not_sent_to_the_database(world: World, value: Any) -> None:
    case = world.reported()
    answer = machine(world, "intake").post(
        f"/api/v1/cases/{case.pk}/steps/accept", json.dumps({"category": value}), JSON
    )
    assert list(problem(answer, 422, "invalid")["fields"]) == ["category"]


def test_control_characters_fall_away(world: World) -> None:
    answer = stranger().post("/api/v1/reports", {"text": "路\0灯\x1b不亮", "place_text": "3栋\n\0楼下"}, JSON)
    assert answer.status_code == 201, answer.content
    case = Case.objects.get()
    assert (case.text, case.place_text) == ("路灯不亮", "3栋 楼下")


def test_a_report_of_nothing_but_control_characters_says_nothing(world: World) -> None:
    told = problem(stranger().post("/api/v1/reports", {"text": "\0\0"}, JSON), 409, "empty")
    assert list(told["fields"]) == ["text"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_another_kind_of_body_is_415(world: World, kind: str) -> None:
    problem(stranger().generic("POST", "/api/v1/reports", b'{"text": "a"}', kind), 415, "not-taken")
    problem(stranger().generic("POST", "/api/v1/photos", b'{"text": "a"}', kind), 415, "not-taken")


def test_too_much_is_413(world: World, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    problem(stranger().post("/api/v1/reports", {"text": "a" * 1001}, JSON), 413, "too-large")
    settings.BODY_MAX_BYTES = 500
    problem(stranger().post("/api/v1/reports", {"text": "a" * 600}, JSON), 413, "too-large")


def test_a_form_cut_short_is_400(world: World) -> None:
    cut = stranger().generic("POST", "/api/v1/photos", b"--x\r\n", "multipart/form-data")
    problem(cut, 400, "unreadable")


# --- photos ------------------------------------------------------------------------------------------------------------


def picture() -> io.BytesIO:
    """A small photo."""
    drawn = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawn, "JPEG")
    drawn.seek(0)
    drawn.name = "p.jpg"
    return drawn


def test_a_photo_goes_from_the_phone_into_the_case_and_back(world: World) -> None:
    phone, worker = stranger(), machine(world, "worker")
    stored = phone.post("/api/v1/photos", {"file": picture()})
    assert stored.status_code == 201, stored.content
    sent = phone.post("/api/v1/reports", {"photos": [stored.json()["id"]], **POINT}, JSON).json()
    assert sent["is_own"]
    own = phone.get(sent["photos"][0]["url"])
    assert (own.status_code, own["Content-Type"]) == (200, "image/jpeg")
    problem(stranger().get(sent["photos"][0]["url"]), 404, "not-found")
    assert stranger().get(f"/api/v1/reports/{sent['tracking_code']}").json()["photos"] == []
    case = Case.objects.get()
    (shown,) = worker.get(f"/api/v1/cases/{case.pk}").json()["photos"]
    assert worker.get(shown["url"])["Content-Type"] == "image/jpeg"
    assert worker.get(shown["url"] + "?size=thumb").status_code == 200
    problem(worker.get(shown["url"], headers={"Accept": JSON}), 406, "not-acceptable")
    problem(machine(world, "stranger").get(shown["url"]), 404, "not-found")
    again = phone.post("/api/v1/reports", {"photos": [stored.json()["id"]]}, JSON)
    assert list(problem(again, 409, "no-such-photo")["fields"]) == ["photos"]


def test_what_is_no_photo_is_415(world: World) -> None:
    lie = io.BytesIO(b"GIF89a, not really")
    lie.name = "p.jpg"
    problem(stranger().post("/api/v1/photos", {"file": lie}), 415, "not-a-photo")
    assert list(problem(stranger().post("/api/v1/photos", {"x": "1"}), 422, "invalid")["fields"]) == ["file"]


# --- addresses and methods -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/api/",
        "/api/v1/nowhere",
        "/api/v2/cases",
        "/api/v1/boards/990101",
        "/api/v1/cases/abc",
        "/api/v1/cases/-1",
        "/api/v1/cases/0",
        f"/api/v1/cases/{2**63}",
        f"/api/v1/cases/{10**30}",
    ],
)
def test_an_address_that_is_not_there(world: World, path: str) -> None:
    problem(machine(world, "dispatcher").get(path), 404, "not-found")


@pytest.mark.parametrize(
    "path", ["reports/%00", "boards/%00", "queues/%00", "teams/%00", "cases?node=%00", "queues/take?after=%00"]
)
def test_an_address_with_a_nul_is_nobodys(world: World, path: str) -> None:
    problem(machine(world, "dispatcher").get(f"/api/v1/{path}"), 400, "bad-address")


def test_a_score_link_of_broken_bytes_is_none(world: World) -> None:
    problem(stranger().get("/api/v1/scores/%F0%28%8C%28"), 404, "no-such-link")


def test_a_number_beyond_all_numbers_is_named(world: World) -> None:
    told = problem(stranger().post("/api/v1/reports", b'{"text": "a", "lon": 1e999, "lat": 1}', JSON), 422, "invalid")
    assert list(told["fields"]) == ["lon"]


def test_a_verb_that_is_not_there(world: World) -> None:
    case = world.reported()
    worker = machine(world, "worker")
    for verb in ("dance", "report", "close", "TAKE"):
        problem(worker.post(f"/api/v1/cases/{case.pk}/steps/{verb}", {}, JSON), 404, "not-found")
    for verb in ("take", "close", "merge"):
        problem(stranger().post(f"/api/v1/reports/{case.tracking_code}/steps/{verb}", {}, JSON), 404, "not-found")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "OPTIONS", "BREW"])
def test_a_method_that_is_not_there_names_those_that_are(world: World, method: str) -> None:
    answer = stranger().generic(method, "/api/v1/reports")
    problem(answer, 405, "no-such-method")
    assert {one.strip() for one in answer["Allow"].split(",")} == {"GET", "POST"}


def test_head_is_get_without_its_body(world: World) -> None:
    whole, head = stranger().get("/api/v1/categories"), stranger().head("/api/v1/categories")
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", whole["ETag"])
    assert head["Content-Length"] == str(len(whole.content))


def test_a_fault_of_ours_is_a_problem_document_too(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("yemai.modules.cases.api.town.categories", broken)
    problem(stranger().get("/api/v1/categories"), 500, "broken")


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/xml"])
def test_what_is_not_given_is_406(world: World, accept: str) -> None:
    problem(stranger().get("/api/v1/categories", headers={"Accept": accept}), 406, "not-acceptable")


@pytest.mark.parametrize(
    "query",
    ["stage=dancing", "lamp=", "limit=0", "limit=101", "since=yesterday", "since=2026-03-04", "category=-1",
     f"handler={2**63}", "is_open=perhaps", "q=" + "x" * 61, "after=" + "x" * 401],
)  # fmt: skip
def test_a_filter_that_does_not_fit_is_named(world: World, query: str) -> None:
    told = problem(machine(world, "worker").get(f"/api/v1/cases?{query}"), 422, "invalid")
    assert list(told["fields"]) == [query.partition("=")[0]]


@pytest.mark.parametrize(
    "query",
    ["lon=nan&lat=1", "lon=inf&lat=1", "lon=181&lat=0", "lat=1", "lon=&lat=1", "lon=1,5&lat=2"],
)
def test_a_point_that_is_none(world: World, query: str) -> None:
    for path in ("places/locate", "duplicates"):
        told = problem(stranger().get(f"/api/v1/{path}?{query}"), 422, "invalid")
        assert list(told["fields"]) == ["lon"]


# --- pages -------------------------------------------------------------------------------------------------------------


def test_filters_narrow_as_the_register_does(world: World) -> None:
    first, second = world.reported("路灯不亮"), world.handled()
    far = world.reported("污水外溢", lon=WEST + 1.5 * SIDE, lat=SOUTH + SIDE / 2)
    intake = machine(world, "intake")

    def found(query: str) -> list[int]:
        answer = intake.get(f"/api/v1/cases?{query}")
        assert answer.status_code == 200, answer.content
        return [row["id"] for row in answer.json()["items"]]

    assert found("") == [far.pk, second.pk, first.pk]
    assert found("stage=handling") == [second.pk]
    assert found(f"node={world.grids[1].code}") == [far.pk]
    assert found(f"node={world.village.code}&q=路灯") == [first.pk]
    assert found("node=990199999999") == []
    assert found(f"handler={world['worker'].pk}&is_open=1") == [second.pk]
    assert found("is_open=false") == []
    assert found("since=2026-03-04T10:00:00%2B08:00") == [far.pk, second.pk, first.pk]
    assert found("since=2026-03-04T10:00:00+08:00") == [far.pk, second.pk, first.pk], "a plus sent as it is"
    assert found("since=2026-03-04T02:00:01Z") == []
    assert found("until=0001-01-01T00:00:00%2B14:00") == []
    assert found("until=9999-12-31T23:59:60-12:00") == [far.pk, second.pk, first.pk]


def test_pages_of_one_row_lead_through_a_queue(world: World) -> None:
    made = {world.reported(f"第{n}件").pk for n in range(5)}
    worker, seen, url = machine(world, "worker"), [], "/api/v1/queues/take?limit=1"
    while url:
        answer = worker.get(url)
        (row,) = answer.json()["items"]
        seen.append(row["id"])
        assert (answer.json()["next"] is None) == ("Link" not in answer)
        url = answer.get("Link", "").partition(">")[0].lstrip("<")
    assert (set(seen), len(seen)) == (made, 5)


@pytest.mark.parametrize(
    "cursor",
    ["x", "W10", "WzFd", "WyJhIl0", "WzFlOTk5XQ", "Wy0xXQ", "WzkyMjMzNzIwMzY4NTQ3NzU4MDhd", "eyJhIjogMX0",
     "WyI5OTk5LTEyLTMxVDIzOjU5OjU5LTIzOjU5IiwgMV0", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgMV0", "路"],
)  # fmt: skip
def test_a_cursor_of_nobodys_is_404_and_never_the_first_page(world: World, cursor: str) -> None:
    world.reported()
    worker = machine(world, "worker")
    for path in ("queues/take", "cases", "messages"):
        answer = worker.get(f"/api/v1/{path}?after={cursor}")
        if path != "queues/take" and cursor == "WzFd":
            assert answer.status_code == 200, "[1] is where a list by id may stand"
        else:
            problem(answer, 404, "no-such-page")


def test_lists_tell_nothing_of_who_reported(world: World) -> None:
    world.reported(name="赵大妈", phone="13800001111")
    for path in ("cases", "queues/take"):
        text = machine(world, "worker").get(f"/api/v1/{path}").content.decode()
        assert "items" in text
        assert "赵大妈" not in text
        assert "1380000" not in text


# --- versions ------------------------------------------------------------------------------------------------------------


def test_if_match_takes_the_tag_it_was_given_and_refuses_what_is_stale(world: World) -> None:
    case, worker = world.reported(), machine(world, "worker")
    tag = worker.get(f"/api/v1/cases/{case.pk}")["ETag"]
    assert tag.startswith(f'"{case.version}-')
    world.step(case, Verb.COMMENT, "leader", text="先看看")
    path = f"/api/v1/cases/{case.pk}/steps/take"
    for stale in (tag, '"1"', "1", "W/*", f'W/"{case.version + 1}"', '"words"', ""):
        problem(worker.post(path, {}, JSON, headers={"If-Match": stale}), 412, "stale")
    problem(worker.post(path, {"version": 1}, JSON), 409, "stale")
    several = f'"1", "{case.version + 1}"'
    assert worker.post(path, {}, JSON, headers={"If-Match": several}).status_code == 200


def test_a_step_sent_twice_under_one_key_is_taken_once(world: World) -> None:
    case, worker, key = world.reported(), machine(world, "worker"), str(uuid4())
    path, headers = f"/api/v1/cases/{case.pk}/steps/comment", {"Idempotency-Key": key, "If-Match": f'"{case.version}"'}
    first = worker.post(path, {"text": "去看过"}, JSON, headers=headers)
    again = worker.post(path, {"text": "去看过"}, JSON, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200), again.content
    assert first.json()["version"] == again.json()["version"] == case.version + 1
    other = machine(world, "leader").post(path, {"text": "别人的"}, JSON, headers={"Idempotency-Key": key})
    problem(other, 409, "key-taken")
    wrong = worker.post(path, {"text": "去看过"}, JSON, headers={"Idempotency-Key": "again"})
    assert list(problem(wrong, 422, "invalid")["fields"]) == ["Idempotency-Key"]


def test_a_missing_field_is_named_by_the_table(world: World) -> None:
    case, worker = world.handled(), machine(world, "worker")
    (offered,) = [
        one for one in worker.get(f"/api/v1/cases/{case.pk}").json()["steps"] if one["verb"] == "submit_feedback"
    ]
    told = problem(worker.post(f"/api/v1/cases/{case.pk}/steps/submit_feedback", {}, JSON), 409, "missing")
    assert sorted(told["fields"]) == sorted(offered["demands"]) == ["outcome", "text"]


def test_what_has_not_changed_is_304_and_what_has_is_not(world: World) -> None:
    case, worker = world.reported(), machine(world, "worker")
    for path in ("cases", f"cases/{case.pk}", "queues", "territory", "me"):
        tag = worker.get(f"/api/v1/{path}")["ETag"]
        same = worker.get(f"/api/v1/{path}", headers={"If-None-Match": f'"other", W/{tag}'})
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    tag = worker.get("/api/v1/cases")["ETag"]
    world.step(case, Verb.TAKE, "worker")
    assert worker.get("/api/v1/cases", headers={"If-None-Match": tag}).status_code == 200


# --- who -----------------------------------------------------------------------------------------------------------------


def test_a_token_does_what_it_was_made_for(world: World) -> None:
    case = world.reported(name="赵大妈", phone="13800001111")
    reading, writing = machine(world, "worker", Scope.READ), machine(world, "worker", Scope.WRITE)
    assert reading.get("/api/v1/me").json()["scopes"] == ["read"]
    problem(reading.post(f"/api/v1/cases/{case.pk}/steps/take", {}, JSON), 403, "scope")
    problem(writing.get("/api/v1/cases"), 403, "scope")
    assert writing.post(f"/api/v1/cases/{case.pk}/steps/take", {}, JSON).status_code == 200
    assert reading.get(f"/api/v1/cases/{case.pk}?reporter=1").json()["reporter"] is None
    assert not Look.objects.exists()
    told = machine(world, "worker").get(f"/api/v1/cases/{case.pk}?reporter=1")
    assert told.json()["reporter"] == {"name": "赵大妈", "phone": "13800001111"}
    assert told["Cache-Control"] == "no-store"
    assert Look.objects.count() == 1


def test_a_token_ends_with_its_day_its_person_or_its_revocation(world: World, clock: Clock) -> None:
    client = machine(world, "worker")
    token = ApiToken.objects.get()
    assert client.get("/api/v1/me").status_code == 200
    token.refresh_from_db()
    assert token.last_used_at == clock.now()
    clock.advance(days=366)
    problem(client.get("/api/v1/me"), 401, "signed-out")
    clock.advance(days=-366)
    revoke_token(token, now=clock.now())
    problem(client.get("/api/v1/me"), 401, "signed-out")
    other = machine(world, "worker2")
    person = world["worker2"]
    person.is_active = False
    person.save()
    problem(other.get("/api/v1/me"), 401, "signed-out")


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer ym_nothing", "bearer \u00e9", "Basic eDp5", "Token x"])
def test_a_header_that_names_nobody(world: World, header: str) -> None:
    answer = stranger().get("/api/v1/me", headers={"Authorization": header})
    problem(answer, 401, "signed-out")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_not_in_force_is_told_even_where_strangers_may_ask(world: World) -> None:
    problem(stranger().get("/api/v1/categories", headers={"Authorization": "Bearer ym_old"}), 401, "signed-out")


def test_a_session_writes_with_its_csrf_token_alone(world: World) -> None:
    case = world.reported()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(world["worker"])
    path = f"/api/v1/cases/{case.pk}/steps/take"
    assert browser.get("/api/v1/me").json()["scopes"] is None
    problem(browser.post(path, {}, JSON), 403, "csrf")
    browser.get("/work/new/")
    key = browser.cookies["csrftoken"].value
    assert browser.post(path, {}, JSON, headers={"X-CSRFToken": key}).status_code == 200
    assert browser.post("/api/v1/reports", {"text": "路灯不亮"}, JSON).status_code == 201, "as any stranger may"


def test_tokens_are_made_and_revoked_in_a_session_by_oneself(world: World) -> None:
    browser = world.client("worker")
    problem(machine(world, "worker").get("/api/v1/me/tokens"), 403, "scope")
    made = browser.post("/api/v1/me/tokens", {"label": "夜间报表", "scopes": ["read"], "days": 30}, JSON)
    assert made.status_code == 201, made.content
    secret = made.json()["secret"]
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/api/v1/me").json()["username"] == "worker"
    shown = browser.get("/api/v1/me/tokens").json()[0]
    assert shown["label"] == "夜间报表"
    assert "secret" not in shown
    problem(world.client("leader").delete(f"/api/v1/me/tokens/{shown['id']}"), 404, "not-found")
    assert browser.delete(f"/api/v1/me/tokens/{shown['id']}").status_code == 204
    problem(client.get("/api/v1/me"), 401, "signed-out")
    long = browser.post("/api/v1/me/tokens", {"label": "x", "days": 731}, JSON)
    assert list(problem(long, 422, "invalid")["fields"]) == ["days"]


def test_whoever_disposed_never_scores_not_even_with_the_link(world: World) -> None:
    case = world.step(world.handled(), Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome="solved")
    case = world.step(world.step(case, Verb.CHECK_PASS, "leader"), Verb.INVITE_SCORE, "leader")
    path = f"/api/v1/scores/{case.score_token}"
    problem(machine(world, "worker").post(path, {"score": 5}, JSON), 403, "not-the-disposer")
    assert stranger().get(path).json()["labels"]["5"]
    assert stranger().post(path, {"score": 1}, JSON).json() == {"score": 1, "asks_reopen": True}
    problem(stranger().post(path, {"score": 5}, JSON), 410, "link-used")
    problem(stranger().get(path), 410, "link-used")


def test_what_one_may_not_do_is_403_and_what_one_may_not_see_404(world: World) -> None:
    case = world.reported()
    problem(machine(world, "nobody").get("/api/v1/territory"), 403, "no-permission")
    problem(machine(world, "nobody").post("/api/v1/cases", {"text": "a"}, JSON), 403, "no-permission")
    problem(machine(world, "worker").post("/api/v1/cases", {"text": "a", "source": "call"}, JSON), 403, "not-yours")
    problem(machine(world, "stranger").get(f"/api/v1/cases/{case.pk}"), 404, "not-found")
    problem(machine(world, "stranger").get(f"/api/v1/teams/{world.grids[0].code}"), 404, "not-found")


def test_intake_registers_a_call_where_it_may(world: World) -> None:
    intake = machine(world, "intake")
    body = {"text": "路灯不亮", "source": "call", "name": "赵大妈", "phone": "13800001111", "node": world.grids[0].pk}
    made = intake.post("/api/v1/cases", body, JSON)
    assert made.status_code == 201, made.content
    case = Case.objects.get(pk=made.json()["id"])
    assert (case.source, case.node_id) == ("call", world.grids[0].pk)
    problem(intake.post("/api/v1/cases", {**body, "node": 10**9}, JSON), 404, "not-found")


# --- how often -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def limits(settings: Any) -> Any:
    """Few writes, counted from none."""
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(uuid4())}
    }
    settings.API_WRITES_PER_DEVICE, settings.API_WRITES_PER_ADDRESS = 2, 4
    cache.clear()
    return settings


def sent(client: Client, **more: Any) -> HttpResponse:
    """One report."""
    answer = client.post("/api/v1/reports", {"text": "路灯不亮"}, JSON, **more)
    assert isinstance(answer, HttpResponse)
    return answer


def test_a_phone_then_its_address_are_asked_to_wait(world: World, limits: Any, clock: Clock) -> None:
    phone = stranger()
    assert sent(phone).status_code == 201, "it had no cookie yet, so this one counts for its address"
    assert [sent(phone).status_code for _ in range(2)] == [201, 201]
    answer = sent(phone)
    problem(answer, 429, "too-often")
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert sent(stranger()).status_code == 201, "its neighbour may still write"
    problem(sent(stranger()), 429, "too-often")
    assert sent(stranger(), REMOTE_ADDR="203.0.113.9").status_code == 201
    assert phone.get("/api/v1/reports").status_code == 200, "reading is free"
    assert machine(world, "worker").post("/api/v1/reports", {"text": "a"}, JSON).status_code == 201, (
        "a known person too"
    )
    clock.advance(seconds=60)
    assert sent(phone).status_code == 201
    assert Case.objects.count() == 7


def test_one_household_of_ipv6_is_one_address(world: World, limits: Any) -> None:
    answers = [sent(stranger(), REMOTE_ADDR=f"2001:db8:1:2::{n:x}").status_code for n in range(5)]
    assert answers == [201, 201, 201, 201, 429]
    assert sent(stranger(), REMOTE_ADDR="2001:db8:1:3::1").status_code == 201


def test_the_tokens_of_one_person_are_not_without_end(world: World) -> None:
    for number in range(20):
        make_token(world["worker"], label=f"{number}", now=world.now, life=timedelta(days=1))
    answer = world.client("worker").post("/api/v1/me/tokens", {"label": "x"}, JSON)
    problem(answer, 409, "too-many-tokens")
