"""Videos through the door: frames come one by one, and whatever a decoder does costs one video."""

import io
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

av = pytest.importorskip("av", reason="pip install '.[video]'")

import films  # noqa: E402 - after the skip
from abate.domain.item import Frame, FramePolicy, Picture  # noqa: E402
from abate.domain.signal import NotScanned  # noqa: E402
from abate.sandbox import frames_child, frames_wire, wire, worker  # noqa: E402
from abate.sandbox import pool as pool_module  # noqa: E402
from abate.sandbox.frames_wire import Asked, Shown, Wish  # noqa: E402
from abate.sandbox.pool import DecoderPool  # noqa: E402
from abate.sandbox.wire import Answer, Code, Orders  # noqa: E402

ROOM = 1 << 20
SECOND = FramePolicy.SECOND
LIAR = """
import os, struct, sys, time
os.write(1, struct.pack("<4sHHBxxx", b"abH1", 7, 0, 1))
def asked():
    head = b""
    while len(head) < 28: head += os.read(0, 28 - len(head)) or sys.exit()
    return head[4:12]
def event(nonce, kind, code=0, width=8, height=8, number=0, at=0):
    os.write(1, struct.pack("<4s8sBBxxIIIQ", b"abVE", nonce, kind, code, width, height, number, at))
nonce = asked()
"""


@pytest.fixture(scope="module")
def film():
    return films.encoded(films.shots(1, 6))


@pytest.fixture
def pool():
    with DecoderPool(workers=1, max_pixels=ROOM, required=True) as made:
        yield made


@pytest.fixture
def pool_of():
    """Return a pool whose decoders of videos are another program; it is closed afterwards."""
    made = []

    def build(program, **options):
        one = DecoderPool(workers=1, max_pixels=ROOM, required=True, **options)
        inner = one._of_videos()
        inner._terms = replace(inner._terms, command=(sys.executable, "-I", "-c", program))
        made.append(one)
        return one

    yield build
    for one in made:
        one.close()


def sentence(code, frames=0, **values):
    usual = {"max_pixels": ROOM, "timeout_s": 300}
    return frames_wire.sentence(code, frames, **(usual | values))


def pid_of(pool):
    (only,) = pool._of_videos()._idle
    return only._process.pid


def test_frames_come_one_by_one_with_number_time_and_luma(pool, film):
    found = list(pool.frames(film, SECOND))
    assert [(one.number, one.at_s) for one in found] == [(10 * n, float(n)) for n in range(6)]
    assert all((one.picture.width, one.picture.height) == (films.WIDTH, films.HEIGHT) for one in found)
    assert len({bytes(one.picture.luma) for one in found}) == 6


def test_a_decoder_serves_one_video_after_the_other_and_pictures_have_another(pool, film, jpeg):
    list(pool.frames(film, SECOND))
    first = pid_of(pool)
    assert isinstance(pool.decode(jpeg), Picture)
    assert len(list(pool.frames(film, FramePolicy.KEYFRAME))) == 1
    assert pid_of(pool) == first
    assert pool._idle[0]._process.pid != first


def test_the_walls_stand_around_it(pool):
    assert pool._of_videos().walls().hold


def test_a_video_is_never_held_whole_by_the_decoder(pool):
    """It asks for what it wants to see, little at a time."""
    long = films.encoded(films.shots(1, 40), "mjpeg", "mov", pixels="yuvj420p")
    served = []
    inner = pool._of_videos()
    decoder = inner._take()
    hear = frames_wire.Ear.hear

    def counted(self, event):
        said = hear(self, event)
        if isinstance(said, Wish):
            served.append(said.length)
        return said

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(frames_wire.Ear, "hear", counted)
        list(decoder.frames(long, Asked(size=len(long), policy=SECOND)))
    inner._give_back(decoder)
    assert sum(served) < 2 * len(long)
    assert max(served) <= 1 << 16 < len(long) // 4


def test_who_stops_in_the_middle_frees_the_decoder(pool, film):
    some = pool.frames(film, SECOND)
    assert isinstance(next(some), Frame)
    some.close()
    assert not pool._of_videos()._idle, "what it says next would be about the old video"
    assert len(list(pool.frames(film, SECOND))) == 6


def test_what_is_no_video_has_one_sentence_and_the_next_one_is_decoded(pool, film):
    (letter,) = pool.frames(b"a letter", SECOND)
    assert letter == NotScanned(step="decode", reason=sentence(Code.UNKNOWN))
    assert len(list(pool.frames(film, SECOND))) == 6


