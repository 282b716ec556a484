"""A model goes through its folder unchanged; a folder that was tampered with is refused in one sentence."""

import hashlib
import json
import shutil
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from abate.domain.errors import InputError
from abate.signals.linear import LinearClassifierType, Options, calibrate, fit, open_model, save
from abate.signals.linear.folder import open_with_version
from linear_posts import posts

TRIO = ("garden", "harbour", "lantern")


def trained(topics=TRIO):
    options = Options(bits=12, name="proxy", violating=("lantern",))
    learnt = fit(*posts(200, topics), ["en", "fr"] * 100, options=options)
    return calibrate(learnt, *posts(700, topics, seed=1), ["en"] * 650 + ["fr"] * 50)


@pytest.fixture(scope="module")
def model():
    return replace(trained(), review={"en": 0.8, "fr": 2.0}).alarmed({"fr"})


@pytest.fixture
def folder(model, tmp_path):
    save(model, tmp_path / "model", card="# Invented posts\n", further={"training.json": b"{}"})
    return tmp_path / "model"


@pytest.mark.parametrize("topics", [TRIO, ("harbour", "lantern")], ids=["three labels", "two"])
def test_what_is_opened_says_what_was_saved(topics, tmp_path):
    model = trained(topics)
    version = save(model, tmp_path / "model")
    opened, read = open_with_version(tmp_path / "model")
    assert read == version == hashlib.sha256((tmp_path / "model" / "manifest.json").read_bytes()).hexdigest()
    texts, languages = posts(50, topics, seed=4)[0], ["en", "fr"] * 25
    said = model.probabilities(texts, languages)
    assert np.array_equal(opened.probabilities(texts, languages), said)
    assert opened.outlooks(said, languages, "lantern") == model.outlooks(said, languages, "lantern")


def test_every_field_comes_back(model, folder):
    opened = open_model(folder)
    for name in model.__slots__:
        left, right = getattr(opened, name), getattr(model, name)
        assert np.array_equal(left, right) if name == "table" else left == right, name
    assert not opened.table.flags.writeable


def test_the_same_model_gives_the_same_bytes(model, folder, tmp_path):
    save(model, tmp_path / "again", card="# Invented posts\n", further={"training.json": b"{}"})
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()
    assert {path.name for path in folder.iterdir()} == {
        "manifest.json", "model.json", "weights.bin", "card.md", "training.json"
    }  # fmt: skip


def test_a_model_takes_the_place_of_an_older_one_whole(model, folder):
    save(replace(model, name="newer"), folder, card="newer")
    assert open_model(folder).name == "newer"
    assert not (folder / "training.json").exists()
    assert [path.name for path in folder.parent.iterdir()] == ["model"]


