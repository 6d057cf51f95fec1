"""What the tests of cases do over and over: take a step through its page, read a story, draw a photo, open a message box."""

import io
import re
import uuid
from html import unescape
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from tests.world import World
from yemai.base.messages.models import Message
from yemai.modules.cases.models import Case, StoryStep


def step(world: World, who: str | Client, case: Case, verb: str, **fields: Any) -> HttpResponse:
    """Send the form of a step as its page does: with the version seen and a key of its own."""
    browser = who if isinstance(who, Client) else world.client(who)
    sent = {"version": fresh(case).version, "client_key": uuid.uuid4(), **fields}
    answer = browser.post(
        f"/cases/{case.pk}/{verb}/", {name: value for name, value in sent.items() if value is not None}
    )
    assert isinstance(answer, HttpResponse)
    return answer


def done(world: World, who: str | Client, case: Case, verb: str, **fields: Any) -> Case:
    """Take a step that must go through; the case as it then is."""
    answer = step(world, who, case, verb, **fields)
    assert answer.status_code == 302, said(answer)
    return fresh(case)


def own(browser: Client, case: Case, verb: str, **fields: Any) -> str:
    """A resident's step on their tracking page; the words they then read."""
    return said(browser.post(f"/r/{case.tracking_code}/{verb}/", fields, follow=True))


def said(answer: Any) -> str:
    """The words of a page, without its tags."""
    text = re.sub(r"<(script|style|head).*?</\1>", " ", answer.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", text))).strip()


def alerts(answer: Any) -> str:
    """What a page says is wrong."""
    found = re.findall(r'role="alert">(.*?)</(?:div|p)>', answer.content.decode(), flags=re.S)
    return unescape(re.sub(r"<[^>]+>", " ", " ".join(found)))


def fresh(case: Case) -> Case:
    """The case as the database has it."""
    return Case.objects.get(pk=case.pk)


def last(case: Case) -> StoryStep:
    """The newest row of its story."""
    return StoryStep.objects.filter(case=case).latest("seq")


def verbs(case: Case) -> list[str]:
    """Its story in verbs."""
    return list(StoryStep.objects.filter(case=case).order_by("seq").values_list("verb", flat=True))


def told(world: World, who: str, event: str) -> int:
    """How many messages of an event lie in somebody's box."""
    return Message.objects.filter(person=world.people[who], event=event, channel="in_app").count()


def texted(event: str) -> int:
    """How many text messages an event caused."""
    return Message.objects.filter(event=event, channel="sms").count()


def photo(color: str = "green", name: str = "现场.jpg") -> SimpleUploadedFile:
    """A small real photo."""
    written = io.BytesIO()
    Image.new("RGB", (64, 48), color).save(written, "JPEG")
    return SimpleUploadedFile(name, written.getvalue(), "image/jpeg")


def reported_by_phone(device: Client, text: str = "楼道灯坏了", **fields: Any) -> Case:
    """Report through the page on a resident's phone (`Client()` keeps its cookie); point in the first micro-grid."""
    values = {
        "text": text,
        "lon": "120.601",
        "lat": "31.301",
        "client_key": uuid.uuid4(),
        "not_duplicate": "1",
        **fields,
    }
    answer = device.post("/report/", {name: value for name, value in values.items() if value is not None})
    assert answer.status_code == 302, said(answer)
    return Case.objects.get(tracking_code=answer["Location"].split("/")[2])
