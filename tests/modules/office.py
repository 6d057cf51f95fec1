"""The back office under test: staff at its door, forms sent as a browser sends them."""

from typing import Any

from django.http import HttpResponse
from django.test import Client

from tests.world import World
from yemai.base.audit.models import Entry
from yemai.base.people.actions import appoint
from yemai.base.people.models import Person, PostKind
from yemai.base.territory.models import Node

AREA = ["territory.edit", "person.view", "person.appoint", "catalogue.edit", "parameter.edit", "message.edit", "audit.view",
        "import.run", "case.view"]  # fmt: skip


def staff(world: World, who: str) -> Client:
    """A browser of somebody of the cast whom the back office is open to."""
    Person.objects.filter(pk=world.people[who].pk).update(is_staff=True)
    return world.client(who)


def operator(world: World) -> Client:
    """A superuser's browser: an account made at the machine, without any post."""
    world.people["operator"] = Person.objects.create_superuser("operator", name="运维", password=None)
    return world.client("operator")


def area_keeper(world: World, node: Node, who: str = "nobody") -> Client:
    """A browser of somebody who holds every permission of the back office, on one node alone."""
    kind, _new = PostKind.objects.get_or_create(key="area-keeper", defaults={"name": "片区管理员", "permissions": AREA})
    appoint(actor=None, person=world[who], post_kind=kind, node=node, now=world.now)
    return staff(world, who)


def sent(client: Client, address: str, **given: Any) -> HttpResponse:
    """A form of the back office, sent; what is None is left out, as a browser leaves out an unticked box."""
    response: HttpResponse = client.post(f"/office/{address}", {k: v for k, v in given.items() if v is not None})
    return response


def saved(client: Client, address: str, **given: Any) -> HttpResponse:
    """A form that must be taken; fails with the errors of the page."""
    response = sent(client, address, **given)
    assert response.status_code == 302, (response.status_code, errors(response))
    return response


def errors(response: Any) -> dict[str, list[str]]:
    """What the page says is wrong, by field; "" above the form."""
    context = response.context or {}
    form = context["adminform"].form if "adminform" in context else context.get("form")
    found = {name if name != "__all__" else "": list(words) for name, words in (form.errors if form else {}).items()}
    for formset in context.get("inline_admin_formsets", ()) if context else ():
        for inner in formset.formset.forms:
            found |= {f"row.{name}": list(words) for name, words in inner.errors.items()}
    return found


def last_entry(action: str) -> Entry:
    """The newest row of the trail for a verb."""
    entry = Entry.objects.filter(action=action).order_by("-id").first()
    assert isinstance(entry, Entry), f"no {action} in the trail"
    return entry
