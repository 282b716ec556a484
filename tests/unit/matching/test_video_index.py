"""Videos among videos: percentages as the reference counts them, clips located in time, floods that find nothing."""

import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.domain.item import FramePolicy
from abate.domain.vpdq import FrameHash, VideoHash, read_video_hash
from abate.matching import video_index
from abate.matching.video_index import Thresholds, VideoIndex, VideoIndexType
from examples import WHOLE_ANSWERS

AS_THE_REFERENCE = Thresholds(contained_percent=None)


def codes(count, seed=1):
    random = np.random.default_rng(seed)
    return [row.tobytes().hex() for row in random.integers(0, 256, (count, 32), dtype=np.uint8)]


def video(own, *, start=0.0, between=1.0, quality=100, policy=FramePolicy.SECOND, qualities=None):
    frames = tuple(
        FrameHash(
            number=30 * n, quality=qualities[n] if qualities else quality, code=code, at_s=round(start + n * between, 3)
        )
        for n, code in enumerate(own)
    )
    return VideoHash(frames=frames, policy=policy).written()


def off(code, bits, seed=0):
    """Return the code with so many of its bits turned."""
    places = np.random.default_rng(seed).permutation(256)[:bits]
    return f"{int(code, 16) ^ sum(1 << int(place) for place in places):064x}"


def found(index, value):
    (hits,) = index.lookup([value])
    return hits


FILM = codes(60)


def test_a_clip_from_the_middle_is_found_and_located():
    index = VideoIndex([video(codes(30, 2)), video(FILM)], radius=31)
    (hit,) = found(index, video([off(code, 20, n) for n, code in enumerate(FILM[20:30])]))
    assert (hit.position, hit.distance) == (1, 20)
    where = hit.located
    assert (where.item_from_s, where.item_to_s, where.entry_from_s, where.entry_to_s) == (0.0, 9.0, 20.0, 29.0)
    assert (where.item_percent, where.entry_percent, where.frames) == (100.0, 16.7, "second")


@pytest.mark.parametrize(("bits", "hits"), [(31, 1), (32, 0)])
def test_a_frame_matches_up_to_the_radius(bits, hits):
    index = VideoIndex([video(FILM)], radius=31)
    assert len(found(index, video([off(code, bits, n) for n, code in enumerate(FILM[:10])]))) == hits


@pytest.mark.parametrize(("shared", "hits"), [(8, 1), (7, 0)])
def test_eight_of_ten_frames_must_be_known(shared, hits):
    index = VideoIndex([video(FILM)], radius=31, thresholds=AS_THE_REFERENCE)
    assert len(found(index, video(FILM[:shared] + codes(10 - shared, 5)))) == hits


@pytest.mark.parametrize(("demanded", "hits"), [(50.0, 1), (50.1, 0)])
def test_a_share_of_the_entry_may_be_demanded_too(demanded, hits):
    asked = Thresholds(entry_percent=demanded, contained_percent=None)
    assert len(found(VideoIndex([video(FILM)], radius=31, thresholds=asked), video(FILM[:30]))) == hits


def test_a_known_video_inside_a_longer_upload_is_found_though_most_of_the_upload_is_new():
    upload = video(codes(40, 7) + FILM[:10] + codes(40, 8))
    index = VideoIndex([video(FILM[:10])], radius=31)
    (hit,) = found(index, upload)
    assert (hit.located.item_from_s, hit.located.item_to_s) == (40.0, 49.0)
    assert (hit.located.entry_from_s, hit.located.entry_to_s) == (0.0, 9.0)
    assert not found(VideoIndex([video(FILM[:10])], radius=31, thresholds=AS_THE_REFERENCE), upload)


def test_two_frames_that_happen_to_be_in_a_long_upload_are_no_known_video():
    index = VideoIndex([video(FILM[:2])], radius=31)
    assert not found(index, video(codes(20, 7) + FILM[:2]))
    shuffled = VideoIndex([video(FILM[:6])], radius=31)
    apart = [code for pair in zip(FILM[:6], *[codes(6, seed) for seed in range(20, 27)], strict=True) for code in pair]
    assert not found(shuffled, video(apart)), "all six are there, but in no run"


def test_a_few_wrong_frames_do_not_move_the_place():
    own = FILM[10:30]
    own[3], own[9], own[15] = FILM[55], FILM[0], codes(1, 9)[0]
    (hit,) = found(VideoIndex([video(FILM)], radius=31), video(own))
    assert (hit.located.item_from_s, hit.located.item_to_s) == (0.0, 19.0)
    assert (hit.located.entry_from_s, hit.located.entry_to_s) == (10.0, 29.0)


