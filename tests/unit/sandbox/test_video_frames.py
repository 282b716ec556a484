"""Which frames come out of a video, and what they look like; without walls."""

import io
import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

av = pytest.importorskip("av", reason="pip install '.[video]'")

import films  # noqa: E402 - after the skip
from abate.domain.item import FramePolicy  # noqa: E402
from abate.sandbox import frames  # noqa: E402
from abate.sandbox.frames_wire import Asked  # noqa: E402
from abate.sandbox.wire import Code  # noqa: E402
from abate.signals.pdq_kernel import pdq  # noqa: E402

DATA = Path(__file__).resolve().parents[2] / "data"
VECTORS = json.loads((DATA / "vpdq_vectors.json").read_text())["videos"]
ROOM = 1 << 20


class Seen:
    """A video as it came out."""

    def __init__(self, content, policy=FramePolicy.SECOND, *, most=1000, room=ROOM, source=None):
        self.shown, self.pictures = [], []
        self.canvas = memoryview(bytearray(room))
        asked = Asked(size=len(content), policy=policy, most=most)
        self.answer = frames.decode(source or io.BytesIO(content), self.canvas, asked, self._show)

    def _show(self, shown):
        self.shown.append(shown)
        luma = np.frombuffer(self.canvas, np.uint8)[: shown.width * shown.height]
        self.pictures.append(luma.reshape(shown.height, shown.width).copy())

    @property
    def code(self):
        return self.answer.code

    @property
    def numbers(self):
        return [one.number for one in self.shown]

    @property
    def seconds(self):
        return [one.at_us / 1e6 for one in self.shown]

    @property
    def hashes(self):
        return [pdq(picture) for picture in self.pictures]


def apart(one, other):
    return (int(one, 16) ^ int(other, 16)).bit_count()


def luma_of(picture):
    return np.rint(picture.astype(float) @ [0.299, 0.587, 0.114])


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_frames_and_hashes_are_those_of_the_reference(name):
    """Its numbers, qualities and times, and its hashes within 2 bits; 29.97 a second is every 29th, as it cuts."""
    seen = Seen((DATA / "videos" / name).read_bytes())
    assert seen.code is Code.DECODED
    assert seen.numbers == [number for number, *_ in VECTORS[name]]
    assert seen.seconds == pytest.approx([at for *_, at in VECTORS[name]], abs=0.001)
    assert [quality for _, quality in seen.hashes] == [quality for _, quality, *_ in VECTORS[name]]
    assert max(apart(ours, theirs[2]) for (ours, _), theirs in zip(seen.hashes, VECTORS[name], strict=True)) <= 2


@pytest.mark.parametrize("name", sorted(VECTORS))
def test_the_vectors_are_told_apart(name):
    """Or else the test above could hold for any frame."""
    hashes = [code for _, _, code, _ in VECTORS[name]]
    assert min(apart(one, other) for n, one in enumerate(hashes) for other in hashes[:n]) > 31


@pytest.mark.parametrize("rate", [1, Fraction(1, 2), Fraction(3, 2), 10, Fraction(30000, 1001), 60])
def test_one_frame_a_second_is_counted_as_the_reference_counts(rate):
    content = films.encoded(films.shots(1, 4, fps=rate), fps=rate, size=(32, 32), crf="40")
    step = max(1, int(rate))
    assert Seen(content).numbers == list(range(0, int(4 * rate), step))


