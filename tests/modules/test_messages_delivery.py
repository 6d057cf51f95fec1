"""Sending for real: robots on a local HTTP server, e-mail to a local SMTP server, text messages, claims, back-off."""

import base64
import hashlib
import hmac
import json
import re
import socketserver
import threading
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection

from yemai.base.jobs.actions import run_due
from yemai.base.messages import outgoing, rules
from yemai.base.messages.actions import announce, register_robot, try_again
from yemai.base.messages.contacts import Contact
from yemai.base.messages.delivery import deliver_due
from yemai.base.messages.models import Message, MessageRule, Robot
from yemai.base.messages.sms import SmsRefused, SmsUnavailable
from yemai.base.messages.terms import MessageState
from yemai.base.people.models import Appointment, Person, PostKind
from yemai.base.territory.models import Node, Tier
from yemai.kernel.refusals import Absent, Refused

NOON = datetime(2025, 11, 24, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
MINUTE = timedelta(seconds=61)
SECRET = "SEC0123456789"

pytestmark = pytest.mark.django_db


class Group(ThreadingHTTPServer):
    """A chat group: keeps what robots post, answers as told (a status, a body, a header)."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Post)
        self.posts, self.answers, self.status, self.headers = [], [], 200, {}
        self.during = lambda: None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/cgi-bin/webhook/send?key=the-robots-own-key"

    @property
    def texts(self):
        return [post["text"]["content"] for _path, post in self.posts]

    @property
    def titles(self):
        """Every title that reached the group, whether alone or in a digest."""
        return re.findall(r"消息\d+(?=\n)", "\n".join(self.texts) + "\n")


class Post(BaseHTTPRequestHandler):
    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.posts.append((self.path, body))
        self.server.during()
        answer = self.server.answers.pop(0) if self.server.answers else {"errcode": 0, "errmsg": "ok"}
        content = json.dumps(answer).encode()
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Silent."""


class MailBox(socketserver.ThreadingTCPServer):
    """An SMTP server of the few words Django's client says; `refuse` is its answer to the recipient."""

    allow_reuse_address = daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), MailTalk)
        self.letters, self.recipients, self.connections, self.refuse = [], [], 0, ""


