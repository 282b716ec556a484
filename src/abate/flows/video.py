"""What signal types see of a video: its frames, decoded while they are gone through."""

from collections.abc import Iterator

from abate.domain.errors import InputError
from abate.domain.item import Frame, FramePolicy, Frames
from abate.domain.signal import NotScanned
from abate.flows.kit import Decoder
from abate.settings import Settings


def frame_policy(settings: Settings) -> FramePolicy:
    """Return which frames are looked at.

    :raises InputError: when the setting names no policy
    """
    try:
        return FramePolicy(settings.video_frames)
    except ValueError as error:
        msg = f"setting video_frames wants {' or '.join(FramePolicy)}, not {settings.video_frames!r}"
        raise InputError(msg) from error


def frames_of(decoder: Decoder, content: bytes, policy: FramePolicy, problems: list[NotScanned]) -> Frames:
    """Return the frames of a video.

    :param problems: gets what went wrong once the frames were gone through: what comes before is read all the same
    """

    def decode() -> Iterator[Frame]:
        for said in decoder.frames(content, policy):
            if isinstance(said, Frame):
                yield said
            elif said not in problems:
                problems.append(said)

    return Frames(policy=policy, decode=decode)
