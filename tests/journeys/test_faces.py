"""One case through all five faces, and each face's other way out: by the words on the buttons, on a phone and at a desk."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import timezone

from tests.journeys.test_outbox import SEND, photo, report_page, sign_in
from tests.world import World, build
from yemai.modules.cases.models import Case, StoryStep
from yemai.modules.cases.terms import Stage

WIDTHS = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1366, "height": 768}}
TEXT = "3栋二单元门口路灯不亮，晚上看不见台阶"
Opened = Callable[[str], Any]


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


@pytest.fixture(params=WIDTHS)
def opened(request: pytest.FixtureRequest, town: World, chromium: Any, live_server: Any) -> Iterator[Opened]:
    """`opened("worker")` is that person's browser, signed in once; `opened("")` the resident's."""
    contexts: dict[str, Any] = {}

    def of(who: str) -> Any:
        if who not in contexts:
            contexts[who] = chromium.new_context(
                base_url=live_server.url, locale="zh-CN", timezone_id="Asia/Shanghai", viewport=WIDTHS[request.param],
                has_touch=request.param == "phone", is_mobile=request.param == "phone",
            ).new_page()  # fmt: skip
            if who:
                sign_in(contexts[who], who)
        return contexts[who]

    yield of
    for page in contexts.values():
        page.context.close()


def fits(page: Any) -> None:
    """Nothing sticks out to the right."""
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), page.url


def open_list(page: Any, address: str) -> Any:
    """A list of the person's, which must hold exactly one row."""
    page.goto(address)
    fits(page)
    rows = page.locator("[data-queue-item]")
    assert rows.count() == 1, page.inner_text("main")
    return rows.first


def take(page: Any, address: str, button: str, **fields: Any) -> None:
    """Press a button of the one row of a list, fill what its form asks, press its button; the list comes back."""
    row = open_list(page, address)
    wanted = row.get_by_role("link", name=button, exact=True)
    if not wanted.count():  # the rarer verbs stand on the case's own page
        row.locator(".queue-title").click()
        page.wait_for_selector("h1")
        fits(page)
        wanted = page.get_by_role("link", name=button, exact=True).or_(
            page.get_by_role("button", name=button, exact=True)
        )
        if not wanted.first.is_visible():
            page.locator("summary:visible", has_text="更多").first.click()
    wanted.first.click()
    form = page.locator("form.step-form:visible")
    form.wait_for()
    for name, value in fields.items():
        field = form.locator(f"[name={name}]")
        if isinstance(value, list):
            field.first.set_input_files(value)
            form.locator(".photo-tile").first.wait_for()
        elif field.first.get_attribute("type") in ("radio", "checkbox"):
            form.locator(f"[name={name}][value='{value}']").check()
        elif field.first.evaluate("field => field.tagName") == "SELECT":
            field.first.select_option(label=value)
        else:
            field.first.fill(value)
    fits(page)
    form.locator("button[type=submit]").last.click()
    form.wait_for(state="detached")


def report(page: Any) -> Case:
    """Tell what is wrong: words, a place in words, send."""
    report_page(page)
    fits(page)
    page.fill("[name=text]", TEXT)
    page.fill("[name=place_text]", "丽发新城3栋")
    page.click(SEND)
    page.wait_for_url("**/r/*/**")
    page.wait_for_selector(".progress-words")
    fits(page)
    return Case.objects.get()


def stage(case: Case) -> str:
    """Where it stands."""
    return Case.objects.values_list("stage", flat=True).get(pk=case.pk)


def test_one_case_through_all_five_faces(opened: Opened, town: World) -> None:
    resident = opened("")
    case = report(resident)
    assert case.tracking_code in resident.inner_text("main").replace("-", "")
    resident.goto("/my/reports/")
    fits(resident)
    assert TEXT[:10] in resident.inner_text("main")

    take(opened("intake"), "/work/intake/", "受理", category="路灯")
    take(opened("worker"), "/work/take/", "接办")
    take(opened("worker"), "/work/mine/", "上报上级", text="灯杆里的线断了，网格里修不了")
    take(opened("leader"), "/work/consult/", "召集会商", text="请物业一起看看怎么办")
    take(opened("leader"), "/work/consult/", "会商决定", text="请环卫所来修", department=town.units["sanitation"].name)
    take(opened("sanitation"), "/work/units/", "处置反馈", text="换了灯，亮了", outcome="solved")
    take(opened("checker"), "/work/check/", "核查不通过，返工", text="还是一闪一闪的")
    take(opened("sanitation"), "/work/units/", "处置反馈", text="线也换了", outcome="solved")
    take(opened("checker"), "/work/check/", "核查通过")
    assert stage(case) == Stage.RATING


