"""The demo's pictures: drawn here, hashable, told apart, and found again after an edit."""

import io

import pytest
from PIL import Image

from abate.domain.item import Item, Kind, Material, Picture
from abate.flows.demo_pictures import pictures
from abate.measurement.platform.words import EDITS, GROUP_PICTURES, ORDINARY_PICTURES, picture_file
from abate.signals.photo import Pdq

DISTANCE = 31


@pytest.fixture(scope="module")
def drawn():
    return pictures()


@pytest.fixture(scope="module")
def hashes(drawn):
    signal_type = Pdq()
    out = {}
    for name, content in drawn.items():
        luma = Image.open(io.BytesIO(content)).convert("L")
        picture = Picture(width=luma.width, height=luma.height, luma=luma.tobytes())
        out[name] = signal_type.compute(Material(item=Item(id=name, kind=Kind.PHOTO), content=content, picture=picture))
    return out


def distance(one, other):
    return (int(one.value, 16) ^ int(other.value, 16)).bit_count()


def test_there_is_a_picture_for_every_name_the_platform_uses(drawn):
    expected = {picture_file(name, edit) for name in GROUP_PICTURES for edit in EDITS}
    expected |= {picture_file(name) for name in ORDINARY_PICTURES}
    assert set(drawn) == expected
    assert len(GROUP_PICTURES) + len(ORDINARY_PICTURES) == 12


def test_drawing_again_gives_the_same_bytes(drawn):
    assert pictures() == drawn


def test_every_picture_is_good_enough_to_be_matched(hashes):
    assert min(signal.quality for signal in hashes.values()) >= 50


def test_an_edit_is_found_and_no_two_scenes_are_confused(hashes):
    for name in GROUP_PICTURES:
        for edit in EDITS[1:]:
            assert distance(hashes[picture_file(name)], hashes[picture_file(name, edit)]) <= DISTANCE
    scenes = [hashes[picture_file(name)] for name in (*GROUP_PICTURES, *ORDINARY_PICTURES)]
    for place, one in enumerate(scenes):
        assert all(distance(one, other) > 2 * DISTANCE for other in scenes[:place])
