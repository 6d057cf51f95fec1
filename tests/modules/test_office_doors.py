"""The doors of the back office: who comes in, which registers open, what leaves no trace of secrets."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from tests.modules.office import area_keeper, operator, saved, staff
from tests.world import World
from yemai.base.access.doors import Door, access_of
from yemai.base.office.registers import Register
from yemai.conf.office_menu import GROUPS

pytestmark = pytest.mark.django_db


def registers() -> dict[str, Register]:
    """Every register by its address."""
    return {f"{model._meta.app_label}/{model._meta.model_name}": row for model, row in admin.site._registry.items()}


def opened(client: Client) -> set[str]:
    """The registers that let this browser in."""
    answers = {name: client.get(f"/office/{name}/").status_code for name in registers()}
    assert set(answers.values()) <= {200, 403}, answers
    return {name for name, status in answers.items() if status == 200}


def test_strangers_sign_in_first_and_come_back(world: World) -> None:
    answer = Client().get("/office/territory/node/?use=all")
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/?next=/office/territory/node/%3Fuse%3Dall")
    assert Client().get("/office/login/?next=/office/")["Location"].startswith("/sign-in/")


@pytest.mark.parametrize("who", ["worker", "intake", "admin"])
def test_nobody_comes_in_whom_the_office_was_not_opened_to(world: World, who: str) -> None:
    client = world.client(who)
    assert client.get("/office/").status_code == 403
    assert client.get("/office/login/?next=/office/", follow=True).status_code == 403  # and not round in a circle


def test_staff_without_a_post_for_it_stay_outside(world: World) -> None:
    assert staff(world, "nobody").get("/office/").status_code == 403
    assert staff(world, "sanitation").get("/office/").status_code == 403


def test_each_post_opens_its_own_registers(world: World) -> None:
    assert opened(staff(world, "auditor")) == {"audit/entry", "audit/look"}
    assert opened(staff(world, "intake")) == {"cases/case", "case_files/importrun"}
    assert opened(staff(world, "admin")) == set(registers()) - {"audit/entry", "audit/look", "cases/case"}
    assert opened(operator(world)) == set(registers())


def test_what_belongs_to_no_place_is_for_whoever_holds_the_whole_town(world: World) -> None:
    keeper = area_keeper(world, world.village)
    everywhere = {name for name, register in registers().items() if register.place is None}
    assert everywhere == {
        "territory/tier", "people/postkind", "parameters/parameter", "parameters/calendarday", "jobs/job",
        "outbox/messagerule", "cases/catalogue", "cases/category", "triage/trainedmodel", "cases/responsibilitylist", "cases/replytemplate",
    }  # fmt: skip
    assert opened(keeper) == set(registers()) - everywhere


def test_the_sidebar_names_every_register_once_and_offers_only_those_that_open(world: World) -> None:
    listed = [label for _title, entries in GROUPS for label, _icon in entries]
    assert sorted(listed) == sorted(name.replace("/", ".") for name in registers())
    page = staff(world, "auditor").get("/office/").content.decode()
    assert "/office/audit/entry/" in page
    assert "/office/people/person/" not in page


def test_libraries_bring_no_pages_of_their_own() -> None:
    names = {model._meta.label_lower for model in admin.site._registry}
    assert not {name for name in names if name.split(".")[0] in {"account", "mfa", "socialaccount", "auth", "admin"}}


def test_every_address_of_the_office_declares_its_door() -> None:
    office = next(entry for entry in get_resolver().url_patterns if str(entry.pattern) == "office/")
    assert isinstance(office, URLResolver)

    def walk(resolver: URLResolver) -> list[URLPattern]:
        found: list[URLPattern] = []
        for entry in resolver.url_patterns:
            found += walk(entry) if isinstance(entry, URLResolver) else [entry]
        return found

    patterns = walk(office)
    undeclared = [str(entry.pattern) for entry in patterns if access_of(entry.callback) is None]
    assert (undeclared, len(patterns) > 100) == ([], True)
    doors = {entry.name: access_of(entry.callback) for entry in patterns}
    look = doors["audit_look_changelist"]
    verb = doors["territory_node_verb"]
    assert look is not None and look.door == Door.NEEDS and {str(name) for name in look.permissions} == {"audit.view"}
    assert verb is not None and {str(name) for name in verb.permissions} == {"territory.edit"}


def test_nothing_is_deleted_here(world: World) -> None:
    client = operator(world)
    for name, register in registers().items():
        row = register.model._default_manager.first()
        if row is not None:
            assert client.post(f"/office/{name}/{row.pk}/delete/", {"post": "yes"}).status_code == 403, name
            assert register.model._default_manager.filter(pk=row.pk).exists()
            ticked = {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
            client.post(f"/office/{name}/", ticked)
            assert register.model._default_manager.filter(pk=row.pk).exists(), name


def test_its_policy_is_looser_inside_alone(world: World) -> None:
    client = staff(world, "admin")
    inside = client.get("/office/territory/node/")["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in inside and "object-src 'none'" in inside and "base-uri 'self'" in inside
    assert "unsafe-eval" in inside and "http" not in inside
    assert "unsafe" not in world.client("worker").get("/office/")["Content-Security-Policy"]
    assert "unsafe" not in client.get("/boards/")["Content-Security-Policy"]


def test_sealed_and_secret_fields_stand_on_no_page(world: World) -> None:
    client = operator(world)
    saved(
        client, "outbox/robot/add/", name="值班群", kind="wecom", node=world.town.pk, per_minute=20,
        url="https://93.184.216.34/hook?key=TOP-SECRET-KEY", secret="SIGNING-SECRET",
    )  # fmt: skip
    saved(
        client,
        f"people/person/{world.people['worker'].pk}/change/",
        name="王网格",
        name_en="",
        email="",
        phone="13800001111",
    )
    case = world.reported(name="李居民", phone="13912345678", consent_version="1")
    robot = client.get("/office/outbox/robot/").context["cl"].queryset[0]
    pages = [
        "outbox/robot/", f"outbox/robot/{robot.pk}/change/", f"people/person/{world.people['worker'].pk}/change/",
        "people/person/", "audit/entry/", "cases/case/", f"cases/case/{case.pk}/change/",
        *(f"audit/entry/{entry.pk}/change/" for entry in client.get("/office/audit/entry/").context["cl"].queryset[:6]),
    ]  # fmt: skip
    for address in pages:
        page = client.get(f"/office/{address}")
        assert page.status_code == 200, address
        text = page.content.decode()
        for secret in (
            "TOP-SECRET-KEY",
            "SIGNING-SECRET",
            "13800001111",
            "13912345678",
            "李居民",
            robot.url_sealed,
            "pbkdf2",
            "md5$",
        ):
            assert secret not in text, (address, secret)


def test_the_library_speaks_chinese(world: World) -> None:
    page = staff(world, "admin").get("/office/territory/node/").content.decode()
    assert "筛选" in page and "Filters" not in page
    assert "叶脉后台" in page and "试验镇" in page and "emblem" in page


def test_one_way_in_and_one_way_out(world: World) -> None:
    client = staff(world, "admin")
    assert client.get("/office/password_change/")["Location"] == "/me/security/password/"
    assert client.post("/office/logout/")["Location"] == "/"
    assert client.get("/office/")["Location"].startswith("/sign-in/")
