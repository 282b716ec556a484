"""What a decoder of videos may say, and what is not believed from one."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.domain.item import FramePolicy
from abate.sandbox import frames_wire, wire
from abate.sandbox.frames_wire import Asked, Ear, Shown, Wish
from abate.sandbox.wire import Answer, Code, UntruthError

NONCE = b"12345678"
ASKED = Asked(size=1000, policy=FramePolicy.SECOND, most=3)
FRAME = Shown(number=30, at_us=1_000_000, width=4, height=5)
SENT = [code for code in Code if code <= wire.LAST_SENT_OF_VIDEO]


def ear(**other):
    return Ear(**{"nonce": NONCE, "asked": ASKED, "max_pixels": 100} | other)


def heard(listening, said, nonce=NONCE):
    return listening.hear(frames_wire.event(nonce, said))


@pytest.mark.parametrize("policy", FramePolicy)
def test_a_request_comes_across(policy):
    asked = Asked(size=2**40, policy=policy, most=7)
    assert frames_wire.read_request(frames_wire.request(NONCE, asked)) == (NONCE, asked)


@pytest.mark.parametrize(
    "header", [b"GET / HTTP/1.1\r\n".ljust(28), frames_wire.REQUEST.pack(b"abVI", NONCE, 1, 1, len(FramePolicy))]
)
def test_a_request_of_another_protocol_is_refused(header):
    with pytest.raises(UntruthError, match="one installation"):
        frames_wire.read_request(header)


@pytest.mark.parametrize("said", [Wish(start=0, length=1), Wish(start=990, length=10), FRAME, Answer(code=Code.EMPTY)])
def test_what_a_decoder_may_say_comes_across(said):
    assert heard(ear(), said) == said


@pytest.mark.parametrize("code", SENT)
def test_a_video_may_end_in_every_way_that_is_sent(code):
    listening = ear()
    heard(listening, FRAME)
    assert heard(listening, Answer(code=code)).code is code


@pytest.mark.parametrize("code", [code for code in Code if code > wire.LAST_SENT_OF_VIDEO])
def test_what_only_the_parent_can_know_is_not_believed_from_a_child(code):
    with pytest.raises(UntruthError):
        heard(ear(), Answer(code=code))


def test_a_video_without_frames_did_not_end_well():
    with pytest.raises(UntruthError, match="0 frames"):
        heard(ear(), Answer(code=Code.DECODED))


@given(untrusted=st.binary(min_size=frames_wire.EVENT.size, max_size=frames_wire.EVENT.size))
def test_noise_is_never_taken_for_an_event(untrusted):
    with pytest.raises(UntruthError):
        ear().hear(untrusted)


@given(kind=st.integers(0, 255).filter(lambda kind: kind not in {1, 2, 3}))
def test_a_word_that_does_not_exist_is_not_believed(kind):
    with pytest.raises(UntruthError):
        ear().hear(frames_wire.EVENT.pack(b"abVE", NONCE, kind, 0, 1, 1, 1, 1))


def test_an_event_laid_in_stock_for_a_later_video_is_not_believed():
    with pytest.raises(UntruthError):
        heard(ear(), FRAME, nonce=b"earlier!")


@given(start=st.integers(0, 2**64 - 1), length=st.integers(0, 2**32 - 1))
def test_only_bytes_of_the_video_are_handed_out(start, length):
    wish = Wish(start=start, length=length)
    if 1 <= length <= frames_wire.MAX_READ and start + length <= ASKED.size:
        assert heard(ear(), wish) == wish
    else:
        with pytest.raises(UntruthError, match="wants"):
            heard(ear(), wish)


def test_who_reads_the_video_over_and_over_runs_out_of_time(monkeypatch):
    monkeypatch.setattr(frames_wire, "REREAD_ANYWAY", 0)
    listening = ear()
    for _ in range(frames_wire.REREAD):
        heard(listening, Wish(start=0, length=ASKED.size))
    with pytest.raises(TimeoutError):
        heard(listening, Wish(start=0, length=1))


@given(width=st.integers(0, 2**32 - 1), height=st.integers(0, 2**32 - 1))
def test_a_frame_has_pixels_and_no_more_than_the_canvas(width, height):
    frame = Shown(number=0, at_us=0, width=width, height=height)
    if 1 <= width * height <= 100:
        assert heard(ear(), frame) == frame
    else:
        with pytest.raises(UntruthError, match=f"{width} x {height}"):
            heard(ear(), frame)


@pytest.mark.parametrize(
    ("number", "at_us", "follows"), [(31, 1_000_000, True), (30, 1_000_001, False), (31, 999_999, False)]
)
def test_frames_come_in_order(number, at_us, follows):
    listening = ear()
    heard(listening, FRAME)
    later = Shown(number=number, at_us=at_us, width=1, height=1)
    if follows:
        assert heard(listening, later) == later
    else:
        with pytest.raises(UntruthError):
            heard(listening, later)


def test_a_frame_is_not_shown_in_two_years_time():
    with pytest.raises(UntruthError):
        heard(ear(), Shown(number=0, at_us=frames_wire.LONGEST_US + 1, width=1, height=1))


def test_no_more_frames_than_were_asked_for():
    listening = ear()
    for number in range(ASKED.most):
        heard(listening, Shown(number=number, at_us=0, width=1, height=1))
    with pytest.raises(UntruthError):
        heard(listening, Shown(number=9, at_us=0, width=1, height=1))


def test_every_code_but_success_has_one_sentence_with_a_remedy():
    assert set(frames_wire.SENTENCES) == set(Code) - {Code.DECODED, Code.NO_WALLS}
    names = {name for text in frames_wire.SENTENCES.values() for _, name, _, _ in string.Formatter().parse(text)}
    assert names - {None} <= {"width", "height", "max_pixels", "timeout_s", "max_content"}


def test_what_was_read_before_the_end_is_said():
    assert frames_wire.sentence(Code.CUT_OFF, 0).endswith("from where it came.")
    assert frames_wire.sentence(Code.CUT_OFF, 1).endswith("Of what came before, 1 frame was read.")
    assert frames_wire.sentence(Code.CUT_OFF, 7).endswith("Of what came before, 7 frames were read.")
