"""Draws the demo's pictures: plain coloured sketches that nobody can take for photographs."""

import io
import random
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 960, 720
INK, SKY, WALL, ROAD, PAVING = "#2b2b2b", "#dfeaf2", "#e9dcc6", "#9a9a9a", "#cfc8bd"
GREEN, WATER, RED, BROWN, GOLD = "#6f9f63", "#7fb2cf", "#b8322a", "#8a6642", "#d7b35a"
HORIZON, KERB = 400, 520
Pen = ImageDraw.ImageDraw
Scene = Callable[[Pen, random.Random, bool], None]


def draw(name: str, place: str, turn: int) -> bytes:
    """A JPEG of a scene (`bin`, `lamp` ...; `bin-after` once it is mended), one street to a `place`, no `turn` alike.

    Raises KeyError for a scene nobody drew.
    """
    subject, _dash, after = name.partition("-")
    chance = random.Random(f"{place} {turn}")  # noqa: S311 - a drawing, not a secret
    picture = Image.new("RGB", (WIDTH, HEIGHT), SKY)
    pen = ImageDraw.Draw(picture)
    _street(pen, random.Random(place))  # noqa: S311 - as above
    SCENES[subject](pen, chance, after == "after")
    pen.rectangle((0, HEIGHT - 40, WIDTH, HEIGHT), fill="white")
    pen.text((16, HEIGHT - 34), "DRAWING - invented demo town", fill=RED, font=ImageFont.load_default(22))
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=85)
    return written.getvalue()


def _box(pen: Pen, x: float, y: float, width: float, height: float, fill: str) -> None:
    pen.rectangle((x, y, x + width, y + height), fill=fill, outline=INK, width=4)


def _blob(pen: Pen, x: float, y: float, width: float, height: float, fill: str) -> None:
    pen.ellipse((x, y, x + width, y + height), fill=fill, outline=INK, width=4)


def _line(pen: Pen, *corners: tuple[float, float], fill: str = INK, width: int = 5) -> None:
    pen.line(corners, fill=fill, width=width, joint="curve")


def _street(pen: Pen, chance: random.Random) -> None:
    """A house, a pavement and a road, the house a little different each time."""
    left, wide = chance.randint(40, 200), chance.randint(420, 560)
    _box(pen, left, 120, wide, HORIZON - 120, chance.choice([WALL, "#dcd3e0", "#d8e0cf"]))
    for row in range(2):
        for column in range(4):
            _box(pen, left + 40 + column * (wide - 80) / 4, 160 + row * 110, 60, 70, "#bcd3e6")
    pen.rectangle((0, HORIZON, WIDTH, KERB), fill=PAVING)
    pen.rectangle((0, KERB, WIDTH, HEIGHT), fill=ROAD)
    _line(pen, (0, HORIZON), (WIDTH, HORIZON))
    _line(pen, (0, KERB), (WIDTH, KERB))


