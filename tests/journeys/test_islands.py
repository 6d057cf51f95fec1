"""The small scripts on a page: photos made smaller, a place on the map, a list by keyboard, a question before harm."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from tests.journeys.test_outbox import SEND, photo, report_page, sign_in
from tests.world import SIDE, SOUTH, WEST, World, build
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Verb


@pytest.fixture
def town(transactional_db: None) -> World:
    """The town with its cast, served."""
    return build(timezone.now())


def no_complaints(page: Any) -> list[str]:
    """What the browser complains of from now on: scripts that fail, rules of the policy that are broken."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    return found


def with_place(size: tuple[int, int]) -> dict[str, Any]:
    """A photo that says where it was taken."""
    image, body = Image.new("RGB", size, "#335577"), BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825)[1] = "N"
    image.save(body, "JPEG", exif=exif)
    return {"name": "gps.jpg", "mimeType": "image/jpeg", "buffer": body.getvalue()}


def test_photos_are_made_smaller_lose_where_they_were_taken_and_stop_at_six(town: World, phone: Any) -> None:
    report_page(phone)
    phone.set_input_files("[data-photo-input]", [with_place((4000, 3000))])
    phone.wait_for_selector(".photo-tile")
    small = phone.evaluate(
        "document.querySelector('[data-photo-input]').files[0].arrayBuffer().then((b) => [...new Uint8Array(b)])"
    )
    image = Image.open(BytesIO(bytes(small)))
    assert image.size == (1600, 1200)
    assert not image.getexif().get_ifd(0x8825)
    phone.set_input_files("[data-photo-input]", [photo(f"{n}.jpg") for n in range(6)])
    phone.wait_for_selector(".toast-note >> text=最多 6 张")
    phone.wait_for_selector("text=已选 6 张，最多 6 张")
    phone.click(".photo-tile >> nth=0 >> button")
    phone.wait_for_selector("text=已选 5 张，最多 6 张")
    assert phone.evaluate("document.querySelector('[data-photo-input]').files.length") == 5


def test_what_is_no_photo_is_said_at_once(town: World, phone: Any) -> None:
    report_page(phone)
    phone.set_input_files("[data-photo-input]", [{"name": "a.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}])
    phone.wait_for_selector(".toast-note >> text=不是照片")
    assert phone.locator(".photo-tile").count() == 0


def test_a_mistake_keeps_words_and_photos(town: World, phone: Any) -> None:
    report_page(phone)
    phone.fill("[name=text]", "长" * 6000)
    phone.set_input_files("[data-photo-input]", [photo()])
    phone.wait_for_selector(".photo-tile")
    phone.click(SEND)
    phone.wait_for_selector("[role=alert] >> text=最多 5000 字")
    assert phone.locator(".photo-tile").count() == 1
    phone.fill("[name=text]", "短")
    phone.click(SEND)
    phone.wait_for_url("**/r/**")
    assert Case.objects.get().photos.count() == 1


def test_the_phone_s_own_position_is_taken_and_the_pin_moved(town: World, phone: Any) -> None:
    complaints = no_complaints(phone)
    lon, lat = WEST + SIDE / 2, SOUTH + SIDE / 2
    phone.context.grant_permissions(["geolocation"])
    phone.context.set_geolocation({"longitude": lon, "latitude": lat, "accuracy": 12})
    report_page(phone)
    phone.click("[data-place-gps]")
    phone.wait_for_selector("text=已定位")
    assert abs(float(phone.input_value("[name=lon]")) - lon) < 1e-5
    phone.wait_for_selector(".place-name >> text=第1微网格")
    phone.locator("[data-place-canvas] canvas").click(position={"x": 60, "y": 60})
    assert float(phone.input_value("[name=lon]")) < lon
    assert float(phone.input_value("[name=lat]")) > lat
    assert complaints == []


def test_a_refused_position_leaves_the_other_ways_open(town: World, phone: Any) -> None:
    report_page(phone)
    phone.click("[data-place-gps]")
    phone.wait_for_selector("text=没有定上位")
    phone.fill("[name=text]", "没有位置也能发")
    phone.click(SEND)
    phone.wait_for_url("**/r/**")


def test_the_list_goes_by_keyboard(town: World, desk: Any) -> None:
    complaints = no_complaints(desk)
    for text in ("第一件", "第二件"):
        town.step(town.reported(text), Verb.TAKE, "worker", now=timezone.now())
    sign_in(desk)
    desk.goto("/work/mine/")
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    title = desk.inner_text(".queue-row.selected .queue-title")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/cases/*/")
    assert desk.inner_text("h1") == title
    desk.keyboard.press("/")
    desk.keyboard.type("第一件")
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/search/?q=*")
    assert desk.locator(".search-hits > li").count() == 1
    assert complaints == []


def test_a_step_opens_over_the_list_and_a_refusal_stays_in_it(town: World, desk: Any) -> None:
    complaints = no_complaints(desk)
    town.step(town.reported(), Verb.TAKE, "worker", now=timezone.now())
    sign_in(desk)
    desk.goto("/work/mine/")
    desk.click(".queue-steps a >> nth=0")
    desk.wait_for_selector("#step-dialog[open] form")
    desk.keyboard.press("Escape")
    assert not desk.locator("#step-dialog").is_visible()
    desk.click(".queue-steps a >> nth=0")
    desk.click("#step-dialog button[type=submit]")
    desk.wait_for_selector("#step-dialog [role=alert]")
    assert [line for line in complaints if "422" not in line] == []


def test_before_a_report_is_taken_back_somebody_is_asked(town: World, phone: Any) -> None:
    report_page(phone)
    phone.fill("[name=text]", "写错了")
    phone.click(SEND)
    phone.wait_for_url("**/r/**")
    phone.click("[data-confirm]")
    phone.click(".ask-dialog [value=no]")
    assert Case.objects.get().stage != "voided"
    phone.click("[data-confirm]")
    with phone.expect_navigation():
        phone.click(".ask-dialog [value=yes]")
    assert Case.objects.get().stage == "voided"


def test_a_filter_leaves_an_address_that_says_only_what_was_chosen(town: World, desk: Any) -> None:
    sign_in(desk)
    desk.goto("/cases/")
    desk.select_option("main [name=lamp]", "red")
    desk.click("main .filter-bar button")
    desk.wait_for_url("**/cases/?lamp=red")


def test_the_poster_prints_on_one_sheet_of_a3(town: World, desk: Any) -> None:
    desk.goto(f"/boards/{town.grids[0].code}/poster/")
    printed = desk.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert re.search(rb"/MediaBox\s*\[0 0 119\d", printed), "420 mm wide"


def test_a_class_is_found_by_a_few_letters_of_its_name(town: World, desk: Any) -> None:
    sign_in(desk, "intake")
    desk.goto("/intake/new/")
    classes = desk.locator("#id_category option:not([value=''])")
    many = classes.count()
    desk.get_by_placeholder("输入几个字，找类别").fill("家庭矛盾")
    assert classes.all_inner_texts() == ["婚姻家庭矛盾"]
    assert desk.eval_on_selector("#id_category", "one => one.selectedOptions[0].textContent") == "婚姻家庭矛盾"
    desk.get_by_placeholder("输入几个字，找类别").fill("")
    assert classes.count() == many
    assert desk.eval_on_selector("#id_category", "one => one.selectedOptions[0].textContent") == "婚姻家庭矛盾"
