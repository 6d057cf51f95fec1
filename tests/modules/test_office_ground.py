"""The ground in the back office: changes are dated, made by actions, within reach, and written down."""

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.modules.office import area_keeper, errors, last_entry, operator, saved, sent, staff
from tests.world import SIDE, SOUTH, WEST, World
from yemai.base.territory.models import Building, Door, Estate, Node, NodeAlias, Tier

pytestmark = pytest.mark.django_db
TODAY = "2026-03-04"


def square(west: float) -> str:
    east, north = west + SIDE, SOUTH + SIDE
    ring = [[west, SOUTH], [east, SOUTH], [east, north], [west, north], [west, SOUTH]]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def new_node(world: World, **other: object) -> dict[str, object]:
    return {
        "parent": world.village.pk, "tier": Tier.objects.get(key="microgrid").pk, "name": "银杏微网格", "name_en": "",
        "kind": "general", "code": "", "households": 60, "valid_from": TODAY, "public_text": "", **other,
    }  # fmt: skip


# --- nodes -----------------------------------------------------------------------------------------------------------


def test_a_node_is_opened_with_the_next_code_and_written_down(world: World) -> None:
    saved(staff(world, "admin"), "territory/node/add/", **new_node(world))
    node = Node.objects.get(name="银杏微网格")
    assert node.path.startswith(world.village.path) and len(node.code) == 18 and node.households == 60
    entry = last_entry("create_node")
    assert (entry.actor.username, entry.path, entry.after["name"]) == ("admin", node.path, "银杏微网格")


def test_what_the_action_refuses_comes_back_at_its_field_with_everything_typed(world: World) -> None:
    taken = sent(staff(world, "admin"), "territory/node/add/", **new_node(world, code=world.grids[0].code))
    assert "代码" in errors(taken)["code"][0]
    assert 'value="银杏微网格"' in taken.content.decode()
    late = sent(staff(world, "admin"), "territory/node/add/", **new_node(world, valid_from="2026-03-05"))
    assert late.status_code == 422
    assert "不能晚于今天" in str(errors(late))
    assert not Node.objects.filter(name="银杏微网格").exists()


def test_nobody_but_the_operator_opens_another_root(world: World) -> None:
    root = new_node(world, parent="", tier=Tier.objects.get(key="town").pk, name="邻镇", code="990101002000")
    assert "parent" in errors(sent(staff(world, "admin"), "territory/node/add/", **root))
    saved(operator(world), "territory/node/add/", **root)
    assert Node.objects.get(name="邻镇").parent is None


def test_households_and_public_words_are_edited_in_place(world: World) -> None:
    grid = world.grids[0]
    saved(
        staff(world, "admin"),
        f"territory/node/{grid.pk}/change/",
        households=75,
        public_text="负责1-5栋",
        name="盗改",
        code="x",
    )
    fresh = Node.objects.get(pk=grid.pk)
    assert (fresh.households, fresh.public_text, fresh.name, fresh.code) == (75, "负责1-5栋", grid.name, grid.code)
    entry = last_entry("describe_node")
    assert (entry.before["households"], entry.after["households"]) == (0, 75)


def test_a_name_changes_on_a_day_and_the_old_one_still_finds_it(world: World) -> None:
    client, grid = staff(world, "admin"), world.grids[1]
    saved(client, f"territory/node/{grid.pk}/do/rename/", name="银杏微网格", name_en="Ginkgo", on="2026-03-01")
    assert Node.objects.get(pk=grid.pk).name == "银杏微网格"
    assert NodeAlias.objects.get(node=grid, kind="name").valid_to == date(2026, 3, 1)
    assert last_entry("rename_node").before["name"] == "第2微网格"
    page = client.get(f"/office/territory/node/{grid.pk}/change/").content.decode()
    assert "第2微网格" in page
    assert "银杏微网格" in client.get("/office/territory/node/?q=第2微网格").content.decode()


