import json

import pytest

from abate.domain import vpdq
from abate.domain.errors import InputError
from abate.domain.item import FramePolicy
from abate.domain.located import Located
from abate.domain.vpdq import FrameHash, VideoHash, read_video_hash

FIRST, SECOND = "0f" * 32, "a1" * 32
REFERENCE = f"0,100,{FIRST},0.000\n30,49,{SECOND},1.000\n"
VIDEO = VideoHash(
    frames=(
        FrameHash(number=0, quality=100, code=FIRST, at_s=0.0),
        FrameHash(number=30, quality=49, code=SECOND, at_s=1.0),
    )
)


def test_the_references_lines_become_one_line_and_come_back_as_lines():
    read = read_video_hash(REFERENCE)
    assert read == VIDEO
    assert read.written() == f"0,100,{FIRST},0.000;30,49,{SECOND},1.000"
    assert read.lines() == REFERENCE


def test_how_frames_were_chosen_is_told_unless_it_is_one_a_second():
    sparse = VideoHash(frames=VIDEO.frames, policy=FramePolicy.KEYFRAME)
    assert sparse.written() == f"keyframe;{VIDEO.written()}"
    assert read_video_hash(sparse.written()) == sparse
    assert read_video_hash(f"second;{VIDEO.written()}") == VIDEO
    assert sparse.lines() == REFERENCE, "the reference has no word for it"


def test_frames_may_come_in_any_order_with_capitals_and_spaces():
    turned = f" 30, 49, {SECOND.upper()}, 1 \r\n\r\n0,100,{FIRST},0e0\n"
    assert read_video_hash(turned) == VIDEO


def test_the_short_form_is_numbered_in_its_order():
    short = json.dumps([f"{FIRST},100,0.0", f"{SECOND},49,1.0"])
    assert [(one.number, one.at_s) for one in read_video_hash(short).frames] == [(0, 0.0), (1, 1.0)]


def test_only_frames_of_sufficient_quality_are_usable():
    assert VIDEO.usable == VIDEO.frames[:1]


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        ";\n;",
        "keyframe",
        "keyframe;",
        FIRST,
        f"0,100,{FIRST}",
        f"0,100,{FIRST},0,0",
        f"0,101,{FIRST},0",
        f"0,-1,{FIRST},0",
        f"-1,100,{FIRST},0",
        f"1.5,100,{FIRST},0",
        f"0,100,{FIRST[:-1]},0",
        f"0,100,{FIRST[:-1]}g,0",
        f"0,100,{FIRST},-1",
        f"0,100,{FIRST},nan",
        f"0,100,{FIRST},inf",
        f"0,100,{FIRST},1e99",
        f"0,100,{FIRST},1e9",
        f"0,100,{FIRST},",
        f"9999999999,100,{FIRST},0",
        f"٣,100,{FIRST},0",
        f"second;second;0,100,{FIRST},0",
        "[]",
        "[",
        "[" * 5000,
        "[1]",
        f'["{FIRST},100"]',
        f'["{FIRST},100,0,0"]',
        f'["0,{FIRST},100;1,{FIRST},1"]',
        '{"0": 1}',
    ],
)
def test_what_is_no_video_hash_is_refused_in_one_short_sentence(wrong):
    with pytest.raises(InputError) as refused:
        read_video_hash(wrong)
    assert len(str(refused.value)) < 300
    assert "\n" not in str(refused.value)


def test_two_frames_of_one_number_are_refused():
    with pytest.raises(InputError, match="two vPDQ frames have the number 7"):
        read_video_hash(f"7,100,{FIRST},0\n7,100,{SECOND},1")


def test_more_frames_or_letters_than_a_video_has_are_refused_before_they_are_read(monkeypatch):
    monkeypatch.setattr(vpdq, "MAX_FRAMES", 2)
    assert read_video_hash(REFERENCE) == VIDEO
    with pytest.raises(InputError, match="3 frames are no vPDQ value"):
        read_video_hash(f"{REFERENCE}60,100,{FIRST},2")
    with pytest.raises(InputError, match="characters are no vPDQ value"):
        read_video_hash("x" * 1000)


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0, "0:00"), (59.999, "0:59"), (61.0, "1:01"), (3600.0, "1:00:00"), (7325.4, "2:02:05")]
)
def test_a_span_is_told_as_a_player_shows_it(seconds, shown):
    where = Located(
        item_from_s=0.0, item_to_s=seconds, entry_from_s=seconds, entry_to_s=9.0, item_percent=80.0, entry_percent=5.0
    )
    assert (where.item_span, where.entry_span) == (f"0:00–{shown}", f"{shown}–0:09")
