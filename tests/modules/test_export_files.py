"""Lists as spreadsheets: the rows of the page and no others, in its order, nothing of whoever reported, no formula."""

import io
import os
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from tests.world import PHONE, SIDE, SOUTH, WEST, World
from yemai.base.people.actions import appoint
from yemai.base.people.models import PostKind
from yemai.base.search.waiting import wait_for_all
from yemai.base.territory.actions import create_node
from yemai.base.territory.models import Node, Tier
from yemai.conf.cli import main
from yemai.modules.cases.actions import Report, follow, report
from yemai.modules.cases.jobs import index
from yemai.modules.cases.models import Case
from yemai.modules.cases.terms import Outcome, Rung, Source, Stage, Verb

pytestmark = pytest.mark.django_db
HEADS = ["案卷号", "查询码", "阶段", "层级", "类别", "属地", "位置", "内容", "来源", "上报时间", "处置到期", "处置完成", "是否超期", "结果",
         "评分", "处置人", "退单次数", "返工次数"]  # fmt: skip
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def fetched(client: Client, query: str = "") -> bytes:
    """The file behind the button of a list."""
    answer = client.get(f"/exports/cases.xlsx{query}")
    assert answer.status_code == 200, answer.content
    assert (answer.streaming, answer["Content-Type"]) == (True, XLSX)
    return b"".join(answer.streaming_content)


def table(content: bytes | Path) -> list[dict[str, Any]]:
    """Its rows by heading."""
    sheet = load_workbook(content if isinstance(content, Path) else io.BytesIO(content)).active
    assert sheet is not None
    heads, *lines = sheet.iter_rows(values_only=True)
    assert list(heads) == HEADS
    return [dict(zip(HEADS, line, strict=True)) for line in lines]


def codes(content: bytes | Path) -> list[str]:
    """Which cases are in it, in its order."""
    return [row["查询码"] for row in table(content)]


def on_page(client: Client, address: str) -> list[str]:
    """Which cases a list shows, page after page."""
    found: list[str] = []
    after = "?" if "?" not in address else "&"
    page = client.get(address).context
    while True:
        found += [row["case"].tracking_code for row in page["rows"]]
        if not page["page"].next_cursor:
            return found
        page = client.get(f"{address}{after}after={page['page'].next_cursor}").context


def other_village(world: World) -> Node:
    """A village beside with a micro-grid of its own."""
    tiers = {tier.key: tier for tier in Tier.objects.all()}
    village = create_node(tier=tiers["village"], parent=world.town, name="西风村", actor=None, now=world.now)
    return create_node(tier=tiers["microgrid"], parent=village, name="西风第一微网格", actor=None, now=world.now)


def filled(world: World, count: int = 140) -> None:
    """Cases of every kind in two villages, more than one page of each."""
    nodes, unit, hour = [*world.grids, other_village(world)], world.units["sanitation"], timedelta(hours=1)
    patterns: list[dict[str, Any]] = [
        {"stage": Stage.REPORTED},
        {"stage": Stage.HANDLING, "handler": world.people["worker"]},
        {"stage": Stage.HANDLING, "rung": Rung.CENTRE, "returns": 1},
        {"stage": Stage.HANDLING, "rung": Rung.DEPARTMENT, "lead_department": unit, "returns": 3},
        {"stage": Stage.CLOSED, "outcome": Outcome.SOLVED, "closed_at": world.now, "score": 5},
    ]
    Case.objects.bulk_create([
        Case(
            tracking_code=f"{at:011d}", source=Source.RESIDENT, text=f"第{at}件", node=nodes[at % 4], path=nodes[at % 4].path,
            category=world.category(), reported_at=world.now, clock_due_at=None if at % 7 == 0 else world.now + (at % 11 - 5) * hour,
            clock_warn_at=world.now, **patterns[at % 5],
        )
        for at in range(count)
    ])  # fmt: skip
    wait_for_all(Case.objects.all())
    index(world.now)