def test_a_boundary_comes_as_text_or_file_and_is_checked(world: World) -> None:
    client, grid = staff(world, "admin"), world.grids[2]
    address = f"territory/node/{grid.pk}/do/boundary/"
    assert "请粘贴边界" in str(errors(sent(client, address, boundary="", crs="WGS84")))
    assert "GeoJSON" in str(errors(sent(client, address, boundary="{}", crs="WGS84")))
    crossing = (
        '{"type":"Polygon","coordinates":[[[120.6,31.3],[120.61,31.31],[120.61,31.3],[120.6,31.31],[120.6,31.3]]]}'
    )
    assert "自相交" in str(errors(sent(client, address, boundary=crossing, crs="WGS84")))
    assert "坐标系" in str(errors(sent(client, address, boundary=square(WEST), crs="MARS")))
    file = SimpleUploadedFile("grid.geojson", square(WEST + 3 * SIDE).encode())
    saved(client, address, boundary="", crs="WGS84", file=file)
    assert Node.objects.get(pk=grid.pk).min_lon == pytest.approx(WEST + 3 * SIDE)
    assert last_entry("set_boundary").after["crs"] == "WGS84"
    latin = SimpleUploadedFile("grid.geojson", "边界".encode("gbk"))
    assert "UTF-8" in str(errors(sent(client, address, boundary="", crs="WGS84", file=latin)))


def test_redrawing_and_moving_close_the_old_and_open_the_new(world: World) -> None:
    client, grid = staff(world, "admin"), world.grids[1]
    answer = saved(client, f"territory/node/{grid.pk}/do/redraw/", boundary=square(WEST + SIDE), crs="WGS84", on=TODAY)
    opened = Node.objects.get(name=grid.name, valid_to=None)
    assert answer["Location"] == f"/office/territory/node/{opened.pk}/change/"
    assert Node.objects.get(pk=grid.pk).valid_to == date(2026, 3, 4)
    assert opened.code != grid.code and NodeAlias.objects.filter(node=opened, value=grid.code).exists()
    saved(client, "territory/node/add/", **new_node(world, parent=world.town.pk, tier=Tier.objects.get(key="village").pk,
                                                    name="西风村", code=""))  # fmt: skip
    west = Node.objects.get(name="西风村")
    saved(client, f"territory/node/{opened.pk}/do/move/", parent=west.pk, on=TODAY)
    assert Node.objects.get(name=grid.name, valid_to=None).parent == west


def test_closing_asks_for_a_successor_and_a_closed_node_stays_as_it_was(world: World) -> None:
    client, grid, other = staff(world, "admin"), world.grids[0], world.grids[1]
    refused = sent(client, f"territory/node/{grid.pk}/do/close/", on=TODAY)
    assert (refused.status_code, "楼栋 1" in str(errors(refused))) == (409, True)
    saved(client, f"territory/node/{grid.pk}/do/close/", into=other.pk, on=TODAY)
    assert Building.objects.get(pk=world.building.pk).node == other
    page = client.get(f"/office/territory/node/{grid.pk}/change/")
    assert page.status_code == 200 and b"_save" not in page.content
    assert client.post(f"/office/territory/node/{grid.pk}/change/", {"households": 1}).status_code == 403
    assert client.get(f"/office/territory/node/{grid.pk}/do/rename/").status_code == 404
    assert grid.code not in client.get("/office/territory/node/").content.decode()
    assert grid.code in client.get("/office/territory/node/?use=over").content.decode()


def test_tiers_change_their_words_alone(world: World) -> None:
    client, tier = staff(world, "admin"), Tier.objects.get(key="microgrid")
    words = {"label": "基础网格", "label_en": "", "head_label": "网格长", "head_label_en": ""}
    wrong = sent(client, f"territory/tier/{tier.pk}/change/", **words, households_min=80, households_max=30)
    assert wrong.status_code in (200, 422) and errors(wrong)
    saved(
        client,
        f"territory/tier/{tier.pk}/change/",
        **words,
        households_min=30,
        households_max=80,
        depth=9,
        is_settling="",
    )
    fresh = Tier.objects.get(pk=tier.pk)
    assert (fresh.label, fresh.households_max, fresh.depth, fresh.is_settling) == ("基础网格", 80, 2, True)
    assert last_entry("describe_tier").before["label"] == "微网格"
    assert client.get("/office/territory/tier/add/").status_code == 403