def test_a_cut_video_gives_its_frames_and_says_how_many(pool):
    content = films.encoded(films.shots(1, 8), "libx264", "matroska", g="10")
    *some, last = pool.frames(content[: len(content) // 2], SECOND)
    assert all(isinstance(one, Frame) for one in some)
    assert last.reason == sentence(Code.CUT_OFF, len(some))
    assert f"{len(some)} frames were read" in last.reason


def test_a_bomb_of_pixels_says_how_large_it_is():
    wide = films.encoded([films.window(1, 0, 640, 480)] * 2, fps=1, crf="50")
    with DecoderPool(workers=1, max_pixels=640 * 480 - 1, required=True) as small:
        (told,) = small.frames(wide, SECOND)
    assert told.reason == sentence(Code.TOO_MANY_PIXELS, width=640, height=480, max_pixels=640 * 480 - 1)


def test_a_video_of_too_many_frames_gives_the_first(pool, film):
    *some, last = pool.frames(film, SECOND, most=3)
    assert (len(some), last.reason) == (3, sentence(Code.TOO_MANY_FRAMES, 3))


def test_without_the_library_a_video_says_how_to_get_it_and_pictures_are_decoded(pool, film, jpeg, monkeypatch):
    monkeypatch.setattr(pool_module, "can_decode_videos", lambda: False)
    (told,) = pool.frames(film, SECOND)
    assert "pip install 'abate[video]'" in told.reason
    assert isinstance(pool.decode(jpeg), Picture)
    assert pool._videos is None


def test_the_library_is_found_where_it_is(monkeypatch):
    assert worker.can_decode_videos()
    monkeypatch.setattr(worker, "find_spec", lambda _: None)
    assert not worker.can_decode_videos()


def test_a_decoder_that_hangs_costs_what_comes_after(film):
    with DecoderPool(workers=1, max_pixels=ROOM, required=True, video_timeout_s=2) as pool:
        some = pool.frames(film, SECOND)
        assert isinstance(next(some), Frame)
        (busy,) = [one for one in _children() if b"frames_child" in one[1]]
        os.kill(busy[0], signal.SIGSTOP)
        rest = list(some)
        assert rest[-1].reason == sentence(Code.TIMED_OUT, len(rest), timeout_s=2)
        assert len(list(pool.frames(film, SECOND))) == 6


def _children():
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid():
                    yield int(place.name), (place / "cmdline").read_bytes()
            except OSError:
                continue


def test_the_time_a_caller_takes_is_not_the_decoders(pool, film, monkeypatch):
    later = [0]
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: time.monotonic() + later[0]))
    found = []
    for one in pool.frames(film, SECOND):
        found.append(one)
        later[0] += 1000
    assert [one.number for one in found] == [0, 10, 20, 30, 40, 50]
    assert not pool._of_videos()._idle, "but it has been at work for long"


def test_a_decoder_killed_in_the_middle_costs_what_comes_after(pool, film):
    some = pool.frames(film, SECOND)
    next(some)
    (busy,) = [one for one in _children() if b"frames_child" in one[1]]
    os.kill(busy[0], signal.SIGKILL)
    rest = list(some)
    assert rest[-1].reason == sentence(Code.CRASHED, len(rest))


@pytest.mark.parametrize(
    ("does", "code", "frames"),
    [
        ("event(nonce, 2); os.read(0, 1); event(nonce, 2)", Code.LIED, 1),
        ("event(nonce, 2, width=1 << 20, height=2)", Code.LIED, 0),
        ("event(nonce, 1, number=9, at=1 << 40)", Code.LIED, 0),
        ("event(nonce, 3)", Code.LIED, 0),
        ("event(b'x' * 8, 3, code=8)", Code.LIED, 0),
        ("event(nonce, 3, code=39)", Code.LIED, 0),
        ("event(nonce, 2); os.read(0, 1); os.kill(os.getpid(), 31)", Code.FORBIDDEN_CALL, 1),
        ("event(nonce, 2); os.read(0, 1); os.abort()", Code.CRASHED, 1),
        ("time.sleep(60)", Code.TIMED_OUT, 0),
        ("[event(nonce, 1, number=1) or os.read(0, 1) for _ in iter(int, 1)]", Code.TIMED_OUT, 0),
    ],
)
def test_a_decoder_that_lies_dies_hangs_or_asks_for_ever_costs_one_video(
    pool_of, film, monkeypatch, does, code, frames
):
    monkeypatch.setattr(frames_wire, "REREAD_ANYWAY", 0)
    monkeypatch.setattr(frames_wire, "REREAD", 0 if "iter" in does else frames_wire.REREAD)
    pool = pool_of(LIAR + does, video_timeout_s=2)
    *some, last = pool.frames(film, SECOND)
    assert (len(some), last.reason) == (frames, sentence(code, frames, timeout_s=2))
    assert not pool._of_videos()._idle