# --- which rows -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "narrowed", ["", "?stage=closed", "?lamp=red", "?q=第1", "?rung=centre&stage=handling", "?stage=x"]
)
@pytest.mark.parametrize("who", ["supervisor", "secretary"])
def test_the_register_goes_out_as_shown(world: World, who: str, narrowed: str) -> None:
    filled(world)
    client = world.client(who)
    shown = on_page(client, f"/cases/{narrowed}")
    assert codes(fetched(client, narrowed)) == shown
    assert bool(shown) is (narrowed != "?stage=x")


def test_a_village_gets_its_own_cases_alone(world: World) -> None:
    filled(world)
    own = set(Case.objects.filter(path__startswith=world.village.path).values_list("tracking_code", flat=True))
    assert len(own) == 105
    assert set(codes(fetched(world.client("secretary")))) == own
    assert len(codes(fetched(world.client("supervisor")))) == 140
    assert set(codes(fetched(world.client("secretary"), "?queue=bounced"))) < own


@pytest.mark.parametrize(
    ("who", "queue"),
    [("supervisor", "bounced"), ("secretary", "bounced"), ("secretary", "intake"), ("secretary", "check")],
)
def test_a_queue_goes_out_as_shown(world: World, who: str, queue: str) -> None:
    filled(world)
    Case.objects.filter(stage=Stage.CLOSED, score=5, path__gte=world.village.path).update(
        stage=Stage.CHECKING, score=None
    )
    client = world.client(who)
    shown = on_page(client, f"/work/{queue}/")
    assert shown
    assert codes(fetched(client, f"?queue={queue}")) == shown
    late = on_page(client, f"/work/{queue}/?lamp=red")
    assert 0 < len(late) < len(shown)
    assert codes(fetched(client, f"?queue={queue}&lamp=red")) == late


def test_the_button_of_a_list_leads_to_its_own_file(world: World) -> None:
    filled(world)
    page = world.client("supervisor").get("/work/bounced/?lamp=red").content.decode()
    assert 'href="/exports/cases.xlsx?queue=bounced&amp;lamp=red"' in page
    assert (
        'href="/exports/cases.xlsx?stage=closed"'
        in world.client("secretary").get("/cases/?stage=closed").content.decode()
    )
    assert "/exports/" not in world.client("worker").get("/cases/").content.decode()


def test_a_queue_one_does_not_have_gives_nothing(world: World) -> None:
    filled(world)
    client = world.client("supervisor")
    for queue in ("intake", "take", "dispatch", "check", "consult", "units"):
        assert client.get(f"/work/{queue}/").status_code == 404
        assert codes(fetched(client, f"?queue={queue}")) == []


def test_only_those_with_the_permission(world: World) -> None:
    for who in ("worker", "leader", "intake", "dispatcher", "sanitation", "nobody"):
        assert world.client(who).get("/exports/cases.xlsx").status_code == 403, who
    assert Client().get("/exports/cases.xlsx")["Location"].startswith("/sign-in/")


def test_an_assessor_of_a_village_gets_that_village(world: World) -> None:
    filled(world)
    kind, _new = PostKind.objects.get_or_create(
        key="village-assessor", defaults={"name": "村考评", "permissions": ["case.view", "export.run"]}
    )
    appoint(actor=None, person=world["nobody"], post_kind=kind, node=world.village, now=world.now)
    assert len(codes(fetched(world.client("nobody")))) == 105


# --- what is in them --------------------------------------------------------------------------------------------------


def test_a_row_says_what_the_case_is(world: World) -> None:
    case = world.handled()
    Case.objects.filter(pk=case.pk).update(
        category=world.category(), number="E011020260304000001", stage=Stage.CLOSED, outcome=Outcome.SOLVED, score=4,
        due_at=world.now + timedelta(hours=4), disposed_at=world.now + timedelta(hours=5), was_overdue=True, returns=2, reworks=1,
        place_text="3栋", text="第一行\n第二行 😀",
    )  # fmt: skip
    (row,) = table(fetched(world.client("supervisor")))
    assert row == {
        "案卷号": "E011020260304000001", "查询码": case.tracking_code, "阶段": "已结案", "层级": "微网格", "类别": world.category().name,
        "属地": "第1微网格", "位置": "3栋", "内容": "第一行\n第二行 😀", "来源": "居民上报", "上报时间": "2026-03-04 10:00",
        "处置到期": "2026-03-04 14:00", "处置完成": "2026-03-04 15:00", "是否超期": "是", "结果": "已解决", "评分": 4, "处置人": "王网格",
        "退单次数": 2, "返工次数": 1,
    }  # fmt: skip


