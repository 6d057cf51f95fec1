"""Every page of the product, by the person who opens it, on a town where each of them has something to show."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import F
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from django.views.defaults import server_error
from PIL import Image

from tests.modules.case_desk import photo
from tests.modules.office import area_keeper
from tests.modules.test_adjustments import asked, split_form
from tests.modules.test_boundary_pages import FIRST, SECOND, file_of, surveyed
from tests.modules.test_building_files import HEAD, at, looked, office_sheet, table, written
from tests.modules.test_fairness import fact
from tests.modules.test_import_files import ROWS
from tests.modules.test_import_pages import as_csv, begun, chosen
from tests.modules.test_planning_pages import (
    ASKED,
    build_estate,
    four_estates,
    hand_copy,
    planned,
    proposed,
    studied,
)
from tests.modules.test_reports import design, filled, taken
from tests.modules.test_sign_in import confirmed, turn_on
from tests.world import PASSWORD, PHONE, SIDE, SOUTH, WEST, World, build
from yemai.base.files.actions import store_photo
from yemai.base.jobs.actions import run_due
from yemai.base.messages.models import Message
from yemai.base.messages.terms import MessageState
from yemai.base.people.actions import appoint, create_person, report_absence
from yemai.flows.case_facts.jobs import take_changed
from yemai.gates.boundary_files.models import BoundaryRun
from yemai.modules.assessment.actions.schemes import install_schemes
from yemai.modules.assessment.facts import MOMENTS
from yemai.modules.assessment.models import Appeal, CaseFact, Result, SchemeVersion
from yemai.modules.cameras.models import Camera
from yemai.modules.cases.models import Case, HotCase, HotIssue
from yemai.modules.cases.terms import Outcome, RequestKind, ReturnReason, Verb
from yemai.modules.components.models import Component
from yemai.modules.planning.models import Plan

NO_PAGE = {
    "healthz", "readyz", "counts/", "who/", "service-worker.js", "manifest.webmanifest",  # for programs
    "map/features.json", "map/side/", "map/things.json", "map/ground.json",
    "cameras/<int:camera_id>/end/", "cameras/requests/<int:request_id>/answer/", "boundaries/<int:run_id>/preview.json", "boundaries/<int:run_id>/findings.csv",
    "language/", "size/", "sign-out/", "sign-in/closed/", "work/", "work/assign/", "boundaries/begin/", "imports/begin/",
    "boundaries/<int:run_id>/write/",
    "adjustments/<int:adjustment_id>/confirm/", "adjustments/<int:adjustment_id>/undo/",
    "planning/plans/<int:plan_id>/map.json", "planning/proposals/<int:proposal_id>/map.json",
    "planning/plans/<int:plan_id>/copy/", "planning/plans/<int:plan_id>/move/", "planning/stations/<int:station_id>/end/",
    "r/<str:code>/follow/", "r/<str:code>/<str:verb>/", "me/preferences/", "me/security/tokens/<int:token_id>/end/",
    "me/absences/", "me/absences/<int:absence_id>/end/", "messages/read-all/", "messages/<int:message_id>/open/",
    "assessment/results/<int:result_id>/stars/", "assessment/runs/<int:run_id>/allowances.xlsx",
    "messages/failures/<int:message_id>/retry/", "work/hot/<int:issue_id>/decide/",  # sent to, or sent on
    "messages/bell/", "intake/proposals/", "search/suggestions/",
    "cases/<int:case_id>/<str:verb>/check/", "cases/<int:case_id>/<str:verb>/alike/",  # parts of pages
    "r/<str:code>/qr.png", "r/<str:code>/photos/<int:photo_id>/<str:size>/",
    "cases/<int:case_id>/photos/<int:photo_id>/<str:size>/", "me/security/recovery/file/",
    "imports/<int:run_id>/refused.csv", "exports/cases.xlsx", "boundaries/file/",  # files
    "reports/<int:form_id>/rows/", "reports/<int:form_id>/layout/", "reports/<int:form_id>/fill/",
    "reports/fillings/<int:filling_id>/ask/", "reports/fillings/<int:filling_id>/send/",
    "reports/fillings/<int:filling_id>/report.xlsx", "ledgers/<slug:kind>/ledger.xlsx",
    "tasks/<int:task_id>/photo/<str:size>/", "rhythm/month/<int:meeting_id>/summary.docx", "rhythm/template/shipped.docx",
    "shell/components/",  # for whoever builds, where DEBUG is on
}  # fmt: skip
"""Addresses of our own that answer with no page."""


@dataclass(frozen=True)
class Visit:
    """`who` of the ground's browsers opens `path`, is answered `status`, and does `act` on it before it is looked at.

    `answer`: the page itself, where nothing that a browser can ask for brings it about.
    """

    who: str
    path: str
    status: int = 200
    act: Callable[[Any], None] | None = None
    answer: HttpResponse | None = None

    def __str__(self) -> str:
        """How a fault on it is told."""
        return f"{self.who or 'anybody'} {self.path}{' (after its button)' if self.act else ''}"


@dataclass
class Ground:
    """The town, its cases by what they show, its runs, and the browsers of those who look."""

    town: World
    cases: dict[str, Case]
    clients: dict[str, Client] = field(default_factory=dict)

    def browser(self, who: str) -> Client:
        """That person's browser, signed in by their password (some pages ask when that was)."""
        if who not in self.clients:
            self.clients[who] = Client()
            if who:
                sent = self.clients[who].post("/sign-in/", {"login": who, "password": PASSWORD})
                assert sent.status_code == 302, who
        return self.clients[who]