def test_samples_that_lie_between_those_of_the_entry_are_located_to_the_second():
    own = [code for pair in pairwise(FILM[10:21]) for code in pair]
    (hit,) = found(VideoIndex([video(FILM)], radius=31), video(own, between=0.5))
    assert abs(hit.located.entry_from_s - hit.located.item_from_s - 10) <= 1


def test_black_frames_match_nothing_and_count_for_nothing():
    """A flood of black: neither does a video of it meet another, nor does it thin out what is known."""
    black = "0" * 64
    index = VideoIndex([video([black] * 30, quality=0), video(FILM)], radius=31)
    assert not found(index, video([black] * 30, quality=0))
    qualities = [100] * 10 + [0] * 90
    (hit,) = found(index, video(FILM[:10] + [black] * 90, qualities=qualities))
    assert (hit.position, hit.located.item_percent) == (1, 100.0)


def test_a_standing_picture_counts_once():
    """Or a minute of one title card would outweigh all that follows."""
    index = VideoIndex([video([FILM[0]] * 50 + FILM[1:5])], radius=31)
    assert not found(index, video([FILM[0]] * 50 + codes(4, 3)))
    (hit,) = found(index, video([FILM[0]] * 50 + FILM[1:5]))
    assert (hit.located.item_percent, hit.located.item_to_s, hit.located.entry_to_s) == (100.0, 53.0, 53.0)


def test_a_long_standing_picture_is_located_with_few_of_its_pairs(monkeypatch):
    monkeypatch.setattr(video_index, "_MOST_PAIRS", 500)
    (hit,) = found(VideoIndex([video([FILM[0]] * 200)], radius=31), video([FILM[0]] * 300))
    where = hit.located
    assert where.item_percent == 100.0
    assert 50 <= where.item_to_s - where.item_from_s == pytest.approx(where.entry_to_s - where.entry_from_s, abs=1)


def test_two_policies_are_compared_and_said():
    index = VideoIndex([video(FILM)], radius=31)
    (hit,) = found(index, video(FILM[10:20:3], between=3.0, start=0.0, policy=FramePolicy.KEYFRAME))
    assert hit.located.frames == "keyframe against second"
    assert (hit.located.entry_from_s, hit.located.entry_to_s) == (10.0, 19.0)


def test_of_four_frames_a_second_one_that_is_known_is_enough_for_its_second():
    """The list has one frame a second; whichever of ours is nearest to it, the three others are not in the list."""
    between = codes(30, 17)
    own = [code for n in range(10) for code in (between[3 * n], FILM[20 + n], between[3 * n + 1], between[3 * n + 2])]
    index = VideoIndex([video(FILM)], radius=31)
    (hit,) = found(index, video(own, between=0.25, policy=FramePolicy.QUARTER))
    assert (hit.located.item_percent, hit.located.frames) == (100.0, "quarter against second")
    assert (hit.located.item_from_s, hit.located.entry_from_s) == (0.25, 20.0)
    assert not found(index, video(own, between=0.25)), "as one a second it would be a quarter only"
    known = VideoIndex([video(own, between=0.25, policy=FramePolicy.QUARTER)], radius=31)
    (hit,) = found(known, video(FILM[20:30]))
    assert (hit.located.item_percent, hit.located.entry_percent) == (100.0, 100.0)


def test_nearer_videos_come_first_and_ties_by_position():
    near, far = [off(code, 3, n) for n, code in enumerate(FILM)], [off(code, 9, n) for n, code in enumerate(FILM)]
    index = VideoIndex([video(far), video(near), video(FILM), video(FILM)], radius=31)
    assert [(hit.position, hit.distance) for hit in found(index, video(FILM))] == [(2, 0), (3, 0), (1, 3), (0, 9)]


def test_more_frames_than_one_search_takes_are_all_looked_up(monkeypatch):
    monkeypatch.setattr(video_index, "BATCH", 7)
    (hit,) = found(VideoIndex([video(FILM)], radius=31), video(FILM))
    assert (hit.located.item_percent, hit.located.entry_percent) == (100.0, 100.0)


def test_videos_come_and_go():
    index = VideoIndexType().build([video(codes(5, 1))], radius=31)
    assert index.add([video(codes(5, 2)), video(codes(5, 3), quality=0)]) == 1
    assert (len(index), [hit.position for hit in found(index, video(codes(5, 2)))]) == (3, [1])
    index.discard([9])
    index.discard([1, 2, 9])
    assert (len(index), found(index, video(codes(5, 2)))) == (1, [])
    assert index.add([video(codes(5, 2))]) == 3


