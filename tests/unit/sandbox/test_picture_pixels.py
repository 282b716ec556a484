import io
import struct

import numpy as np
import pytest
from PIL import Image

from abate.sandbox import pixels
from abate.sandbox.wire import Answer, Code

ROOM = 4096 * 64


def decoded(content, room=ROOM):
    canvas = memoryview(bytearray(room))
    answer = pixels.decode(memoryview(content), canvas)
    shape = (answer.height, answer.width) if answer.code is Code.DECODED else (0, 0)
    return answer, np.frombuffer(canvas, np.uint8)[: shape[0] * shape[1]].reshape(shape)


def reference(content):
    with Image.open(io.BytesIO(content)) as picture:
        return np.asarray(picture.convert("RGB").convert("L"))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_a_png_of_any_kind_gives_the_luma_of_its_rgb(scene, encoded, mode):
    content = encoded(scene.convert(mode), "PNG")
    answer, luma = decoded(content)
    assert answer == Answer(code=Code.DECODED, width=96, height=64)
    assert np.array_equal(luma, reference(content))


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 60}])
def test_a_webp_gives_the_luma_of_its_rgb(scene, encoded, options):
    content = encoded(scene, "WEBP", **options)
    assert np.array_equal(decoded(content)[1], reference(content))


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_of_a_moving_picture_the_first_frame_is_read(scene, encoded, kind):
    content = encoded(scene, kind, save_all=True, append_images=[Image.new("RGB", scene.size, "white")])
    assert np.array_equal(decoded(content)[1], reference(content))


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"subsampling": 0}, {"quality": 5}])
def test_a_jpeg_gives_its_own_y(scene, encoded, options):
    content = encoded(scene, "JPEG", **options)
    with Image.open(io.BytesIO(content)) as picture:
        picture.draft("YCbCr", picture.size)
        own_y = np.asarray(picture.convert("YCbCr"))[..., 0].astype(int)
    answer, luma = decoded(content)
    assert answer.code is Code.DECODED
    assert np.abs(luma - own_y).max() <= 1
    assert np.abs(luma - reference(content).astype(int)).mean() < 2


@pytest.mark.parametrize("options", [{"keep_rgb": True}, {}])
def test_a_jpeg_kept_as_rgb_or_gray_is_read_as_such(scene, encoded, options):
    content = encoded(scene if options else scene.convert("L"), "JPEG", **options)
    assert np.abs(decoded(content)[1].astype(int) - reference(content)).max() <= 1


def test_a_jpeg_of_inks_goes_through_its_colours(scene, encoded):
    content = encoded(scene.convert("CMYK"), "JPEG")
    assert np.array_equal(decoded(content)[1], reference(content))


def test_a_jpeg_with_rubbish_between_its_parts_is_read_as_others_read_it(jpeg):
    tables = jpeg.index(b"\xff\xdb")
    content = jpeg[:tables] + bytes(3) + jpeg[tables:]
    answer, luma = decoded(content)
    assert answer.code is Code.DECODED
    assert np.array_equal(luma, reference(content))


def test_a_picture_is_read_as_stored_not_as_its_exif_turns_it(scene, encoded):
    exif = Image.Exif()
    exif[0x0112] = 6
    answer, _ = decoded(encoded(scene, "JPEG", exif=exif.tobytes()))
    assert (answer.width, answer.height) == (96, 64)


def test_alpha_is_dropped_not_blended(scene, encoded):
    clear = scene.convert("RGBA")
    clear.putalpha(0)
    assert np.array_equal(decoded(encoded(clear, "PNG"))[1], np.asarray(scene.convert("L")))


def test_a_tall_picture_comes_out_whole_strip_by_strip(monkeypatch, scene, encoded):
    monkeypatch.setattr(pixels, "_STRIP_PIXELS", 700)
    content = encoded(scene, "PNG")
    assert np.array_equal(decoded(content)[1], reference(content))


def test_an_empty_file_is_called_empty():
    assert decoded(b"")[0].code is Code.EMPTY


@pytest.mark.parametrize(
    "content",
    [
        b"x",
        b"%PDF-1.7 and so on",
        b"II*\0" + bytes(60),
        b"RIFF\0\0\0\0WAVE",
        b"BM" + bytes(99),
        b"BMX tracks, a list of them",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40),
        b"\0\0\0\x18ftypisom\0\0\0\0isomavc1" + bytes(40),
        b"\xff\x0a" + bytes(40),
        b"\0\0\0\x0cJXL \r\n\x87\n",
        b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
)
def test_a_file_of_another_kind_is_called_unknown(content):
    assert decoded(content)[0].code is Code.UNKNOWN


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.9])
def test_a_picture_that_ends_early_is_called_cut_off(scene, encoded, kind, share):
    content = encoded(scene, kind)
    assert decoded(content[: max(32, int(len(content) * share))])[0].code is Code.CUT_OFF


@pytest.mark.parametrize("missing", [1, 2])
@pytest.mark.parametrize("options", [{}, {"progressive": True}])
def test_a_jpeg_without_its_last_two_bytes_is_read_whole_as_viewers_show_it(scene, encoded, options, missing):
    """Otherwise two bytes less would be enough to pass unmatched."""
    content = encoded(scene, "JPEG", **options)
    answer, luma = decoded(content[:-missing])
    assert answer.code is Code.DECODED
    assert np.array_equal(luma, decoded(content)[1])


def test_bytes_after_a_jpegs_end_change_nothing(jpeg):
    assert np.array_equal(decoded(jpeg + b"trailer" * 9)[1], decoded(jpeg)[1])


