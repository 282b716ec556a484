"""PDQ: photographs that look alike, a 256-bit perceptual hash."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from abate.domain.errors import InputError
from abate.domain.item import Kind, Material
from abate.domain.signal import Signal
from abate.signals.exact import hex_digits

if TYPE_CHECKING:
    from abate.signals.pdq_kernel import Luma


class Pdq:
    """PDQ of a decoded picture, hashed as stored: an EXIF turn is not applied, as the reference does not apply it.

    Within 2 of 256 bits of the ``pdqhash`` package on whole photographs; on crops, whose coefficients often lie near
    the median, 94 % within 2 and all within 16. ``radius`` 31 is what the exchanges match at.
    """

    name = "pdq"
    version = "1"
    kinds = frozenset({Kind.PHOTO})
    index = "hamming"
    radius = 31
    verified = False

    def compute(self, material: Material) -> Signal | None:
        """Hash the picture; ``None`` where none was decoded (the decoder has said why).

        :raises InputError: when the picture's buffer is not ``width * height`` bytes
        """
        luma = _luma(material)
        if luma is None:
            return None
        # numba takes most of a second to import: paid at the first picture, not at each `abate --help`
        from abate.signals.pdq_kernel import pdq

        value, quality = pdq(luma)
        return self._signal(value, quality)

    def turned(self, material: Material) -> list[Signal]:
        """Hash the seven other forms of the picture, turned by quarters and mirrored; all have its quality.

        See ``Turnable``. Each is what :meth:`compute` gives for the picture turned, so that a mirrored copy of what is
        banked is found within the same radius as a straight one.

        :raises InputError: as :meth:`compute`
        """
        luma = _luma(material)
        if luma is None:
            return []
        # as above
        from abate.signals.pdq_kernel import orientations, pdq

        _, quality = pdq(luma)
        return [self._signal(value, quality) for _, value in orientations(luma)[1:]]

    def _signal(self, value: str, quality: int) -> Signal:
        return Signal(type=self.name, value=value, version=self.version, quality=quality)

    def parse(self, value: str) -> str:
        """Return 64 lower-case hexadecimal digits.

        :raises InputError: when ``value`` is none
        """
        return hex_digits(value, name="PDQ", digits=64)

    def examples(self) -> Mapping[str, str]:
        """Return two published hashes of the reference's bridge photograph, as others write them."""
        return {
            "F8F8F0CEE0F4A84F06370A22038F63F0B36E2ED596621E1D33E6B39C4E9C9B22": (
                "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
            ),
            " d8f8f0cec4f4a84f0637022a078f67f0b36e2ee5b6621e1d33e6239c4e9c9b22": (
                "d8f8f0cec4f4a84f0637022a078f67f0b36e2ee5b6621e1d33e6239c4e9c9b22"
            ),
        }


def _luma(material: Material) -> "Luma | None":
    """Return the picture's pixels, ``(height, width)``; ``None`` where none was decoded.

    :raises InputError: when the picture's buffer is not ``width * height`` bytes
    """
    picture = material.picture
    if picture is None:
        return None
    # numpy is loaded with the first picture, as numba is
    import numpy as np

    pixels = np.frombuffer(cast("memoryview[int]", picture.luma), dtype=np.uint8)
    if pixels.size != picture.width * picture.height or pixels.size == 0:
        msg = (
            f"the decoder gave {pixels.size} pixels for {picture.width} × {picture.height}; report the decoder, "
            "and leave this picture out"
        )
        raise InputError(msg, where=material.item.id)
    return pixels.reshape(picture.height, picture.width)
