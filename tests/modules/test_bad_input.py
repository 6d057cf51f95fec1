"""Bad input: each gets a clear answer in the user's language, and nothing is lost or done twice."""

import io
import struct
import uuid
import zlib

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook
from PIL import Image

from tests.modules.case_desk import alerts, done, fresh, last, own, photo, reported_by_phone, said, step
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.files.models import StoredFile
from yemai.modules.cases.models import Case, Category, Score
from yemai.modules.cases.terms import LocateFlag, Outcome, Stage, Verb

IN_GRID = {"lon": str(WEST + SIDE / 2), "lat": str(SOUTH + SIDE / 2)}
LONG = "楼道里堆满了东西。" * 2223
"""20,007 characters."""


@pytest.fixture
def phone() -> Client:
    """A resident's phone."""
    return Client()


# --- photos -----------------------------------------------------------------------------------------------------------


def png_that_claims(width: int, height: int) -> bytes:
    """A few bytes that would unfold to gigabytes."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def half_a_jpeg() -> bytes:
    """A photo whose sending broke off."""
    written = io.BytesIO()
    Image.effect_noise((800, 600), 90).convert("RGB").save(written, "JPEG")
    return written.getvalue()[:20_000]


PHOTOS = {
    "a page that calls itself a photo": (b"<html><script>alert(1)</script></html>", 415, "不是照片"),
    "a drawing with a script": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', 415, "不是照片"),
    "nothing at all": (b"", 415, "没有传上来"),
    "broken off on the way": (half_a_jpeg(), 415, "已损坏"),
    "a picture that unfolds to gigabytes": (png_that_claims(60_000, 60_000), 413, "像素太多"),
    "sixteen megabytes": (b"\xff\xd8\xff" + b"0" * 16_000_000, 413, "照片太大"),
    "from an iPhone": (b"\0\0\0\x18ftypheic" + b"\0" * 100, 415, "HEIC"),
}


@pytest.mark.parametrize("what", PHOTOS)
def test_a_photo_that_is_none(world: World, phone: Client, what: str) -> None:
    content, status, words = PHOTOS[what]
    bad = SimpleUploadedFile("现场.jpg", content, "image/jpeg")
    answer = phone.post("/report/", {"text": "灯坏了", "photos": [photo(), bad], **IN_GRID})
    assert answer.status_code == status, said(answer)
    assert words in said(answer)
    assert "灯坏了" in answer.content.decode()  # what was typed is still there
    assert not Case.objects.exists()
    again = phone.post("/report/", {"text": "灯坏了", **dict(answer.context["kept"]), **IN_GRID})
    assert again.status_code == 302
    assert Case.objects.get().photos.count() == 1  # the good one is not lost


def seven() -> list[SimpleUploadedFile]:
    """One photo more than there may be, each another."""
    return [photo(color) for color in ("red", "green", "blue", "white", "black", "gray", "pink")]


def test_more_photos_than_there_may_be(world: World, phone: Client) -> None:
    answer = phone.post("/report/", {"text": "灯坏了", "photos": seven(), **IN_GRID})
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "最多 6 张照片" in said(answer)
    assert phone.post("/report/", {"photos": [photo() for _n in range(30)]}).status_code == 400
    case = world.handled()
    fields = {"text": "清了", "outcome": "solved", "photos": seven()}
    refused = step(world, "worker", case, "submit_feedback", **fields)
    assert (refused.status_code, fresh(case).stage) == (422, Stage.HANDLING)


def test_what_a_photo_tells_besides_is_taken_out(world: World, phone: Client) -> None:
    written = io.BytesIO()
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (31.0, 17.0, 59.0), 3: "E", 4: (120.0, 36.0, 0.5)})
    exif[0x010F] = "某某手机"
    Image.new("RGB", (64, 48)).save(written, "JPEG", exif=exif)
    case = reported_by_phone(phone, "", photos=SimpleUploadedFile("a.jpg", written.getvalue(), "image/jpeg"))
    answer = phone.get(f"/r/{case.tracking_code}/photos/{case.photos.get().pk}/full/")
    served = b"".join(answer.streaming_content)
    assert not Image.open(io.BytesIO(served)).getexif()
    assert b"Exif" not in served


def test_a_photo_of_another_case_is_not_attached_again(world: World) -> None:
    from yemai.kernel.refusals import Refused

    first, second = world.handled(), world.handled()
    done(world, "worker", first, "submit_feedback", text="清了", outcome="solved", photos=photo())
    taken = StoredFile.objects.get()
    with pytest.raises(Refused, match="照片没有上传成功"):
        world.step(second, Verb.SUBMIT_FEEDBACK, "worker", text="清了", outcome=Outcome.SOLVED, photos=(taken.pk,))
    assert fresh(second).stage == Stage.HANDLING


# --- words ------------------------------------------------------------------------------------------------------------


def test_twenty_thousand_characters(world: World, phone: Client) -> None:
    answer = phone.post("/report/", {"text": LONG, **IN_GRID})
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert f"文字有 {len(LONG)} 字，最多 5000 字" in said(answer)
    assert LONG[:5000] in answer.content.decode()  # nothing typed is lost
    case = world.handled()
    for verb, fields in (("escalate", {}), ("submit_feedback", {"outcome": "solved"}), ("comment", {})):
        refused = step(world, "worker", case, verb, text=LONG, **fields)
        assert refused.status_code == 422, verb
        assert LONG[:5000] in refused.content.decode()
    assert "文字太长" in own(phone, case, "comment", text=LONG)
    assert fresh(case).version == case.version


def test_emoji_and_other_scripts_are_kept_as_sent(world: World, phone: Client) -> None:
    words = "😡 3号楼👨‍👩‍👧家噪音！ئۇيغۇرچە བོད་ཡིག ３栋 e\u0301 𠮷野家"
    case = reported_by_phone(phone, words, name="李😀", place_text="3栋🏠")
    assert (fresh(case).text, fresh(case).place_text) == (words, "3栋🏠")
    assert words in phone.get(f"/r/{case.tracking_code}/").content.decode()
    assert fresh(world.step(case, Verb.TAKE, "worker")).headline == words[:40] + ("…" if len(words) > 40 else "")


def test_control_characters_are_left_out_of_what_is_kept(world: World, phone: Client) -> None:
    case = reported_by_phone(phone, "灯\x07坏\x1b[31m了\r\n第二行\t\u0085\x7f")
    assert fresh(case).text == "灯坏[31m了\n第二行"
    own(phone, case, "comment", text="还\x00没\x08修")
    assert last(case).text == "还没修"
    world.step(case, Verb.TAKE, "worker")
    world.step(case, Verb.ESCALATE, "worker", text="解决\x00不了\ud83d")
    assert last(case).text == "解决不了"


@pytest.mark.parametrize("words", ["", "   ", "\x00\x07", "\u3000\n"])
def test_a_report_that_says_nothing(world: World, phone: Client, words: str) -> None:
    answer = phone.post("/report/", {"text": words, **IN_GRID})
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "请写几个字" in said(answer) or "空字符" in said(answer)


def test_words_that_are_markup_stay_words(world: World, phone: Client) -> None:
    evil = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ 7*7 }} %(x)s {0}'
    case = reported_by_phone(phone, evil, place_text=evil)
    world.step(case, Verb.TAKE, "worker")
    world.step(case, Verb.COMMENT, "worker", text=evil, is_public=True)
    pages = [phone.get(f"/r/{case.tracking_code}/"), phone.get("/my/reports/")]
    pages += [world.client("worker").get(address) for address in (f"/cases/{case.pk}/", "/work/mine/", "/cases/")]
    pages += [world.client("worker").get("/cases/", {"q": evil})]
    for page in pages:
        assert page.status_code == 200
        assert "<script>alert" not in page.content.decode()
        assert "<img src=x" not in page.content.decode()
    assert evil in said(pages[0])


ADDRESSES = """
    /?code=%00
    /report/at/%00/
    /d/%00/
    /d/%E5%B9%B2%00/
    /boards/%00/
    /r/%00/
    /s/%00/
    /map/features.json?bbox=%00
    /map/features.json?bbox=nan,nan,nan,nan
    /map/features.json?bbox=-inf,-inf,inf,inf
    /map/features.json?bbox=1e400,0,1e401,1
