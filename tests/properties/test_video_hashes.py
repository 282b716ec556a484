"""Whatever frames a video has: what is written is read back, and whatever text comes is read or refused."""

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.domain.item import FramePolicy
from abate.domain.vpdq import FrameHash, VideoHash, read_video_hash

hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
frames = st.builds(
    FrameHash,
    number=st.integers(0, 999_999_999),
    quality=st.integers(0, 100),
    code=hashes,
    at_s=st.integers(0, 10**11).map(lambda ms: ms / 1000),
)
videos = st.builds(
    VideoHash,
    frames=st.lists(frames, min_size=1, max_size=12, unique_by=lambda frame: frame.number).map(
        lambda own: tuple(sorted(own, key=lambda frame: frame.number))
    ),
    policy=st.sampled_from(FramePolicy),
)
letters = st.text(st.sampled_from('0123456789abcdef,;\n\r []".e+-'))


@given(videos)
def test_a_video_hash_comes_back_from_its_line(video):
    assert read_video_hash(video.written()) == video
    assert "\n" not in video.written()


@given(videos)
def test_the_references_lines_hold_all_but_the_policy(video):
    assert read_video_hash(video.lines()).frames == video.frames


@given(videos, st.randoms())
def test_the_canonical_line_does_not_depend_on_how_it_was_written(video, random):
    lines = video.lines().upper().splitlines()
    random.shuffle(lines)
    again = read_video_hash("\n".join(lines))
    assert VideoHash(frames=again.frames, policy=video.policy).written() == video.written()


@given(st.one_of(letters, st.text()))
def test_any_text_is_read_canonically_or_refused(text):
    try:
        read = read_video_hash(text)
    except InputError:
        return
    assert read_video_hash(read.written()) == read


@given(videos, st.integers(0, 2000), letters)
def test_a_damaged_line_is_read_canonically_or_refused(video, at, noise):
    line = video.written()
    damaged = line[: at % len(line)] + noise + line[at % len(line) + len(noise) :]
    try:
        read = read_video_hash(damaged)
    except InputError:
        return
    assert read_video_hash(read.written()) == read