def _bin(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    for x in (560, 700):
        _box(pen, x, 370, 100, 130, GREEN)
        _box(pen, x - 8, 350, 116, 24, "#4f7f45")
    if not is_mended:
        for _ in range(9):
            _blob(pen, chance.randint(520, 820), chance.randint(300, 350), 70, 56, chance.choice([GOLD, BROWN, "#ddd"]))
        _rubbish(pen, chance, is_mended)


def _rubbish(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    if is_mended:
        _line(pen, (560, 480), (640, 400), fill=BROWN)  # a broom against the wall
        return
    for _ in range(14):
        _blob(pen, chance.randint(480, 860), chance.randint(440, 520), 60, 40, chance.choice([GOLD, BROWN, GREEN]))


def _lamp(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    if not is_mended:
        pen.rectangle((0, 0, WIDTH, HORIZON), fill="#3d4757")
    _line(pen, (760, 500), (760, 140), (680, 120), width=12)
    _blob(pen, 630, 110, 70, 34, "#fff3b0" if is_mended else "#555555")
    if is_mended:
        pen.polygon([(640, 144), (690, 144), (780, 500), (540, 500)], fill="#fff8d6")


def _leak(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    if is_mended:
        _box(pen, 480, 540, 240, 80, "#7d7d7d")  # the fresh patch
        return
    for _ in range(24):
        x = chance.randint(-120, 120)
        _line(pen, (600, 560), (600 + x, 560 - chance.randint(60, 240)), fill=WATER, width=8)
    _blob(pen, 380, 560, 460, 100, WATER)


def _flood(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    if is_mended:
        _line(pen, (300, 600), (700, 600), fill="#bdbdbd", width=20)
        return
    _blob(pen, 120, 470, 700, 180, "#8fa487")
    for _ in range(12):
        x, y = chance.randint(180, 740), chance.randint(500, 620)
        pen.arc((x, y, x + 70, y + 24), 0, 180, fill=INK, width=4)


def _firelane(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    pen.polygon([(300, HORIZON), (460, HORIZON), (560, HEIGHT), (160, HEIGHT)], fill="#e6b8b2")
    if is_mended:
        return
    for at in range(4):
        _box(pen, 250 + at * 70 + chance.randint(-8, 8), 470 + at * 20, 66, 80, chance.choice([BROWN, GOLD, "#b9a27d"]))
    _blob(pen, 420, 600, 80, 80, "#444444")
    _blob(pen, 560, 600, 80, 80, "#444444")
    _line(pen, (460, 640), (520, 560), (600, 640))


def _cable(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    for x in (120, 820):
        _line(pen, (x, 500), (x, 60), width=12)
    for at in range(4):
        sag = 20 if is_mended else chance.randint(160, 380)
        pen.arc((120, 90 + at * 8 - sag, 820, 90 + at * 8 + sag), 0, 180, fill=INK, width=5)


def _crack(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    x, y = 520.0, 120.0
    corners = [(x, y)]
    while y < HORIZON:
        x, y = x + chance.randint(-34, 34), y + 28
        corners.append((x, y))
    _line(pen, *corners, fill="#c9b89a" if is_mended else INK, width=16 if is_mended else 7)


def _pothole(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    for _ in range(1 if is_mended else 4):
        x, y = chance.randint(260, 620), chance.randint(540, 620)
        if is_mended:
            _box(pen, x, y, 220, 60, "#858585")
        else:
            _blob(pen, x, y, 190, 56, "#5c534a")


def _manhole(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    _blob(pen, 400, 560, 220, 90, "#6f6f6f" if is_mended else "#111111")
    if not is_mended:
        _line(pen, (380, 590 + chance.randint(-10, 10)), (650, 620), fill=BROWN, width=26)


def _river(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    pen.rectangle((0, KERB, WIDTH, HEIGHT), fill=WATER)
    for x in range(20, WIDTH, 90):
        if is_mended or not 380 < x < 560:
            _line(pen, (x, KERB), (x, 430), (x + 90, 430))
    if not is_mended:
        for _ in range(16):
            x, y = chance.randint(120, 780), chance.randint(550, 640)
            _blob(pen, x, y, 50, 24, chance.choice(["#f4f4f4", GREEN, GOLD]))


def _tree(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    if is_mended:
        _line(pen, (720, 500), (720, 300), fill=BROWN, width=24)
        _blob(pen, 620, 150, 210, 190, GREEN)
        return
    _line(pen, (860, 490), (360, 560 + chance.randint(-12, 12)), fill=BROWN, width=28)
    for _ in range(5):
        _blob(pen, chance.randint(180, 360), chance.randint(470, 580), 150, 90, GREEN)


def _smoke(pen: Pen, chance: random.Random, is_mended: bool) -> None:
    _blob(pen, 480, 450, 200, 60, "#4a4038")
    if is_mended:
        return
    for at in range(9):
        _blob(pen, 520 + at * 26 + chance.randint(-20, 20), 380 - at * 38, 90 + at * 8, 70 + at * 6, "#b5b5b5")
    pen.polygon([(520, 460), (580, 380), (640, 460)], fill="#e07b39", outline=INK)


SCENES: dict[str, Scene] = {
    "bin": _bin,
    "cable": _cable,
    "crack": _crack,
    "firelane": _firelane,
    "flood": _flood,
    "lamp": _lamp,
    "leak": _leak,
    "manhole": _manhole,
    "pothole": _pothole,
    "river": _river,
    "rubbish": _rubbish,
    "smoke": _smoke,
    "tree": _tree,
}
