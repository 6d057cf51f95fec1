"""What stands between the network and the views: proxies, sizes, refusals, log lines, health."""

import json
import logging
import sys
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from yemai.conf import logs, refusals
from yemai.conf.proxies import TrustedProxies
from yemai.kernel.refusals import Absent, Refused

PHONE = "13800138000"


def seen_by_views(**meta: Any) -> HttpRequest:
    """The request as it is after the proxies' middleware."""
    kept: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponse:
        kept.append(request)
        return HttpResponse()

    TrustedProxies(view)(RequestFactory().get("/", **meta))
    return kept[0]


@pytest.fixture
def one_proxy(settings: Any) -> None:
    from yemai.conf.environment import ipaddress

    settings.TRUSTED_PROXIES = [ipaddress.ip_network("10.0.0.0/8")]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


@pytest.mark.no_database
@pytest.mark.usefixtures("one_proxy")
@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "1.2.3.4, 203.0.113.9, 10.2.2.2", "203.0.113.9"),
        ("10.0.0.1", "2001:db8::1", "2001:db8::1"),
        ("10.0.0.1", "words", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("198.51.100.7", "203.0.113.9", "198.51.100.7"),
    ],
)
def test_only_our_own_proxies_say_who_asked(peer: str, forwarded: str, seen: str) -> None:
    request = seen_by_views(REMOTE_ADDR=peer, HTTP_X_FORWARDED_FOR=forwarded, HTTP_X_FORWARDED_PROTO="https")
    assert request.META["REMOTE_ADDR"] == seen
    assert request.is_secure() == (peer == "10.0.0.1")


@pytest.mark.no_database
def test_a_body_longer_than_any_form_is_refused_unread(client: Client, settings: Any) -> None:
    settings.BODY_MAX_BYTES = 1024
    response = client.post(
        "/healthz", data="x" * 2048, content_type="text/plain", headers={"accept": "application/json"}
    )
    assert response.status_code == 413
    assert response.json()["code"] == "too-large"


def refused(exception: Refused, path: str = "/work/", **headers: str) -> HttpResponse:
    """What the asker gets for a refusal."""
    return refusals.answer(RequestFactory(headers=headers).get(path), exception)


@pytest.mark.no_database
@pytest.mark.parametrize(("path", "accept"), [("/api/v1/cases", "*/*"), ("/work/", "application/json")])
def test_machines_get_a_problem_document(path: str, accept: str) -> None:
    response = refused(Refused("stale", "别人已先处理", fields={"version": "请刷新"}), path, accept=accept)
    assert (response.status_code, response["Content-Type"]) == (409, "application/problem+json")
    assert json.loads(response.content) == {
        "type": "urn:yemai:refused:stale",
        "title": "别人已先处理",
        "status": 409,
        "code": "stale",
        "instance": path,
        "fields": {"version": "请刷新"},
    }


@pytest.mark.django_db
def test_people_get_a_page_or_a_note_beside_the_page(client: Client) -> None:
    page = client.get("/r/NO-SUCH-CODE/", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "<html" in page.content.decode()
    note = client.get("/r/NO-SUCH-CODE/", headers={"accept": "text/html", "hx-request": "true"})
    assert note.status_code == 404
    assert "<html" not in note.content.decode()
    assert note["HX-Retarget"] == "#toasts"


@pytest.mark.no_database
def test_other_exceptions_go_on_as_they_were() -> None:
    middleware = refusals.Refusals(lambda request: HttpResponse())
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None
    answer = middleware.process_exception(RequestFactory(headers={"accept": "application/json"}).get("/"), Absent())
    assert answer is not None
    assert answer.status_code == 404


@pytest.mark.no_database
@pytest.mark.parametrize("as_json", [True, False])
def test_a_log_line_keeps_words_and_addresses_out(as_json: bool) -> None:
    try:
        raise ValueError(f"Key (phone)=({PHONE}) already exists")
    except ValueError:
        trouble = sys.exc_info()
    record = logging.LogRecord(
        "django.request", logging.ERROR, "", 1, "Internal Server Error: %s", (f"/s/{PHONE}/",), trouble
    )
    record.request = RequestFactory().get(f"/s/{PHONE}/")
    record.status_code = 500
    line = logs.Line(as_json=as_json).format(record)
    assert PHONE not in line
    assert "ValueError" in line
    assert "500" in line
    assert "test_web_edges.py" in line


@pytest.mark.django_db
def test_a_request_is_logged_by_its_route(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="yemai.requests"):
        client.get("/r/ABCDE-FGHJK/")
    (record,) = [record for record in caplog.records if record.name == "yemai.requests"]
    line = logs.Line(as_json=True).format(record)
    assert json.loads(line)["route"] == "/r/<str:code>/"
    assert "ABCDE" not in line


@pytest.mark.django_db
def test_alive_and_ready(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    assert client.get("/readyz").json() == {"ready": True}
