"""What the flows make of a video: how it is known for one, which frames are asked for, and how a place is told."""

from dataclasses import replace

import pytest

from abate.domain.bank import Match
from abate.domain.case import Case
from abate.domain.errors import InputError
from abate.domain.item import Frame, FramePolicy, Kind, Picture
from abate.domain.located import Located
from abate.domain.scan import Proposal, Verdict
from abate.domain.signal import NotScanned
from abate.flows.intake import kind_of
from abate.flows.provenance import match_json
from abate.flows.video import frame_policy, frames_of
from abate.review.describe import describe_case
from abate.settings import Settings
from abate.stores.codec import decode, encode
from abate.testing import NOON

PLACE = Located(
    item_from_s=0.0, item_to_s=6.9, entry_from_s=66.0, entry_to_s=72.9, item_percent=100.0, entry_percent=5.8
)
MATCH = Match(bank="films", entry="e1", signal_type="vpdq", distance=12, located=PLACE)


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"\0\0\0\x20ftypisom", Kind.VIDEO),
        (b"\0\0\0\x14ftypqt  ", Kind.VIDEO),
        (b"\0\0\0\x20ftypM4A ", Kind.FILE),
        (b"\0\0\0\x20ftypheic", Kind.FILE),
        (b"\x1aE\xdf\xa3" + bytes(8), Kind.VIDEO),
        (b"FLV\x01" + bytes(8), Kind.VIDEO),
        (b"RIFF\0\0\0\0AVI ", Kind.VIDEO),
        (b"RIFF\0\0\0\0WAVE", Kind.FILE),
        (b"RIFF\0\0\0\0WEBP", Kind.PHOTO),
        (b"", Kind.FILE),
    ],
)
def test_a_file_without_a_name_for_it_is_known_as_a_video_by_its_first_bytes(tmp_path, head, kind):
    path = tmp_path / "upload"
    path.write_bytes(head)
    assert kind_of(path) is kind


@pytest.mark.parametrize("name", ["a.MP4", "a.webm", "a.mpg", "a.flv", "a.3gp"])
def test_a_file_with_a_videos_name_is_one(tmp_path, name):
    assert kind_of(tmp_path / name) is Kind.VIDEO


@pytest.mark.parametrize("policy", FramePolicy)
def test_the_setting_names_a_policy(policy):
    assert frame_policy(Settings(video_frames=policy.value)) is policy


def test_another_word_is_refused_with_those_there_are():
    with pytest.raises(InputError, match="second or quarter or keyframe, not 'all'"):
        frame_policy(Settings(video_frames="all"))


def test_frames_are_passed_on_and_what_went_wrong_is_told_once():
    frame = Frame(number=0, at_s=0.0, picture=Picture(width=1, height=1, luma=b"\0"))
    cut = NotScanned(step="decode", reason="cut off")
    asked = []

    class Decoder:
        def decode(self, content):
            raise NotImplementedError

        def frames(self, content, policy):
            asked.append((content, policy))
            yield frame
            yield cut

    problems = []
    frames = frames_of(Decoder(), b"film", FramePolicy.QUARTER, problems)
    assert not asked, "nothing is decoded before somebody looks"
    assert [list(frames.decode()), list(frames.decode())] == [[frame], [frame]]
    assert (problems, asked) == ([cut], [(b"film", FramePolicy.QUARTER)] * 2)


def test_where_a_video_matches_is_told_in_json_and_in_words():
    assert match_json(MATCH)["located"] == {
        "item": [0.0, 6.9],
        "entry": [66.0, 72.9],
        "item_percent": 100.0,
        "entry_percent": 5.8,
        "frames": "second",
    }
    assert match_json(replace(MATCH, located=None))["located"] is None
    proposal = Proposal(verdict=Verdict.REVIEW, automatic=False, reasons=())
    case = Case(id="c1", item="v1", opened_at=NOON, proposal=proposal, matches=(MATCH, replace(MATCH, located=None)))
    placed, plain = (line for line in describe_case(case, now=NOON) if line.startswith("Bank films"))
    assert "distance 12, 0:00–0:06 of it being 1:06–1:12 of the entry, vouched for by" in placed
    assert "of it being" not in plain


def test_a_place_is_stored_with_its_match_and_comes_back():
    assert decode(Match, encode(MATCH)) == MATCH
    older = encode(MATCH, leave_out=("located",))
    assert decode(Match, older) == replace(MATCH, located=None)
