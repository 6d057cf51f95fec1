"""On the ground without a line: what is written stays on the phone, in sight, and arrives exactly once."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from tests.world import PASSWORD, World, build
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Stage, Verb

ITEM = ".outbox-item"
SEND = "main button:text-is('发送')"


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


@pytest.fixture
def worker(town: World, phone: Any) -> Any:
    """The worker's phone, signed in, its service worker awake and in charge of the pages."""
    sign_in(phone)
    phone.goto("/work/new/")
    phone.wait_for_function("navigator.serviceWorker.controller !== null")
    report_page(phone, "/work/new/")
    return phone


@pytest.fixture
def plain_phone(chromium: Any, live_server: Any) -> Iterator[Any]:
    """A phone without a service worker, so that the test can stand between it and the server."""
    context = chromium.new_context(base_url=live_server.url, locale="zh-CN", service_workers="block")
    yield context.new_page()
    context.close()


def sign_in(page: Any, name: str = "worker") -> None:
    page.goto("/sign-in/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(lambda url: "sign-in" not in url)


def report_page(page: Any, address: str = "/report/") -> None:
    """Open a page that reports, and wait until its scripts are awake (before, the form goes the ordinary way)."""
    page.goto(address)
    page.wait_for_selector("form[data-outbox-ready]")


def photo(name: str = "现场.jpg") -> dict[str, Any]:
    body = BytesIO()
    Image.new("RGB", (2400, 1200), f"#5577{len(name) * 9:02x}").save(body, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": body.getvalue()}


def offline(page: Any, yes: bool = True) -> None:
    page.context.set_offline(yes)


def state(page: Any, wanted: str, count: int = 1) -> None:
    """Wait until `count` entries of the outbox are in a state."""
    page.wait_for_function(
        "([state, count]) => document.querySelectorAll(`[data-outbox-state=${state}]`).length === count",
        arg=[wanted, count],
    )


def test_two_reports_written_on_a_kept_page_arrive_once_each_with_their_photos(worker: Any) -> None:
    offline(worker)
    worker.fill("[name=text]", "3栋路灯不亮")
    worker.set_input_files("[data-photo-input]", [photo(), photo("远处看.jpg")])
    worker.wait_for_selector(".photo-tile >> nth=1")
    worker.click("text=只上报")
    state(worker, "waiting")
    assert worker.input_value("[name=text]") == ""
    assert worker.locator("[data-offline-note]").is_visible()
    report_page(worker, "/work/new/")  # the page itself is kept too, and its old key must not swallow the second report
    worker.fill("[name=text]", "井盖松动")
    worker.click("text=只上报")
    state(worker, "waiting", 2)
    assert worker.inner_text("[data-outbox-count]") == "2"
    assert Case.objects.count() == 0
    offline(worker, False)
    state(worker, "sent", 2)
    assert sorted(Case.objects.values_list("text", flat=True)) == ["3栋路灯不亮", "井盖松动"]
    assert Case.objects.get(text="3栋路灯不亮").photos.count() == 2
    worker.goto("/outbox/")
    worker.click(f"{ITEM} >> nth=0 >> text=查看")
    assert "3栋路灯不亮" in worker.inner_text("h1")


def test_an_answer_that_is_lost_on_the_way_makes_no_second_case(town: World, plain_phone: Any) -> None:
    lost = []

    def swallow(route: Any) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().status)  # the server took it in; the phone never hears of it
            route.abort()
        else:
            route.continue_()

    plain_phone.route("**/report/", swallow)
    report_page(plain_phone)
    plain_phone.fill("[name=text]", "河边护栏断了")
    plain_phone.click(SEND)
    state(plain_phone, "waiting")
    assert lost
    assert Case.objects.count() == 1
    plain_phone.reload()
    state(plain_phone, "sent")
    assert Case.objects.count() == 1


def test_what_is_refused_stays_with_its_reason_and_can_be_mended(worker: Any) -> None:
    offline(worker)
    worker.fill("[name=text]", "长" * 6000)
    worker.set_input_files("[data-photo-input]", [photo()])
    worker.wait_for_selector(".photo-tile")
    worker.click("text=只上报")
    state(worker, "waiting")
    offline(worker, False)
    state(worker, "refused")
    assert "最多 5000 字" in worker.inner_text(ITEM)
    assert Case.objects.count() == 0
    worker.click(f"{ITEM} >> text=修改")
    worker.wait_for_selector(".photo-tile")
    assert len(worker.input_value("[name=text]")) == 6000
    worker.fill("[name=text]", "改短了")
    worker.click("text=只上报")
    worker.wait_for_url("**/cases/*/")
    assert "已上报" in worker.inner_text(".notice")
    assert Case.objects.get().photos.count() == 1
    worker.goto("/outbox/")
    worker.wait_for_selector("text=没有待发的内容")


def test_an_entry_waits_for_its_own_writer_to_sign_in_again(worker: Any) -> None:
    offline(worker)
    worker.fill("[name=text]", "楼道灯坏了")
    worker.click("text=只上报")
    state(worker, "waiting")
    worker.context.clear_cookies(name="sessionid")
    offline(worker, False)
    worker.wait_for_selector(f"{ITEM} >> text=请登录后发送")
    sign_in(worker, "worker2")
    worker.goto("/outbox/")
    worker.wait_for_selector(f"{ITEM} >> text=等本人登录后发送")
    assert Case.objects.count() == 0
    worker.context.clear_cookies(name="sessionid")
    sign_in(worker)
    worker.goto("/outbox/")
    state(worker, "sent")
    assert Case.objects.get().reporter.username == "worker"


def test_a_step_is_taken_without_a_line_from_the_list(town: World, worker: Any) -> None:
    case = town.step(town.reported(), Verb.TAKE, "worker", now=timezone.now())
    worker.goto("/work/mine/")
    link = worker.locator(".queue-steps a[data-prefetch]").first
    address = link.get_attribute("href")
    worker.wait_for_function(
        "address => caches.open('yemai-pages').then((kept) => kept.match(address)).then(Boolean)", arg=address
    )
    offline(worker)
    link.click()
    worker.wait_for_url(f"**{address}")
    worker.wait_for_selector("form[data-outbox-ready]")
    worker.fill("[name=text]", "已清走")
    worker.check("[name=outcome][value=solved]", force=True)
    worker.click("form[data-outbox] button[type=submit]")
    worker.wait_for_url("**/outbox/")
    assert worker.title() == "待发箱"
    state(worker, "waiting")
    offline(worker, False)
    state(worker, "sent")
    case.refresh_from_db()
    assert case.stage == Stage.CHECKING


def test_signing_out_leaves_no_page_of_a_person_on_the_phone(worker: Any) -> None:
    kept = "caches.open('yemai-pages').then((kept) => kept.keys()).then((all) => all.map((one) => one.url))"
    assert any("/work/new/" in url for url in worker.evaluate(kept))
    worker.goto("/me/")
    worker.click("main form[action='/sign-out/'] button")
    worker.wait_for_url("**/")
    assert not any("/work/" in url or "/me/" in url for url in worker.evaluate(kept))


def test_a_server_that_is_busy_loses_nothing(town: World, plain_phone: Any) -> None:
    answers: list[Callable[[Any], None]] = [lambda route: route.fulfill(status=503, body="busy")]
    plain_phone.route(
        "**/report/",
        lambda route: (answers.pop() if route.request.method == "POST" and answers else type(route).continue_)(route),
    )
    report_page(plain_phone)
    plain_phone.fill("[name=text]", "楼下积水")
    plain_phone.click(SEND)
    state(plain_phone, "waiting")
    assert Case.objects.count() == 0
    plain_phone.reload()
    state(plain_phone, "sent")
    assert Case.objects.get().text == "楼下积水"
