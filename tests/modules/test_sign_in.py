"""Signing in over HTTP: password, lockout, second factor, what is not offered, a person's own pages."""

import base64
import hashlib
import hmac
import re
import struct
import time
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from tests.modules.people_town import PASSWORD, Town, build, fresh, signed_in
from yemai.base.access import urls
from yemai.base.access.doors import Door, access_of
from yemai.base.audit.models import Entry
from yemai.base.people import actions, queries
from yemai.base.people.models import Absence

ADDRESSES = (f"203.0.113.{number}" for number in count(1))


@pytest.fixture
def town(db: None, now: datetime) -> Town:
    return build(now)


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """Failures of one test are not held against the next, whose people bear the same numbers."""
    cache.clear()


@pytest.fixture
def browser() -> Client:
    """A browser at an address of its own, for failures are counted by address."""
    return Client(REMOTE_ADDR=next(ADDRESSES))


def sign_in(browser: Client, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post(reverse("account_login"), {"login": username, "password": password, **more})


def is_in(browser: Client) -> bool:
    return browser.get(reverse("me")).status_code == 200


# --- password ---------------------------------------------------------------------------------------------------------


def test_a_stranger_is_sent_to_sign_in_and_comes_back(town: Town, browser: Client) -> None:
    town.person("worker", ("micro-worker", town.east1))
    sent = browser.get(reverse("me"))
    assert (sent.status_code, sent.url) == (302, "/sign-in/?next=/me/")
    page = browser.get(sent.url)
    assert "工作人员登录" in page.text
    back = sign_in(browser, "worker", next="/me/")
    assert (back.status_code, back.url) == (302, "/me/")
    mine = browser.get("/me/")
    assert "微网格员" in mine.text
    assert "东一" in mine.text


def test_nobody_is_led_off_to_another_site(town: Town, browser: Client) -> None:
    town.person("worker")
    assert sign_in(browser, "worker", next="https://evil.example/").url == "/work/"


def test_a_wrong_password_and_an_unknown_name_read_alike(town: Town, browser: Client) -> None:
    town.person("worker")
    wrong, unknown = sign_in(browser, "worker", "not-it"), sign_in(browser, "nobody", "not-it")
    for answer in (wrong, unknown):
        assert answer.status_code == 200
        assert "用户名或密码不对" in answer.text
    assert not is_in(browser)


def test_five_failures_lock_the_account_at_that_address_and_nowhere_else(town: Town, browser: Client) -> None:
    town.person("worker")
    town.person("colleague")
    for _attempt in range(5):
        sign_in(browser, "worker", "not-it")
    locked = sign_in(browser, "worker")
    assert "已暂停登录" in locked.text
    assert not is_in(browser)
    assert sign_in(browser, "WORKER").status_code == 200
    assert sign_in(browser, "colleague").status_code == 302
    elsewhere = Client(REMOTE_ADDR=next(ADDRESSES))
    assert sign_in(elsewhere, "worker").status_code == 302


def test_thirty_failures_over_many_names_stop_an_address(town: Town, browser: Client) -> None:
    town.person("worker")
    for number in range(30):
        sign_in(browser, f"guess{number}", "not-it")
    assert "已暂停登录" in sign_in(browser, "worker").text


def test_a_closed_account_does_not_open(town: Town, browser: Client) -> None:
    person = town.person("worker")
    actions.close_account(actor=None, person=person, now=town.now)
    sign_in(browser, "worker")
    assert not is_in(browser)


def test_a_session_ends_with_the_account(town: Town) -> None:
    person = town.person("worker")
    browser = signed_in(person)
    assert is_in(browser)
    actions.close_account(actor=None, person=person, now=town.now)
    assert not is_in(browser)


def test_signing_out_takes_a_post(town: Town) -> None:
    browser = signed_in(town.person("worker"))
    assert "确定要退出登录吗" in browser.get(reverse("account_logout")).text
    assert is_in(browser)
    assert browser.post(reverse("account_logout")).status_code == 302
    assert not is_in(browser)


def test_a_password_is_changed_by_its_owner_and_must_be_a_good_one(town: Town, browser: Client) -> None:
    person = town.person("worker")
    sign_in(browser, "worker")
    address = reverse("account_change_password")
    for old, new, words in (
        ("not-it", "a-new-long-one-7", "当前密码不对"),
        (PASSWORD, "short", "10"),
        (PASSWORD, "worker2026", "用户名"),
        (PASSWORD, "1234567890", "密码"),
    ):
        answer = browser.post(address, {"oldpassword": old, "password1": new, "password2": new})
        assert answer.status_code == 200, new
        assert words in re.sub(r"<label.*?</label>", "", answer.text), new
    assert fresh(person).check_password(PASSWORD)
    good = {"oldpassword": PASSWORD, "password1": "a-new-long-one-7", "password2": "a-new-long-one-7"}
    assert browser.post(address, good).url == reverse("mfa_index")
    assert fresh(person).check_password("a-new-long-one-7")
    assert is_in(browser)


# --- second factor ----------------------------------------------------------------------------------------------------


def code(secret: str, step: int = 0) -> str:
    """RFC 6238, written out here so that the library is not compared with itself."""
    counter = struct.pack(">Q", int(time.time()) // 30 + step)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def confirmed(browser: Client, address: str) -> Any:
    """The page at `address` after the password was given once more, if it was asked for."""
    page = browser.get(address)
    if page.status_code == 302:
        assert page.url.startswith(reverse("account_reauthenticate")), page.url
        assert browser.post(page.url, {"password": PASSWORD}).url == address
        page = browser.get(address)
    return page


def turn_on(browser: Client) -> tuple[str, list[str]]:
    """Secret and recovery codes of a second factor set up as a person would."""
    page = confirmed(browser, reverse("mfa_activate_totp"))
    secret = re.search(r"<code[^>]*>([A-Z2-7]+)</code>", page.text)
    assert secret is not None
    assert "data:image/svg+xml" in page.text
    done = browser.post(reverse("mfa_activate_totp"), {"code": code(secret[1])})
    assert done.url == reverse("mfa_view_recovery_codes")
    codes = re.findall(r"<code[^>]*>(\d{8})</code>", browser.get(done.url).text)
    assert len(codes) == 10
    return secret[1], codes


def test_a_second_factor_is_turned_on_asked_for_and_turned_off(town: Town, browser: Client) -> None:
    town.person("worker")
    sign_in(browser, "worker")
    secret, _codes = turn_on(browser)
    browser.post(reverse("account_logout"))
    asked = sign_in(browser, "worker", next="/me/")
    assert asked.url.startswith(reverse("mfa_authenticate"))
    assert not is_in(browser)
    wrong = browser.post(asked.url, {"code": "000000"})
    assert "验证码不对" in wrong.text
    assert browser.post(asked.url, {"code": code(secret, 1)}).url == "/me/"
    assert is_in(browser)
    assert "恢复码也一并作废" in confirmed(browser, reverse("mfa_deactivate_totp")).text
    assert browser.post(reverse("mfa_deactivate_totp")).url == reverse("mfa_index")
    browser.post(reverse("account_logout"))
    assert sign_in(browser, "worker").url == "/work/"
    assert is_in(browser)


def test_a_used_code_does_not_open_a_second_time(town: Town, browser: Client) -> None:
    town.person("worker")
    sign_in(browser, "worker")
    secret, _codes = turn_on(browser)
    other = Client(REMOTE_ADDR=next(ADDRESSES))
    once = code(secret, 1)
    for who, opens in ((browser, True), (other, False)):
        who.post(reverse("account_logout"))
        who.post(sign_in(who, "worker").url, {"code": once})
        assert is_in(who) is opens


def test_a_recovery_code_opens_once(town: Town, browser: Client) -> None:
    town.person("worker")
    sign_in(browser, "worker")
    _secret, codes = turn_on(browser)
    for opens in (True, False):
        browser.post(reverse("account_logout"))
        browser.post(sign_in(browser, "worker").url, {"code": codes[0]})
        assert is_in(browser) is opens


def test_guessing_codes_is_stopped(town: Town, browser: Client) -> None:
    town.person("worker")
    sign_in(browser, "worker")
    secret, _codes = turn_on(browser)
    browser.post(reverse("account_logout"))
    address = sign_in(browser, "worker").url
    for _attempt in range(5):
        browser.post(address, {"code": "000000"})
    browser.post(address, {"code": code(secret, 1)})
    assert not is_in(browser)


def test_the_secret_is_not_readable_in_the_database(town: Town, browser: Client) -> None:
    town.person("worker")
    sign_in(browser, "worker")
    secret, _codes = turn_on(browser)
    stored = Authenticator.objects.get(type=Authenticator.Type.TOTP).data["secret"]
    assert secret not in stored
    assert next(iter(settings.SEALING_KEYS)) in stored


def test_a_session_proves_itself_again_before_changing_how_it_signs_in(town: Town, browser: Client) -> None:
    """Whoever finds an unlocked phone can't take the account over."""
    town.person("worker")
    sign_in(browser, "worker")
    asked = browser.get(reverse("mfa_activate_totp"))
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert "再次确认身份" in browser.get(asked.url).text
    assert "密码不对" in browser.post(asked.url, {"password": "not-it"}).text
    secret, _codes = turn_on(browser)
    browser.post(reverse("account_logout"))
    browser.post(sign_in(browser, "worker").url, {"code": code(secret, 1)})
    for name in ("mfa_deactivate_totp", "mfa_generate_recovery_codes"):
        sent = browser.post(reverse(name))
        assert sent.url.startswith(reverse("account_reauthenticate")), name
    assert "用验证码" in browser.get(sent.url).text
    assert Authenticator.objects.filter(type=Authenticator.Type.TOTP).exists()


# --- what is not offered ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["account_signup", "account_email", "account_reset_password", "socialaccount_signup", "mfa_signup_webauthn"]
)
def test_nobody_signs_up_or_manages_e_mail(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def views_of(patterns: list[Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Every address under these patterns with its view; placeholders filled with something."""
    found = []
    for pattern in patterns:
        address = re.sub(r"<int:\w+>", "1", re.sub(r"<slug:\w+>", "oidc", f"{prefix}{pattern.pattern}"))
        below = getattr(pattern, "url_patterns", None)
        found += [(address, pattern.callback)] if below is None else views_of(below, address)
    return found


def test_every_address_of_signing_in_says_who_may_come_in(town: Town) -> None:
    person = town.person("worker")
    addresses = views_of(urls.urlpatterns, "/")
    assert len(addresses) == 25
    for address, view in addresses:
        access = access_of(view)
        assert access is not None, address
        for browser in (Client(), signed_in(person)):
            for send in (browser.get, browser.post):
                answer = send(address)
                assert answer.status_code < 500, (address, answer.status_code)
        if access.door == Door.SIGNED_IN:
            assert Client().get(address).url.startswith(reverse("account_login")), address
            assert Client().post(address).url.startswith(reverse("account_login")), address


def test_the_back_office_has_no_door_of_its_own() -> None:
    sent = Client().get("/office/login/?next=/office/")
    assert (sent.status_code, sent.url) == (302, "/sign-in/?next=/office/")
    assert get_resolver().resolve("/office/login/").func.access.door == Door.PUBLIC


# --- one's own pages --------------------------------------------------------------------------------------------------


def test_language_and_size_go_along_to_every_device(town: Town, browser: Client) -> None:
    person = town.person("worker")
    sign_in(browser, "worker")
    assert browser.cookies["size"].value == "normal"
    answer = browser.post(reverse("me-preferences"), {"locale": "en", "size": "elder"}, follow=True)
    assert answer.redirect_chain == [(reverse("me"), 302)]
    assert answer.headers["Content-Language"] == "en"
    assert (fresh(person).locale, fresh(person).size) == ("en", "elder")
    other = Client(REMOTE_ADDR=next(ADDRESSES))
    sign_in(other, "worker")
    assert other.cookies["size"].value == "elder"
    assert other.cookies[settings.LANGUAGE_COOKIE_NAME].value == "en"
    assert browser.post(reverse("me-preferences"), {"locale": "tlh", "size": "elder"}).status_code == 422
    assert fresh(person).locale == "en"


def test_bigger_letters_are_one_tap_away_and_stay(town: Town, browser: Client) -> None:
    person = town.person("worker")
    sign_in(browser, "worker")
    assert browser.post("/size/", {"size": "elder", "next": "/me/"}).url == "/me/"
    assert 'data-size="elder"' in browser.get("/me/").text
    assert fresh(person).size == "elder"


def test_an_absence_is_reported_shown_and_ended(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    deputy = town.person("deputy", ("micro-worker", town.east1), name="代理王")
    browser = signed_in(worker)
    today = datetime.now().astimezone()
    given = {
        "from_at": (today + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "to_at": (today + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M"),
        "deputy": deputy.pk,
        "reason": "年假",
    }
    assert browser.post(reverse("me-absences"), given).url == reverse("me")
    page = browser.get(reverse("me"))
    assert "代理王" in page.text
    assert "年假" in page.text
    absence = Absence.objects.get()
    stranger = signed_in(town.person("stranger", ("micro-worker", town.east1)))
    assert stranger.post(reverse("me-absence-end", args=[absence.pk])).status_code == 404
    assert browser.post(reverse("me-absence-end", args=[absence.pk])).url == reverse("me")
    assert not Absence.objects.exists()
    Absence.objects.create(person=worker, deputy=deputy, from_at=today, to_at=today + timedelta(days=1))
    assert "我正在代理" in signed_in(deputy).get(reverse("me")).text


def test_what_was_typed_stays_when_an_absence_is_refused(town: Town) -> None:
    worker = town.person("worker", ("micro-worker", town.east1))
    stranger = town.person("stranger", ("micro-worker", town.west1))
    browser = signed_in(worker)
    address = reverse("me-absences")
    backwards = {"from_at": "2030-01-02T08:00", "to_at": "2030-01-01T08:00", "reason": "出差学习"}
    answer = browser.post(address, backwards)
    assert answer.status_code == 422
    for words in ("出差学习", "2030-01-02T08:00", "结束时间要晚于开始时间"):
        assert words in answer.text
    beyond = {"from_at": "2030-01-01T08:00", "to_at": "2030-01-02T08:00", "deputy": stranger.pk}
    assert browser.post(address, beyond).status_code == 422
    assert browser.post(address, {"from_at": "x"}).status_code == 422
    assert not Absence.objects.exists()


def test_ex_officio_posts_say_where_they_come_from(town: Town) -> None:
    head = town.person("head", ("party-group-head", town.east1))
    assert "由党小组长兼任" in signed_in(head).get(reverse("me")).text


def test_somebody_without_a_post_is_told_what_to_do(town: Town) -> None:
    person = town.person("person")
    assert "您还没有岗位" in signed_in(person).get(reverse("me")).text
    assert not queries.appointments_of(person)


# --- the trail --------------------------------------------------------------------------------------------------------


def test_the_trail_knows_who_came_in_who_failed_and_what_was_changed(
    town: Town, browser: Client, django_capture_on_commit_callbacks: Any
) -> None:
    worker = town.person("worker")
    sign_in(browser, "worker", "not-it")
    sign_in(browser, "no-such-person", "not-it")
    sign_in(browser, "worker")
    with django_capture_on_commit_callbacks(execute=True):
        turn_on(browser)
    browser.post(reverse("account_logout"))
    entries = Entry.objects.filter(object_kind="people.person", object_id=str(worker.pk)).order_by("pk")
    verbs = [entry.action for entry in entries]
    assert verbs[0] == "create_person"
    assert verbs[1:3] == ["sign_in_failed", "sign_in"]
    assert "add_second_factor" in verbs
    assert verbs[-1] == "sign_out"
    failed, came = entries[1], entries[2]
    assert (failed.actor, came.actor) == (None, worker)
    assert failed.after == came.after == {"address": browser.defaults["REMOTE_ADDR"]}
    assert "not-it" not in str(list(Entry.objects.values_list("before", "after")))


def test_the_trail_keeps_appointments_and_absences_with_who_made_them(town: Town) -> None:
    chief = town.person("chief", ("village-secretary", town.east))
    worker = town.person("worker")
    made = actions.appoint(actor=chief, person=worker, post_kind="micro-worker", node=town.east1, now=town.now)
    actions.report_absence(
        actor=worker, person=worker, deputy=chief, from_at=town.now, to_at=town.now + timedelta(days=1), now=town.now
    )
    actions.end_appointment(actor=chief, appointment=made, now=town.now)
    told = {entry.action: entry for entry in Entry.objects.filter(actor__in=[chief, worker])}
    assert set(told) == {"appoint", "report_absence", "end_appointment"}
    assert (told["appoint"].actor, told["appoint"].path) == (chief, town.east1.path)
    assert told["appoint"].after["post"] == "micro-worker"
    assert told["report_absence"].after["deputy"] == chief.pk