@pytest.mark.parametrize(
    ("codec", "kind", "pixels"),
    [
        ("libx264", "mp4", "yuv420p"),
        ("libx264", "mp4", "yuvj420p"),
        ("libx264", "mp4", "yuv420p10le"),
        ("libx264", "mp4", "yuv444p"),
        ("libx264", "mp4", "gray"),
        ("libx264", "mp4", "gray10le"),
        ("libx264", "mp4", "nv12"),
        ("libx264rgb", "mp4", "rgb24"),
        ("ffv1", "matroska", "gray16le"),
        ("ffv1", "matroska", "yuv422p12le"),
        ("ffv1", "matroska", "yuva420p"),
        ("libvpx-vp9", "webm", "gbrp"),
        ("rawvideo", "avi", "yuyv422"),
        ("rawvideo", "avi", "bgr24"),
        ("rawvideo", "matroska", "pal8"),
        ("mjpeg", "mov", "yuvj444p"),
        ("libvpx-vp9", "webm", "yuv420p"),
        ("mpeg2video", "mpegts", "yuv420p"),
    ],
)
def test_every_way_of_writing_pixels_gives_the_luma(codec, kind, pixels):
    """Quietly coloured, so that what the way cannot hold does not count against it: 8 grey levels on average."""
    quiet = [(picture // 2 + 64).astype(np.uint8) for picture in films.shots(2, 1, fps=2)]
    options = {"crf": "10"} if codec.startswith("libx264") else {"q": "2"} if codec == "mjpeg" else {}
    if pixels == "pal8":
        content = films.encoded(quiet, "gif", "gif", fps=2, pixels="rgb8")
    else:
        content = films.encoded(quiet, codec, kind, fps=2, pixels=pixels, **options)
    seen = Seen(content)
    assert seen.code is Code.DECODED
    off = np.abs(seen.pictures[0].astype(float) - luma_of(quiet[0]))
    assert off.mean() < (30 if pixels == "pal8" else 4), off.mean()


def test_black_and_white_span_the_whole_range_whatever_range_is_stored():
    ends = [np.full((64, 64, 3), grey, dtype=np.uint8) for grey in (0, 255)]
    for pixels in ("yuv420p", "yuvj420p", "yuv420p10le", "gray"):
        seen = Seen(films.encoded(ends, fps=1, pixels=pixels, crf="1"))
        assert [int(picture.mean()) for picture in seen.pictures] == [0, 255], pixels


def test_a_frame_wider_than_a_strip_of_rgb_is_turned_to_luma_in_strips(monkeypatch):
    content = films.encoded(films.shots(2, 1, fps=1), "ffv1", "matroska", fps=1, pixels="bgr0")
    whole = Seen(content).pictures[0]
    monkeypatch.setattr(frames, "_STRIP_PIXELS", 7 * films.WIDTH)
    assert (Seen(content).pictures[0] == whole).all()


def test_keyframes_are_decoded_alone_and_at_most_one_a_second():
    content = films.encoded(films.shots(1, 6), g="25", keyint_min="25", sc_threshold="0")
    seen = Seen(content, FramePolicy.KEYFRAME)
    assert (seen.numbers, seen.seconds) == ([0, 25, 50], [0.0, 2.5, 5.0])
    every = Seen(content)
    assert apart(seen.hashes[2][0], every.hashes[5][0]) == 0, "frame 50 is frame 50"
    intra = films.encoded(films.shots(1, 3), "mjpeg", "mov", pixels="yuvj420p")
    assert Seen(intra, FramePolicy.KEYFRAME).seconds == [0.0, 1.0, 2.0]


@pytest.mark.parametrize("rate", [1, 3, 10, 25, Fraction(30000, 1001)])
def test_four_a_second_hold_those_of_one_a_second_and_leave_no_gap(rate):
    content = films.encoded(films.shots(1, 4, fps=rate), fps=rate, size=(32, 32), crf="40")
    one, four = Seen(content), Seen(content, FramePolicy.QUARTER)
    assert set(one.numbers) <= set(four.numbers)
    assert np.diff(four.seconds).max() <= max(0.25, 1 / rate) + 1 / rate
    assert len(four.numbers) <= 6 * 4


def test_times_are_those_a_player_shows_where_the_rate_varies():
    times = [n * 100 if n < 20 else 2000 + (n - 20) * 400 for n in range(40)]
    seen = Seen(films.encoded(films.shots(1, 4), times=times))
    assert seen.code is Code.DECODED
    assert seen.seconds == pytest.approx([times[number] / 1000 for number in seen.numbers], abs=0.02)
    assert np.diff(seen.seconds).max() > 1, "the mean rate is another than that of the slow part"


def test_a_claimed_rate_does_not_make_the_counter_pass_over_what_is_shown():
    """A hostile file may show a thousand frames in its first blink, so that the mean rate means nothing afterwards."""
    times = [*range(0, 600, 1), *range(1000, 21_000, 500)]
    burst = films.flat(60)[:1] * 600 + films.shots(1, 20, fps=2)
    seen = Seen(films.encoded(burst, times=times, size=(32, 32)))
    later = [at for at in seen.seconds if at >= 1]
    assert max(np.diff([1.0, *later, 20.5])) <= 2.5


def test_a_turned_video_is_hashed_as_it_is_stored():
    content = films.encoded(films.shots(1, 1, fps=2), fps=2)
    matrix = content.index(b"tkhd") + 4 + 4 + 20 + 8 + 8
    quarter = (0).to_bytes(4, "big") + (1 << 16).to_bytes(4, "big") + bytes(4)
    turned = content[:matrix] + quarter + (0xFFFF0000).to_bytes(4, "big") + bytes(8) + content[matrix + 24 :]
    with av.open(io.BytesIO(turned)) as container:
        assert next(container.decode(video=0)).rotation in {90, -90, 270}
    assert Seen(turned).hashes == Seen(content).hashes


@pytest.mark.parametrize("kind", ["mp4", "matroska", "avi", "flv"])
def test_of_a_video_that_is_cut_off_the_frames_before_the_cut_are_read(kind):
    codec = {"avi": "mpeg4", "flv": "flv"}.get(kind, "libx264")
    content = films.encoded(films.shots(1, 8), codec, kind, g="10")
    whole, half = Seen(content), Seen(content[: len(content) * 6 // 10])
    assert (whole.code, len(whole.shown)) == (Code.DECODED, 8)
    assert half.code is Code.CUT_OFF
    if kind != "mp4":  # its index stands at its end
        assert 1 <= len(half.shown) < 8
        assert half.hashes[0] == whole.hashes[0]


def test_an_mp4_with_its_index_in_front_is_read_up_to_the_cut(tmp_path):
    with av.open(io.BytesIO(films.encoded(films.shots(1, 8), g="10"))) as source:
        path = tmp_path / "copy.mp4"
        with av.open(str(path), "w", options={"movflags": "faststart"}) as copy:
            stream = copy.add_stream_from_template(source.streams.video[0])
            for packet in source.demux(video=0):
                if packet.dts is not None:
                    packet.stream = stream
                    copy.mux(packet)
    content = path.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    half = Seen(content[: len(content) * 6 // 10])
    assert half.code is Code.CUT_OFF
    assert 3 <= len(half.shown) <= 5


def test_damage_in_the_middle_costs_what_it_hits():
    content = bytearray(films.encoded(films.shots(1, 8), "mpeg4", "avi", g="10"))
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(3000)
    seen = Seen(bytes(content))
    assert seen.code in {Code.DAMAGED, Code.CUT_OFF}, "an AVI only tells that frames are missing"
    assert len(seen.shown) >= 6


def _sound(kind="mp4"):
    sink = io.BytesIO()
    with av.open(sink, "w", format=kind) as container:
        stream = container.add_stream("aac", rate=8000)
        for start in range(0, 16_000, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
            frame.rate, frame.pts = 8000, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return sink.getvalue()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", Code.UNKNOWN),
        (b"a letter, not a film", Code.UNKNOWN),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), Code.UNKNOWN),
        (b"\x1aE\xdf\xa3" + bytes(100), Code.DAMAGED),
        (b"RIFF\xff\0\0\0AVI " + bytes(100), Code.DAMAGED),
        (b"\0\0\0\x20ftypisom" + bytes(20), Code.DAMAGED),
        (b"\0\0\0\x01mdat\0\0\0\0\0\0\xff\xff" + bytes(20), Code.CUT_OFF),
        (b"#EXTM3U\n#EXTINF:9,\nfile:///etc/hostname\n", Code.UNKNOWN),
    ],
)
def test_what_is_no_video_says_so(content, code):
    assert Seen(content).code is code


def test_sound_alone_is_no_video():
    assert Seen(_sound()).code is Code.NO_VIDEO


def test_a_video_without_a_frame_says_so():
    content = films.encoded(films.shots(1, 1))
    cut = content.index(b"mdat")
    assert Seen(content[: cut + 4] + bytes(len(content) - cut - 4)).code in {Code.NO_FRAMES, Code.DAMAGED}


def test_a_codec_that_is_not_on_the_list_is_not_opened():
    assert Seen(films.encoded(films.shots(1, 1), "huffyuv", "avi", pixels="yuv422p")).code is Code.NO_CODEC


def test_frames_of_more_pixels_than_the_canvas_are_refused_by_their_size():
    content = films.encoded(films.shots(1, 1, fps=1), fps=1)
    seen = Seen(content, room=films.WIDTH * films.HEIGHT - 1)
    assert (seen.answer.code, seen.answer.width, seen.answer.height) == (Code.TOO_MANY_PIXELS, 160, 120)
    assert Seen(content, room=films.WIDTH * films.HEIGHT).code is Code.DECODED


def test_a_video_of_more_frames_than_are_asked_for_ends_there():
    content = films.encoded(films.shots(1, 6, fps=2), fps=2)
    assert (Seen(content, most=6).code, Seen(content, most=5).code) == (Code.DECODED, Code.TOO_MANY_FRAMES)
    assert len(Seen(content, most=5).shown) == 5


def test_the_other_files_that_a_video_points_to_are_not_opened():
    with pytest.raises(FileNotFoundError):
        frames._nothing("file:///etc/hostname", 1, {})


class Failing(io.BytesIO):
    """A file that stops giving."""

    def __init__(self, content, error, after):
        super().__init__(content)
        self._error, self._after = error, after

    def read(self, size=-1):
        self._after -= 1
        if self._after < 0:
            raise self._error
        return super().read(size)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (MemoryError(), Code.TOO_MUCH_MEMORY),
        (ZeroDivisionError(), Code.DAMAGED),
        (av.error.InvalidDataError(1, "spoilt"), Code.DAMAGED),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 2, 8])
def test_whatever_the_libraries_raise_becomes_an_answer(error, code, after):
    """At the start it may be that nobody can say what the file is; later, that it ends there."""
    content = films.encoded(films.shots(1, 60), "mjpeg", "mpegts" if after < 3 else "matroska", pixels="yuvj420p")
    vaguer = Code.UNKNOWN if after < 3 else Code.CUT_OFF
    assert Seen(content, source=Failing(content, error, after)).code in {code, vaguer}


def test_a_codec_that_runs_out_of_memory_is_told_from_one_that_meets_damage():
    class Packet:
        size, is_corrupt, pts, time_base, is_keyframe = 9, False, None, None, True

        def decode(self):
            raise MemoryError

    class Container:
        def demux(self, _):
            yield Packet()

    with av.open(io.BytesIO(films.encoded(films.shots(1, 1)))) as container:
        film = frames._Film(container, memoryview(bytearray(ROOM)), Asked(size=1, policy=FramePolicy.SECOND), print)
        film._container = Container()
        with pytest.raises(MemoryError):
            film.play()


def test_a_frame_that_grows_in_the_middle_of_a_video_is_refused():
    small, large = (
        films.encoded(films.shots(1, 3), "mpeg2video", "mpegts", size=size) for size in ((64, 48), (480, 360))
    )
    assert len(Seen(small + large).shown) >= 4
    seen = Seen(small + large, room=64 * 48)
    assert (seen.code, seen.answer.width) == (Code.TOO_MANY_PIXELS, 480)
    assert {(one.width, one.height) for one in seen.shown} == {(64, 48)}


def test_the_samples_are_the_common_codecs_and_all_come_out():
    assert frames.warm()
    names = set()
    for sample in frames._samples():
        with av.open(io.BytesIO(sample)) as container:
            names.add(container.streams.video[0].codec_context.name)
    assert names >= {"h264", "hevc", "vp9", "vp8", "libdav1d", "mpeg4", "mpeg2video"}


def test_a_sample_that_does_not_come_out_is_found_out(monkeypatch):
    monkeypatch.setattr(frames, "_samples", lambda: (b"no video at all, only a letter", *[b"x" * 200]))
    assert not frames.warm()