def lay_out(now: datetime) -> Ground:
    """A case in every stage, a word to everybody, one refused message."""
    town = build(now)
    body = BytesIO()
    Image.new("RGB", (640, 480), "#557799").save(body, "JPEG")
    shot = store_photo(SimpleUploadedFile("后.jpg", body.getvalue()), actor=town["worker"], now=now)

    def up() -> Case:
        return town.step(town.handled(), Verb.ESCALATE, "worker", text="网格里解决不了")

    def fed_back(**more: Any) -> Case:
        given = {"text": "修好了", "outcome": Outcome.SOLVED, **more}
        return town.step(town.handled(), Verb.SUBMIT_FEEDBACK, "worker", **given)

    cases = {
        "unplaced": town.reported("路灯不亮", lon=None, lat=None, place_text="不知道哪里"),
        "placed": town.reported("井盖松动"),
        "mine": town.handled(),
        "asked": town.step(town.handled(), Verb.REQUEST_EXTENSION, "worker", text="要等配件"),
        "up": up(),
        "consulting": town.step(up(), Verb.CONSULT, "leader", text="怎么办"),
        "centre": town.step(up(), Verb.ESCALATE, "leader", text="三支队伍也解决不了"),
        "unit": town.dispatched(joint=("water",)),
        "bounced": town.step(
            town.dispatched(), Verb.RETURN, "sanitation", return_reason=ReturnReason.choices[0][0], text="不归我们"
        ),
        "checking": fed_back(photos=(shot.pk,)),
        "rating": town.step(fed_back(), Verb.CHECK_PASS, "checker"),
        "again": town.step(fed_back(), Verb.CHECK_PASS, "checker"),
        "closed": town.step(town.step(fed_back(), Verb.CHECK_PASS, "checker"), Verb.SCORE, PHONE, score=5),
    }
    assert cases["asked"].requests.get().kind == RequestKind.EXTENSION
    lost = Message.objects.exclude(node=None).order_by("pk").first()
    assert lost is not None
    Message.objects.filter(pk=lost.pk).update(state=MessageState.FAILED, error="拒收", attempts=3)
    return Ground(town, cases)


