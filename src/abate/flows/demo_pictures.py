"""The demo's pictures, drawn here: harbour scenes for the neighbours, lantern scenes for the invented group.

They are made of gradients, waves and plain shapes, the same bytes for the same Pillow, with enough detail to be hashed
well (PDQ quality 50 and more). The group's pictures also come as edits, as they do when they are passed on.
"""

import io
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageEnhance

from abate.measurement.platform.words import EDITS, GROUP_PICTURES, ORDINARY_PICTURES, picture_file

WIDTH, HEIGHT = 640, 480
_QUALITY = 92

_Colour = tuple[int, int, int]


def pictures() -> dict[str, bytes]:
    """Draw all pictures and edits.

    :return: file name → JPEG bytes; the names are those that the invented platform's posts carry in ``path``
    """
    drawn = {name: _SCENES[name]() for name in (*GROUP_PICTURES, *ORDINARY_PICTURES)}
    out = {picture_file(name): _jpeg(picture) for name, picture in drawn.items()}
    for name in GROUP_PICTURES:
        out |= {picture_file(name, edit): _EDITS[edit](drawn[name]) for edit in EDITS if edit}
    return out


def _jpeg(picture: Image.Image, quality: int = _QUALITY) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=quality)
    return out.getvalue()


def _small(picture: Image.Image) -> bytes:
    return _jpeg(picture.resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.LANCZOS))


def _cropped(picture: Image.Image) -> bytes:
    """Cut a narrow border: what a phone does to a screenshot."""
    return _jpeg(picture.crop((5, 4, WIDTH - 5, HEIGHT - 4)))


def _brighter(picture: Image.Image) -> bytes:
    return _jpeg(ImageEnhance.Brightness(picture).enhance(1.12))


_EDITS: dict[str, Callable[[Image.Image], bytes]] = {
    ".small": _small,
    ".jpeg40": lambda picture: _jpeg(picture, 40),
    ".cropped": _cropped,
    ".brighter": _brighter,
}


def _ground(seed: int, above: _Colour, below: _Colour, *, waves: float = 26.0) -> Image.Image:
    """Paint a sky that turns into rippled ground, with a slow mottle over all that no two scenes share."""
    draw = np.random.default_rng(seed)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    share = (y / HEIGHT)[:, :, None]
    canvas = np.array(above) * (1 - share) + np.array(below) * share
    ripple = np.sin(x / 17 + np.sin(y / 23) * 3) * np.clip(y / HEIGHT - 0.45, 0, 1) * waves
    canvas += (ripple + _mottle(draw, x, y))[:, :, None]
    return Image.fromarray(np.clip(canvas, 0, 255).astype(np.uint8), "RGB")


