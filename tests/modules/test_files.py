"""Photos taken in: what is refused and in which words, what is left of a picture, where it lies, what is swept."""

import io
import os
import resource
import struct
import zlib
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import path
from PIL import Image, ImageCms, ImageDraw

from yemai.base.files import disk, jobs
from yemai.base.files.actions import store_photo, sweep_orphans, sweep_shelf
from yemai.base.files.models import StoredFile
from yemai.base.files.queries import open_photo, photo_response
from yemai.base.files.terms import PhotoSize
from yemai.base.people.models import Person
from yemai.base.territory.models import Node, Tier
from yemai.conf import urls as site
from yemai.kernel.refusals import Absent, Refused
from yemai.modules.cases.models import Case, CasePhoto

NOW = datetime(2025, 11, 24, 2, 0, tzinfo=UTC)
GPS = {1: "N", 2: (31.0, 17.0, 59.99), 3: "E", 4: (120.0, 36.0, 0.5)}

pytestmark = pytest.mark.django_db


def serve(request: HttpRequest, file_id: str, size: str) -> HttpResponseBase:
    """A module's view: it has decided that this viewer may see the photo."""
    return photo_response(StoredFile.objects.get(pk=file_id), size, request=request)


urlpatterns = [path("photo/<str:file_id>/<str:size>/", serve), *site.urlpatterns]


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture
def worker():
    return Person.objects.create_user("wang", "a-long-password", name="王师傅")