def _hot_issue(ground: Ground) -> int:
    """Two of its cases said again, one of them answered."""
    town, now = ground.town, ground.town.now
    node = town.grids[0]
    issue = HotIssue.objects.create(
        words="垃圾 没人收", node=node, path=node.path, first_at=now, last_at=now, found_at=now, count=2, recent=2,
        is_growing=True,
    )  # fmt: skip
    HotCase.objects.bulk_create(
        HotCase(issue=issue, case=ground.cases[name], how="job", added_at=now) for name in ("mine", "rating")
    )
    return issue.pk


def pressed(button: str) -> Callable[[Any], None]:
    """Press a button that brings another page, and be on it."""

    def act(page: Any) -> None:
        with page.expect_navigation(wait_until="load"):
            page.locator(button).first.click()

    return act


def filed(name: str, content: bytes, button: str) -> Callable[[Any], None]:
    """Choose a file, press the button, be on the page that comes."""

    def act(page: Any) -> None:
        page.set_input_files("main input[type=file]", [{"name": name, "mimeType": "text/csv", "buffer": content}])
        pressed(button)(page)

    return act


def resident_pages(ground: Ground) -> list[Visit]:
    """Whoever comes by without an account; and what they are told when something is wrong."""
    town, cases = ground.town, ground.cases
    node, done = town.grids[0].code, cases["rating"]
    made = town.client("leader").post(f"/cases/{done.pk}/invite_score/", {"version": done.version})
    found = re.search(r"/s/[^/\"]+/", made.content.decode())
    assert found, made.content.decode()[-2000:]
    cache.clear()
    for _try in range(6):
        locked = Client().post("/sign-in/", {"login": "keine", "password": "falsch"})
    cache.clear()
    told = [
        (400, Client(raise_request_exception=False).get("/", headers={"host": "not a host"})),
        (403, Client(enforce_csrf_checks=True).post("/report/", {"text": "x"})),
        (200, locked),
        (500, server_error(RequestFactory().get("/"))),
    ]
    for status, answer in told:
        assert answer.status_code == status
    paths = [
        "/", "/report/", f"/report/at/{node}/", "/d/door-of-building-3/", "/my/reports/", "/boards/", f"/boards/{node}/",
        f"/boards/{town.village.code}/", f"/boards/{node}/poster/", "/sign-in/", "/sign-in/with/cancelled/",
        "/offline/", "/outbox/", found[0],
        *(f"/r/{cases[name].tracking_code}/" for name in ("placed", "rating", "closed")),
    ]  # fmt: skip
    return [
        *(Visit("", path) for path in paths),
        Visit("", found[0], act=pressed(".score-button")),
        Visit("", "/sign-in/", act=_wrong_password),
        Visit("", "/sign-in/with/failed/", status=401),
        Visit("", "/no-such-page/", status=404),
        Visit("nobody", "/messages/failures/", status=403),
        *(Visit("", f"/told/{status}/", status=status, answer=answer) for status, answer in told),
    ]


def _wrong_password(page: Any) -> None:
    page.fill("[name=login]", "nobody")
    page.fill("[name=password]", "falsch")
    pressed("main form button[type=submit]")(page)