class MailTalk(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            word = line[:4].upper()
            if word == "RCPT":
                self.server.recipients.append(line)
                self.say(self.server.refuse or "250 ok")
            elif word == "DATA":
                self.say("354 go on")
                letter = b""
                while (part := self.rfile.readline()) != b".\r\n":
                    letter += part
                self.server.letters.append(letter.decode())
                self.say("250 kept")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def say(self, words):
        self.wfile.write(words.encode() + b"\r\n")


def running(server):
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def group(settings):
    settings.ALLOW_LOCAL_WEBHOOKS = True
    settings.PUBLIC_URL = "https://yemai.example.cn"
    yield from running(Group())


@pytest.fixture
def mail_box(settings):
    box = MailBox()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", box.server_address[1]
    settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    yield from running(box)


def grow(name, tier, parent=None):
    node = Node(code=f"T{Node.objects.count():05d}", tier=tier, parent=parent, name=name, valid_from=date(2025, 1, 1))
    node.path = f"new{node.code}"
    node.save()
    node.path = f"{parent.path if parent else ''}{node.pk:07d}"
    node.save()
    return node


@pytest.fixture
def town():
    return grow("叶脉镇", Tier.objects.create(depth=1, key="town", label="镇"))


@pytest.fixture
def grid(town):
    return grow("第一微网格", Tier.objects.create(depth=2, key="micro", label="微网格"), town)


@pytest.fixture
def keeper(town):
    person = Person.objects.create_user("keeper", "a-long-password", name="消息管理员")
    kind = PostKind.objects.create(key="keeper", name="消息管理员", permissions=["message.edit"])
    Appointment.objects.create(person=person, post_kind=kind, node=town, valid_from=date(2025, 1, 1))
    return person


@pytest.fixture
def wang():
    return Person.objects.create_user("wang", "a-long-password", name="王师傅", email="wang@example.cn")


def robot(keeper, node, url, kind="wecom", **more):
    return register_robot(actor=keeper, now=NOON, node=node, kind=kind, name="工作群", url=url, **more)


def rule(*channels, event="case.escalated", audience="leader"):
    for channel in channels:
        MessageRule.objects.create(event=event, audience=audience, channel=channel)


def tell(node, *people, title="消息0", key="k", now=NOON, audience="leader", **more):
    return announce(
        "case.escalated",
        audiences={audience: people},
        node=node,
        title=title,
        text="只给登录者看的正文",
        url="/cases/7/",
        now=now,
        key=key,
        **more,
    )


def tell_many(node, count, start=0, now=NOON):
    for number in range(start, start + count):
        tell(node, title=f"消息{number}", key=f"k{number}", now=now)


# --- what a group gets -----------------------------------------------------------------------------------------------


def test_a_group_gets_title_and_link_alone_with_numbers_masked(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    tell(town, title="漏水，请联系13800001111，身份证320501199001011234")
    assert deliver_due(NOON).sent == 1
    assert group.posts[0][1] == {
        "msgtype": "text",
        "text": {"content": "漏水，请联系138****1111，身份证320501********1234\nhttps://yemai.example.cn/cases/7/"},
    }
    message = Message.objects.get()
    assert (message.state, message.sent_at, message.attempts) == (MessageState.SENT, NOON, 1)
    assert deliver_due(NOON + MINUTE).sent == 0


def test_dingtalk_is_signed_with_its_secret(group, keeper, town):
    rule("dingtalk")
    kept = robot(keeper, town, group.url.replace("key=", "access_token="), kind="dingtalk", secret=SECRET)
    tell(town)
    deliver_due(NOON)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(group.posts[0][0]).query).items()}
    stamp = str(int(NOON.timestamp() * 1000))
    wanted = hmac.new(SECRET.encode(), f"{stamp}\n{SECRET}".encode(), hashlib.sha256).digest()
    assert asked == {
        "access_token": "the-robots-own-key",
        "timestamp": stamp,
        "sign": base64.b64encode(wanted).decode(),
    }
    stored = Robot.objects.filter(pk=kept.pk).values().get()
    assert not any("own-key" in str(value) or SECRET in str(value) for value in stored.values())


def test_the_nearest_group_of_the_right_audience_is_told(group, keeper, town, grid):
    rule("wecom")
    rule("wecom", audience="centre")
    robot(keeper, town, group.url + "&at=town", audiences=["centre"])
    robot(keeper, grid, group.url + "&at=grid", audiences=["leader"])
    robot(keeper, town, group.url + "&at=all")
    tell(grid, key="a")
    tell(grid, key="b", audience="centre")
    tell(town, key="c")
    deliver_due(NOON)
    told = [parse_qs(urlsplit(path).query)["at"][0] for path, _post in group.posts]
    assert sorted(told) == ["all", "all", "grid", "town"]


