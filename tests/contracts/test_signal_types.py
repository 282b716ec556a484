"""What every signal type promises, run over all that are installed."""

import json
from pathlib import Path

import pytest

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material, Picture
from abate.plugins import check_signal_type, load_indexes, load_signals

SIGNALS = load_signals()
SOMETHING = Material(
    item=Item(id="1", kind=Kind.PHOTO, text="The lantern is lit at noon.", url="https://example.org/a"),
    content=b"bytes as they were uploaded",
    picture=Picture(width=32, height=32, luma=bytes(n * 7 % 256 for n in range(1024))),
)


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_a_signal_type_keeps_the_promises_that_loading_checks(name):
    check_signal_type(SIGNALS[name])


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_what_it_computes_it_also_parses_and_it_signs_with_its_name_and_version(name):
    plug = SIGNALS[name]
    signal = plug.compute(SOMETHING)
    assert signal is not None
    assert (signal.type, signal.version) == (plug.name, plug.version)
    assert plug.parse(signal.value) == signal.value
    assert 0 <= signal.quality <= 100
    assert plug.compute(SOMETHING) == signal


@pytest.mark.parametrize("name", sorted(SIGNALS))
@pytest.mark.parametrize("kind", Kind)
def test_with_nothing_at_hand_there_is_no_signal_and_no_error(name, kind):
    assert SIGNALS[name].compute(Material(item=Item(id="1", kind=kind))) is None


@pytest.mark.parametrize("name", sorted(SIGNALS))
def test_its_index_is_installed_and_serves_its_radius(name):
    plug = SIGNALS[name]
    values = [*dict.fromkeys(plug.examples().values())]
    built = load_indexes()[plug.index].build(values, radius=plug.radius)
    for position, hits in enumerate(built.lookup(values)):
        assert (hits[0].position, hits[0].distance) == (position, 0)


@pytest.mark.parametrize("name", sorted(SIGNALS))
@pytest.mark.parametrize("nonsense", ["", " ", "\x00", "no value of anything", "\ud800", "9" * 100_000])
def test_nonsense_is_refused_in_one_short_sentence(name, nonsense):
    with pytest.raises(InputError) as caught:
        SIGNALS[name].parse(nonsense)
    assert len(str(caught.value)) < 600


@pytest.mark.needs_data("peer_threatexchange")
@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("signal_type/pdq/signal.py:PdqSignal", "pdq"),
        ("signal_type/md5.py:VideoMD5Signal", "md5"),
        ("signal_type/sha256.py:VideoSHA256Signal", "sha256"),
        ("signal_type/url.py:URLSignal", "url"),
    ],
)
def test_the_example_values_of_python_threatexchange_are_read(data: Path, theirs, ours):
    examples = json.loads((data / "peer_threatexchange/signal_examples.json").read_text())[theirs]
    read = [SIGNALS[ours].parse(value) for value in examples if ours == "url" or set(map(len, [value])) & {32, 64}]
    assert read == [value.strip() for value in examples][: len(read)]
    assert read
