"""What a picture really is, and how it is made safe: judged by decoding it, drawn anew without anything but pixels."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from PIL import ExifTags, Image, ImageCms, ImageOps

from yemai.kernel.refusals import Refused

from .terms import FULL_EDGE, JPEG_QUALITY, THUMB_EDGE

# Pixels a picture may have before it is decoded. JPEG is decoded at a reduced scale, so phones with 64-megapixel
# cameras are fine; PNG and WebP unfold completely in memory (4 bytes a pixel).
MAX_PIXELS = {"JPEG": 89_000_000, "MPO": 89_000_000, "PNG": 40_000_000, "WEBP": 40_000_000}
FORMATS = ("JPEG", "PNG", "WEBP")
HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, OverflowError)


@dataclass(frozen=True)
class Taken:
    """What the camera wrote beside the picture: when (aware) and where (degrees as written), each None if absent."""

    at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True)
class Rendering:
    """A picture drawn anew: two JPEGs, the size of the larger in pixels, and what the camera had written."""

    full: bytes
    thumb: bytes
    width: int
    height: int
    taken: Taken


def render(source: BinaryIO, zone: ZoneInfo, max_edge: int = FULL_EDGE) -> Rendering:
    """Decode, turn upright, scale to `max_edge` and 320 px, and encode as JPEG without any metadata.

    `zone` is the clock of a camera that wrote no offset. Raises Refused (415 or 413) `not-a-photo`, `heic-photo`,
    `damaged-photo`, `photo-too-many-pixels`.
    """
    picture = _opened(source)
    try:
        if picture.format in ("JPEG", "MPO"):
            picture.draft("RGB", (max_edge, max_edge))
        taken = read_taken(picture, zone)
        profile = picture.info.get("icc_profile")
        picture.thumbnail((max_edge, max_edge), Image.Resampling.LANCZOS, reducing_gap=3.0)
        upright = ImageOps.exif_transpose(picture)
        clean = _on_white(_in_srgb(upright, profile))
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (*DAMAGED, MemoryError) as error:
        raise Refused(
            "damaged-photo", _("这张照片已损坏，打不开。请重新拍一张，或换一张再上传。"), status=415
        ) from error
    small = clean.copy()
    small.thumbnail((THUMB_EDGE, THUMB_EDGE), Image.Resampling.LANCZOS)
    return Rendering(_jpeg(clean), _jpeg(small), clean.width, clean.height, taken)


def taken_of(source: BinaryIO, zone: ZoneInfo) -> Taken:
    """What the camera wrote, without decoding the pixels. Raises Refused like `render`."""
    return read_taken(_opened(source), zone)


def read_taken(picture: Image.Image, zone: ZoneInfo) -> Taken:
    """The capture time and place of an opened picture; unreadable metadata is no metadata."""
    try:
        exif = picture.getexif()
        details = exif.get_ifd(ExifTags.IFD.Exif)
        place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    except (*DAMAGED, AttributeError):
        return Taken()
    lon = _degrees(place.get(ExifTags.GPS.GPSLongitude), place.get(ExifTags.GPS.GPSLongitudeRef), 180)
    lat = _degrees(place.get(ExifTags.GPS.GPSLatitude), place.get(ExifTags.GPS.GPSLatitudeRef), 90)
    known = lon is not None and lat is not None
    at = _moment(details.get(ExifTags.Base.DateTimeOriginal), details.get(ExifTags.Base.OffsetTimeOriginal), zone)
    return Taken(at, lon if known else None, lat if known else None)


def _opened(source: BinaryIO) -> Image.Image:
    """The picture with only its header read; its kind comes from its bytes, never from its name."""
    source.seek(0)
    head = source.read(12)
    if head[4:8] == b"ftyp" and head[8:12] in HEIC_BRANDS:
        raise Refused(
            "heic-photo",
            _("这是 HEIC 格式的照片，暂时打不开。请在手机“设置 - 相机 - 格式”中选“兼容性最佳”后重拍，或截图后上传。"),
            status=415,
        )
    source.seek(0)
    try:
        picture = Image.open(source, formats=FORMATS)
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except DAMAGED as error:
        raise Refused("not-a-photo", _("这个文件不是照片。请上传 JPG、PNG 或 WebP 格式的照片。"), status=415) from error
    if picture.width * picture.height > MAX_PIXELS.get(picture.format or "", 0):
        raise _too_many_pixels()
    return picture


def _too_many_pixels() -> Refused:
    return Refused(
        "photo-too-many-pixels", _("照片的像素太多，无法处理。请用手机相机的普通模式重拍，或截图后上传。"), status=413
    )


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as browsers show them without the profile, which goes with the metadata (phones write Display P3)."""
    if not profile or picture.mode not in ("RGB", "CMYK"):
        return picture
    try:
        changed = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, *DAMAGED):
        return picture
    return changed or picture


def _on_white(picture: Image.Image) -> Image.Image:
    """A fresh RGB picture with the pixels alone: no comment, no profile, no EXIF can follow; transparency on white."""
    clean = Image.new("RGB", picture.size, "white")
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        layer = picture.convert("RGBA")
        clean.paste(layer, mask=layer.getchannel("A"))
    elif picture.mode.startswith("I;16") or picture.mode == "I":
        clean.paste(picture.point(lambda level: level / 256).convert("L"))
    else:
        clean.paste(picture.convert("RGB"))
    return clean


def _jpeg(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=JPEG_QUALITY, optimize=True, progressive=True)
    return written.getvalue()


def _degrees(parts: object, ref: object, most: int) -> float | None:
    """Degrees, minutes and seconds of EXIF as decimal degrees; None when absent or nonsense."""
    if not isinstance(parts, tuple) or len(parts) != 3 or ref not in ("N", "S", "E", "W"):
        return None
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    value = degrees + minutes / 60 + seconds / 3600
    if not 0 <= value <= most:  # also false for NaN, which a 0/0 rational becomes
        return None
    return -value if ref in ("S", "W") else value


def _moment(text: object, offset: object, zone: ZoneInfo) -> datetime | None:
    """`2025:11:23 08:30:00` with the camera's offset, else in `zone`."""
    if not isinstance(text, str):
        return None
    shift = offset.strip("\x00 ") if isinstance(offset, str) else ""
    try:
        naive = datetime.strptime(text.strip("\x00 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - EXIF has no zone here
    except ValueError:
        return None
    try:
        return datetime.strptime(f"{naive:%Y-%m-%d %H:%M:%S}{shift}", "%Y-%m-%d %H:%M:%S%z")
    except ValueError:
        return naive.replace(tzinfo=zone)
