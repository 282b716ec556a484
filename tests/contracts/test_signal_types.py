"""What every signal type promises, run over all that are installed."""

import json
from pathlib import Path

import pytest

from abate.domain.item import Kind
from abate.plugins import load_signals
from abate.testing import signal_types

SIGNALS = load_signals()
ALL = pytest.mark.parametrize("name", sorted(SIGNALS))
ANY_WORDS = {"term"}
"""Types whose values are words: what is nonsense elsewhere may be a phrase."""


def nonsense_of(name):
    words = (value for value in signal_types.NONSENSE if value != "no value of anything")
    return (*words, "substring:gl5") if name in ANY_WORDS else signal_types.NONSENSE


@ALL
def test_a_signal_type_keeps_every_promise(name):
    signal_types.check_signal_type(SIGNALS[name], nonsense=nonsense_of(name))


@ALL
def test_what_is_looked_for_is_found_where_it_stands(name):
    signal_types.check_what_is_looked_for_is_found_where_it_stands(SIGNALS[name])


@ALL
def test_a_signal_type_keeps_the_promises_that_loading_checks(name):
    signal_types.check_it_loads(SIGNALS[name])


@ALL
@pytest.mark.parametrize("kind", Kind)
def test_what_it_computes_it_also_parses_and_it_signs_with_its_name_and_version(name, kind):
    """Of every kind: those that it does not read are left out by whoever asks it, not by the type."""
    signal_types.check_what_it_computes_it_also_parses(SIGNALS[name], signal_types.everything(kind))


@ALL
@pytest.mark.parametrize("kind", Kind)
def test_with_nothing_at_hand_there_is_no_signal_and_no_error(name, kind):
    signal_types.check_with_nothing_at_hand_there_is_no_signal(SIGNALS[name], [kind])


@ALL
def test_its_index_is_installed_and_serves_its_radius(name):
    signal_types.check_its_index_serves_its_radius(SIGNALS[name])


@pytest.mark.parametrize(
    ("name", "nonsense"), [(name, nonsense) for name in sorted(SIGNALS) for nonsense in nonsense_of(name)]
)
def test_nonsense_is_refused_in_one_short_sentence(name, nonsense):
    signal_types.check_nonsense_is_refused(SIGNALS[name], nonsense)


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