"""
DESK_ADDRESSES = """
    /cases/?q=%00
    /cases/?stage=%00
    /cases/?node=%00
    /cases/?rung=%00&source=%00&priority=%00&lamp=%00
    /cases/?category=99999999999999999999
    /cases/?category=%C2%B2
    /cases/?after=%00
    /cases/?after=WzBd
    /cases/?after=Wy0xXQ
    /cases/?after=W10
    /cases/?after=W251bGxd
    /cases/?after=WzEuNV0
    /cases/?after=WzFlNDAwXQ
    /work/bounced/?after=WzEsMiwzXQ
    /work/dispatch/?after=WzAsMV0
    /work/dispatch/?after=WyIyMDI2LTAxLTAxIiwxXQ
    /work/dispatch/?after=WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwxXQ
    /work/dispatch/?q=%00
    /work/%00/
    /cases/1/%00/
    /cases/99999999999999999999/
    /cases/1/photos/99999999999999999999/full/
    /intake/proposals/?text=%00&place_text=%00
"""


@pytest.mark.parametrize("address", ADDRESSES.split())
def test_addresses_nobody_has_typed(world: World, phone: Client, address: str) -> None:
    assert phone.get(address).status_code in (200, 302, 400, 404)


@pytest.mark.parametrize("address", DESK_ADDRESSES.split())
def test_desk_addresses_nobody_has_typed(world: World, address: str) -> None:
    world.reported()
    for who in ("dispatcher", "intake"):
        assert world.client(who).get(address).status_code in (200, 302, 400, 403, 404), who


# --- times and places -------------------------------------------------------------------------------------------------

WHEN = """
    happened_at               | status | words
    2026-03-04T10:11:00+08:00 | 422    | 发生时间在未来
    2027-01-01 00:00          | 422    | 发生时间在未来
    9999-12-31T23:59:59Z      | 422    | 发生时间
    0001-01-01T00:00:00+08:00 | 422    | 发生时间
    昨天                      | 422    | 发生时间不对
    2026-02-30 10:00          | 422    | 发生时间不对
    2026-03-04T10:09:00+08:00 | 302    |
    2026-03-01T10:00:00Z      | 302    |
