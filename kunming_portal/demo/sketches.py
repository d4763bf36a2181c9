"""Drawings that stand for photographs: a street before and after, each with 演示 across a corner. No font is needed."""

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

WIDE, HIGH = 1200, 900
Pen = ImageDraw.ImageDraw
SKY, WALL, PAVING, ROAD, LINE = (
    (214, 222, 226),
    (196, 188, 176),
    (181, 175, 165),
    (141, 136, 128),
    (222, 217, 206),
)
DARK, WATER, SHINE, WOOD, STEEL = (
    (66, 61, 56),
    (95, 108, 116),
    (169, 183, 190),
    (168, 124, 82),
    (119, 114, 106),
)
NIGHT, LAMP = (38, 44, 58), (250, 226, 150)
# 演 and 示 as strokes on a field of a hundred by a hundred
STROKES = {
    "演": (
        ((12, 16), (26, 28)), ((8, 42), (22, 52)), ((8, 90), (26, 60)),
        ((62, 4), (64, 14)), ((36, 32), (38, 19), (92, 19), (88, 31)), ((46, 34), (82, 34)),
        ((44, 46), (84, 46), (84, 75), (44, 75), (44, 46)), ((44, 60), (84, 60)), ((64, 34), (64, 75)),
        ((54, 80), (40, 95)), ((74, 80), (90, 95)),
    ),
    "示": (
        ((28, 17), (74, 17)), ((10, 42), (92, 42)), ((52, 42), (52, 92), (42, 86)),
        ((34, 56), (16, 84)), ((68, 56), (88, 82)),
    ),
}  # fmt: skip


def sketch(motif: str, *, after: bool, seed: int) -> bytes:
    """Return a JPEG of a motif of `MOTIFS`, before or after. The same seed draws the same spot."""
    rng = Random(seed)
    picture = Image.new("RGB", (WIDE, HIGH), SKY)
    pen = ImageDraw.Draw(picture)
    horizon = 300 + rng.randrange(60)
    pen.rectangle((0, 90, WIDE, horizon), fill=WALL)
    for left in range(40 + rng.randrange(80), WIDE, 210):
        pen.rectangle((left, 140, left + 110, 250), fill=SHINE, outline=STEEL, width=5)
    pen.rectangle((0, horizon, WIDE, HIGH), fill=ROAD)
    pen.polygon([(0, horizon), (WIDE, horizon), (WIDE, horizon + 110), (0, horizon + 150)], fill=PAVING)
    pen.line([(0, horizon + 150), (WIDE, horizon + 110)], fill=LINE, width=14)
    MOTIFS[motif](pen, rng, after)
    _mark(pen)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()


def _pit(pen: Pen, rng: Random, after: bool) -> None:
    """A cover that broke in; afterwards a new one."""
    x, y = 480 + rng.randrange(240), 640 + rng.randrange(80)
    pen.ellipse((x - 190, y - 105, x + 190, y + 105), fill=STEEL if after else DARK)
    if after:
        pen.ellipse((x - 165, y - 88, x + 165, y + 88), outline=LINE, width=6)
        for shift in range(-120, 121, 40):
            pen.line([(x + shift, y - 55), (x + shift, y + 55)], fill=DARK, width=8)
        return
    pen.pieslice((x - 180, y - 95, x + 180, y + 95), 120, 300, fill=STEEL)
    for turn in range(4):
        pen.line([(x + 150, y), (x + 250 + 30 * turn, y - 130 + 90 * turn)], fill=DARK, width=7)


def _water(pen: Pen, rng: Random, after: bool) -> None:
    """Water that stands on the road; afterwards a grating that takes it."""
    x, y = 560 + rng.randrange(120), 680 + rng.randrange(50)
    if after:
        pen.rectangle((x - 130, y - 60, x + 130, y + 60), fill=DARK, outline=LINE, width=8)
        for shift in range(-100, 101, 40):
            pen.line([(x + shift, y - 50), (x + shift, y + 50)], fill=STEEL, width=14)
        return
    for step in range(5):
        left = x - 430 + step * 150 + rng.randrange(40)
        pen.ellipse((left, y - 110 + rng.randrange(30), left + 300, y + 90), fill=WATER)
    for step in range(4):
        pen.arc((x - 330 + step * 150, y - 50, x - 180 + step * 150, y), 180, 340, fill=SHINE, width=8)