def test_many_changes_are_merged_beside_the_lookups(monkeypatch):
    index = VideoIndex([video(codes(40, 0))], radius=31)
    monkeypatch.setattr(type(index._hamming), "due", True)
    for seed in range(1, 60):
        index.add([video(codes(40, seed))])
    index.discard(range(1, 50))
    index._merging.wait()
    assert [hit.position for hit in found(index, video(codes(40, 55)))] == [55]
    assert not found(index, video(codes(40, 20)))


def test_lookups_run_while_videos_are_added_and_taken_out():
    index = VideoIndex([video(FILM)], radius=31)
    wrong = []

    def ask():
        for _ in range(40):
            wrong.extend(hit for hit in found(index, video(FILM[:20])) if hit.position != 0)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seed in range(100, 130):
        index.discard([index.add([video(codes(20, seed))])])
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(index) == 1


def test_a_video_taken_out_between_search_and_vote_is_not_found(monkeypatch):
    index = VideoIndex([video(FILM)], radius=31)
    search = index._search
    monkeypatch.setattr(index, "_search", lambda item: (search(item), index.discard([0]))[0])
    assert not found(index, video(FILM))


def test_what_cannot_be_added_leaves_all_of_it_out():
    index = VideoIndex([], radius=31)
    with pytest.raises(InputError, match="no vPDQ frame"):
        index.add([video(FILM), "nonsense"])
    assert (len(index), found(index, video(FILM))) == (0, [])


@pytest.mark.parametrize("radius", [-1, 257])
def test_a_radius_outside_the_width_is_refused(radius):
    with pytest.raises(InputError, match="radius"):
        VideoIndexType().build([], radius=radius)


def percentages(item, entry, radius):
    """The definition, one pair at a time: of the different usable frames of each, how many are in the other."""
    own, other = ({frame.code for frame in read_video_hash(value).usable} for value in (item, entry))
    if not own or not other:
        return None

    def near(one, many):
        return any((int(one, 16) ^ int(code, 16)).bit_count() <= radius for code in many)

    item_share = 100 * sum(near(code, other) for code in own) / len(own)
    return item_share, 100 * sum(near(code, own) for code in other) / len(other)


@st.composite
def neighbourhoods(draw):
    """Videos that share frames, some of them a few bits off, some of low quality."""
    pool = codes(8, draw(st.integers(0, 5)))
    frame = st.tuples(st.sampled_from(pool), st.sampled_from([0, 0, 5, 31, 32, 40]), st.integers(0, 3))
    frames = st.lists(frame.map(lambda made: off(*made)), min_size=1, max_size=8)
    one = frames.flatmap(
        lambda own: st.lists(st.sampled_from([100, 100, 50, 49]), min_size=len(own), max_size=len(own)).map(
            lambda qualities: video(own, qualities=qualities)
        )
    )
    return draw(st.lists(one, min_size=1, max_size=6)), draw(st.lists(one, min_size=1, max_size=4))


@WHOLE_ANSWERS
@given(neighbourhoods(), st.sampled_from([0.0, 34.0, 80.0]), st.sampled_from([0.0, 50.0]))
def test_the_index_finds_what_the_definition_finds(case, item_percent, entry_percent):
    known, asked = case
    thresholds = Thresholds(item_percent=item_percent, entry_percent=entry_percent, contained_percent=None)
    index = VideoIndex(known, radius=31, thresholds=thresholds)
    for value, hits in zip(asked, index.lookup(asked), strict=True):
        expected = {}
        for position, entry in enumerate(known):
            shares = percentages(value, entry, 31)
            if shares and shares[0] > 0 and shares[0] >= item_percent and shares[1] >= entry_percent:
                expected[position] = tuple(round(share, 1) for share in shares)
        assert {hit.position: (hit.located.item_percent, hit.located.entry_percent) for hit in hits} == expected


@given(st.integers(0, 40), st.integers(3, 20), st.integers(0, 5))
def test_any_clip_is_located_where_it_was_cut(start, length, seed):
    own = FILM[start : start + length]
    (hit,) = found(VideoIndex([video(FILM)], radius=31), video([off(code, 15, seed + n) for n, code in enumerate(own)]))
    where = hit.located
    assert (where.entry_from_s, where.entry_to_s) == (start, start + len(own) - 1)
    assert (where.item_from_s, where.item_to_s) == (0.0, len(own) - 1)