def working_pages(ground: Ground) -> list[Visit]:
    """Field, leader, centre, department: every list with a row in it, every kind of form."""
    cases = ground.cases
    lists = {
        "worker": ("take", "mine"),
        "leader": ("consult", "check", "rate", "intake"),
        "dispatcher": ("dispatch", "decide", "bounced"),
        "sanitation": ("units",),
    }
    visits = [Visit(who, f"/work/{name}/") for who, names in lists.items() for name in names]
    visits += [
        Visit("worker", "/work/new/"),
        Visit("worker", "/cases/"),
        Visit("worker", f"/cases/{cases['mine'].pk}/?reporter=1"),
        Visit("intake", "/work/intake/"),
        Visit("intake", "/work/hot/"),
        Visit("intake", f"/work/hot/{_hot_issue(ground)}/"),
        Visit("intake", "/work/hot/?q=nothing"),
        Visit("intake", "/intake/new/"),
        Visit("intake", "/intake/new/", act=pressed("main form button[type=submit]")),
        Visit("leader", f"/boards/{ground.town.grids[0].code}/doors/"),
        Visit("leader", f"/cases/{cases['again'].pk}/invite_score/", act=pressed("main form button[type=submit]")),
        Visit("checker", f"/cases/{cases['mine'].pk}/accept/", status=409),
        Visit("supervisor", "/cases/?q=垃圾"),
        Visit("worker", "/search/"),
        Visit("secretary", "/search/?q=网格"),
        Visit("supervisor", "/search/?q=垃圾&kind=cases&order=newest"),
        Visit("worker", "/search/?q=从来没有的词"),
        Visit("worker", "/search/?q=2026-13-40", status=422),
        Visit("worker", "/search/", act=_typing),
    ]
    seen: set[str] = set()
    for name, case in cases.items():
        for who in ("worker", "leader", "intake", "dispatcher", "checker", "supervisor", "sanitation"):
            page = ground.browser(who).get(f"/cases/{case.pk}/")
            verbs = set(re.findall(rf'"/cases/{case.pk}/(\w+)/"', page.content.decode())) - seen
            seen |= verbs
            visits += [Visit(who, f"/cases/{case.pk}/{verb}/") for verb in sorted(verbs)]
            if verbs or (name, who) in {("closed", "supervisor"), ("checking", "checker"), ("bounced", "dispatcher")}:
                visits.append(Visit(who, f"/cases/{case.pk}/"))
    assert len(seen) > 20, seen
    return visits


def _typing(page: Any) -> None:
    page.locator(".topbar-search input").press_sequentially("丽发")
    page.wait_for_selector(".suggested a")


def own_pages(ground: Ground) -> list[Visit]:
    """A person's own pages, the second factor's, messages, imports."""
    town, now = ground.town, ground.town.now
    report_absence(
        actor=town["worker"], person=town["worker"], reason="休假", deputy=town["worker2"], now=now, **_days(now)
    )
    turn_on(ground.browser("worker2"))
    confirmed(ground.browser("worker"), "/me/security/code/")
    half = ground.clients["half in"] = Client()
    half.post("/sign-in/", {"login": "worker2", "password": PASSWORD})
    town.people["stranger"].set_unusable_password()
    town.people["stranger"].save()
    ground.clients["stranger"] = town.client("stranger")
    rows = as_csv([*ROWS, ["A-9", "", "", "", "", "", ""]])
    intake = ground.browser("intake")
    run = begun(intake, chosen(intake, rows))["Location"]
    drawn = surveyed(ground.browser("admin"), file_of(("一格", "Z1", FIRST), ("二格", "Z2", SECOND)))
    run_due(now, 100)
    plain = ["/me/", "/me/security/", "/me/security/tokens/", "/me/security/password/", "/me/security/code/", "/me/security/identities/",
             "/sign-in/again/", "/messages/"]  # fmt: skip
    guarded = ["/me/security/", "/me/security/recovery/", "/me/security/recovery/new/", "/me/security/code/off/",
               "/sign-in/again/code/"]  # fmt: skip
    return [
        *(Visit("worker", path) for path in plain),
        *(Visit("worker2", path) for path in guarded),
        Visit("half in", "/sign-in/code/"),
        Visit("stranger", "/me/security/password/first/"),
        Visit("admin", "/messages/failures/"),
        Visit("intake", "/imports/"),
        Visit("intake", "/imports/", act=filed("又一批.csv", rows, "main form button[type=submit]")),
        Visit("intake", run),
        Visit("admin", "/boundaries/"),
        Visit("admin", "/boundaries/", act=_boundary_columns),
        Visit("admin", f"/boundaries/{drawn.pk}/"),
        Visit("admin", "/boundaries/", act=_building_columns),
        *(Visit("admin", f"/boundaries/{run.pk}/") for run in _housed(ground)),
        *planning_pages(ground),
        *adjustment_pages(ground),
        *map_pages(ground),
        *assessment_pages(ground),
        *task_pages(ground),
        *report_pages(ground),
    ]


