"""Models of the town: a starter from the catalogue's words, retrained from what was closed, kept only when better."""

import csv
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.modules.office import last_entry, saved, staff
from tests.world import World
from yemai.base.jobs.actions import enqueue, run_due
from yemai.base.jobs.models import Job
from yemai.base.triage import files
from yemai.base.triage.models import TrainedModel
from yemai.conf.cli import main as yemai
from yemai.kernel.codes import tracking_code
from yemai.kernel.refusals import Refused
from yemai.modules.cases.learning import LEAST_CASES, learn
from yemai.modules.cases.models import Case, Category
from yemai.modules.cases.queries.catalogue import propose_categories
from yemai.modules.cases.terms import Source, Stage

pytestmark = pytest.mark.django_db

FEW = ("E0110", "E0109", "C0118", "S0106")
SAID = {"电梯": ("电梯又坏了", "电梯关人", "电梯按钮失灵"), "路灯": ("路灯不亮", "路灯坏了三盏", "巷口路灯闪")}


@pytest.fixture
def few(world: World) -> dict[str, Category]:
    """A catalogue of a few classes, so that teaching takes no time; by name."""
    kept = Category.objects.filter(name__in=("电梯", "路灯", "露天烧烤", "供水"))
    Category.objects.exclude(pk__in=kept).update(is_active=False)
    return {one.name: one for one in kept}


def closed(world: World, category: Category, texts: tuple[str, ...], count: int, days_ago: int) -> None:
    """Cases that were closed under a class some days ago, a few to a day."""
    rows = []
    for at in range(count):
        moment = world.now - timedelta(days=days_ago + at % 20)
        rows.append(
            Case(
                client_key=uuid4(), tracking_code=tracking_code(), source=Source.RESIDENT, node=world.grids[0],
                path=world.grids[0].path, text=f"{texts[at % len(texts)]}，第{'一二三四五六七八九十'[at % 10]}次反映",
                category=category, stage=Stage.CLOSED, reported_at=moment, closed_at=moment,
            )
        )  # fmt: skip
    Case.objects.bulk_create(rows)


def test_a_new_town_has_a_starter_from_its_catalogue(world: World, few: dict[str, Category]) -> None:
    assert learn(world.now) == "starter made"
    best = propose_categories("我们单元的电梯又关人了")[0]
    assert best.category == few["电梯"] and any("电梯" in word for word in best.because)
    assert best.confidence and 0 < best.confidence <= 1
    assert learn(world.now) == "nothing new"


def test_a_changed_catalogue_gets_its_own_starter(world: World, few: dict[str, Category]) -> None:
    learn(world.now)
    few["供水"].keywords = ["甜水井", "抽水机坏"]
    few["供水"].save()
    assert learn(world.now) == "starter made"
    assert TrainedModel.objects.filter(origin="starter").count() == 2


