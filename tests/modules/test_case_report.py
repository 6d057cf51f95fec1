"""Reporting: by door, point, words or later; the "is it one of these?" step; the phone, the desk, the field, the outbox."""

import uuid

import pytest
from django.test import Client

from tests.modules.case_desk import fresh, last, photo, reported_by_phone, said, told, verbs
from tests.world import SIDE, SOUTH, WEST, World
from yemai.modules.cases.models import Case, CasePhoto, Contact
from yemai.modules.cases.sealing import unseal_text
from yemai.modules.cases.terms import LocateFlag, Source, Stage
from yemai.modules.cases.views.kept import SIGNER

IN_GRID = {"lon": str(WEST + SIDE / 2), "lat": str(SOUTH + SIDE / 2)}


@pytest.fixture
def phone() -> Client:
    """A resident's phone that was never here before."""
    return Client()


# --- where it lands ---------------------------------------------------------------------------------------------------

PLACES = """
    how                | sent                          | lands in     | flag
    a point            | point                         | 第1微网格    | ok
    a door's QR        | door                          | 第1微网格    | ok
    a poster's QR      | poster                        | 第2微网格    | ok
    address words      | place_text=丽发新城3栋2单元   | 第1微网格    | address
    an older name      | place_text=丽发小区3栋        | 第1微网格    | address
    words in the text  | text=丽发新城3栋楼道灯坏了    | 第1微网格    | address
    nothing, later     |                               | 试验镇       | no-point
    an unknown address | place_text=天涯海角9号        | 试验镇       | no-point
"""


@pytest.mark.parametrize(
    ("how", "sent", "lands", "flag"),
    [[cell.strip() for cell in line.split("|")] for line in PLACES.strip().splitlines()[1:]],
)
def test_where_a_report_lands(world: World, phone: Client, how: str, sent: str, lands: str, flag: str) -> None:
    address, fields = "/report/", {"text": "楼道灯坏了"}
    if sent == "door":
        address = f"/d/{world.door.token}/"
    elif sent == "poster":
        address = f"/report/at/{world.grids[1].code}/"
    elif sent == "point":
        fields |= IN_GRID
    elif sent:
        name, value = sent.split("=")
        fields[name] = value
    assert phone.get(address).status_code == 200
    answer = phone.post(address, fields)
    assert answer.status_code == 302, said(answer)
    case = Case.objects.get()
    assert (case.node.name, case.locate_flag) == (lands, flag)
    assert case.path == case.node.path
    page = said(phone.get(answer["Location"]))
    assert case.tracking_code in page
    assert "收到了" in page


def test_a_door_tells_the_building_and_its_words_are_shown(world: World, phone: Client) -> None:
    assert "丽发新城3栋" in said(phone.get(f"/d/{world.door.token}/"))
    phone.post(f"/d/{world.door.token}/", {"text": "门禁坏了"})
    case = Case.objects.get()
    assert case.building == world.building
    assert (case.lon, case.lat) == (world.building.lon, world.building.lat)


def test_what_a_report_is_at_first(world: World, phone: Client) -> None:
    case = reported_by_phone(phone, "灯坏了", name="张大爷", phone="138 0013 8000", place_text="3栋门口")
    assert (case.stage, case.source, case.number, case.version) == (Stage.REPORTED, Source.RESIDENT, None, 1)
    assert verbs(case) == ["report"]
    assert last(case).actor is None
    assert case.due_at is None
    assert case.clock_due_at == world.now.replace(minute=15)  # a quarter of an hour for intake
    contact = Contact.objects.get(case=case)
    assert unseal_text(contact.phone_sealed) == "13800138000"
    assert "13800138000" not in contact.phone_sealed
    assert unseal_text(contact.name_sealed) == "张大爷"
    assert told(world, "leader", "case.reported") == 1
    assert told(world, "worker", "case.reported") == 1
    assert told(world, "stranger", "case.reported") == 0


def test_a_photo_alone_is_a_report(world: World, phone: Client) -> None:
    case = reported_by_phone(phone, "", photos=photo())
    assert CasePhoto.objects.get(case=case).moment == "report"
    sizes = [f"/r/{case.tracking_code}/photos/{case.photos.get().pk}/{size}/" for size in ("full", "thumb")]
    for address in sizes:
        assert phone.get(address)["Content-Type"] == "image/jpeg"
        assert Client().get(address).status_code == 404  # to nobody else's phone
    assert phone.get(sizes[0].replace("full", "huge")).status_code == 404


# --- is it one of these? ----------------------------------------------------------------------------------------------