def test_from_dispatch_to_the_residents_score(opened: Opened, town: World) -> None:
    resident = opened("")
    case = report(resident)
    take(opened("intake"), "/work/intake/", "受理", category="路灯")
    take(opened("worker"), "/work/take/", "接办")
    take(opened("worker"), "/work/mine/", "上报上级", text="线断了，修不了")
    take(opened("leader"), "/work/consult/", "上报上级", text="三支队伍也修不了")
    take(opened("dispatcher"), "/work/dispatch/", "派遣", department=town.units["water"].name)
    take(opened("water"), "/work/units/", "退单", return_reason="不属于本单位职责", text="这是环卫所的路灯")
    take(opened("dispatcher"), "/work/bounced/", "派遣", department=town.units["sanitation"].name)
    take(
        opened("sanitation"),
        "/work/units/",
        "处置反馈",
        text="换了灯，亮了",
        outcome="solved",
        photos=[photo("修好.jpg")],
    )
    water = opened("water")
    assert water.goto(f"/cases/{case.pk}/").status in (200, 404)
    take(opened("checker"), "/work/check/", "核查通过")
    assert stage(case) == Stage.RATING
    resident.goto(f"/r/{case.tracking_code}/")
    fits(resident)
    resident.get_by_role("button", name="满意", exact=True).click()
    resident.wait_for_selector("text=谢谢")
    assert stage(case) == Stage.CLOSED
    verbs = list(StoryStep.objects.filter(case=case).order_by("seq").values_list("verb", flat=True))
    assert verbs == [
        "report", "accept", "take", "escalate", "escalate", "assign", "return", "assign", "submit_feedback", "check_pass", "score",
    ]  # fmt: skip
    board = opened("worker")
    board.goto(f"/boards/{town.grids[0].code}/")
    fits(board)
    assert "已解决" in board.inner_text("main")
    assert TEXT[:6] not in board.inner_text("main"), "the public board says nothing a resident wrote"


def test_a_call_is_taken_at_the_intake_desk_and_the_score_asked_on_the_spot(opened: Opened, town: World) -> None:
    intake = opened("intake")
    intake.goto("/intake/new/")
    fits(intake)
    intake.fill("[name=text]", TEXT)
    intake.fill("[name=place_text]", "丽发新城3栋")
    intake.fill("[name=phone]", "13800138000")
    intake.locator("main form button[type=submit]").last.click()
    intake.wait_for_url("**/cases/**")
    case = Case.objects.get()
    if stage(case) == Stage.REPORTED:
        take(intake, "/work/intake/", "受理", category="路灯")
    take(opened("worker"), "/work/take/", "接办")
    take(opened("worker"), "/work/mine/", "处置反馈", text="换了灯泡", outcome="solved", photos=[photo("修好.jpg")])
    take(opened("checker"), "/work/check/", "核查通过")
    assert stage(case) == Stage.RATING
    leader = opened("leader")
    take_to_invite(leader)
    link = leader.locator("[data-score-link], .score-link, code, input[readonly]").first
    address = link.input_value() if link.evaluate("field => 'value' in field") else link.inner_text()
    resident = opened("")
    resident.goto("/s/" + address.rstrip("/").rpartition("/")[2] + "/")
    fits(resident)
    resident.get_by_role("button", name="不满意", exact=True).click()
    resident.wait_for_load_state()
    fits(resident)
    assert Case.objects.get().score == 2


def take_to_invite(page: Any) -> None:
    """The leader's one-time code for a resident beside them."""
    open_list(page, "/work/rate/").locator(".queue-title").click()
    page.get_by_role("link", name="邀请评价", exact=True).first.click()
    form = page.locator("form.step-form:visible")
    form.wait_for()
    form.locator("button[type=submit]").last.click()
    page.wait_for_selector("img.qr")
    fits(page)