def test_corrections_teach_the_next_proposal(world: World, few: dict[str, Category]) -> None:
    """In this town the "magic box" is the lift: nobody's catalogue says so, a hundred closed cases do."""
    learn(world.now)
    before = propose_categories("魔盒卡在五楼不动")
    assert not before or before[0].category != few["电梯"]
    for days in (5, 60):
        closed(world, few["电梯"], ("魔盒不动了", "魔盒卡在三楼", "魔盒门关不上"), LEAST_CASES // 3, days)
        closed(world, few["路灯"], SAID["路灯"], LEAST_CASES // 3, days)
    assert learn(world.now) == "kept"
    best = propose_categories("魔盒卡在五楼不动")[0]
    assert best.category == few["电梯"] and any("魔盒" in word for word in best.because)
    card = TrainedModel.objects.get(is_current=True).card
    assert card["accuracy_new"] > card["accuracy_before"] and card["judged_on"] >= 30
    assert learn(world.now) == "nothing new"


def test_one_that_is_not_better_is_not_used(world: World, few: dict[str, Category]) -> None:
    """What was closed before says one thing and the newest month another: the starter was right, and stays."""
    learn(world.now)
    starter = TrainedModel.objects.get(is_current=True)
    closed(world, few["露天烧烤"], SAID["电梯"], LEAST_CASES // 2, 60)
    closed(world, few["供水"], SAID["路灯"], LEAST_CASES // 2, 60)
    closed(world, few["电梯"], SAID["电梯"], 30, 5)
    closed(world, few["路灯"], SAID["路灯"], 30, 5)
    assert learn(world.now) == "not_better"
    assert TrainedModel.objects.get(is_current=True) == starter
    tried = TrainedModel.objects.exclude(pk=starter.pk).get()
    assert tried.content is None and tried.card["accuracy_new"] <= tried.card["accuracy_before"]


def test_going_back_is_one_press(world: World, few: dict[str, Category]) -> None:
    learn(world.now)
    first = TrainedModel.objects.get(is_current=True)
    few["供水"].keywords = ["抽水机坏"]
    few["供水"].save()
    learn(world.now)
    client = staff(world, "admin")
    page = client.get("/office/triage/trainedmodel/").content.decode()
    assert page.count("随系统带来") >= 2
    assert "among_three" in client.get(f"/office/triage/trainedmodel/{first.pk}/change/").content.decode()
    saved(client, f"triage/trainedmodel/{first.pk}/do/use/")
    first.refresh_from_db()
    assert first.is_current and first.chosen_by == world["admin"]
    assert TrainedModel.objects.filter(is_current=True).count() == 1
    assert last_entry("use_model").after == {"model": first.pk}


def test_a_proposal_costs_three_questions_however_many_classes(world: World, few: dict[str, Category]) -> None:
    learn(world.now)
    propose_categories("电梯坏了")
    with CaptureQueriesContext(
        connection,
    ) as asked:
        propose_categories("单元的电梯又坏了，关了人")
    assert len(asked) <= 4


def table(path: Path, rows: list[tuple[str, str, str]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows([("标题", "内容", "类别"), *rows])
    return path


ROWS = [
    (f"{said}", f"第{'一二三四五'[at]}次说了，{said}，请处理", label)
    for label, sayings in SAID.items()
    for said in sayings
    for at in range(5)
]


def test_any_table_teaches_and_is_answered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    learnt, asked = (
        table(tmp_path / "a.csv", ROWS),
        table(tmp_path / "b.csv", [("电梯停在半空", "", "旧类"), ("", "", "")]),
    )
    model, out = tmp_path / "m.model", tmp_path / "out.csv"
    assert (
        yemai(
            [
                "triage",
                "train",
                str(learnt),
                "--text",
                "标题",
                "--text",
                "内容",
                "--category",
                "类别",
                "--model",
                str(model),
            ]
        )
        == 0
    )
    assert '"accuracy"' in capsys.readouterr().out
    command = [
        "triage",
        "predict",
        str(asked),
        "--text",
        "标题",
        "--text",
        "内容",
        "--model",
        str(model),
        "--out",
        str(out),
    ]
    assert yemai(command) == 0
    with out.open(encoding="utf-8", newline="") as file:
        first, *_rest = list(csv.DictReader(file))
    assert first["标题"] == "电梯停在半空" and first["类别"] == "旧类"
    assert first["category"] == "电梯" and 0.5 < float(first["confidence"]) <= 1 and "电梯" in first["because"]


def test_a_table_with_a_column_of_that_name_keeps_it(tmp_path: Path) -> None:
    model, out = tmp_path / "m", tmp_path / "out.csv"
    files.teach_file(table(tmp_path / "a.csv", ROWS), model, texts=["内容"], category="类别", say=print)
    given = tmp_path / "c.csv"
    given.write_text("text,category\n路灯坏了,甲\n", encoding="utf-8")
    assert files.ask_file(given, model, out, texts=["text"], say=print) == 1
    head, row = out.read_text(encoding="utf-8").splitlines()
    assert head == "text,category,proposed_category,confidence,because" and row.startswith("路灯坏了,甲,路灯,")


def test_what_is_wrong_with_a_table_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = str(table(tmp_path / "a.csv", ROWS))
    with pytest.raises(Refused) as refused:
        files.teach_file(Path(given), tmp_path / "m", texts=["正文"], category="类别", say=print)
    assert "正文" in str(refused.value.text) and "内容" in str(refused.value.text)
    assert not (tmp_path / "m").exists()
    options = ["--text", "内容", "--model", str(tmp_path / "none"), "--out", str(tmp_path / "o.csv")]
    assert yemai(["triage", "predict", given, *options]) == 1
    assert "none" in capsys.readouterr().err
    assert (
        yemai(["triage", "train", str(tmp_path / "nothing.csv"), "--text", "a", "--category", "b", "--model", "m"]) == 1
    )


def test_the_worker_learns_and_says_how_far_it_is(world: World, few: dict[str, Category]) -> None:
    enqueue("cases.learn", run_at=world.now)
    run_due(world.now)
    job = Job.objects.get(kind="cases.learn", run_at=world.now)
    assert (job.state, job.result) == (Job.State.DONE, {"value": "starter made"}) and job.done > 5