def test_a_likely_duplicate_is_shown_and_can_be_followed(world: World, phone: Client) -> None:
    first = reported_by_phone(Client(), "3栋楼下垃圾没人收")
    page = phone.post("/report/", {"text": "垃圾堆成山了", **IN_GRID})
    assert page.status_code == 200
    assert "是不是这一件" in said(page)
    assert "垃圾堆成山了" in page.content.decode()  # what was typed is still there
    assert Case.objects.count() == 1
    assert "3栋楼下垃圾没人收" not in page.content.decode()  # the neighbour's own words are not shown
    phone.post(f"/r/{first.tracking_code}/follow/", {"phone": "13900139000"})
    phone.post(f"/r/{first.tracking_code}/follow/", {"phone": "13900139000"})
    assert Contact.objects.filter(case=first, role="follower").count() == 1
    assert first.tracking_code in phone.get("/my/reports/").content.decode()


def test_not_one_of_these_is_sent_on_with_its_photos(world: World, phone: Client) -> None:
    reported_by_phone(Client(), "3栋楼下垃圾没人收")
    key = str(uuid.uuid4())
    asked = phone.post(
        "/report/", {"text": "垃圾桶坏了", "client_key": key, "photos": [photo("red"), photo("blue")], **IN_GRID}
    )
    kept = [token for name, token in asked.context["kept"] if name == "kept_photos"]
    assert len(kept) == 2
    assert all(token in asked.content.decode() for token in kept)
    sent = phone.post(
        "/report/", {"text": "垃圾桶坏了", "client_key": key, "not_duplicate": "1", "kept_photos": kept, **IN_GRID}
    )
    assert sent.status_code == 302, said(sent)
    case = Case.objects.get(client_key=key)
    assert case.photos.count() == 2


def test_a_photo_is_kept_over_a_mistake_elsewhere_in_the_form(world: World, phone: Client) -> None:
    wrong = phone.post("/report/", {"text": "灯坏了", "phone": "12", "photos": photo(), **IN_GRID})
    assert wrong.status_code == 422
    assert "电话号码不对" in said(wrong)
    phone.post("/report/", {"text": "灯坏了", **dict(wrong.context["kept"]), **IN_GRID})
    assert Case.objects.get().photos.count() == 1


def test_a_forged_or_foreign_kept_photo_is_not_attached(world: World, phone: Client) -> None:
    foreign = CasePhoto.objects.get(case=reported_by_phone(Client(), "", photos=photo())).file_id
    answer = phone.post(
        "/report/",
        {"text": "灯坏了", "not_duplicate": "1", "kept_photos": [str(foreign), SIGNER.sign(str(foreign))], **IN_GRID},
    )
    assert answer.status_code == 302
    assert not Case.objects.latest("id").photos.exists()


@pytest.mark.parametrize(
    ("what", "asks"),
    [
        ("near and today", True),
        ("200 m away", False),
        ("two days ago", False),
        ("closed already", False),
        ("about something else", False),
        ("a photo alone", True),
    ],
)
def test_what_counts_as_a_likely_duplicate(world: World, phone: Client, clock, what: str, asks: bool) -> None:
    first = reported_by_phone(Client(), "3栋楼下垃圾没人收")
    point = dict(IN_GRID)
    if what == "200 m away":
        point["lon"] = str(WEST + SIDE * 1.5)
    elif what == "two days ago":
        clock.advance(days=2)
    elif what == "closed already":
        Case.objects.filter(pk=first.pk).update(stage=Stage.CLOSED)
    text = {"about something else": "3栋电梯又停了", "a photo alone": ""}.get(what, "垃圾")
    photos = {"photos": photo()} if not text else {}
    answer = phone.post("/report/", {"text": text, **photos, **point})
    assert ("是不是这一件" in said(answer)) is asks
    assert Case.objects.count() == (1 if asks else 2)


# --- sent once, from a phone, an outbox, a desk, the field ------------------------------------------------------------


def test_the_same_key_twice_is_one_report(world: World, phone: Client) -> None:
    form = {"text": "灯坏了", "client_key": str(uuid.uuid4()), **IN_GRID}
    places = {phone.post("/report/", form)["Location"] for _press in range(2)}
    assert len(places) == 1
    assert Case.objects.count() == 1
    assert verbs(Case.objects.get()) == ["report"]


