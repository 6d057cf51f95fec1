"""Names, telephones and addresses go when they have served; what was done stays."""

from datetime import timedelta

import pytest
from django.test import Client

from tests.conftest import Clock
from tests.modules.case_desk import done, reported_by_phone, said, verbs
from tests.world import World
from yemai.base.messages import jobs as message_jobs
from yemai.base.messages.models import Message
from yemai.base.parameters.actions import set_parameter
from yemai.modules.cases import jobs
from yemai.modules.cases.models import Case, Contact
from yemai.modules.cases.queries import first_broken_link
from yemai.modules.cases.terms import Outcome, Verb

pytestmark = pytest.mark.django_db
KEPT = {"name": "赵大妈", "phone": "13800138000"}


@pytest.fixture
def phone() -> Client:
    """The resident's phone."""
    return Client()


@pytest.fixture
def closed(world: World, phone: Client, clock: Clock) -> Case:
    """A case whose reporter left a name and a number, scored and closed."""
    case = world.step(reported_by_phone(phone, "3栋楼下垃圾没人收", **KEPT), Verb.TAKE, "worker")
    case = world.step(case, Verb.SUBMIT_FEEDBACK, "worker", text="清走了", outcome=Outcome.SOLVED)
    case = world.step(case, Verb.CHECK_PASS, "checker")
    phone.post(f"/r/{case.tracking_code}/score/", {"score": 5})
    case.refresh_from_db()
    assert case.stage == "closed"
    return case


def known(case: Case) -> bool:
    """Is anything kept that says who reported?"""
    contact = Contact.objects.get(case=case)
    return bool(contact.name_sealed or contact.phone_sealed or contact.phone_blind)


def test_a_contact_is_forgotten_a_year_after_closing_and_the_case_stays(
    world: World, closed: Case, phone: Client, clock: Clock
) -> None:
    assert jobs.forget_contacts(clock.advance(days=365)) == 0
    assert known(closed)
    assert jobs.forget_contacts(clock.advance(minutes=1)) == 1
    assert not known(closed)
    assert jobs.forget_contacts(clock.now()) == 0
    page = phone.get(f"/r/{closed.tracking_code}/")
    assert "3栋楼下垃圾没人收" in said(page), "their own phone still finds it"
    assert verbs(closed)[0] == "report"
    assert first_broken_link() is None


def test_the_town_sets_how_long(world: World, closed: Case, clock: Clock) -> None:
    set_parameter("contact_keep_days", 30, effective_from=world.now.date(), basis="试验")
    assert "办结30天后删除" in said(Client().get("/report/"))
    assert jobs.forget_contacts(clock.advance(days=30, minutes=1)) == 1


def test_an_open_case_keeps_its_contact_however_old(world: World, phone: Client, clock: Clock) -> None:
    case = reported_by_phone(phone, **KEPT)
    assert jobs.forget_contacts(clock.advance(days=4000)) == 0
    assert known(case)


def test_a_merged_case_keeps_its_contact_as_long_as_the_main_case(world: World, closed: Case, clock: Clock) -> None:
    other = Client()
    copy, main = reported_by_phone(other, "楼下垃圾", **KEPT), reported_by_phone(Client(), "垃圾没收")
    done(world, "intake", copy, "merge", main_case=main.tracking_code)
    assert jobs.forget_contacts(clock.advance(days=800)) == 1, "the closed one alone"
    assert known(copy)
    Case.objects.filter(pk=main.pk).update(stage="closed", closed_at=clock.now())
    assert jobs.forget_contacts(clock.advance(days=366)) == 1
    assert not known(copy)


def test_a_sent_message_loses_its_address(world: World, closed: Case, clock: Clock) -> None:
    texts = Message.objects.exclude(address_sealed="")
    sent = texts.count()
    assert sent > 0
    assert message_jobs.forget_addresses(clock.advance(days=366)) == 0, "not yet sent"
    Message.objects.update(state="sent")
    assert message_jobs.forget_addresses(clock.now()) == sent
    assert not texts.exists()


def test_nobody_keeps_them_for_ever(world: World) -> None:
    from yemai.kernel.refusals import Refused

    for days in (0, 29, 1096, 365.5, True):
        with pytest.raises(Refused):
            set_parameter("contact_keep_days", days, effective_from=world.now.date() + timedelta(days=1), basis="试验")