def picture(size=(640, 480), color="#336699", mode="RGB"):
    image = Image.new(mode, size, color)
    ImageDraw.Draw(image).rectangle((0, 0, size[0] // 4, size[1] // 4), fill="red" if mode != "L" else 255)
    return image


def encoded(image, kind="JPEG", **options):
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def upload(content, name="photo.jpg", content_type="image/jpeg"):
    return SimpleUploadedFile(name, content, content_type)


def store(content, name="photo.jpg", actor=None, now=NOW):
    return store_photo(upload(content, name), actor=actor, now=now)


def refusal(content, name="photo.jpg"):
    with pytest.raises(Refused) as caught:
        store(content, name)
    assert not StoredFile.objects.exists()
    assert not [found for found in disk.root().rglob("*") if found.is_file()]
    return caught.value


def exif_picture(orientation=1):
    image = picture()
    exif = Image.Exif()
    exif[0x010F] = "SecretPhoneMaker"
    exif[0x0112] = orientation
    details = exif.get_ifd(0x8769)
    details[0x9003] = "2025:11:23 08:30:15"
    details[0x9011] = "+08:00"
    exif.get_ifd(0x8825).update(GPS)
    return encoded(image, exif=exif, comment=b"taken by Zhang San 13800001111")


def png_header(width, height, rows=b""):
    """A PNG as a bomb maker writes it: a few hundred bytes that claim any size."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


# --- what is kept ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_of_photo_is_kept_as_jpeg_in_two_sizes(kind):
    file = store(encoded(picture((3000, 2000)), kind), name=f"x.{kind.lower()}")
    with Image.open(open_photo(file)) as full, Image.open(open_photo(file, PhotoSize.THUMB)) as thumb:
        assert (full.format, full.size) == ("JPEG", (1600, 1067))
        assert (thumb.format, thumb.size) == ("JPEG", (320, 213))
    assert (file.width, file.height) == (1600, 1067)
    assert file.bytes == len(open_photo(file).read())


def test_a_small_photo_is_not_enlarged():
    file = store(encoded(picture((100, 80))))
    assert (file.width, file.height) == (100, 80)


def test_position_maker_and_comment_are_gone_and_time_and_place_come_back_beside():
    file = store(exif_picture())
    for size in PhotoSize:
        content = open_photo(file, size).read()
        for trace in (b"Exif", b"SecretPhoneMaker", b"13800001111", b"2025:11:23", b"xmp", b"ICC_PROFILE"):
            assert trace not in content
        with Image.open(io.BytesIO(content)) as shown:
            assert not dict(shown.getexif())
            assert not set(shown.info) & {"exif", "comment", "icc_profile", "xmp", "dpi"}
    assert file.taken.at == datetime(2025, 11, 23, 8, 30, 15, tzinfo=timezone(timedelta(hours=8)))
    assert (round(file.taken.lat, 4), round(file.taken.lon, 4)) == (31.3, 120.6001)
    again = StoredFile.objects.get(pk=file.pk)
    assert again.taken.at is None and again.taken.lon is None


def test_a_camera_without_offset_is_read_on_the_clock_of_the_town():
    image, exif = picture(), Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "2025:11:23 08:30:15"
    file = store(encoded(image, exif=exif))
    assert file.taken.at.astimezone(UTC) == datetime(2025, 11, 23, 0, 30, 15, tzinfo=UTC)


def test_nonsense_in_the_metadata_does_not_cost_the_photo():
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = "0000:00:00 00:00:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (999.0, 0.0, 0.0), 3: "?", 4: (1.0, 1.0, 1.0)})
    file = store(encoded(picture(), exif=exif))
    assert (file.taken.at, file.taken.lon, file.taken.lat) == (None, None, None)


def test_a_photo_taken_sideways_stands_upright():
    file = store(exif_picture(orientation=6))
    assert (file.width, file.height) == (480, 640)
    with Image.open(open_photo(file)) as shown:
        red, _green, blue = shown.getpixel((470, 10))  # the corner drawn top left has turned to the top right
        assert red > 200 and blue < 60


def test_transparency_falls_on_white_and_sixteen_bits_are_scaled():
    clear = store(encoded(Image.new("RGBA", (50, 50), (0, 0, 0, 0)), "PNG"))
    with Image.open(open_photo(clear)) as shown:
        assert shown.getpixel((25, 25)) == (255, 255, 255)
    deep = store(encoded(Image.new("I;16", (50, 50), 32768), "PNG"))
    with Image.open(open_photo(deep)) as shown:
        assert abs(shown.getpixel((25, 25))[0] - 128) < 4


def test_a_colour_profile_is_applied_before_it_is_taken_away():
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    entries = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * profile[131], 12)}
    red, blue = (slice(entries[tag] + 4, entries[tag] + 12) for tag in (b"rXYZ", b"bXYZ"))
    profile[red], profile[blue] = profile[blue], profile[red]  # a device whose red is blue
    file = store(encoded(Image.new("RGB", (40, 40), "red"), icc_profile=bytes(profile)))
    content = open_photo(file).read()
    assert b"ICC_PROFILE" not in content
    with Image.open(io.BytesIO(content)) as shown:
        level_red, _green, level_blue = shown.getpixel((20, 20))
    assert level_blue > 200 and level_red < 60


def test_what_hangs_behind_the_picture_is_not_kept():
    file = store(encoded(picture()) + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in open_photo(file).read()


def test_the_name_decides_nothing_and_is_made_plain():
    file = store(encoded(picture(), "PNG"), name="C:\\dcim\\\u202egpj.exe" + "长" * 300 + ".exe")
    assert "\u202e" not in file.original_name and "\\" not in file.original_name
    assert len(file.original_name) <= 120 and file.original_name.endswith(".exe")
    with Image.open(open_photo(file)) as shown:
        assert shown.format == "JPEG"


def test_files_lie_on_shelves_named_by_their_id_with_no_drafts_left(data_dir):
    file = store(encoded(picture()))
    name = file.pk.hex
    folder = data_dir / "files" / name[:2] / name[2:4]
    assert sorted(found.name for found in folder.iterdir()) == [f"{file.pk}.320.jpg", f"{file.pk}.jpg"]


# --- what is refused -------------------------------------------------------------------------------------------------


def test_sixty_megabytes_are_refused_before_anything_is_decoded(tmp_path):
    stub = tmp_path / "stub"
    with stub.open("wb") as handle:
        handle.truncate(60 * 1024 * 1024)
    with stub.open("rb") as handle, pytest.raises(Refused) as caught:
        store_photo(File(handle, name="big.jpg"), actor=None, now=NOW)
    assert (caught.value.code, caught.value.status) == ("photo-too-big", 413)
    assert "MB" in str(caught.value.text) and "压缩" in str(caught.value.text)


def test_a_lie_about_the_size_does_not_help(tmp_path):
    stub = tmp_path / "stub"
    with stub.open("wb") as handle:
        handle.truncate(60 * 1024 * 1024)
    with stub.open("rb") as handle, pytest.raises(Refused) as caught:
        lying = File(handle, name="small.jpg")
        lying.size = 10
        store_photo(lying, actor=None, now=NOW)
    assert caught.value.code == "photo-too-big"


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\x00\x03\x00\x00\x00" + b"\x00" * 500,
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a\x01\x00\x01\x00\x00\x00\x00;",
        b"%PDF-1.7\n",
        "这不是照片".encode("gb18030"),
    ],
    ids=["program", "svg", "gif", "pdf", "text"],
)
def test_what_is_no_photo_is_refused_whatever_it_is_called(content):
    refused = refusal(content, name="holiday.jpg")
    assert (refused.code, refused.status) == ("not-a-photo", 415)
    assert "JPG" in str(refused.text)


def test_nothing_is_refused_as_nothing():
    assert refusal(b"").code == "photo-empty"


def test_the_format_of_iphones_is_named_with_its_remedy():
    refused = refusal(struct.pack(">I", 24) + b"ftypheic" + b"\x00" * 200, name="IMG_0001.HEIC")
    assert refused.code == "heic-photo"
    assert "兼容性最佳" in str(refused.text)


@pytest.mark.parametrize("size", [(50_000, 50_000), (8000, 6000)], ids=["gigapixels", "48-megapixel-png"])
def test_a_decompression_bomb_is_refused_by_its_claim(size):
    refused = refusal(png_header(*size, rows=b"\x00" * 4096), name="bomb.png")
    assert (refused.code, refused.status) == ("photo-too-many-pixels", 413)


def test_a_damaged_photo_is_refused_as_damaged():
    whole = encoded(picture((800, 600)))
    refused = refusal(whole[: len(whole) // 2])
    assert (refused.code, refused.status) == ("damaged-photo", 415)
    assert "重新拍" in str(refused.text)


def test_a_png_with_a_broken_body_is_refused_as_damaged():
    assert refusal(png_header(400, 400, rows=b"\x00" * 10), name="x.png").code == "damaged-photo"


def test_no_room_on_the_disk_refuses_and_leaves_nothing_behind():
    noisy = encoded(Image.frombytes("RGB", (600, 600), os.urandom(600 * 600 * 3)))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))  # every file of this process ends at 20 kB now
    try:
        with pytest.raises(Refused) as caught:
            store(noisy)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (caught.value.code, caught.value.status) == ("storage-full", 507)
    assert not [found for found in disk.root().rglob("*") if found.is_file()]
    assert not StoredFile.objects.exists()


# --- sent twice ------------------------------------------------------------------------------------------------------


def test_the_same_upload_again_answers_with_the_first_file(worker):
    first = store(exif_picture(), actor=worker)
    second = store(exif_picture(), actor=worker, now=NOW + timedelta(minutes=3))
    assert second.pk == first.pk
    assert second.taken == first.taken
    assert StoredFile.objects.count() == 1


def test_another_person_and_a_later_day_get_their_own_file(worker):
    other = Person.objects.create_user("li", "a-long-password", name="李")
    ids = {
        store(exif_picture(), actor=worker).pk,
        store(exif_picture(), actor=other).pk,
        store(exif_picture(), actor=worker, now=NOW + timedelta(hours=1)).pk,
        store(exif_picture()).pk,
        store(exif_picture()).pk,
    }
    assert len(ids) == 5


# --- shown -----------------------------------------------------------------------------------------------------------


@pytest.mark.urls(__name__)
def test_a_photo_is_served_for_its_viewer_alone_and_never_sniffed(client: Client):
    file = store(encoded(picture()))
    answer = client.get(f"/photo/{file.pk}/full/")
    assert b"".join(answer.streaming_content) == open_photo(file).read()
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"].startswith("private")
    assert answer.headers["Content-Length"] == str(file.bytes)
    unchanged = client.get(f"/photo/{file.pk}/full/", headers={"if-none-match": answer.headers["ETag"]})
    assert unchanged.status_code == 304
    other_size = client.get(f"/photo/{file.pk}/thumb/", headers={"if-none-match": answer.headers["ETag"]})
    assert other_size.status_code == 200


@pytest.mark.urls(__name__)
def test_sizes_there_are_not_and_lost_bytes_answer_404(client: Client):
    file = store(encoded(picture()))
    assert client.get(f"/photo/{file.pk}/original/").status_code == 404
    disk.remove(file.pk)
    assert client.get(f"/photo/{file.pk}/full/").status_code == 404
    with pytest.raises(Absent):
        open_photo(file)


# --- swept -----------------------------------------------------------------------------------------------------------


def test_a_file_nobody_attached_is_swept_after_a_day():
    old = store(encoded(picture()), now=NOW - timedelta(hours=25))
    young = store(encoded(picture()), now=NOW - timedelta(hours=23))
    assert sweep_orphans(NOW) == 1
    assert sweep_orphans(NOW) == 0
    assert list(StoredFile.objects.all()) == [young]
    assert not disk.path_of(old.pk, PhotoSize.FULL).exists()
    assert disk.path_of(young.pk, PhotoSize.FULL).exists()


def test_an_attached_file_is_kept_for_good():
    tier = Tier.objects.create(depth=1, key="town", label="镇")
    node = Node.objects.create(code="T1", tier=tier, path="0000001", name="镇", valid_from=NOW.date())
    case = Case.objects.create(
        tracking_code="T", source="field", text="灯坏了", node=node, path=node.path, reported_at=NOW
    )
    file = store(encoded(picture()), now=NOW - timedelta(days=400))
    CasePhoto.objects.create(case=case, file=file, moment="report", seq=1, created_at=NOW)
    assert sweep_orphans(NOW) == 0
    assert open_photo(file).read()
    CasePhoto.objects.all().delete()
    assert sweep_orphans(NOW) == 1


def aged(where: Path, hours: int) -> Path:
    where.parent.mkdir(parents=True, exist_ok=True)
    if not where.exists():
        where.write_bytes(b"x")
    then = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(where, (then, then))
    return where


def test_bytes_without_a_row_are_swept_from_the_disk_and_others_stay():
    kept = store(encoded(picture()))
    shelf = int(kept.pk.hex[:2], 16)
    for size in PhotoSize:
        aged(disk.path_of(kept.pk, size), 100)
    folder = disk.path_of(kept.pk, PhotoSize.FULL).parent
    stray = aged(folder / f"{uuid4()}.jpg", 30)
    draft = aged(folder / f".{uuid4()}.jpg.abc", 30)
    fresh = aged(folder / f"{uuid4()}.jpg", 1)
    assert sweep_shelf(shelf, NOW) == 2
    assert not stray.exists() and not draft.exists()
    assert fresh.exists() and all(disk.path_of(kept.pk, size).exists() for size in PhotoSize)


def test_the_hourly_job_looks_through_every_shelf_within_a_day():
    strays = [aged(disk.root() / f"{number:02x}" / "00" / f"{uuid4()}.jpg", 100) for number in range(256)]
    for hour in range(24):
        jobs.sweep(NOW + timedelta(hours=hour))
    assert not [stray for stray in strays if stray.exists()]
