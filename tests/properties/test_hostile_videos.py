"""Whatever bytes come: frames of a true size, a known sentence at most, and the decoder lives on."""

import io
import re
from pathlib import Path

import pytest

pytest.importorskip("av", reason="pip install '.[video]'")

from hypothesis import given
from hypothesis import strategies as st

from abate.domain.item import Frame, FramePolicy
from abate.domain.signal import NotScanned
from abate.sandbox import frames, frames_wire, wire
from abate.sandbox.frames_wire import Asked
from abate.sandbox.pool import DecoderPool
from abate.sandbox.wire import Code
from hostile_bytes import hostile

ROOM = 1 << 16
VIDEOS = Path(__file__).resolve().parents[1] / "data" / "videos"
SEEDS = [*frames._samples(), *(path.read_bytes() for path in sorted(VIDEOS.iterdir()))]
SENTENCES = [re.compile(re.sub(r"\\\{[^}]*\\\}", ".+", re.escape(text))) for text in frames_wire.SENTENCES.values()]
ATTACKS = tuple(frames_wire.SENTENCES[code] for code in (Code.FORBIDDEN_CALL, Code.LIED, Code.CRASHED))


hostile_files = hostile(SEEDS, head=400, ends_too=True)


@pytest.fixture(scope="module")
def pool():
    with DecoderPool(workers=1, max_pixels=ROOM, required=True, video_timeout_s=20) as made:
        assert isinstance(next(iter(made.frames(SEEDS[0], FramePolicy.SECOND))), Frame)
        yield made


@given(untrusted=hostile_files, policy=st.sampled_from(FramePolicy))
def test_the_decoding_itself_never_raises_and_never_writes_past_a_frame(untrusted, policy):
    canvas = memoryview(bytearray(b"\xa5" * ROOM))
    largest = [0]

    def show(shown):
        largest[0] = max(largest[0], shown.width * shown.height)

    answer = frames.decode(io.BytesIO(untrusted), canvas, Asked(size=len(untrusted), policy=policy), show)
    assert answer.code <= wire.LAST_SENT_OF_VIDEO
    assert largest[0] <= ROOM
    assert canvas[largest[0] :].tobytes().strip(b"\xa5") == b""


@given(untrusted=hostile_files, policy=st.sampled_from(FramePolicy))
def test_in_the_sandbox_any_bytes_give_frames_and_at_most_one_known_sentence(pool, untrusted, policy):
    said = list(pool.frames(untrusted, policy))
    seen = [one for one in said if isinstance(one, Frame)]
    assert all(1 <= one.picture.width * one.picture.height == len(one.picture.luma) <= ROOM for one in seen)
    assert [one.number for one in seen] == sorted({one.number for one in seen})
    assert [one.at_s for one in seen] == sorted(one.at_s for one in seen)
    if len(seen) < len(said):
        (told,) = said[len(seen) :]
        assert isinstance(told, NotScanned)
        assert told.step == "decode"
        assert any(sentence.match(told.reason) for sentence in SENTENCES)
        assert not told.reason.startswith(ATTACKS), "a codec that needs a refused call, or died"
    assert said, "a video without frames says why"