def test_the_outbox_of_a_phone_without_a_line(world: World, phone: Client) -> None:
    reported_by_phone(Client(), "3栋楼下垃圾没人收")
    form = {"text": "灯坏了", "client_key": str(uuid.uuid4()), "happened_at": "2026-03-04T01:00:00Z", **IN_GRID}
    json = {"HTTP_ACCEPT": "application/json"}
    first = phone.post("/report/", form, **json)
    again = phone.post("/report/", form, **json)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    case = Case.objects.get(client_key=form["client_key"])
    assert first.json()["tracking_code"] == case.tracking_code
    assert case.happened_at.isoformat() == "2026-03-04T01:00:00+00:00"
    refused = phone.post("/report/", {"text": " ", "client_key": str(uuid.uuid4())}, **json)
    assert refused.status_code == 422
    assert "请写几个字" in refused.json()["detail"]


def test_my_reports_are_this_phones_alone(world: World, phone: Client) -> None:
    case = reported_by_phone(phone)
    assert case.tracking_code in phone.get("/my/reports/").content.decode()
    assert case.tracking_code not in Client().get("/my/reports/").content.decode()
    assert "灯坏了" in said(phone.get(f"/r/{case.tracking_code}/"))
    other = said(Client().get(f"/r/{case.tracking_code}/"))  # with the code: how it is getting on, not what was said
    assert "尽快来看" in other
    assert "灯坏了" not in other


def test_a_code_is_found_however_it_is_typed(world: World, phone: Client) -> None:
    code = reported_by_phone(phone).tracking_code
    typed = f" {code[:4].lower()}-{code[4:8]} {code[8:]}"
    assert phone.get("/", {"code": typed})["Location"] == f"/r/{code}/"
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    assert "没有找到这个查询码" in said(phone.get("/", {"code": wrong}))
    assert phone.get(f"/r/{wrong}/").status_code == 404
    assert phone.get(f"/r/{code}/qr.png").content[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_desk_writes_a_call_down_once(world: World) -> None:
    form = {
        "source": "call", "text": "小区停水了", "place_text": "丽发新城3栋", "name": "李阿姨", "phone": "0512-65551234",
        "client_key": str(uuid.uuid4()),
    }  # fmt: skip
    desk = world.client("intake")
    answers = [desk.post("/intake/new/", form) for _press in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302], said(answers[-1])
    case = Case.objects.get()
    assert {answer["Location"] for answer in answers} == {f"/cases/{case.pk}/"}
    assert (case.source, case.node) == (Source.CALL, world.grids[0])
    assert last(case).actor == world["intake"]
    assert unseal_text(case.contacts.get().phone_sealed) == "051265551234"


def test_the_desk_is_helped_while_the_caller_speaks(world: World) -> None:
    reported_by_phone(Client(), "3栋楼下垃圾没人收")
    page = said(
        world.client("intake").get(
            "/intake/proposals/", {"text": "垃圾桶上有人乱贴小广告", "place_text": "丽发新城3栋"}
        )
    )
    assert "第1微网格" in page
    assert "可能是同一件事" in page
    assert "小广告" in page


def test_the_field_reports_and_takes_in_one_press(world: World) -> None:
    form = {"text": "井盖松了", "client_key": str(uuid.uuid4()), "take": "1", "photos": photo(), **IN_GRID}
    browser = world.client("worker")
    first = browser.post("/work/new/", form)
    form["photos"] = photo()
    assert browser.post("/work/new/", form)["Location"] == first["Location"]
    case = fresh(Case.objects.get())
    assert (case.stage, case.handler, case.reporter) == (Stage.HANDLING, world["worker"], world["worker"])
    assert verbs(case) == ["report", "take"]
    assert case.photos.count() == 1


def test_a_worker_reports_what_lies_beyond_their_ground_without_taking_it(world: World) -> None:
    far = {"lon": str(WEST + SIDE * 1.5), "lat": IN_GRID["lat"]}
    answer = world.client("worker").post(
        "/work/new/",
        {"text": "井盖松了", "client_key": str(uuid.uuid4()), "take": "1", **far},
        HTTP_ACCEPT="application/json",
    )
    assert answer.status_code == 201
    case = Case.objects.get(pk=answer.json()["id"])
    assert (case.node, case.stage, case.handler) == (world.grids[1], Stage.REPORTED, None)
    assert world.client("worker").get(f"/cases/{case.pk}/").status_code == 200  # their own report stays in sight


def test_flags_that_want_a_persons_eye_are_kept(world: World, phone: Client) -> None:
    edge = reported_by_phone(phone, lon=str(WEST + SIDE), lat=IN_GRID["lat"])
    assert edge.locate_flag == LocateFlag.EDGE
    assert edge.node in world.grids[:2]
