"""Importing boundaries by page: upload, columns, the survey to look at, repairs ticked one by one, written once."""

import json
from pathlib import Path
from typing import Any

import pytest
import shapely
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from tests.modules.case_desk import said
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.jobs.actions import run_due
from yemai.base.territory.geometry import stored
from yemai.base.territory.models import Node
from yemai.gates.boundary_files.models import BoundaryRun

pytestmark = pytest.mark.django_db
FIRST = shapely.box(WEST, SOUTH + SIDE, WEST + SIDE, SOUTH + 2 * SIDE)
SECOND = shapely.box(WEST + 0.7 * SIDE, SOUTH + SIDE, WEST + 2 * SIDE, SOUTH + 2 * SIDE)
TIE = shapely.Polygon([(WEST, SOUTH), (WEST + SIDE, SOUTH - SIDE), (WEST + SIDE, SOUTH), (WEST, SOUTH - SIDE)])


def file_of(*rows: tuple[str, str, shapely.Polygon]) -> SimpleUploadedFile:
    """GeoJSON with name and code."""
    features = [
        {
            "type": "Feature",
            "properties": {"名称": name, "编码": code},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for name, code, shape in rows
    ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return SimpleUploadedFile("网格.geojson", text.encode())


def surveyed(client: Client, file: SimpleUploadedFile, **more: str) -> BoundaryRun:
    """Upload, agree to the guessed columns, let the worker look."""
    page = client.post("/boundaries/", {"file": file})
    assert page.status_code == 200, said(page)
    chosen = {field: heading for field, _label, heading in page.context["fields"]}
    assert (chosen["name_field"], chosen["code_field"]) == ("名称", "编码")
    sent = {
        **chosen,
        "token": page.context["token"],
        "shown": "网格.geojson",
        "tier": "microgrid",
        "crs": "WGS84",
        **more,
    }
    began = client.post("/boundaries/begin/", sent)
    assert began.status_code == 302, said(began)
    run_due(timezone.now(), 100)
    return BoundaryRun.objects.latest("pk")


def written(client: Client, run: BoundaryRun, *mend: str) -> Any:
    """Press the button, let the worker write; the page then."""
    assert client.post(f"/boundaries/{run.pk}/write/", {"mend": mend}).status_code == 302
    run_due(timezone.now(), 100)
    run.refresh_from_db()
    return client.get(f"/boundaries/{run.pk}/")


def laid() -> dict[str, float]:
    """The new nodes by code, with their area in squares."""
    nodes = Node.objects.filter(code__in=["Z1", "Z2", "Z3"])
    return {node.code: round(stored(node.boundary).area / SIDE**2, 3) for node in nodes}  # type: ignore[union-attr]  # all drawn


def test_a_survey_is_shown_before_anything_is_written(world: World) -> None:
    client = world.client("admin")
    run = surveyed(client, file_of(("一格", "Z1", FIRST), ("二格", "Z2", SECOND)))
    assert run.state == BoundaryRun.State.SURVEYED
    assert laid() == {}
    page = client.get(f"/boundaries/{run.pk}/")
    assert "相互重叠" in said(page)
    assert "一格 / 二格" in said(page)
    drawn = client.get(f"/boundaries/{run.pk}/preview.json")
    found = json.loads(b"".join(drawn.streaming_content))  # type: ignore[attr-defined]  # a file
    assert [feature["properties"]["code"] for feature in found["features"]] == ["Z1", "Z2"]
    assert found["bbox"] == pytest.approx([WEST, SOUTH + SIDE, WEST + 2 * SIDE, SOUTH + 2 * SIDE])


def test_one_finding_is_mended_and_another_is_not(world: World) -> None:
    client = world.client("admin")
    third = shapely.box(WEST + 1.8 * SIDE, SOUTH + SIDE, WEST + 3 * SIDE, SOUTH + 2 * SIDE)
    run = surveyed(client, file_of(("一格", "Z1", FIRST), ("二格", "Z2", SECOND), ("三格", "Z3", third)))
    overlaps = [row for row in run.findings if row["doubt"] == "overlap"]
    assert [row["who"] for row in overlaps] == ["一格 / 二格", "二格 / 三格"]
    written(client, run, overlaps[0]["key"])
    assert run.result["mended"] == 1
    assert laid() == {"Z1": 1.0, "Z2": 1.0, "Z3": 1.2}


def test_all_of_a_kind_is_mended(world: World) -> None:
    client = world.client("admin")
    run = surveyed(client, file_of(("一格", "Z1", FIRST), ("二格", "Z2", SECOND)))
    page = written(client, run, "overlap")
    assert laid() == {"Z1": 1.0, "Z2": 1.0}
    assert (run.state, run.result["created"]) == (BoundaryRun.State.DONE, 2)
    assert "已写入" in said(page)


def test_what_bars_is_left_out_by_name_and_the_rest_is_written(world: World) -> None:
    client = world.client("admin")
    run = surveyed(client, file_of(("一格", "Z1", FIRST), ("蝴蝶", "Z2", TIE)))
    page = written(client, run)
    assert laid() == {"Z1": 1.0}
    assert run.result["left_out"] == [["蝴蝶", "self-crossing"]]
    assert "蝴蝶" in said(page)


def test_pressed_twice_it_is_written_once(world: World) -> None:
    client = world.client("admin")
    run = surveyed(client, file_of(("一格", "Z1", FIRST)))
    client.post(f"/boundaries/{run.pk}/write/")
    again = client.post(f"/boundaries/{run.pk}/write/")
    assert again.status_code == 409
    assert "无需再点" in said(again)
    run_due(timezone.now(), 100)
    assert Node.objects.filter(code="Z1").count() == 1


def test_what_can_not_be_read_is_said_at_once_or_on_the_page(world: World) -> None:
    client = world.client("admin")
    broken = client.post("/boundaries/", {"file": SimpleUploadedFile("a.geojson", b"{")})
    assert (broken.status_code, BoundaryRun.objects.count()) == (422, 0)
    assert client.post("/boundaries/", {}).status_code == 422
    run = surveyed(client, file_of(("一格", "Z1", FIRST)), crs="MARS")
    assert run.state == BoundaryRun.State.FAILED
    assert "不认识坐标系 MARS" in said(client.get(f"/boundaries/{run.pk}/"))
    assert client.post("/boundaries/begin/", {"token": "x"}).status_code == 422


@pytest.mark.parametrize("who", ["worker", "leader", "sanitation"])
def test_only_who_may_draw_the_whole_town(world: World, who: str) -> None:
    client = world.client(who)
    for address in ("/boundaries/", "/boundaries/1/", "/boundaries/1/preview.json"):
        assert client.get(address).status_code in (403, 404)


def test_old_files_go(world: World, settings: Any) -> None:
    from datetime import UTC, datetime, timedelta

    from yemai.gates.boundary_files.jobs import sweep

    client = world.client("admin")
    run = surveyed(client, file_of(("一格", "Z1", FIRST)))
    path = Path(settings.DATA_DIR) / "boundaries" / run.stored_name
    assert path.is_file()
    assert sweep(datetime.now(UTC) + timedelta(days=8)) > 0
    assert not path.exists()
    assert client.get(f"/boundaries/{run.pk}/").status_code == 200
