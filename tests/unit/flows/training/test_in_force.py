"""Which model counts: what the setting names, what was promoted, and what was before it."""

import json
from dataclasses import replace

import pytest

from abate.domain.audit import verify
from abate.domain.errors import ConflictError, InputError
from abate.flows.training import promotion
from abate.flows.training.gates import Gate, Outcome
from abate.flows.training.in_force import home_of_models, model_folder, read_in_force
from abate.settings import Settings
from abate.testing.fakes import make_kit

GOOD = Gate(name="rows", language="en", outcome=Outcome.PASSED, figure=900, limit=200, rows=900, needed=True)
BAD = Gate(name="protected", language="en", outcome=Outcome.FAILED, figure=0.002, limit=0.001, rows=4000)


@pytest.fixture
def kit(tmp_path):
    return make_kit(tmp_path / "home")


@pytest.fixture
def model(tmp_path):
    def make(content):
        folder = tmp_path / content
        folder.mkdir()
        (folder / "manifest.json").write_text(json.dumps({"files": content}))
        (folder / "weights.bin").write_text(content)
        return folder

    return make


def promoted(kit):
    return replace(kit.settings, text_model="promoted")


def test_no_setting_names_no_model(tmp_path):
    assert model_folder(Settings(home=tmp_path)) is None


def test_a_folder_is_its_own_name(tmp_path, model):
    folder = model("a")
    assert model_folder(Settings(home=tmp_path, text_model=str(folder))) == folder
    with pytest.raises(InputError, match=r"names 'elsewhere'.*abate train"):
        model_folder(Settings(home=tmp_path, text_model="elsewhere"))


def test_promoted_before_any_was_says_how_to_promote(tmp_path):
    with pytest.raises(InputError, match="abate evaluate FOLDER FILE --promote"):
        model_folder(Settings(home=tmp_path, text_model="promoted"))


def test_a_promoted_model_is_copied_recorded_and_in_force(kit, model):
    folder = model("a")
    sha = promotion.promote(kit, folder, [GOOD], by="operator")
    found = model_folder(promoted(kit))
    assert found == home_of_models(kit.settings) / sha
    assert (found / "weights.bin").read_text() == "a"
    with kit.store.read() as tx:
        (record,) = tx.audit.read()
        opening = tx.audit.opening(record.seq)
    assert record.tag == "operator:model:promoted"
    assert record.subject == sha
    assert "passed: 900 rows" in opening.body
    verify([record])


def test_a_gate_that_fails_refuses_by_name_and_figure_and_changes_nothing(kit, model):
    with pytest.raises(ConflictError, match=r"not promoted: gate protected in en failed: 0\.200 %, limit 0\.100 %"):
        promotion.promote(kit, model("a"), [GOOD, BAD], by="operator")
    with pytest.raises(ConflictError, match="no gate was judged"):
        promotion.promote(kit, model("b"), [], by="operator")
    assert not read_in_force(kit.settings).model
    with kit.store.read() as tx:
        assert not tx.audit.read()


def test_going_back_puts_the_one_before_in_force(kit, model):
    first = promotion.promote(kit, model("a"), [GOOD], by="operator")
    promotion.promote(kit, model("b"), [GOOD], by="operator")
    assert promotion.roll_back(kit, by="operator") == first
    assert model_folder(promoted(kit)).name == first
    with pytest.raises(ConflictError, match="no model was in force before"):
        promotion.roll_back(kit, by="operator")
    with kit.store.read() as tx:
        assert [record.tag.split(":")[2] for record in tx.audit.read()] == ["promoted", "promoted", "rolled_back"]


def test_promoting_the_same_model_twice_is_no_step_back(kit, model):
    folder = model("a")
    promotion.promote(kit, folder, [GOOD], by="operator")
    promotion.promote(kit, folder, [GOOD], by="operator")
    assert read_in_force(kit.settings).before == ()


def test_a_model_before_whose_folder_is_gone_is_not_gone_back_to(kit, model):
    first = promotion.promote(kit, model("a"), [GOOD], by="operator")
    second = promotion.promote(kit, model("b"), [GOOD], by="operator")
    (home_of_models(kit.settings) / first / "manifest.json").unlink()
    with pytest.raises(ConflictError, match="is gone"):
        promotion.roll_back(kit, by="operator")
    assert read_in_force(kit.settings).model == second


def test_what_is_no_model_is_not_copied(kit, tmp_path):
    with pytest.raises(InputError, match=r"no readable manifest\.json"):
        promotion.promote(kit, tmp_path, [GOOD], by="operator")


def test_a_copy_that_fails_leaves_nothing_half(kit, model):
    folder = model("a")
    (folder / "dangling").symlink_to(folder / "nowhere")
    with pytest.raises(InputError, match="cannot be copied"):
        promotion.promote(kit, folder, [GOOD], by="operator")
    assert not list(home_of_models(kit.settings).iterdir())


@pytest.mark.parametrize("said", ["", "[]", '{"model": "x"}', "{"])
def test_a_file_that_does_not_say_which_model_counts_is_refused_by_name(kit, said):
    path = home_of_models(kit.settings) / "in-force.json"
    path.parent.mkdir(parents=True)
    path.write_text(said)
    with pytest.raises(InputError, match=r"in-force\.json: .*promote one again"):
        model_folder(promoted(kit))