"""


@pytest.mark.parametrize(
    ("happened_at", "status", "words"),
    [[cell.strip() for cell in line.split("|")] for line in WHEN.strip().splitlines()[1:]],
)
def test_when_it_happened(world: World, phone: Client, happened_at: str, status: str, words: str) -> None:
    answer = phone.post("/report/", {"text": "灯坏了", "happened_at": happened_at, **IN_GRID})
    assert answer.status_code == int(status), said(answer)
    assert words in alerts(answer)
    assert Case.objects.count() == (status == "302")


POINTS = """
    where                | lon        | lat        | lands in   | flag
    in the sea           | 125.5      | 30.0       | 试验镇     | outside
    in another country   | -122.4     | 37.8       | 试验镇     | outside
    zero, zero           | 0          | 0          | 试验镇     | outside
    on a shared edge     | 120.602    | 31.301     | a grid     | edge
    on a corner          | 120.602    | 31.300     | a grid     | edge
    in the sea, in words | 125.5      | 30.0       | 第1微网格  | address
"""


@pytest.mark.parametrize(
    ("where", "lon", "lat", "lands", "flag"),
    [[cell.strip() for cell in line.split("|")] for line in POINTS.strip().splitlines()[1:]],
)
def test_points_that_are_not_in_a_grid(
    world: World, phone: Client, where: str, lon: str, lat: str, lands: str, flag: str
) -> None:
    words = {"place_text": "丽发新城3栋"} if "words" in where else {}
    case = reported_by_phone(phone, "灯坏了", lon=lon, lat=lat, **words)
    assert case.locate_flag == flag
    assert case.node.name == lands or (lands == "a grid" and case.node in world.grids)
    assert (case.lon, case.lat) == (float(lon), float(lat))  # what was sent is kept
    if lands == "试验镇":  # nothing is lost: it lies on the town's desk
        assert case.pk in [row["case"].pk for row in world.client("intake").get("/work/intake/").context["rows"]]
        page = said(world.client("intake").get(f"/cases/{case.pk}/"))
        assert str(LocateFlag(flag).label) in page


@pytest.mark.parametrize(
    ("lon", "lat"),
    [("181", "31"), ("120.6", "91"), ("nan", "31"), ("inf", "31"), ("120.6", None), (None, "31"), ("东", "31")],
)
def test_points_that_are_not_on_earth(world: World, phone: Client, lon: str | None, lat: str | None) -> None:
    sent = {name: value for name, value in (("lon", lon), ("lat", lat)) if value is not None}
    answer = phone.post("/report/", {"text": "灯坏了", **sent})
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "位置" in alerts(answer)
    assert "灯坏了" in answer.content.decode()


def test_an_address_of_nowhere_waits_at_the_town(world: World, phone: Client) -> None:
    case = reported_by_phone(phone, "灯坏了", lon=None, lat=None, place_text="不存在路999弄88号")
    assert (case.node, case.locate_flag, case.place_text) == (world.town, LocateFlag.NO_POINT, "不存在路999弄88号")
    moved = done(world, "intake", case, "correct", node=world.grids[0].pk)
    assert (moved.node, moved.place_text) == (world.grids[0], "不存在路999弄88号")


@pytest.mark.parametrize("number", ["1380013800", "238001380001", "abc", "1" * 30, "+1 202 555 0100"])
def test_a_number_that_is_none(world: World, phone: Client, number: str) -> None:
    answer = phone.post("/report/", {"text": "灯坏了", "phone": number, **IN_GRID})
    assert (answer.status_code, Case.objects.count()) == (422, 0)
    assert "也可以不留电话" in said(answer)


# --- codes, doors and links of others ---------------------------------------------------------------------------------


def test_a_door_of_another_town(world: World, phone: Client) -> None:
    for address in ("/d/another-towns-door/", "/d/<script>/", "/report/at/320508001001/"):
        for answer in (phone.get(address), phone.post(address, {"text": "灯坏了"})):
            assert answer.status_code == 404
            assert "不是本镇的，或已经停用" in said(answer)
            assert "您仍可以直接上报" in said(answer)
    assert not Case.objects.exists()


def test_a_door_that_was_replaced(world: World, phone: Client) -> None:
    world.door.revoked_at = world.now
    world.door.save()
    assert phone.get(f"/d/{world.door.token}/").status_code == 404


def test_a_score_link_of_another_town(world: World, phone: Client) -> None:
    for answer in (phone.get("/s/never-ours/"), phone.post("/s/never-ours/", {"score": "5"})):
        assert answer.status_code == 404
        assert "不是本镇发出的" in said(answer)
    assert not Score.objects.exists()


def test_anothers_client_key_opens_nothing_of_theirs(world: World, phone: Client) -> None:
    key = str(uuid.uuid4())
    first = reported_by_phone(phone, "我家的事", client_key=key)
    answer = Client().post("/report/", {"text": "别人的事", "client_key": key, "not_duplicate": "1", **IN_GRID})
    assert answer.status_code == 409
    assert "编号已被使用" in said(answer)
    assert first.tracking_code not in answer.content.decode()
    for browser in (world.client("worker"), world.client("intake")):
        for address in ("/work/new/", "/intake/new/"):
            browser.post(address, {"text": "别的事", "client_key": key, "source": "call", **IN_GRID})
    assert Case.objects.count() == 1


# --- what goes out ----------------------------------------------------------------------------------------------------


def test_formulas_in_an_export_are_only_words(world: World, phone: Client) -> None:
    evil = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://evil.example","x")']
    for words in evil:
        reported_by_phone(phone, words, place_text=words)
    Category.objects.filter(pk=world.category("E0107").pk).update(name="=1+2")
    person = world["worker"]
    person.name = "=cmd()"
    person.save()
    case = world.step(world.reported(), Verb.TAKE, "worker", category=world.category("E0107").pk)
    answer = world.client("supervisor").get("/exports/cases.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert sheet.max_row == len(evil) + 2
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    for cell in cells:
        if isinstance(cell.value, str):
            assert cell.value[0] not in "=+-@\t\r", cell.value
    assert case.number in [cell.value for cell in cells]


def test_an_export_holds_what_no_spreadsheet_can(world: World) -> None:
    case = world.reported("灯坏了")
    Case.objects.filter(pk=case.pk).update(text="坏\x0b\ufffe字\x01", place_text="长" * 300)
    answer = world.client("supervisor").get("/exports/cases.xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert "坏字" in [cell.value for cell in sheet[2]]
