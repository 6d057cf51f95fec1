"""People in the back office: accounts, posts and absences by the actions, never beyond the reach of whoever acts."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from tests.modules.office import area_keeper, errors, last_entry, operator, saved, sent, staff
from tests.world import World
from yemai.base.people.models import Absence, Appointment, Department, Person, PostKind
from yemai.base.people.queries import phone_of

pytestmark = pytest.mark.django_db
TODAY = "2026-03-04"
NEW = {
    "username": "xinren",
    "password": "叶脉-Xin-2026",
    "name": "辛人",
    "name_en": "",
    "email": "",
    "phone": "",
    "locale": "",
}


def kind(key: str) -> PostKind:
    return PostKind.objects.get(key=key)


def post(world: World, who: str, key: str, **where: Any) -> dict[str, Any]:
    """The form of a new appointment."""
    given = {"person": world.people[who].pk, "post_kind": kind(key).pk, "public_phone": "", "valid_from": TODAY}
    return {**given, **{name: row.pk for name, row in where.items()}}


# --- accounts --------------------------------------------------------------------------------------------------------


def test_an_account_is_opened_with_a_sealed_number_and_signs_in(world: World) -> None:
    saved(staff(world, "admin"), "people/person/add/", **{**NEW, "phone": "138 0000 1111"})
    person = Person.objects.get(username="xinren")
    assert phone_of(person) == "13800001111"
    assert not person.is_staff and not person.is_superuser
    assert Client().login(username="xinren", password="叶脉-Xin-2026")
    assert last_entry("create_person").after == {"username": "xinren", "name": "辛人"}


def test_a_weak_password_or_a_name_taken_is_said_at_its_field(world: World) -> None:
    client = staff(world, "admin")
    weak = sent(client, "people/person/add/", **{**NEW, "password": "12345678"})
    assert (weak.status_code, list(errors(weak))) == (422, ["password"])
    assert "xinren" in weak.content.decode()
    assert "username" in errors(sent(client, "people/person/add/", **{**NEW, "username": "worker"}))
    assert not Person.objects.filter(username="xinren").exists()


def test_nobody_makes_themselves_or_others_more_than_they_may(world: World) -> None:
    client = staff(world, "admin")
    saved(client, "people/person/add/", **{**NEW, "is_staff": "on", "is_superuser": "on"})
    person = Person.objects.get(username="xinren")
    saved(
        client,
        f"people/person/{person.pk}/change/",
        name="辛人",
        name_en="",
        email="",
        phone="",
        is_staff="on",
        username="x",
    )
    person.refresh_from_db()
    assert (person.is_staff, person.is_superuser, person.username) == (False, False, "xinren")
    assert client.get(f"/office/people/person/{person.pk}/do/office-open/").status_code == 404
    own = world.people["admin"].pk
    assert client.post(f"/office/people/person/{own}/change/", {"name": "我"}).status_code == 403
    assert client.get(f"/office/people/person/{own}/do/password/").status_code == 404


def test_a_superuser_is_out_of_an_administrators_hands(world: World) -> None:
    operator(world)
    client, boss = staff(world, "admin"), world.people["operator"].pk
    assert client.get(f"/office/people/person/{boss}/do/password/").status_code == 404
    assert client.post(f"/office/people/person/{boss}/change/", {"name": "我"}).status_code == 403


def test_the_operator_opens_and_shuts_the_office(world: World) -> None:
    client, who = operator(world), world.people["intake"].pk
    saved(client, f"people/person/{who}/do/office-open/")
    assert world.client("intake").get("/office/cases/case/").status_code == 200
    saved(client, f"people/person/{who}/do/office-shut/")
    assert world.client("intake").get("/office/cases/case/").status_code == 403
    assert (last_entry("open_back_office").before, last_entry("open_back_office").after) == ({"is_staff": True}, {"is_staff": False})  # fmt: skip


def test_a_forgotten_password_is_reset_and_never_written_down(world: World) -> None:
    client, who = staff(world, "admin"), world.people["worker"].pk
    address = f"people/person/{who}/do/password/"
    assert "again" in errors(sent(client, address, password="叶脉-Neu-2026", again="叶脉-Neu-2027"))
    saved(client, address, password="叶脉-Neu-2026", again="叶脉-Neu-2026")
    assert Client().login(username="worker", password="叶脉-Neu-2026")
    assert "Neu" not in str(last_entry("set_password").after)


def test_closing_an_account_ends_its_posts_and_reopening_brings_none_back(world: World) -> None:
    client, who = staff(world, "admin"), world.people["worker"].pk
    saved(client, f"people/person/{who}/do/close/")
    assert not Person.objects.get(pk=who).is_active
    assert Appointment.objects.get(person=who).valid_to == date(2026, 3, 4)
    assert "王网格" not in client.get("/office/people/person/").content.decode()
    saved(client, f"people/person/{who}/do/reopen/")
    assert Person.objects.get(pk=who).is_active
    assert not Appointment.objects.filter(person=who, valid_to=None).exists()


# --- posts -----------------------------------------------------------------------------------------------------------


def test_appointing_from_the_list_brings_ex_officio_posts_along(world: World) -> None:
    client = staff(world, "admin")
    given = post(world, "nobody", "party-group-head", node=world.grids[2]) | {"duties": ["publicity"]}
    answer = client.post("/office/people/appointment/add/", given)
    assert answer.status_code == 302, errors(answer)
    held = Appointment.objects.filter(person=world.people["nobody"])
    assert {row.post_kind.key for row in held} == {"party-group-head", "micro-leader", "council-member"}
    assert held.get(post_kind__key="party-group-head").duties == ["publicity"]
    assert last_entry("appoint").path == world.grids[2].path
    derived = held.get(post_kind__key="micro-leader")
    assert client.get(f"/office/people/appointment/{derived.pk}/do/end/").status_code == 404
    source = held.get(post_kind__key="party-group-head")
    saved(client, f"people/appointment/{source.pk}/do/end/", on=TODAY)
    assert not held.filter(valid_to=None).exists()


def test_appointing_from_a_persons_page(world: World) -> None:
    client, who = staff(world, "admin"), world.people["nobody"].pk
    address = f"people/person/{who}/do/appoint/"
    given = {"post_kind": kind("department-handler").pk, "public_phone": "", "valid_from": TODAY}
    wrong = sent(client, address, **given, node=world.grids[0].pk)
    assert (wrong.status_code, "不能设在这里" in str(errors(wrong))) == (422, True)
    saved(client, address, **given, department=world.units["water"].pk)
    assert "供水所" in client.get(f"/office/people/person/{who}/change/").content.decode()


def test_a_post_one_may_not_give_is_refused(world: World) -> None:
    client = staff(world, "admin")  # lends the loop's permissions, but never the auditor's
    refused = sent(client, "people/appointment/add/", **post(world, "nobody", "auditor", node=world.town))
    assert (refused.status_code, "超出了您的管辖范围" in str(errors(refused))) == (403, True)
    own = sent(client, "people/appointment/add/", **post(world, "admin", "dispatcher", node=world.town))
    assert (own.status_code, "不能给自己任免" in str(errors(own))) == (403, True)
    auditor = Appointment.objects.get(person=world.people["auditor"])
    assert client.get(f"/office/people/appointment/{auditor.pk}/do/end/").status_code == 404
    assert not Appointment.objects.filter(person=world.people["nobody"]).exists()


def test_a_village_chief_staffs_the_village_alone(world: World) -> None:
    client = staff(world, "secretary")
    posts = client.get("/office/people/appointment/?use=all").context["cl"].queryset
    places = {row.node.path for row in posts if row.node}
    assert places and all(path.startswith(world.village.path) for path in places)
    assert not any(row.department for row in posts)
    seen = {person.username for person in client.get("/office/people/person/?use=all").context["cl"].queryset}
    assert "worker" in seen and not {"admin", "intake", "sanitation"} & seen
    saved(client, "people/appointment/add/", **post(world, "nobody", "micro-worker", node=world.grids[2]))
    town = sent(client, "people/appointment/add/", **post(world, "worker", "intake-clerk", node=world.town))
    assert "node" in errors(town)
    stranger = sent(client, "people/appointment/add/", **post(world, "intake", "micro-worker", node=world.grids[2]))
    assert "person" in errors(stranger)
    assert client.get("/office/people/postkind/").status_code == 403
    assert client.get(f"/office/people/person/{world.people['admin'].pk}/change/").status_code == 302


# --- kinds of posts --------------------------------------------------------------------------------------------------


def kind_form(row: PostKind, **other: Any) -> dict[str, Any]:
    given = {"name": row.name, "name_en": row.name_en, "team": row.team, "rank": row.rank, "duties_text": row.duties_text,
             "permissions": row.permissions, "grants": row.grants}  # fmt: skip
    return {**given, **({"is_public": "on"} if row.is_public else {}), **other}


def test_a_kind_of_post_gets_new_words_and_permissions_one_can_lend(world: World) -> None:
    client, row = staff(world, "admin"), kind("specialist")
    saved(client, f"people/postkind/{row.pk}/change/", **kind_form(row, name="专业技术人才", permissions=["case.view", "case.handle", "case.escalate"]))  # fmt: skip
    row.refresh_from_db()
    assert (row.name, row.permissions) == ("专业技术人才", ["case.view", "case.handle", "case.escalate"])
    entry = last_entry("change_post_kind")
    assert (entry.before["permissions"], entry.after["permissions"]) == (["case.view", "case.handle"], row.permissions)


@pytest.mark.parametrize(
    ("key", "change"),
    [
        ("specialist", {"permissions": ["case.view", "case.handle", "audit.view"]}),  # nothing they may hand out
        ("specialist", {"grants": ["audit.view"]}),
        ("auditor", {"permissions": []}),  # nor take away what is not theirs
        ("system-administrator", {"permissions": ["case.view", "person.view", "person.appoint"]}),  # their own
    ],
)
def test_a_kind_of_post_is_no_way_to_more_than_one_has(world: World, key: str, change: dict[str, Any]) -> None:
    client, row = staff(world, "admin"), kind(key)
    refused = sent(client, f"people/postkind/{row.pk}/change/", **kind_form(row, **change))
    assert refused.status_code == 403 and errors(refused)
    assert (kind(key).permissions, kind(key).grants) == (row.permissions, row.grants)


def test_a_new_kind_of_post_and_where_it_is_held(world: World) -> None:
    client = staff(world, "admin")
    given = {"key": "river-chief", "name": "河长", "name_en": "", "tier_key": "village", "team": "none", "rank": 90,
             "derived_from": "", "derived_relation": "same", "duties_text": "", "permissions": ["case.view"]}  # fmt: skip
    assert "tier_key" in errors(sent(client, "people/postkind/add/", **{**given, "tier_key": "moon"}))
    assert sent(client, "people/postkind/add/", **{**given, "permissions": ["audit.view"]}).status_code == 403
    saved(client, "people/postkind/add/", **given)
    made = kind("river-chief")
    assert (made.tier_key, made.permissions) == ("village", ["case.view"])
    saved(client, "people/appointment/add/", **post(world, "nobody", "river-chief", node=world.village))


# --- departments and absences ----------------------------------------------------------------------------------------


def test_a_department_is_made_renamed_and_put_out_of_use(world: World) -> None:
    client = staff(world, "admin")
    given = {"code": "gas", "name": "燃气公司", "name_en": "", "kind": "utility", "node": world.town.pk}
    saved(client, "people/department/add/", **given)
    unit = Department.objects.get(code="gas")
    words = {"name": "燃气所", "name_en": "Gas", "kind": "utility"}
    saved(client, f"people/department/{unit.pk}/change/", **words, is_active=None, code="stolen", node=world.village.pk)
    unit.refresh_from_db()
    assert (unit.name, unit.is_active, unit.code, unit.node) == ("燃气所", False, "gas", world.town)
    water = world.units["water"].pk
    refused = sent(client, f"people/department/{water}/change/", name="供水所", name_en="", kind="line")
    assert (refused.status_code, "还有人任职" in str(errors(refused))) == (409, True)
    assert client.get(f"/office/people/department/{water}/change/").status_code == 200


def test_an_absence_is_noted_and_taken_back(world: World) -> None:
    client = staff(world, "admin")
    given = {"person": world.people["worker"].pk, "deputy": world.people["stranger"].pk, "reason": "年休"}
    when = {"from_at": "2026-03-05T08:00", "to_at": "2026-03-07T18:00"}
    far = sent(client, "people/absence/add/", **{**given, "deputy": world.people["sanitation"].pk}, **when)
    assert (far.status_code, list(errors(far))) == (422, ["deputy"])
    own = sent(client, "people/absence/add/", **{**given, "deputy": world.people["admin"].pk}, **when)
    assert (own.status_code, "不能指定自己" in str(errors(own))) == (403, True)
    saved(client, "people/absence/add/", **given, **when)
    away = Absence.objects.get()
    assert away.to_at - away.from_at == timedelta(days=2, hours=10)
    saved(client, f"people/absence/{away.pk}/do/end/")
    assert not Absence.objects.exists()
    assert last_entry("end_absence").before["person"] == world.people["worker"].pk
    person = world.people["worker"].pk
    saved(client, f"people/person/{person}/do/away/", deputy="", reason="", **when)
    assert Absence.objects.get().deputy is None


def test_a_keeper_notes_absences_of_their_own_people_alone(world: World) -> None:
    client = area_keeper(world, world.grids[1])
    given = {"person": world.people["worker"].pk, "deputy": "", "reason": "", "from_at": "2026-03-05T08:00", "to_at": "2026-03-07T18:00"}  # fmt: skip
    assert "person" in errors(sent(client, "people/absence/add/", **given))
