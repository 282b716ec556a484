"""Pictures made anew in grey, and what the style sheet and the script promise."""

import io
import re
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from abate.domain.item import Item, Kind, Picture
from abate.domain.person import Role
from abate.domain.signal import NotScanned
from abate.flows import cases
from abate.web import pages, preview
from examples import WHOLE_ANSWERS

STATIC = pages.HERE / "static"
CSS, RULES_CSS = ((STATIC / name).read_text("utf-8") for name in ("abate.css", "rules.css"))
JS, RULES_JS = ((STATIC / name).read_text("utf-8") for name in ("abate.js", "rules.js"))


def drawn(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


@WHOLE_ANSWERS
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40), st.randoms())
def test_a_shrunk_picture_fits_and_keeps_its_brightness(width, height, side, random):
    luma = bytes(random.randrange(256) for _ in range(width * height))
    plane = preview.shrunk(Picture(width=width, height=height, luma=luma), side)
    assert max(plane.shape) <= side
    whole = np.frombuffer(luma, dtype=np.uint8)
    assert whole.min() <= plane.min()
    assert plane.max() <= whole.max()
    seen = drawn(preview.png(plane))
    assert (seen.mode, seen.size) == ("L", plane.shape[::-1])
    assert np.array_equal(np.asarray(seen), plane)


def test_each_small_pixel_is_the_mean_of_those_it_stands_for():
    luma = bytes([0, 100, 10, 20, 200, 50])  # three columns, two rows
    plane = preview.shrunk(Picture(width=3, height=2, luma=luma), 2)
    assert plane.tolist() == [[(0 + 100 + 20 + 200) // 4, (10 + 50) // 2]]


def test_the_written_file_holds_pixels_and_nothing_else():
    content = preview.png(np.zeros((2, 3), dtype=np.uint8))
    names = re.findall(rb"[A-Z]{4}", content)
    assert names[:1] + names[-1:] == [b"IHDR", b"IEND"]
    assert zlib.decompress(content[content.index(b"IDAT") + 4 : content.index(b"IEND") - 8]) == bytes(8)


@pytest.fixture
def photo(kit, tmp_path):
    """A case on a picture, with a decoder that answers what it is told to."""
    path = tmp_path / "p.jpg"
    path.write_bytes(b"stored bytes with a secret in the metadata")
    item = Item(id="photo-1", kind=Kind.PHOTO, path=str(path))
    from abate.domain.scan import Proposal, Scan, Verdict

    with kit.store.write() as tx:
        tx.items.add(item)
        case = cases.open_case(tx, Scan(item=item, proposal=Proposal(verdict=Verdict.REVIEW)), kit.clock.now())
    return case, item, path


class Decoder:
    def decode(self, content):
        if content.startswith(b"broken"):
            return NotScanned(step="decode", reason="the picture is truncated")
        return Picture(width=1600, height=1200, luma=bytes(1600 * 1200))


def test_a_reviewer_gets_a_grey_picture_that_the_stored_file_never_touches(site, kit, photo, monkeypatch):
    case, _, _ = photo
    monkeypatch.setattr(type(kit.decoder), "decode", Decoder.decode)
    site.log_in(Role.REVIEWER)
    page = site.client.get(f"/cases/{case.id}").text
    assert f'src="/cases/{case.id}/picture/veiled"' in page
    # Without the style sheet only the veiled one shows.
    assert re.search(r'class="grey" src="[^"]+" alt="" hidden', page)
    for view, side in preview.VIEWS.items():
        answer = site.client.get(f"/cases/{case.id}/picture/{view}")
        assert answer.headers["content-type"] == "image/png"
        assert b"secret" not in answer.content
        assert max(drawn(answer.content).size) <= side
    assert site.client.get(f"/cases/{case.id}/picture/original").status_code == 404


def test_a_picture_that_cannot_be_shown_says_why(site, kit, photo, monkeypatch):
    case, item, path = photo
    monkeypatch.setattr(type(kit.decoder), "decode", Decoder.decode)
    site.log_in(Role.REVIEWER)
    path.write_bytes(b"broken")
    answer = site.client.get(f"/cases/{case.id}/picture/grey")
    assert (answer.status_code, "truncated" in answer.text) == (404, True)
    path.unlink()
    assert "not there any more" in preview.of_item(kit, item, "grey").reason
    text = Item(id="t", kind=Kind.TEXT, text="x")
    assert "no picture" in preview.of_item(kit, text, "grey").reason


def test_a_picture_above_the_limit_is_not_read(kit, photo):
    from dataclasses import replace

    _, item, _ = photo
    small = replace(kit, settings=replace(kit.settings, max_file_bytes=3))
    assert "max_file_bytes" in preview.of_item(small, item, "grey").reason


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def palettes() -> dict[str, dict[str, str]]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    tables = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return {"light": tables[0], "dark": {**tables[0], **tables[1]}}


@pytest.mark.parametrize("name", ["light", "dark"])
def test_words_are_readable_on_every_ground_they_stand_on(name):
    colour = palettes()[name]
    pairs = [(ink, ground) for ink in ("ink", "muted", "accent") for ground in ("paper", "surface", "sunken")]
    pairs += [(tone, f"{tone}-soft") for tone in ("bad", "warn", "good", "accent")]
    pairs += [(tone, "surface") for tone in ("bad", "warn", "good")]
    pairs += [("accent-ink", "accent"), ("surface", "bad"), ("ink", "accent-soft"), ("muted", "accent-soft")]
    for ink, ground in pairs:
        assert contrast(colour[ink], colour[ground]) >= 4.5, (name, ink, ground)
    for edge in ("field", "accent"):
        assert contrast(colour[edge], colour["surface"]) >= 3, (name, edge)


def test_the_style_knows_no_left_and_right_and_loads_nothing():
    sides = r"(?:margin|padding|border|inset|float|text-align)[a-z-]*(?:-left|-right)|float: (?:left|right)"
    assert not re.search(sides, CSS)
    assert re.findall(r"text-align: (?:left|right)", CSS) == ["text-align: right"]  # the frame of a right-to-left page
    assert not re.search(rf"{sides}|text-align: (?:left|right)", RULES_CSS)
    for text in (CSS, RULES_CSS):
        assert not re.search(r"url\(|@import|!important", text)


def test_the_chart_has_a_colour_for_each_of_its_parts():
    from abate.measurement.drawing.chart import CLASSES

    assert [name for name in CLASSES if f".{name} " not in CSS and f".{name} {{" not in CSS] == []


def test_the_script_reaches_nowhere_and_builds_no_markup():
    assert not re.search(r"fetch|XMLHttp|WebSocket|innerHTML|insertAdjacent|eval\(|import\b|https?:|localStorage", JS)


def test_the_editor_asks_our_own_page_and_builds_no_markup():
    assert not re.search(r"XMLHttp|WebSocket|innerHTML|insertAdjacent|eval\(|import\b|https?:|localStorage", RULES_JS)
    assert re.findall(r"fetch\(([^,)]*)", RULES_JS) == ["form.dataset.check", "form.dataset.words"]


def test_what_is_static_is_ours_alone():
    names = {"abate.css", "abate.js", "mark.svg", "rules.css", "rules.js"}
    assert {path.name for path in STATIC.iterdir()} == names