def test_nothing_of_whoever_reported_or_follows(world: World) -> None:
    named = Report(text="灯不亮", name="赵大妈", phone="13800138000", lon=WEST + SIDE / 2, lat=SOUTH + SIDE / 2,
                   source=Source.CALL, consent_version="1", external_ref="HOTLINE-77", client_key=uuid4())  # fmt: skip
    case = report(named, actor=world["intake"], now=world.now)
    follow(world.reported("垃圾没收"), actor=PHONE, phone="13912345678", now=world.now)
    world.step(case, Verb.ACCEPT, "intake", category=world.category().pk)
    with zipfile.ZipFile(io.BytesIO(fetched(world.client("supervisor")))) as parts:
        everything = unescape("".join(parts.read(name).decode() for name in parts.namelist()))
    assert "灯不亮" in everything
    contact = case.contacts.get()
    secrets = [
        "赵大妈",
        "13800138000",
        "13912345678",
        PHONE.device_hash,
        contact.phone_blind,
        contact.phone_sealed,
        str(case.client_key),
    ]
    assert [secret for secret in secrets if secret in everything] == []
    assert "supervisor" not in everything, "nor of whoever asked for it"


def test_an_empty_list_is_a_heading(world: World) -> None:
    assert table(fetched(world.client("supervisor"))) == []


def test_it_speaks_the_language_of_its_reader(world: World) -> None:
    world.handled()
    client = world.client("supervisor")
    client.post("/language/", {"language": "en"})
    sheet = load_workbook(io.BytesIO(fetched(client))).active
    heads, line = sheet.iter_rows(values_only=True)
    assert (heads[1], line[2], len(heads)) == ("Tracking code", "Being handled", len(HEADS))


def test_a_large_register_is_asked_for_once_and_sent_in_pieces(world: World) -> None:
    client = world.client("supervisor")
    filled(world, 20)

    def asked() -> tuple[int, int]:
        client.get("/counts/")
        with CaptureQueriesContext(connection) as counted:
            pieces = list(client.get("/exports/cases.xlsx").streaming_content)
        assert max(map(len, pieces)) <= 64 * 1024
        return len(counted), len(codes(b"".join(pieces)))

    few = asked()
    Case.objects.all().delete()
    Node.objects.filter(name__startswith="西风第").delete()
    Node.objects.filter(name="西风村").delete()
    filled(world, 3_000)
    many = asked()
    assert (few[1], many[1]) == (20, 3_000)
    assert many[0] <= few[0] <= 10


# --- the command ------------------------------------------------------------------------------------------------------


Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Command]:
    """Calls `yemai export cases …` as an operator does; its exit code and what it said."""
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    mask = os.umask(0o022)

    def call(target: Path) -> tuple[int, str]:
        code = main(["export", "cases", str(target)])
        said = capsys.readouterr()
        return code, said.out + said.err

    with translation.override("zh-hans"):
        yield call
    os.umask(mask)


def test_the_command_writes_every_case(world: World, tmp_path: Path, command: Command) -> None:
    filled(world)
    case = world.reported("=1+1")
    path = tmp_path / "全部.xlsx"
    assert command(path) == (0, f"{path}: 141 cases.\n")
    rows = table(path)
    assert {row["查询码"] for row in rows} == set(Case.objects.values_list("tracking_code", flat=True))
    assert [row["内容"] for row in rows if row["查询码"] == case.tracking_code] == ["'=1+1"]
    assert path.stat().st_mode & 0o007 == 0, "no business of the machine's other users"


def test_the_command_writes_over_nothing(world: World, tmp_path: Path, command: Command) -> None:
    path = tmp_path / "a.xlsx"
    path.write_text("mine")
    code, said = command(path)
    assert (code, path.read_text(), "nothing was written over it" in said) == (1, "mine", True)
    code, said = command(tmp_path / "nowhere" / "a.xlsx")
    assert (code, "There is no directory" in said) == (1, True)
