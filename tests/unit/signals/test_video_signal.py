import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.domain.item import Frame, FramePolicy, Frames, Item, Kind, Material, Picture
from abate.domain.vpdq import read_video_hash
from abate.signals.pdq_kernel import pdq
from abate.signals.video import Vpdq

VIDEO = Item(id="v1", kind=Kind.VIDEO)


def scene(seed):
    coarse = np.random.default_rng(seed).integers(0, 256, (16, 16), dtype=np.uint8)
    return np.kron(coarse, np.ones((6, 6), np.uint8))


def material(*pictures, policy=FramePolicy.SECOND, between_s=1.0):
    frames = [
        Frame(
            number=30 * n,
            at_s=n * between_s,
            picture=Picture(width=one.shape[1], height=one.shape[0], luma=one.tobytes()),
        )
        for n, one in enumerate(pictures)
    ]
    return Material(item=VIDEO, content=b"film", frames=Frames(policy=policy, decode=lambda: iter(frames)))


def test_a_video_is_the_pdq_of_its_frames_in_order():
    signal = Vpdq().compute(material(scene(1), scene(2)))
    first, second = pdq(scene(1)), pdq(scene(2))
    assert signal.value == f"0,{first[1]},{first[0]},0.000;30,{second[1]},{second[0]},1.000"
    assert (signal.type, signal.version, signal.quality) == ("vpdq", "1", 100)


def test_the_policy_is_written_into_the_hash():
    value = Vpdq().compute(material(scene(1), policy=FramePolicy.KEYFRAME)).value
    assert value.startswith("keyframe;0,")
    assert read_video_hash(value).policy is FramePolicy.KEYFRAME


def test_one_good_frame_among_black_ones_makes_a_video_worth_matching():
    black = np.full((96, 96), 16, np.uint8)
    assert Vpdq().compute(material(black, black)).quality == 0
    mixed = Vpdq().compute(material(black, scene(1), black))
    assert mixed.quality == 100
    assert [frame.is_usable for frame in read_video_hash(mixed.value).frames] == [False, True, False]


def test_times_are_kept_to_the_millisecond():
    value = Vpdq().compute(material(scene(1), scene(2), between_s=0.96763333)).value
    assert value.endswith(",0.968")
    assert Vpdq().parse(value) == value


def test_frames_are_hashed_while_they_come_and_none_is_kept():
    alive = 0

    class Luma(bytearray):
        def __init__(self, *given):
            nonlocal alive
            super().__init__(*given)
            alive += 1

        def __del__(self):
            nonlocal alive
            alive -= 1

    most = 0

    def decode():
        nonlocal most
        for n in range(20):
            most = max(most, alive)
            yield Frame(number=n, at_s=n, picture=Picture(width=96, height=96, luma=Luma(scene(n).tobytes())))

    signal = Vpdq().compute(Material(item=VIDEO, frames=Frames(policy=FramePolicy.SECOND, decode=decode)))
    assert len(read_video_hash(signal.value).frames) == 20
    assert most <= 2


def test_a_video_without_frames_has_no_signal():
    assert Vpdq().compute(material()) is None
    assert Vpdq().compute(Material(item=VIDEO, content=b"film")) is None


@pytest.mark.parametrize("luma", [b"", b"x" * 11])
def test_a_frame_that_is_not_as_large_as_it_says_is_a_fault_of_the_decoder(luma):
    broken = Frame(number=0, at_s=0.0, picture=Picture(width=4, height=3, luma=luma))
    given = Material(item=VIDEO, frames=Frames(policy=FramePolicy.SECOND, decode=lambda: iter([broken])))
    with pytest.raises(InputError, match="v1: the decoder gave"):
        Vpdq().compute(given)
