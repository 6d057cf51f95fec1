"""A person's own page of tokens, and map pages of other sites that read the layers."""

import re

import pytest
from django.test import Client

from tests.modules.case_desk import said
from tests.modules.test_sign_in import confirmed
from tests.world import World
from yemai.base.tokens.models import ApiToken

pytestmark = pytest.mark.django_db
FORM = {"label": "QGIS", "scopes": ["read"], "days": "30"}


def proven(world: World, who: str) -> Client:
    """A browser whose person has just given the password once more."""
    client = world.client(who)
    assert confirmed(client, "/me/security/tokens/").status_code == 200
    return client


def test_a_token_is_made_shown_once_used_and_ended(world: World) -> None:
    client = proven(world, "worker")
    made = client.post("/me/security/tokens/", FORM)
    found = re.search(r"ym_[\w-]{40,}", made.content.decode())
    assert found is not None
    secret = found[0]
    assert secret not in client.get("/me/security/tokens/").content.decode()
    headers = {"Authorization": f"Bearer {secret}"}
    layer = "/ogc/collections/buildings/items"
    assert Client().get(layer).status_code == 401
    assert Client().get(layer, headers=headers).json()["numberReturned"] == 1
    token = ApiToken.objects.get()
    assert client.post(f"/me/security/tokens/{token.pk}/end/").status_code == 302
    assert "已停用" in said(client.get("/me/security/tokens/"))
    assert Client().get(layer, headers=headers).status_code == 401


def test_a_token_needs_a_purpose_and_the_password_once_more(world: World) -> None:
    client = proven(world, "worker")
    assert client.post("/me/security/tokens/", {**FORM, "label": ""}).status_code == 422
    assert client.post("/me/security/tokens/", {**FORM, "days": "99999"}).status_code == 422
    lent = world.client("worker")  # a session without a fresh password, as on a phone left lying
    answer = lent.get("/me/security/tokens/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/sign-in/again/")
    assert ApiToken.objects.count() == 0


def test_another_person_s_token_is_not_there(world: World) -> None:
    client = proven(world, "worker")
    client.post("/me/security/tokens/", FORM)
    token = ApiToken.objects.get()
    assert world.client("stranger").post(f"/me/security/tokens/{token.pk}/end/").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_map_pages_of_other_sites_read_layers_and_nothing_else(world: World) -> None:
    other = {"Origin": "https://maps.example"}
    layers = Client().get("/ogc/collections", headers=other)
    assert layers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in layers
    asked = {**other, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    preflight = Client().options("/ogc/collections/buildings/items", headers=asked)
    assert preflight.status_code == 200
    assert "authorization" in preflight["Access-Control-Allow-Headers"]
    for address in ("/report/", "/api/v1/openapi.json", "/sign-in/"):
        assert "Access-Control-Allow-Origin" not in Client().get(address, headers=other)
