"""What a model folder says of itself comes back as it was written, or is refused by name."""

import json

import pytest

from abate.domain.errors import InputError
from abate.flows.training.about import NAME, About, read_about

SAID = About(
    text=("title", "body"),
    label="verdict",
    language="en",
    violating=("1",),
    level=0.9,
    thresholds={"en": {"0.95": 0.7, "review": None}},
    trained={"rows": 3},
)


def test_it_comes_back_as_it_was_written(tmp_path):
    (tmp_path / NAME).write_bytes(SAID.to_bytes())
    assert read_about(tmp_path) == SAID


def changed(**fields):
    return json.dumps(json.loads(SAID.to_bytes()) | fields)


@pytest.mark.parametrize(
    "said",
    ["", "[]", "{", changed(format=2), changed(columns=[]), changed(level="high"), changed(thresholds={"en": 1})],
)
def test_what_says_something_else_is_refused_by_name(tmp_path, said):
    (tmp_path / NAME).write_text(said)
    with pytest.raises(InputError, match=r"training\.json: does not say how the model was trained"):
        read_about(tmp_path)


def test_a_folder_without_it_is_refused(tmp_path):
    with pytest.raises(InputError, match="does not say"):
        read_about(tmp_path)