@pytest.mark.parametrize("options", [{}, {"subsampling": "4:4:4"}, {"quality": 100}])
def test_an_avif_gives_the_luma_of_its_rgb(scene, encoded, options):
    content = encoded(scene, "AVIF", speed=9, max_threads=1, **options)
    assert np.array_equal(decoded(content)[1], reference(content))


def test_an_avif_is_known_by_a_brand_that_is_not_its_first(scene, encoded):
    content = bytearray(encoded(scene, "AVIF", speed=9, max_threads=1))
    assert content[4:12] == b"ftypavif"
    content[8:12] = b"mif1"
    assert decoded(bytes(content))[0].code is Code.DECODED


@pytest.mark.parametrize(("length", "code"), [(0, Code.DAMAGED), (1, Code.DAMAGED), (10**6, Code.CUT_OFF)])
def test_an_avif_whose_last_box_lies_about_its_length_is_told_from_one_that_ends_early(scene, encoded, length, code):
    content = bytearray(encoded(scene, "AVIF", speed=9, max_threads=1))
    content[content.index(b"mdat") - 4 : content.index(b"mdat")] = struct.pack(">I", length)
    content[content.index(b"av01") : content.index(b"av01") + 4] = b"none"
    assert decoded(bytes(content))[0].code is code


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA"])
def test_a_bmp_of_any_kind_gives_the_luma_of_its_rgb(scene, encoded, mode):
    content = encoded(scene.convert(mode), "BMP")
    assert np.array_equal(decoded(content)[1], reference(content))


def test_sixteen_bits_of_grey_give_their_high_byte(encoded):
    """Pillow alone would cut them down to 255: a white field, which resembles every other."""
    high = np.add.outer(np.arange(64), np.arange(96)).astype(np.uint16)
    content = encoded(Image.fromarray(high * 256 + 77), "PNG")
    assert np.array_equal(decoded(content)[1], high)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_overwritten_inside_is_called_damaged(scene, encoded, kind):
    content = encoded(scene, kind)
    assert decoded(content[:20] + bytes(len(content) - 60) + content[-40:])[0].code is Code.DAMAGED


def test_a_gif_without_a_frame_is_called_damaged():
    assert decoded(b"GIF89a" + struct.pack("<HHBBB", 5, 5, 0, 0, 0) + b";")[0].code is Code.DAMAGED


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP"])
def test_more_pixels_than_allowed_are_refused_by_the_header(scene, encoded, kind):
    answer, _ = decoded(encoded(scene, kind)[:-20], room=96 * 64 - 1)
    assert answer == Answer(code=Code.TOO_MANY_PIXELS, width=96, height=64)


def test_exactly_as_many_pixels_as_allowed_are_read(jpeg):
    assert decoded(jpeg, room=96 * 64)[0].code is Code.DECODED


def test_a_48_kb_picture_of_400_megapixels_is_refused_by_its_header(png_bomb):
    assert len(png_bomb) < 50_000
    answer, _ = decoded(png_bomb)
    assert answer == Answer(code=Code.TOO_MANY_PIXELS, width=20_000, height=20_000)


def test_a_gif_whose_frame_reaches_beyond_its_announced_size_is_still_measured(scene, encoded):
    content = bytearray(encoded(scene, "GIF"))
    content[6:10] = struct.pack("<HH", 1, 1)
    answer, _ = decoded(bytes(content), room=100)
    assert answer.code is Code.TOO_MANY_PIXELS


def test_a_picture_that_announces_no_pixels_gives_none(jpeg, scene, encoded):
    flat = bytearray(encoded(scene, "PNG"))
    flat[16:20] = bytes(4)
    assert decoded(bytes(flat))[0].code is not Code.DECODED


@pytest.mark.parametrize(
    ("chunk", "size"),
    [
        (b"VP8X" + bytes(8) + (999).to_bytes(3, "little") + (499).to_bytes(3, "little"), (1000, 500)),
        (b"VP8L" + bytes(4) + b"\x2f" + struct.pack("<I", 999 | 499 << 14) + bytes(5), (1000, 500)),
        (b"VP8 " + bytes(10) + struct.pack("<HH", 1000, 500), (1000, 500)),
    ],
)
def test_a_webp_announces_its_size_in_three_ways(chunk, size):
    assert pixels.webp_size(memoryview(b"RIFF\0\0\0\0WEBP" + chunk)) == size


@pytest.mark.parametrize("options", [{"lossless": True}, {"quality": 50}, {"save_all": True}])
def test_the_announced_size_of_real_webp_files_is_theirs(scene, encoded, options):
    assert pixels.webp_size(memoryview(encoded(scene, "WEBP", **options))) == scene.size


def test_a_webp_of_an_unknown_chunk_is_called_damaged():
    answer, _ = decoded(b"RIFF" + struct.pack("<I", 30) + b"WEBPJUNK" + bytes(40))
    assert answer.code is Code.DAMAGED


def test_a_picture_for_which_memory_runs_out_says_so(monkeypatch, scene, encoded):
    def exhausted(*_, **__):
        raise MemoryError

    monkeypatch.setattr(pixels, "_luma", exhausted)
    assert decoded(encoded(scene, "PNG"))[0].code is Code.TOO_MUCH_MEMORY


def test_every_codec_is_warmed_and_a_broken_one_is_found_out(monkeypatch):
    assert pixels.warm()
    monkeypatch.setattr(pixels, "decode", lambda *_: Answer(code=Code.DAMAGED))
    assert not pixels.warm()
