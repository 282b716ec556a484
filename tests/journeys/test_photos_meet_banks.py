"""Photos against banks: poor ones are printed and go no further, mirrored ones are found where the operator asked."""

import numpy as np
import pytest
from PIL import Image

from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.flows import banks, pipeline
from abate.testing import make_kit
from abate.testing.fakes import open_decoder

ALL = {"photo_orientations": "all"}


@pytest.fixture(scope="module")
def decoder():
    with open_decoder() as made:
        yield made


@pytest.fixture
def kit_with(tmp_path, decoder):
    """Return a kit whose bank holds one known photo."""
    harbour(tmp_path / "known.png")

    def build(**settings):
        kit = make_kit(tmp_path, decoder=decoder, settings=settings)
        banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="lead")
        banks.add_files(kit, "lantern", [tmp_path / "known.png"], by="lead")
        return kit

    return build


def harbour(path, turn=lambda pixels: pixels):
    """A drawn harbour that looks the same from no two sides, in a JPEG or PNG."""
    y, x = np.mgrid[0:256, 0:384]
    sea = np.sin(x / 23 + y / 61) * 40 + y / 3
    lamp = ((x - 90) ** 2 + (y - 60) ** 2 < 2000) * 120 - ((x - 300) ** 2 + (y - 200) ** 2 < 3500) * 70
    quay = (x * 2 + y > 560) * 50 + np.cos(x * y / 4000) * 25
    pixels = (sea + lamp + quay + 90).clip(0, 255).astype(np.uint8)
    Image.fromarray(np.ascontiguousarray(turn(pixels))).save(path, quality=80)


def scanned(kit, path):
    (one,) = pipeline.scan(kit, [Item(id=path.name, kind=Kind.PHOTO, path=str(path))])
    return one


@pytest.mark.parametrize("turn", [np.fliplr, np.flipud, np.rot90, lambda a: np.rot90(a, 3), np.transpose])
def test_a_mirrored_or_turned_copy_is_found_only_where_the_operator_asked(kit_with, tmp_path, turn):
    harbour(tmp_path / "copy.jpg", turn)
    assert scanned(kit_with(), tmp_path / "copy.jpg").matches == ()
    one = scanned(kit_with(**ALL), tmp_path / "copy.jpg")
    assert [(match.bank, match.signal_type) for match in one.matches] == [("lantern", "pdq")]
    assert one.matches[0].distance <= 10, "hashed exactly, not by the reference's shortcut"


def test_the_turned_forms_are_neither_printed_nor_banked(kit_with, tmp_path):
    kit = kit_with(**ALL)
    with kit.store.read() as tx:
        assert sorted(entry.signal_type for entry in tx.entries.find(bank="lantern")) == ["md5", "pdq", "sha256"]
    one = scanned(kit, tmp_path / "known.png")
    assert [signal.type for signal in one.signals].count("pdq") == 1
    assert [match.distance for match in one.matches if match.signal_type == "pdq"] == [0]


@pytest.mark.parametrize("settings", [{}, ALL])
def test_a_flat_photo_is_hashed_and_neither_matched_nor_banked(kit_with, tmp_path, settings):
    kit = kit_with(**settings)
    Image.new("L", (320, 240), 90).save(tmp_path / "flat.png")
    Image.new("L", (640, 480), 91).save(tmp_path / "other.jpg")
    banks.add_files(kit, "lantern", [tmp_path / "flat.png"], by="lead")
    with kit.store.read() as tx:
        types = [entry.signal_type for entry in tx.entries.find(bank="lantern")]
    assert types.count("pdq") == 1, "only the harbour's"
    one = scanned(kit, tmp_path / "other.jpg")
    (poor,) = [signal for signal in one.signals if signal.type == "pdq"]
    assert poor.quality < 50
    assert one.matches == ()
    assert any("too poor to hash" in problem.reason for problem in one.not_scanned)