def test_what_is_no_model_is_never_overwritten(model, tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "diary.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("notes", "file"):
        with pytest.raises(InputError, match="something that is not a model is in the way"):
            save(model, tmp_path / name)
    with pytest.raises(InputError, match="cannot be written"):
        save(model, tmp_path / "file" / "below")
    (tmp_path / "empty").mkdir()
    save(model, tmp_path / "empty")
    assert LinearClassifierType().recognises(str(tmp_path / "empty"))


@pytest.mark.parametrize("name", ["model.json", "manifest.json", "../up", "a b", ""])
def test_further_files_have_plain_names_of_their_own(model, tmp_path, name):
    with pytest.raises(InputError, match="give them plain names of their own"):
        save(model, tmp_path / "model", further={name: b""})


@pytest.mark.parametrize("name", ["weights.bin", "model.json", "card.md", "training.json"])
def test_one_changed_byte_is_found(folder, name):
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(InputError, match="not the one that the manifest lists, so it was changed since"):
        open_model(folder)


@pytest.mark.parametrize("name", ["weights.bin", "model.json", "card.md", "manifest.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(InputError, match="cannot be read") as caught:
        open_model(folder)
    assert name in str(caught.value)


def test_a_file_that_is_not_the_models_is_refused(folder):
    (folder / "weights.pickle").write_bytes(b"")
    with pytest.raises(InputError, match=r"'weights.pickle' in the model's folder is not the model's; take it away"):
        open_model(folder)


def test_an_empty_or_cut_file_of_weights_is_refused(folder):
    (folder / "weights.bin").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be read"):
        open_model(folder)
    (folder / "weights.bin").write_bytes(b"ab")
    with pytest.raises(InputError, match="was changed"):
        open_model(folder)


def rewritten(folder, name, change):
    """Change a file and give it a manifest that fits: what somebody does who knows how folders are made."""
    told = json.loads((folder / name).read_text())
    change(told)
    content = json.dumps(told).encode()
    (folder / name).write_bytes(content)
    if name != "manifest.json":
        manifest = json.loads((folder / "manifest.json").read_text())
        manifest["files"][name] = {"sha256": hashlib.sha256(content).hexdigest(), "bytes": len(content)}
        (folder / "manifest.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "change",
    [
        lambda told: told.update(bits=40),
        lambda told: told.update(bits=11),
        lambda told: told.update(labels=["lantern"]),
        lambda told: told.update(labels=["lantern", "harbour", "garden"]),
        lambda told: told.update(violating=["storm"]),
        lambda told: told.update(scales=[1.0]),
        lambda told: told.update(scales=[0.0, 1.0, 1.0, 1.0]),
        lambda told: told.update(biases=["a", 0, 0]),
        lambda told: told.update(biases=[0.0]),
        lambda told: told.update(pooled={}),
        lambda told: told["pooled"]["curves"].update(slopes=[1.0]),
        lambda told: told["pooled"]["least"].update(level=1.5),
        lambda told: told["calibrations"]["en"]["reference"].pop(),
        lambda told: told["calibrations"]["en"]["reference"][0].update(counts=[1]),
        lambda told: told.pop("name"),
    ],
)
def test_a_description_that_no_training_writes_is_refused_though_its_hash_fits(folder, change):
    rewritten(folder, "model.json", change)
    with pytest.raises(InputError, match="copy the folder anew"):
        open_model(folder)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda told: told.update(format=2),
            "of format 2, and what is read is 'abate-linear' of format 1; make it anew",
        ),
        (lambda told: told.update(kind="onnx"), "the model is a 'onnx'"),
        (lambda told: told["files"].pop("card.md"), "does not list card.md"),
        (
            lambda told: told["files"].update({"../x": {"sha256": "", "bytes": 0}}),
            r"'../x', which leads out of the folder",
        ),
        (lambda told: told.update(files=3), "does not say what it must"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused(folder, change, said):
    rewritten(folder, "manifest.json", change)
    with pytest.raises(InputError, match=said):
        open_model(folder)


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"[" * 60_000, b"x" * 100_000], ids=["none", "bytes", "deep", "long"]
)
def test_a_manifest_that_is_no_manifest_is_refused(folder, content):
    (folder / "manifest.json").write_bytes(content)
    with pytest.raises(InputError, match="copy the folder anew"):
        open_model(folder)
    assert not LinearClassifierType().recognises(str(folder))


def test_only_folders_of_linear_models_are_recognised(folder, tmp_path):
    kind = LinearClassifierType()
    assert kind.recognises(str(folder))
    assert not kind.recognises(str(tmp_path))
    assert not kind.recognises(str(tmp_path / "nowhere"))


def test_an_opened_model_outlives_its_folder(model, folder):
    opened = open_model(folder)
    shutil.rmtree(folder)
    assert np.array_equal(opened.table, model.table)


def test_nothing_in_the_folder_is_python(folder):
    assert not any(path.read_bytes().startswith(b"\x80") for path in folder.iterdir())
    assert msgspec.json.decode((folder / "model.json").read_bytes())["name"] == "proxy"