def planning_pages(ground: Ground) -> list[Visit]:
    """The planning desk: two plans, one of them by hand, sites and joint branches, each with an answer."""
    town, client = ground.town, ground.browser("admin")
    estate = build_estate(town, [20, 15, 0, 25, 30, 12, 18, 22, 9, 14, 28, 16])
    study = studied(client, f"estate-{estate.pk}")
    plan = planned(client, study)
    by_hand = hand_copy(client, plan)
    estates = four_estates(town)
    node = {"ground": f"node-{town.village.pk}"}
    client.post("/planning/stations/", {**node, "name": "一站", "kind": "service", "lon": "120.6", "lat": "31.3"})
    sites = proposed(client, "/planning/sites/", {**node, "walk_m": "500.0", "aim": "cover", "count": "2"})
    counts = {f"members-{one.pk}": str(number) for number, one in enumerate(estates.values())}
    branches = proposed(client, "/planning/branches/", {**node, "neighbour_m": "800", **counts})
    waiting = client.post(f"/planning/studies/{study.pk}/", ASKED)["Location"]
    paths = ["", "new/", f"studies/{study.pk}/", f"studies/{study.pk}/compare/", f"plans/{plan.pk}/", f"plans/{by_hand.pk}/",
             "stations/", "sites/", "branches/", f"proposals/{sites.pk}/", f"proposals/{branches.pk}/"]  # fmt: skip
    return [*(Visit("admin", f"/planning/{path}") for path in paths), Visit("admin", waiting)]


def report_pages(ground: Ground) -> list[Visit]:
    """A form with its design, a filling on its way, one with gaps and answers, one sent; the questions; each ledger."""
    town = ground.town
    form = taken(town)
    design(town, form)
    filling = filled(town, form)
    desk = town.client("secretary")
    desk.post(f"/reports/fillings/{filling.pk}/1/7/", {"value": "3"})
    desk.post(f"/reports/fillings/{filling.pk}/ask/")
    sent = filled(town, form)
    desk.post(f"/reports/fillings/{sent.pk}/send/", {"sent_to": "县里", "with_gaps": "1"})
    days = {"node": town.village.pk, "first": "2026-03-01", "last": "2026-03-31"}
    waiting = desk.post(f"/reports/{form.pk}/fill/", days)["Location"]
    paths = ["/reports/", f"/reports/{form.pk}/", f"/reports/fillings/{filling.pk}/", f"/reports/fillings/{sent.pk}/", waiting,
             f"/reports/fillings/{filling.pk}/1/7/", f"/reports/fillings/{filling.pk}/2/3/", "/ledgers/", "/ledgers/cases/",
             "/ledgers/cases/?q=从来没有的词", "/ledgers/posts/", "/ledgers/buildings/", "/ledgers/cases/print/"]  # fmt: skip
    admin_paths = ["/ledgers/adjustments/", "/ledgers/stations/", "/ledgers/components/", "/ledgers/cameras/"]
    return [
        *(Visit("secretary", path) for path in paths),
        *(Visit("admin", path) for path in admin_paths),
        Visit("leader2", "/reports/questions/"),
        Visit("worker", "/reports/questions/"),
    ]