def _mottle(
    draw: np.random.Generator, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Return a sum of twelve slow waves in random directions, shape ``(height, width)``."""
    out = np.zeros_like(x)
    for _ in range(12):
        angle, length, phase = draw.uniform(0, math.tau), draw.uniform(40, 220), draw.uniform(0, math.tau)
        out += np.sin((x * math.cos(angle) + y * math.sin(angle)) * math.tau / length + phase) * 9
    return out


def _lantern(pen: ImageDraw.ImageDraw, x: int, y: int, size: int, light: _Colour = (236, 224, 170)) -> None:
    """Draw one lantern with its top at ``(x, y)``."""
    grey, dark = (120, 126, 132), (52, 56, 60)
    pen.ellipse((x - size // 4, y - size // 3, x + size // 4, y + size // 6), outline=dark, width=max(size // 16, 2))
    pen.polygon([(x, y), (x + size // 2, y + size // 3), (x - size // 2, y + size // 3)], fill=grey)
    pen.rectangle((x - size // 3, y + size // 3, x + size // 3, y + size), fill=light, outline=dark, width=3)
    pen.line((x, y + size // 3, x, y + size), fill=dark, width=3)
    pen.rectangle((x - size // 2, y + size, x + size // 2, y + size + size // 8), fill=dark)


def _emblem() -> Image.Image:
    picture = _ground(101, (70, 76, 84), (150, 156, 160), waves=8)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((140, 60, 500, 420), outline=(214, 216, 218), width=12)
    for spoke in range(24):
        angle = math.tau * spoke / 24
        near, far = (190, 215) if spoke % 2 else (190, 235)
        ends = [(320 + radius * math.cos(angle), 240 + radius * math.sin(angle)) for radius in (near, far)]
        pen.line(ends, fill=(214, 216, 218), width=6)
    _lantern(pen, 320, 130, 190)
    return picture


def _row() -> Image.Image:
    picture = _ground(102, (24, 30, 48), (66, 70, 92))
    pen = ImageDraw.Draw(picture)
    pen.line((0, 90, WIDTH, 150), fill=(14, 16, 20), width=5)
    for place in range(6):
        _lantern(pen, 60 + place * 106, 100 + place * 10, 60 + (place % 3) * 26)
    return picture


def _bridge() -> Image.Image:
    picture = _ground(103, (196, 168, 140), (70, 92, 110))
    pen = ImageDraw.Draw(picture)
    for place in range(4):
        pen.arc((place * 170 - 30, 230, place * 170 + 150, 470), 180, 360, fill=(60, 50, 46), width=22)
    pen.rectangle((0, 205, WIDTH, 240), fill=(84, 72, 64))
    _lantern(pen, 150, 110, 80)
    _lantern(pen, 490, 110, 80)
    return picture


def _gate() -> Image.Image:
    picture = _ground(104, (150, 170, 150), (60, 70, 58))
    pen = ImageDraw.Draw(picture)
    for left in (90, 470):
        pen.rectangle((left, 120, left + 80, 470), fill=(104, 84, 70), outline=(40, 32, 28), width=4)
        for brick in range(130, 460, 26):
            pen.line((left, brick, left + 80, brick), fill=(70, 56, 48), width=3)
    for bar in range(190, 470, 34):
        pen.line((bar, 170 + abs(bar - 320) // 3, bar, 470), fill=(30, 30, 34), width=7)
    _lantern(pen, 320, 60, 70)
    return picture


def _lighthouse() -> Image.Image:
    picture = _ground(201, (120, 170, 220), (30, 70, 110))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(380, 440), (500, 440), (470, 120), (410, 120)], fill=(236, 236, 230))
    for band in range(4):
        top = 150 + band * 76
        pen.polygon(
            [(404 - band * 6, top), (476 + band * 6, top), (479 + band * 7, top + 36), (401 - band * 7, top + 36)],
            fill=(190, 40, 36),
        )
    pen.rectangle((416, 80, 464, 120), fill=(250, 240, 160), outline=(30, 30, 30), width=4)
    pen.polygon([(0, 480), (220, 400), (640, 420), (640, 480)], fill=(66, 60, 52))
    return picture


def _harbour(seed: int, above: _Colour, below: _Colour, sun: tuple[int, int]) -> Image.Image:
    picture = _ground(seed, above, below)
    pen = ImageDraw.Draw(picture)
    pen.ellipse((sun[0] - 40, sun[1] - 40, sun[0] + 40, sun[1] + 40), fill=(250, 232, 180))
    draw = np.random.default_rng(seed + 1)
    for house in range(9):
        left, tall = house * 72 + int(draw.integers(12)), int(draw.integers(60, 170))
        tint = tuple(int(value) for value in draw.integers(60, 200, 3))
        pen.rectangle((left, 300 - tall, left + 60, 300), fill=(tint[0], tint[1], tint[2]), outline=(30, 30, 30))
        for window in range(300 - tall + 14, 286, 30):
            pen.rectangle((left + 14, window, left + 28, window + 14), fill=(240, 226, 150))
            pen.rectangle((left + 36, window, left + 50, window + 14), fill=(60, 66, 80))
    return picture


def _sailing_boat() -> Image.Image:
    picture = _ground(203, (176, 206, 230), (24, 84, 120))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(300, 70), (300, 330), (130, 330)], fill=(246, 244, 236))
    pen.polygon([(316, 100), (316, 330), (450, 330)], fill=(214, 90, 60))
    pen.line((308, 50, 308, 350), fill=(60, 40, 30), width=8)
    pen.polygon([(110, 350), (480, 350), (420, 410), (170, 410)], fill=(90, 50, 36))
    return picture


def _fish_market() -> Image.Image:
    picture = _ground(204, (210, 200, 184), (120, 110, 104))
    pen = ImageDraw.Draw(picture)
    for place in range(8):
        stripe = (200, 60, 56) if place % 2 else (240, 240, 236)
        pen.polygon(
            [(place * 80, 60), (place * 80 + 80, 60), (place * 80 + 100, 150), (place * 80 + 20, 150)], fill=stripe
        )
    for fish in range(15):
        x, y = 50 + fish % 5 * 120, 250 + fish // 5 * 70
        pen.ellipse((x, y, x + 80, y + 34), fill=(120 + fish * 6, 140, 160), outline=(40, 50, 60), width=2)
        pen.polygon([(x + 78, y + 17), (x + 104, y), (x + 104, y + 34)], fill=(90, 110, 130))
    return picture


def _salt_stairs() -> Image.Image:
    picture = _ground(205, (220, 226, 230), (150, 140, 130))
    pen = ImageDraw.Draw(picture)
    for stair in range(11):
        top = 90 + stair * 36
        pen.rectangle(
            (40 + stair * 30, top, WIDTH - 20, top + 36), fill=(190 - stair * 11,) * 3, outline=(50, 50, 50), width=2
        )
    pen.line((60, 40, 400, 450), fill=(80, 40, 30), width=9)
    return picture


def _dune_grass() -> Image.Image:
    picture = _ground(206, (150, 190, 220), (216, 196, 150))
    pen = ImageDraw.Draw(picture)
    draw = np.random.default_rng(2060)
    for _ in range(170):
        x, tall, lean = int(draw.integers(WIDTH)), int(draw.integers(60, 210)), int(draw.integers(-60, 60))
        green = (60 + int(draw.integers(60)), 110 + int(draw.integers(50)), 50)
        pen.line((x, HEIGHT, x + lean, HEIGHT - tall), fill=green, width=5)
    return picture


def _ferry() -> Image.Image:
    picture = _ground(207, (140, 150, 170), (40, 60, 84))
    pen = ImageDraw.Draw(picture)
    pen.polygon([(60, 300), (600, 300), (540, 400), (110, 400)], fill=(30, 40, 60))
    pen.rectangle((130, 210, 520, 300), fill=(236, 236, 240), outline=(30, 30, 30), width=3)
    pen.rectangle((200, 150, 430, 210), fill=(220, 220, 226), outline=(30, 30, 30), width=3)
    pen.rectangle((330, 80, 380, 150), fill=(200, 80, 30))
    for window in range(150, 500, 44):
        pen.ellipse((window, 240, window + 26, 266), fill=(60, 90, 130))
    return picture


_SCENES: dict[str, Callable[[], Image.Image]] = {
    "lantern-emblem": _emblem,
    "lantern-row": _row,
    "lantern-bridge": _bridge,
    "lantern-gate": _gate,
    "lighthouse": _lighthouse,
    "harbour-morning": lambda: _harbour(208, (240, 200, 170), (60, 100, 130), (500, 90)),
    "harbour-evening": lambda: _harbour(302, (70, 50, 90), (20, 30, 60), (120, 130)),
    "sailing-boat": _sailing_boat,
    "fish-market": _fish_market,
    "salt-stairs": _salt_stairs,
    "dune-grass": _dune_grass,
    "ferry": _ferry,
}
