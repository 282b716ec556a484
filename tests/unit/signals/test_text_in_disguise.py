import pytest

from abate.domain.item import Item, Kind, Material
from abate.domain.signal import MIN_QUALITY
from abate.signals.text import NormalisedText

PLAIN = "The grey lantern is lit at noon beside the harbour line."


def value_of(words):
    return NormalisedText().compute(Material(item=Item(id="1", kind=Kind.TEXT, text=words)))


@pytest.mark.parametrize(
    "disguised",
    [
        "The grey l a n t e r n is lit at noon beside the harbour line.",
        "The grey l.a.n.t.e.r.n is lit at n-o-o-n beside the harbour line.",
        "The grеy lаntеrn is lit at nооn beside the hаrbour line.",
        "The greyyyy lanternnn is liiiit at noon beside the harbour line.",
        "𝐓𝐡𝐞 𝐠𝐫𝐞𝐲 🅻🅰🅽🆃🅴🆁🅽 ɪs ʟɪᴛ at n\u200boon beside the harbour line.",
    ],
)
def test_a_known_text_in_disguise_has_the_value_it_is_known_by(disguised):
    assert value_of(disguised) == value_of(PLAIN)
    assert value_of(disguised).quality >= MIN_QUALITY


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("In 1999 the keepers lit the lantern", "In 19 the keepers lit the lantern"),
        ("Chapter viii of the keepers' handbook", "Chapter vi of the keepers' handbook"),
        ("The keepers light l4 lanterns at noon", "The keepers light la lanterns at noon"),
    ],
)
def test_numbers_are_no_disguise(one, other):
    assert value_of(one).value != value_of(other).value


def test_values_changed_with_the_version():
    assert NormalisedText().version == "2"