def _heap(pen: Pen, rng: Random, after: bool) -> None:
    """Things that stand in the way; afterwards a free way."""
    if after:
        for left in range(80, WIDE, 220):
            pen.polygon([(left, 600), (left + 120, 600), (left + 90, 630), (left - 30, 630)], fill=LINE)
        return
    for row, count in enumerate((5, 4, 2)):
        for place in range(count):
            left = 260 + row * 70 + place * 140 + rng.randrange(16)
            top = 660 - row * 110
            shade = tuple(part - rng.randrange(40) for part in WOOD)
            pen.rectangle((left, top, left + 128, top + 104), fill=shade, outline=DARK, width=5)
            pen.line([(left, top + 50), (left + 128, top + 50)], fill=DARK, width=4)


def _lamp(pen: Pen, rng: Random, after: bool) -> None:
    """A dark street; afterwards the lamp burns."""
    pen.rectangle((0, 0, WIDE, HIGH), fill=NIGHT)
    pen.polygon([(0, 620), (WIDE, 560), (WIDE, HIGH), (0, HIGH)], fill=DARK)
    x = 520 + rng.randrange(160)
    if after:
        pen.polygon([(x + 120, 220), (x - 180, 760), (x + 420, 760)], fill=(104, 100, 84))
    pen.line([(x, 740), (x, 190), (x + 130, 170)], fill=STEEL, width=18)
    pen.ellipse((x + 90, 150, x + 190, 230), fill=LAMP if after else STEEL)


def _bikes(pen: Pen, rng: Random, after: bool) -> None:
    """Bicycles across the way; afterwards in a row."""
    for place in range(6):
        x, y = 130 + place * 165, 640 if after else 520 + rng.randrange(220)
        for shift in (0, 90):
            pen.ellipse((x + shift, y, x + shift + 76, y + 76), outline=DARK, width=7)
        lift = 0 if after else rng.randrange(-50, 50)
        pen.line([(x + 38, y + 38), (x + 80, y - 20 + lift), (x + 128, y + 38)], fill=WATER, width=9)
        pen.line([(x + 80, y - 20 + lift), (x + 100, y - 44 + lift)], fill=DARK, width=8)


def _board(pen: Pen, rng: Random, after: bool) -> None:
    """A board that hangs loose; afterwards it is straight."""
    x = 380 + rng.randrange(120)
    lean = 0 if after else 90
    pen.polygon([(x, 130), (x + 420, 130 + lean), (x + 420, 300 + lean), (x, 300)], fill=(88, 120, 132))
    for line in (180, 240):
        pen.line([(x + 50, line + lean // 8), (x + 360, line + lean * 7 // 8)], fill=LINE, width=16)
    if not after:
        for place in range(6):
            pen.ellipse((x + 20 + place * 66, 240, x + 50 + place * 66, 292), fill=(150, 88, 52))


MOTIFS: dict[str, Callable[[Pen, Random, bool], None]] = {
    "pit": _pit,
    "water": _water,
    "heap": _heap,
    "lamp": _lamp,
    "bikes": _bikes,
    "board": _board,
}


def _mark(pen: Pen) -> None:
    """Write 演示 into the lower right corner, so that nobody takes the drawing for evidence."""
    pen.rectangle((WIDE - 250, HIGH - 140, WIDE, HIGH), fill=(245, 243, 238))
    for place, strokes in enumerate(STROKES.values()):
        left, top = WIDE - 230 + place * 112, HIGH - 122
        for stroke in strokes:
            pen.line([(left + x, top + y) for x, y in stroke], fill=(160, 40, 34), width=9, joint="curve")