def test_a_decoder_that_does_not_start_is_said_and_rested_from(pool_of, film):
    pool = pool_of("import sys; sys.exit(1)")
    for _ in range(4):
        (told,) = pool.frames(film, SECOND)
        assert told.reason == sentence(Code.NO_START)


def test_without_walls_no_video_is_opened(pool_of, film):
    pool = pool_of('import os, struct; os.write(1, struct.pack("<4sHHBxxx", b"abH1", 0, 38, 1)); os.read(0, 1)')
    (told,) = pool.frames(film, SECOND)
    assert "neither Landlock" in told.reason


def test_a_pool_that_is_closed_answers_and_decodes_nothing(film):
    pool = DecoderPool(workers=1, max_pixels=ROOM, required=True)
    list(pool.frames(film, SECOND))
    alive = pool._of_videos()._idle[0]._process
    pool.close()
    assert alive.poll() is not None
    (told,) = pool.frames(film, SECOND)
    assert told.reason == sentence(Code.CLOSED)
    fresh = DecoderPool(workers=1, max_pixels=ROOM, required=True)
    fresh.close()
    (told,) = fresh.frames(film, SECOND)
    assert told.reason == sentence(Code.CLOSED)


class Parent(io.BytesIO):
    """What a parent sends: the request, then whatever is asked for."""

    def __init__(self, content, policy=SECOND, *, hangs_up_after=10**6):
        asked = Asked(size=len(content), policy=policy)
        super().__init__(frames_wire.request(b"abcdefgh", asked))
        self.content, self.left, self.heard = content, hangs_up_after, []

    def write(self, event):
        if len(event) != frames_wire.EVENT.size:  # the hello
            self.heard.append(wire.read_hello(event))
            return len(event)
        ear = frames_wire.Ear(nonce=b"abcdefgh", asked=Asked(size=len(self.content), policy=SECOND), max_pixels=ROOM)
        ear.frames = 1
        said = ear.hear(bytes(event))
        self.heard.append(said)
        self.left -= 1
        if self.left < 0:
            return len(event)
        at = self.tell()
        if isinstance(said, Wish):
            super().write(self.content[said.start : said.start + said.length])
        elif isinstance(said, Shown):
            super().write(frames_wire.TAKEN)
        self.seek(at)
        return len(event)


def served(parent, kernel):
    orders = Orders(canvas_fd=0, max_pixels=ROOM, cpu_s=9, required=True)
    canvas = memoryview(bytearray(ROOM))
    return frames_child.child.run(kernel, orders, canvas, parent, parent, frames_child.Videos())


def test_the_child_asks_shows_and_ends(recording_kernel, film):
    parent = Parent(film)
    assert served(parent, recording_kernel()) == 0
    assert parent.heard[0].hold
    assert [one.number for one in parent.heard if isinstance(one, Shown)] == [0, 10, 20, 30, 40, 50]
    assert parent.heard[-1] == Answer(code=Code.DECODED)
    wishes = [one for one in parent.heard if isinstance(one, Wish)]
    assert sum(one.length for one in wishes) >= len(film) // 2


@pytest.mark.parametrize("after", [0, 1, 2, 3, 5, 8])
def test_the_child_ends_when_the_parent_hangs_up(recording_kernel, film, after):
    parent = Parent(film, hangs_up_after=after)
    assert served(parent, recording_kernel()) == 0


def test_the_file_that_the_child_sees_keeps_to_its_ends():
    asking = frames_child.Asking(io.BytesIO(), io.BytesIO(), b"abcdefgh", 100)
    assert [asking.seek(5), asking.seek(-9, 1), asking.seek(-1, 2), asking.seek(5, 2), asking.tell()] == [
        5,
        0,
        99,
        100,
        100,
    ]
    assert asking.read(10) == b""