def assessment_pages(ground: Ground) -> list[Visit]:
    """The cockpit of a node, a unit and the wall; a period that is over assessed for workers and grids, with an appeal."""
    town, now = ground.town, ground.town.now
    boss = create_person(actor=None, username="boss", name="考核员", password=PASSWORD, now=now)
    appoint(actor=None, person=boss, post_kind="assessor", node=town.town, now=now)
    install_schemes(now=now)
    while take_changed(now):
        pass
    back = timedelta(days=100)
    for name in MOMENTS:
        CaseFact.objects.update(**{name: F(name) - int(back.total_seconds())})
    on = timezone.localdate(now - back)
    pages = []
    for subject in ("worker", "area_3"):
        version = SchemeVersion.objects.get(subject=subject)
        sent = {
            "version": version.pk,
            "node": town.town.pk,
            "period": f"{on - timedelta(days=9)}..{on + timedelta(days=9)}",
        }
        run = ground.browser("boss").post("/assessment/", sent)["Location"]
        run_due(timezone.now(), 100)
        pages.append(run)
    result = Result.objects.get(run__version__subject="worker", subject_id=town["worker"].pk)
    ground.browser("worker").post(f"/assessment/results/{result.pk}/", {"text": "有一件不归我"})
    stop = {"subject": "worker", "subject_id": town["worker"].pk, "kind": "complaint", "on": str(on), "text": "查实"}
    ground.browser("boss").post("/assessment/stops/", stop)
    appeal = Appeal.objects.get()
    own = ["/assessment/mine/", f"/assessment/results/{result.pk}/", f"/assessment/results/{result.pk}/rework/"]
    desk = [
        "/assessment/",
        *pages,
        "/assessment/schemes/worker/",
        "/assessment/stops/",
        f"/assessment/appeals/{appeal.pk}/",
    ]
    return [
        *(Visit("worker", path) for path in own),
        *(Visit("boss", path) for path in desk),
        Visit("supervisor", "/cockpit/"),
        Visit("supervisor", "/cockpit/wall/"),
        Visit("leader", "/cockpit/"),
        Visit("sanitation", f"/cockpit/units/{town.units['sanitation'].pk}/"),
        Visit("supervisor", f"/cockpit/{town.town.pk}/rows/in_time/"),
        Visit("sanitation", f"/cockpit/units/{town.units['sanitation'].pk}/rows/near/"),
    ]


def task_pages(ground: Ground) -> list[Visit]:
    """The ledger of tasks and the rhythm, with a programme, a task reported done, and a meeting of each kind."""
    town, boss = ground.town, ground.browser("boss")
    programme = boss.post("/tasks/programmes/", {"node": town.town.pk})["Location"]
    here = f"?node={town.town.pk}"
    sent = {"title": "查井盖", "owner": town["worker"].pk, "due_on": str(timezone.localdate() + timedelta(days=2))}
    task = boss.post(f"/tasks/new/{here}", sent)["Location"]
    ground.browser("worker").post(task, {"do": "report", "words": "都查过了", "photo": photo()})
    late = boss.post(f"/tasks/new/{here}", sent | {"due_on": "2026-01-05"})["Location"]
    for beat in ("morning", "week"):
        boss.post(f"/rhythm/{beat}/{here}", {"do": "hold", "words": "先办超期的", "weather": "有雨"})
    boss.post(f"/rhythm/week/{here}", {"do": "decide", **sent})
    boss.post(f"/rhythm/month/{here}", {"words": "平稳"})
    desk = ["/tasks/", f"/tasks/new/{here}", task, "/tasks/programmes/", programme]
    desk += [
        "/rhythm/",
        f"/rhythm/morning/{here}",
        f"/rhythm/week/{here}",
        f"/rhythm/month/{here}",
        "/rhythm/template/",
    ]
    for day in range(6):
        fact(town, "worker2", town.now - timedelta(days=day + 1), minutes=5)
        fact(town, "leader", town.now - timedelta(days=day + 1), minutes=500)
    desk += ["/fairness/", f"/fairness/quick/{town['worker2'].pk}/"]
    return [*(Visit("boss", path) for path in desk), Visit("worker", "/tasks/?state="), Visit("worker", late)]


