"""Outside identities: an OpenID Connect provider (a real one, over HTTP, in a thread) and WeChat."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from tests.modules.people_town import PASSWORD, Town, build, fresh, signed_in
from yemai.base.people import actions
from yemai.base.people.models import Person


class Provider(ThreadingHTTPServer):
    """Tells whoever comes with the right code who `claims` says they are."""

    claims: dict[str, Any]
    asked: list[str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    server: Provider

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path.startswith("/.well-known/"):
            base = self.server.address
            self._send({
                "issuer": base, "authorization_endpoint": "https://login.example.cn/authorize",
                "token_endpoint": f"{base}/token", "userinfo_endpoint": f"{base}/userinfo", "jwks_uri": f"{base}/jwks",
            })  # fmt: skip
        else:
            self._send(self.server.claims)

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if form.get("code") == ["good"] and form.get("code_verifier"):
            self._send({"access_token": "token", "token_type": "Bearer"})
        else:
            self._send({"error": "invalid_grant"}, 400)

    def _send(self, body: dict[str, Any], status: int = 200) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    server = Provider(("127.0.0.1", 0), Answers)
    server.claims, server.asked = {"sub": "u-1", "email": "wang@town.example.cn", "email_verified": True}, []
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    app = {"provider_id": "oidc", "name": "统一身份认证", "client_id": "yemai", "secret": "s",
           "settings": {"server_url": server.address}}  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app], "OAUTH_PKCE_ENABLED": True}}
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def town(db: None, now: datetime) -> Town:
    return build(now)


def go(browser: Client, process: str = "login") -> dict[str, list[str]]:
    """Off to the provider; what it is asked."""
    page = browser.post(f"{reverse('openid_connect_login', args=['oidc'])}?process={process}&next=/me/")
    assert page.status_code == 200
    onward = re.search(r'href="(https://login\.example\.cn/authorize\?[^"]+)"', page.text)
    assert onward is not None, page.text
    return parse_qs(urlsplit(onward[1].replace("&amp;", "&")).query)


def come_back(browser: Client, asked: dict[str, list[str]], code: str = "good") -> Any:
    return browser.get(reverse("openid_connect_callback", args=["oidc"]), {"code": code, "state": asked["state"][0]})


def tie_on(browser: Client) -> None:
    """Tie the provider's identity to whoever is signed in; the password is asked for again on the way."""
    asked = come_back(browser, go(browser, "connect"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert not SocialAccount.objects.filter(user__pk=browser.session["_auth_user_id"]).exists()
    assert browser.post(asked.url, {"password": PASSWORD}).status_code == 302


def is_in(browser: Client) -> bool:
    return browser.get(reverse("me")).status_code == 200


def test_a_verified_e_mail_opens_the_person_registered_with_it_and_is_remembered(
    town: Town, provider: Provider
) -> None:
    person = town.person("wang", email="Wang@town.example.cn")
    browser = Client()
    assert "统一身份认证" in browser.get(reverse("account_login")).text
    asked = go(browser)
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["redirect_uri"] == ["http://testserver/sign-in/with/oidc/oidc/back/"]
    assert come_back(browser, asked).url == "/me/"
    assert is_in(browser)
    assert SocialAccount.objects.get().user == person
    provider.claims = {"sub": "u-1", "email": "new-address@town.example.cn", "email_verified": True}
    again = Client()
    come_back(again, go(again))
    assert is_in(again)
    assert fresh(person).check_password(PASSWORD)


@pytest.mark.parametrize(
    "claims",
    [
        {"sub": "u-2", "email": "stranger@town.example.cn", "email_verified": True},
        {"sub": "u-2", "email": "wang@town.example.cn", "email_verified": False},
        {"sub": "u-2", "email": "wang@town.example.cn", "email_verified": "false"},
        {"sub": "u-2", "email": "wang@town.example.cn"},
        {"sub": "u-2"},
        {"sub": "wang", "preferred_username": "wang"},
    ],
)
def test_anybody_else_is_refused_politely_and_nobody_is_made(
    town: Town, provider: Provider, claims: dict[str, Any]
) -> None:
    town.person("wang", email="wang@town.example.cn")
    town.person("nobody-with-an-address")
    provider.claims = claims
    browser = Client()
    answer = come_back(browser, go(browser))
    assert answer.status_code == 403
    assert "还没有绑定工作人员，系统也不开放自行注册" in answer.text
    assert not is_in(browser)
    assert Person.objects.count() == 2
    assert not SocialAccount.objects.exists()


def test_an_identity_set_up_beforehand_opens_its_person(town: Town, provider: Provider) -> None:
    person = town.person("wang")
    provider.claims = {"sub": "u-7"}
    SocialAccount.objects.create(user=person, provider="oidc", uid="u-7")
    browser = Client()
    come_back(browser, go(browser))
    assert is_in(browser)


def test_an_identity_is_tied_on_by_its_owner_and_taken_off_again(town: Town, provider: Provider) -> None:
    person = town.person("wang")
    provider.claims = {"sub": "u-7"}
    browser = signed_in(person)
    assert "还没有绑定外部账号" in browser.get(reverse("socialaccount_connections")).text
    tie_on(browser)
    account = SocialAccount.objects.get()
    assert (account.user, account.uid) == (person, "u-7")
    other = Client()
    come_back(other, go(other))
    assert is_in(other)
    browser.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert not SocialAccount.objects.exists()


def test_an_identity_of_somebody_else_can_not_be_tied_on(town: Town, provider: Provider) -> None:
    owner, thief = town.person("owner"), town.person("thief")
    SocialAccount.objects.create(user=owner, provider="oidc", uid="u-7")
    provider.claims = {"sub": "u-7"}
    browser = signed_in(thief)
    tie_on(browser)
    assert SocialAccount.objects.get().user == owner
    assert "已绑定到另一人" in browser.get(reverse("me")).text


def test_a_closed_account_stays_closed_whoever_vouches(town: Town, provider: Provider) -> None:
    person = town.person("wang", email="wang@town.example.cn")
    actions.close_account(actor=None, person=person, now=town.now)
    browser = Client()
    answer = come_back(browser, go(browser))
    assert answer.status_code == 403
    assert "已停用" in answer.text
    assert not is_in(browser)


def test_a_forged_answer_or_a_bad_code_opens_nothing(town: Town, provider: Provider) -> None:
    town.person("wang", email="wang@town.example.cn")
    browser = Client()
    asked = go(browser)
    for given, code in (({"state": ["made-up"]}, "good"), (asked, "bad")):
        answer = come_back(browser, given, code)
        assert "没有做任何改动" in answer.text
        assert not is_in(browser)
    elsewhere = Client()
    come_back(elsewhere, go(browser))
    assert not is_in(elsewhere)


def test_going_off_to_a_provider_takes_a_post(town: Town, provider: Provider) -> None:
    page = Client().get(reverse("openid_connect_login", args=["oidc"]))
    assert "继续前往" in page.text
    assert provider.asked == []


def test_wechat_is_offered_once_set_up_and_knows_nobody_by_itself(town: Town, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = {}
    assert "微信" not in Client().get(reverse("account_login")).text
    assert Client().post(reverse("weixin_login")).status_code == 404
    assert Client().get(reverse("weixin_callback")).status_code == 404
    assert Client().post(reverse("openid_connect_login", args=["oidc"])).status_code == 404
    settings.SOCIALACCOUNT_PROVIDERS = {"weixin": {"APPS": [{"client_id": "wx1", "secret": "s"}]}}
    assert "微信" in Client().get(reverse("account_login")).text
    page = Client().post(reverse("weixin_login")).text
    assert "https://open.weixin.qq.com/connect/qrconnect?appid=wx1" in page
    assert "#wechat_redirect" in page