def test_a_group_switched_off_is_left_alone(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    tell(town, key="before")
    Robot.objects.update(is_active=False)
    tell(town, key="after")
    deliver_due(NOON)
    assert not group.posts


def test_announcing_wakes_the_worker(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    tell(town)
    run_due(NOON)
    assert group.titles == ["消息0"]


# --- twenty a minute -------------------------------------------------------------------------------------------------


def test_a_minute_with_room_takes_single_messages(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    tell_many(town, 20)
    deliver_due(NOON)
    assert len(group.posts) == 20


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_more_than_the_minute_holds_come_as_digests_each_once(group, keeper, town, kind):
    rule(kind)
    robot(keeper, town, group.url, kind=kind)
    tell_many(town, 120)
    assert deliver_due(NOON).sent == 120
    assert len(group.posts) <= 20
    assert sorted(group.titles) == sorted(f"消息{number}" for number in range(120))
    assert all(len(text.encode()) <= 2048 for text in group.texts) or kind == "dingtalk"
    assert group.texts[0].startswith("共 ")


def test_a_spent_minute_is_remembered_in_the_table_and_passes(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url, per_minute=3)
    tell_many(town, 3)
    deliver_due(NOON)
    tell_many(town, 2, start=3, now=NOON + timedelta(seconds=30))
    for seconds in (30, 45, 59):
        deliver_due(NOON + timedelta(seconds=seconds))
    assert len(group.posts) == 3
    deliver_due(NOON + MINUTE)
    assert len(group.posts) == 5
    assert len(set(group.titles)) == 5


def test_failed_posts_count_too(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url, per_minute=2)
    group.answers = [{"errcode": -1, "errmsg": "system busy"}] * 9
    tell_many(town, 2)
    for seconds in range(0, 60, 10):
        deliver_due(NOON + timedelta(seconds=seconds))
    assert len(group.posts) <= 2


def test_a_robot_that_says_too_fast_is_left_alone_for_ten_minutes(group, keeper, town):
    rule("dingtalk")
    kept = robot(keeper, town, group.url, kind="dingtalk")
    group.answers = [{"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"}]
    tell(town)
    assert deliver_due(NOON).put_off == 1
    kept.refresh_from_db()
    assert kept.blocked_until_at == NOON + timedelta(minutes=10) and "too fast" in kept.last_error
    deliver_due(NOON + timedelta(minutes=9))
    assert len(group.posts) == 1
    deliver_due(NOON + timedelta(minutes=11))
    kept.refresh_from_db()
    assert len(group.posts) == 2
    assert (Message.objects.get().state, kept.last_error, kept.blocked_until_at) == (MessageState.SENT, "", None)


def test_two_workers_at_once_send_each_message_once_and_keep_the_limit(
    transactional_db, group, keeper, town, django_db_blocker
):
    rule("wecom")
    robot(keeper, town, group.url)
    tell_many(town, 60)
    errors = []

    def work():
        try:
            deliver_due(NOON)
        except Exception as error:  # shown below, in the thread that judges
            errors.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert not errors
    assert sorted(group.titles) == sorted(f"消息{number}" for number in range(60))
    assert len(group.posts) <= 20


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_temporary_error_is_tried_again_later_and_later_then_shown(group, keeper, town, client):
    rule("wecom")
    robot(keeper, town, group.url)
    group.status = 503
    tell(town)
    moments, now = [], NOON
    while Message.objects.get().state == MessageState.WAITING:
        deliver_due(now)
        moments.append(now)
        now = Message.objects.get().due_at
        assert len(moments) < 20
    waits = [(later - sooner) // timedelta(minutes=1) for sooner, later in pairwise(moments)]
    assert waits == list(rules.BACKOFF_MINUTES)
    assert len(group.posts) == len(moments) == 8
    client.force_login(keeper)
    text = client.get("/messages/failures/").content.decode()
    assert "工作群" in text and "HTTP 503" in text
    group.status = 200
    try_again(Message.objects.get().pk, actor=keeper, now=now)
    assert deliver_due(now).sent == 1


@pytest.mark.parametrize(
    "answer",
    [{"errcode": 93000, "errmsg": "invalid webhook url"}, {"errcode": 310000, "errmsg": "sign not match"}],
    ids=["wecom", "dingtalk"],
)
def test_a_permanent_error_fails_at_once_with_its_words(group, keeper, town, answer):
    rule("wecom")
    kept = robot(keeper, town, group.url)
    group.answers = [answer]
    tell(town)
    assert deliver_due(NOON).failed == 1
    kept.refresh_from_db()
    assert answer["errmsg"] in Message.objects.get().error
    assert answer["errmsg"] in kept.last_error


def test_a_dead_server_is_a_temporary_error(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    group.shutdown()
    group.server_close()
    tell(town)
    assert deliver_due(NOON).put_off == 1
    group.__init__()  # for the fixture's own end
    threading.Thread(target=group.serve_forever, daemon=True).start()


def test_what_a_dead_worker_held_is_taken_over_after_ten_minutes(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    tell(town)
    Message.objects.update(state=MessageState.SENDING, tried_at=NOON)
    deliver_due(NOON + timedelta(minutes=9))
    assert not group.posts
    deliver_due(NOON + timedelta(minutes=11))
    assert group.titles == ["消息0"]


# --- addresses -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::1]/x",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:192.168.0.1]/x",
        "https://name:word@example.com/x",
        "https:///x",
        "ftp://example.com/",
        "",
    ],
)
def test_addresses_inside_and_without_encryption_are_refused(settings, keeper, town, url):
    settings.ALLOW_LOCAL_WEBHOOKS = False
    with pytest.raises(Refused) as caught:
        robot(keeper, town, url)
    assert (caught.value.code, caught.value.status) == ("bad-webhook", 422)
    assert "url" in caught.value.fields
    assert not Robot.objects.exists()


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2400:3200::1", True),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - the address under test, nothing is bound to it
        ("224.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_what_counts_as_public(address, public):
    assert outgoing.is_public(address) is public


def test_a_name_that_leads_inside_later_hears_not_one_word(group, settings, keeper, town):
    heard = []

    class Ear(socketserver.BaseRequestHandler):
        def handle(self):
            heard.append(self.request.recv(100))
            done.set()

    done = threading.Event()
    rule("wecom")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Ear) as inside:
        threading.Thread(target=inside.serve_forever, daemon=True).start()
        robot(keeper, town, f"https://localhost:{inside.server_address[1]}/")
        settings.ALLOW_LOCAL_WEBHOOKS = False
        tell(town)
        assert deliver_due(NOON).failed == 1
        assert done.wait(10)
        inside.shutdown()
    assert heard == [b""]
    assert "内部网络" in Message.objects.get().error


def test_redirects_are_not_followed(group, keeper, town):
    rule("wecom")
    robot(keeper, town, group.url)
    group.status, group.headers = 307, {"Location": group.url + "&elsewhere=1"}
    tell(town)
    assert deliver_due(NOON).failed == 1
    assert len(group.posts) == 1


def test_robots_are_set_up_only_within_reach_and_once(group, keeper, town, grid, wang):
    with pytest.raises(Absent):
        robot(wang, town, group.url)
    first = robot(keeper, town, group.url)
    again = robot(keeper, town, group.url, per_minute=5)
    assert (again.pk, again.per_minute) == (first.pk, 5)
    with pytest.raises(Refused) as caught:
        robot(keeper, grid, group.url)
    assert caught.value.code == "robot-elsewhere"
    for wrong in ({"kind": "feishu"}, {"audiences": ["everybody"]}, {"per_minute": 21}, {"per_minute": 0}):
        with pytest.raises(Refused) as caught:
            robot(keeper, town, group.url, **wrong)
        assert caught.value.code == "bad-robot"


# --- e-mail ----------------------------------------------------------------------------------------------------------


def test_an_email_carries_text_link_and_an_id_that_stays(settings, town, wang):
    settings.PUBLIC_URL = "https://yemai.example.cn"
    rule("email")
    tell(town, wang)
    deliver_due(NOON)
    sent = mail.outbox[0]
    assert (sent.to, sent.subject) == (["wang@example.cn"], "消息0")
    assert sent.body == "只给登录者看的正文\n\nhttps://yemai.example.cn/cases/7/"
    message = Message.objects.get()
    assert sent.extra_headers["Message-ID"] == f"<{message.dedupe_key}@yemai.example.cn>"
    assert message.state == MessageState.SENT


def test_emails_of_a_run_share_one_connection(mail_box, town, wang):
    rule("email")
    tell(town, wang, key="a")
    tell(town, wang, key="b")
    assert deliver_due(NOON).sent == 2
    assert (len(mail_box.letters), mail_box.connections) == (2, 1)


def test_a_mail_box_that_does_not_exist_fails_at_once_and_a_full_one_is_tried_again(mail_box, town, wang):
    rule("email")
    mail_box.refuse = "550 no such user"
    tell(town, wang, key="a")
    assert deliver_due(NOON).failed == 1
    mail_box.refuse = "452 mailbox full"
    tell(town, wang, key="b")
    assert deliver_due(NOON).put_off == 1
    mail_box.refuse = ""
    assert deliver_due(NOON + timedelta(minutes=1)).sent == 1


def test_a_mail_server_that_is_down_costs_one_attempt_not_one_for_each(mail_box, settings, town, wang):
    rule("email")
    settings.EMAIL_PORT = 1  # nobody listens there
    for key in "abc":
        tell(town, wang, key=key)
    assert deliver_due(NOON).put_off == 1
    assert sorted(Message.objects.values_list("attempts", flat=True)) == [0, 0, 1]


def test_a_person_whose_address_was_taken_away_fails_visibly(town, wang):
    rule("email")
    tell(town, wang)
    Person.objects.update(email="")
    assert deliver_due(NOON).failed == 1
    assert "没有邮箱" in Message.objects.get().error


# --- text messages ---------------------------------------------------------------------------------------------------

SENT_SMS: list[tuple[str, str, str]] = []


class Recording:
    """A provider's adapter for these tests; `answer` is what the provider does."""

    @staticmethod
    def answer():
        """Takes everything."""

    def send(self, phone, text, *, reference):
        SENT_SMS.append((phone, text, reference))
        self.answer()


class Refusing(Recording):
    @staticmethod
    def answer():
        raise SmsRefused("号码不存在")


class Closed(Recording):
    @staticmethod
    def answer():
        raise SmsUnavailable("服务维护中")


class AnotherWorker(Recording):
    """While this one is talking to the provider, another worker looks for work."""

    @staticmethod
    def answer():
        if len(SENT_SMS) < 5:
            deliver_due(NOON)


@pytest.fixture
def provider(settings):
    SENT_SMS.clear()

    def use(adapter):
        settings.SMS_BACKEND = f"{__name__}.{adapter.__name__}"

    settings.PUBLIC_URL = "https://yemai.example.cn"
    rule("sms", audience="reporter")
    return use


def test_a_resident_is_sent_title_and_link_and_the_number_is_forgotten(provider, town):
    provider(Recording)
    tell(town, Contact(phone="13800001111"), audience="reporter")
    assert deliver_due(NOON).sent == 1
    message = Message.objects.get()
    assert [("13800001111", "消息0 https://yemai.example.cn/cases/7/", message.dedupe_key)] == SENT_SMS
    assert message.address_sealed == ""


def test_the_console_shows_a_masked_number(capsys, town):
    rule("sms", audience="reporter")
    tell(town, Contact(phone="13800001111"), audience="reporter")
    deliver_due(NOON)
    printed = capsys.readouterr().out
    assert "138****1111" in printed and "消息0" in printed and "13800001111" not in printed


def test_what_the_provider_refuses_fails_and_what_it_cannot_do_now_waits(provider, town):
    provider(Refusing)
    tell(town, Contact(phone="13800001111"), audience="reporter", key="a")
    assert deliver_due(NOON).failed == 1
    provider(Closed)
    for key in "bcd":
        tell(town, Contact(phone="13900002222"), audience="reporter", key=key)
    assert deliver_due(NOON).put_off == 1
    provider(Recording)
    assert deliver_due(NOON + timedelta(minutes=2)).sent == 3
    assert SENT_SMS[-1][0] == "13900002222"


def test_a_message_being_sent_is_nobody_elses(provider, town):
    provider(AnotherWorker)
    tell(town, Contact(phone="13800001111"), audience="reporter")
    deliver_due(NOON)
    assert len(SENT_SMS) == 1


def test_one_message_that_cannot_be_read_does_not_stop_the_others(provider, town):
    provider(Recording)
    for number in range(3):
        tell(town, Contact(phone=f"1380000111{number}"), audience="reporter", key=f"k{number}")
    broken = Message.objects.order_by("id")[0]
    Message.objects.filter(pk=broken.pk).update(address_sealed="lost-key.AAAA")
    tally = deliver_due(NOON)
    assert (tally.sent, tally.failed) == (2, 1)
    broken.refresh_from_db()
    assert broken.state == MessageState.FAILED and broken.error