# --- the address book ------------------------------------------------------------------------------------------------


def test_an_estate_a_building_and_its_door(world: World) -> None:
    client = staff(world, "admin")
    saved(
        client,
        "territory/estate/add/",
        name="银杏苑",
        node=world.village.pk,
        lon="",
        lat="",
        aliases="银杏小区\n老纺织厂宿舍",
    )
    estate = Estate.objects.get(name="银杏苑")
    assert {alias.text for alias in estate.aliases.all()} == {"银杏小区", "老纺织厂宿舍"}
    building = {"name": "1栋", "code": "", "estate": estate.pk, "node": world.grids[1].pk, "floors": 6, "households": 48,
                "lon": "", "lat": "", "entrances": "1单元\n2单元"}  # fmt: skip
    saved(client, "territory/building/add/", **building)
    made = Building.objects.get(estate=estate)
    assert made.entrances.count() == 2
    assert "已有" in str(errors(sent(client, "territory/building/add/", **building)))
    saved(client, f"territory/building/{made.pk}/change/", floors=7, households=50, name="盗改")
    made.refresh_from_db()
    assert (made.floors, made.households, made.name) == (7, 50, "1栋")
    saved(client, f"territory/building/{made.pk}/do/door/", label="银杏苑1栋")
    door = Door.objects.get(building=made)
    assert f"/d/{door.token}/" in client.get(f"/office/territory/door/{door.pk}/change/").content.decode()
    saved(client, f"territory/building/{made.pk}/do/move/", node=world.grids[2].pk)
    assert Door.objects.get(pk=door.pk).node == world.grids[2]
    saved(client, f"territory/door/{door.pk}/do/revoke/")
    assert client.get(f"/d/{door.token}/").status_code == 404
    assert "还有楼栋" in str(errors(sent(client, f"territory/estate/{estate.pk}/do/end/", on=TODAY)))
    saved(client, f"territory/building/{made.pk}/do/end/", on=TODAY)
    saved(client, f"territory/estate/{estate.pk}/do/end/", on=TODAY)
    assert [last_entry(verb).actor.username for verb in ("add_estate", "describe_building", "revoke_door", "end_estate")] == ["admin"] * 4  # fmt: skip


# --- reach -----------------------------------------------------------------------------------------------------------


def test_a_keeper_of_one_node_sees_and_changes_nothing_beyond_it(world: World) -> None:
    client = area_keeper(world, world.grids[0])
    nodes = client.get("/office/territory/node/?use=all").context["cl"].queryset
    assert list(nodes.values_list("pk", flat=True)) == [world.grids[0].pk]
    assert list(client.get("/office/territory/building/").context["cl"].queryset) == [world.building]
    assert not client.get("/office/territory/estate/").context["cl"].queryset  # it is the village's
    beyond = world.grids[1].pk
    for address in (f"territory/node/{beyond}/change/", "territory/estate/1/change/"):
        assert client.get(f"/office/{address}").status_code == 302  # as if there were none
    assert client.get(f"/office/territory/node/{beyond}/do/rename/").status_code == 404
    stolen = sent(client, f"territory/building/{world.building.pk}/do/move/", node=beyond)
    assert "node" in errors(stolen)
    merged = sent(client, f"territory/node/{world.grids[0].pk}/do/close/", into=beyond, on=TODAY)
    assert "into" in errors(merged)
    outside = sent(client, "territory/node/add/", **new_node(world))
    assert "parent" in errors(outside)
    assert not Node.objects.filter(valid_to__isnull=False).exists()


def test_suggestions_stay_within_reach_too(world: World) -> None:
    client = area_keeper(world, world.grids[1])
    Estate.objects.create(node=world.grids[1], name="丽发二期")
    asked = {"app_label": "territory", "model_name": "building", "field_name": "estate", "term": "丽发"}
    found = client.get("/office/autocomplete/", asked).json()["results"]
    assert [row["text"] for row in found] == ["丽发二期"]