def adjustment_pages(ground: Ground) -> list[Visit]:
    """The desk of adjustments: each form, a draft of a split, one planned, one undone, a plan to be adopted, a day."""
    town, client = ground.town, ground.browser("admin")
    village, grid = town.village, town.grids[0]
    later = f"{town.now.date().replace(year=town.now.year + 1)}"
    undone = asked(client, village, "rename", name="荷花村", on=later)
    client.post(f"/adjustments/{undone.pk}/undo/")
    drafts = [undone, asked(client, grid, "split", **split_form(client, grid), on=later)]
    forms = [f"new/{grid.pk}/{kind}/" for kind in ("rename", "redraw", "move", "merge", "split", "close")]
    paths = ["", "new/", "as-of/", *forms, *(f"{one.pk}/" for one in drafts)]
    plan = Plan.objects.filter(state="done").earliest("pk")
    return [
        *(Visit("admin", f"/adjustments/{path}") for path in paths),
        Visit("admin", f"/planning/plans/{plan.pk}/adopt/"),
    ]


def map_pages(ground: Ground) -> list[Visit]:
    """The one map with all its layers, on a day gone by, and the register of cameras."""
    town, client = ground.town, ground.browser("admin")
    client.post(
        "/cameras/",
        {
            "name": "东门",
            "owner": "派出所",
            "contact": "值班室",
            "lon": f"{WEST + SIDE / 2}",
            "lat": f"{SOUTH + SIDE / 2}",
        },
    )
    camera = Camera.objects.get()
    form = {"purpose": "找失主", "from_at": "2026-01-05T08:00", "to_at": "2026-01-05T09:00"}
    ground.browser("worker").post(f"/cameras/{camera.pk}/", form)
    Component.objects.create(
        code="9901010118000001", name="路灯", node=town.grids[0], lon=WEST + SIDE / 3, lat=SOUTH + SIDE / 3
    )
    lamp = Component.objects.get()
    layers = "layers=ground,buildings,cases,heat,teams,stations,cameras,components"
    day = town.now.date() - timedelta(days=3)
    return [
        Visit("dispatcher", f"/map/?{layers}"), Visit("dispatcher", f"/map/?on={day}"), Visit("worker", "/cameras/"),
        Visit("admin", "/components/"), Visit("worker", f"/components/{lamp.pk}/"), Visit("admin", "/components/take-in/"),
        Visit("admin", "/cameras/"), Visit("admin", f"/cameras/{camera.pk}/"), Visit("worker", f"/cameras/{camera.pk}/"),
    ]  # fmt: skip


def _days(now: datetime) -> dict[str, datetime]:
    return {"from_at": now, "to_at": now.replace(year=now.year + 1)}


def _boundary_columns(page: Any) -> None:
    filed("网格.geojson", file_of(("三格", "Z3", FIRST)).read(), "main form button[type=submit]")(page)


def _building_columns(page: Any) -> None:
    page.check("input[name=subject][value=buildings]")
    filed("楼栋.xlsx", office_sheet(), "main form button[type=submit]")(page)


def _housed(ground: Ground) -> list[BoundaryRun]:
    """A file of buildings looked at, with doubts, and one that is written."""
    client = ground.browser("admin")
    doubtful = table([HEAD, ["和平苑", "1栋", "许多", *at(1), "", ""], ["", "", "", *at(0.5), "", "没有的网格"]])
    seen, done = looked(client, "楼栋.csv", doubtful), looked(client, "又一批.csv", doubtful)
    written(client, done)
    return [seen, done]


def office_pages(ground: Ground) -> list[Visit]:
    """The back office: its index, every list, and a form of each kind."""
    town = ground.town
    ground.clients["keeper"] = area_keeper(town, town.town)
    lists = [f"{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry]
    forms = [
        "people/person/add/",
        f"people/person/{town['worker'].pk}/change/",
        f"territory/node/{town.grids[0].pk}/change/",
        f"cases/category/{town.category().pk}/change/",
        "cases/replytemplate/add/",
    ]
    return [Visit("keeper", f"/office/{path}") for path in ["", *lists, *forms]]
