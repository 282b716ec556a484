"""Films made here: a window that wanders over an invented landscape. Deterministic frames; ``av`` encodes them."""

import io
from fractions import Fraction
from functools import cache

import numpy as np
from PIL import Image

WIDTH, HEIGHT = 160, 120


@cache
def landscape(seed, width, height):
    """Return ``(height, width, 3)``: shapes of every size, as a photograph has; a codec keeps those that PDQ reads."""
    random = np.random.default_rng(seed)
    total = np.zeros((height, width, 3))
    for cell, weight in ((80, 1.0), (40, 0.9), (20, 0.8), (10, 0.7), (5, 0.5)):
        coarse = random.integers(0, 256, (height // cell + 2, width // cell + 2, 3), dtype=np.uint8)
        total += weight * np.asarray(Image.fromarray(coarse).resize((width, height), Image.Resampling.BICUBIC))
    low, high = total.min(), total.max()
    return ((total - low) * (255 / (high - low))).astype(np.uint8)


def window(seed, at_s, width=WIDTH, height=HEIGHT):
    """Return what the camera sees ``at_s`` seconds into the film, ``(height, width, 3)``."""
    wide = landscape(seed, 3 * width, 2 * height)
    left = int((0.5 + 0.5 * np.sin(at_s * 0.5)) * (2 * width - 1))
    top = int((0.5 + 0.5 * np.cos(at_s * 0.31)) * (height - 1))
    return np.ascontiguousarray(wide[top : top + height, left : left + width])


def shots(seed, seconds, *, fps=10, start=0.0):
    """Return the frames of a film, or of the part of it that begins at ``start``."""
    return [window(seed, start + float(n / Fraction(fps))) for n in range(int(seconds * fps))]


def flat(seconds, *, fps=10, grey=16):
    """Return frames on which there is nothing."""
    return [np.full((HEIGHT, WIDTH, 3), grey, dtype=np.uint8)] * int(seconds * fps)


def encoded(frames, codec="libx264", kind="mp4", *, fps=10, size=None, pixels="yuv420p", times=None, **options):
    """Return the bytes of a video.

    :param size: width and height to scale to
    :param times: when each frame is shown, in milliseconds; evenly at ``fps`` by default
    """
    import av

    sink = io.BytesIO()
    with av.open(sink, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=fps, options={"threads": "1", **options})
        stream.width, stream.height = size or (frames[0].shape[1], frames[0].shape[0])
        stream.pix_fmt = pixels
        if times is not None:
            stream.codec_context.time_base = Fraction(1, 1000)
        for number, picture in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            if size:
                frame = frame.reformat(*size)
            if times is not None:
                frame.pts, frame.time_base = times[number], Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return sink.getvalue()
