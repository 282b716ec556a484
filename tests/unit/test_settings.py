"""Settings: one frozen table, read from a file, then from the environment."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abate.domain.errors import InputError
from abate.settings import DEFAULT_HOME, Settings, load

SWITCHES = [f.name for f in fields(Settings) if isinstance(f.default, bool)]
NUMBERS = [f.name for f in fields(Settings) if isinstance(f.default, int) and not isinstance(f.default, bool)]
TEXTS = [f.name for f in fields(Settings) if isinstance(f.default, str) and not f.metadata["choices"]]
CHOICES = [(f.name, choice) for f in fields(Settings) for choice in f.metadata.get("choices", ())]


def test_an_empty_environment_gives_the_defaults(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert load({}) == Settings(home=Path(DEFAULT_HOME))


def test_every_setting_has_a_default_and_a_sentence_of_help():
    for setting in fields(Settings):
        assert setting.default is not None
        assert setting.metadata["help"][0].isupper() or setting.metadata["help"].split()[0] in {"age", "required:"}


def test_settings_cannot_be_changed_after_loading(tmp_path):
    loaded = load({"ABATE_HOME": str(tmp_path)})
    with pytest.raises(FrozenInstanceError):
        loaded.port = 1  # type: ignore[misc]  # the point of the test


def test_the_file_in_the_home_folder_is_read(tmp_path):
    (tmp_path / "settings.toml").write_text('port = 8500\nplatform = "forum"\nsecure_cookies = true\n')
    loaded = load({"ABATE_HOME": str(tmp_path)})
    assert (loaded.home, loaded.port, loaded.platform, loaded.secure_cookies) == (tmp_path, 8500, "forum", True)


def test_the_environment_wins_over_the_file(tmp_path):
    (tmp_path / "settings.toml").write_text("port = 8500\n")
    assert load({"ABATE_HOME": str(tmp_path), "ABATE_PORT": "8600"}).port == 8600


def test_a_misspelt_name_in_the_file_is_refused_and_named(tmp_path):
    (tmp_path / "settings.toml").write_text("prot = 8500\n")
    with pytest.raises(InputError, match=r"settings\.toml: unknown setting 'prot'; known are store, platform"):
        load({"ABATE_HOME": str(tmp_path)})


def test_the_home_cannot_move_itself_from_inside_its_own_file(tmp_path):
    (tmp_path / "settings.toml").write_text('home = "elsewhere"\n')
    with pytest.raises(InputError, match="unknown setting 'home'"):
        load({"ABATE_HOME": str(tmp_path)})


@pytest.mark.parametrize("content", [b"port = = 1", b"port = \xff\xfe"], ids=["not TOML", "not UTF-8"])
def test_a_broken_file_is_one_clear_sentence(tmp_path, content):
    (tmp_path / "settings.toml").write_bytes(content)
    with pytest.raises(InputError, match=r"settings\.toml: not readable as TOML .*; correct it or move it away"):
        load({"ABATE_HOME": str(tmp_path)})


@pytest.mark.parametrize(("line", "kind"), [('port = "a"', "int"), ("port = true", "int"), ("platform = 1", "str")])
def test_a_value_of_the_wrong_type_is_refused(tmp_path, line, kind):
    (tmp_path / "settings.toml").write_text(line)
    with pytest.raises(InputError, match=f"wants {kind}, not"):
        load({"ABATE_HOME": str(tmp_path)})


@pytest.mark.parametrize("name", SWITCHES)
@pytest.mark.parametrize(("text", "value"), [("true", True), ("1", True), ("False", False), ("0", False)])
def test_off_means_off_in_every_spelling(tmp_path, name, text, value):
    assert getattr(load({"ABATE_HOME": str(tmp_path), f"ABATE_{name.upper()}": text}), name) is value


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_takes_no_maybe(tmp_path, name):
    with pytest.raises(InputError, match=f"ABATE_{name.upper()}: setting {name} wants bool, not 'maybe'"):
        load({"ABATE_HOME": str(tmp_path), f"ABATE_{name.upper()}": "maybe"})


@given(name=st.sampled_from(NUMBERS), number=st.integers(0, 2**40))
def test_every_whole_number_comes_through_the_environment_unchanged(name, number):
    assert getattr(load({f"ABATE_{name.upper()}": str(number)}), name) == number


@example(name="port", text="²")  # a digit to Unicode, no number to int()
@given(name=st.sampled_from(NUMBERS), text=st.text().filter(lambda text: not text.strip().isdecimal()))
def test_what_is_no_number_is_refused_and_the_variable_named(name, text):
    with pytest.raises(InputError, match=f"ABATE_{name.upper()}"):
        load({f"ABATE_{name.upper()}": text})


@given(name=st.sampled_from(TEXTS), text=st.text())
def test_text_comes_through_the_environment_unchanged(name, text):
    assert getattr(load({f"ABATE_{name.upper()}": text}), name) == text


@pytest.mark.parametrize(("name", "choice"), CHOICES)
def test_each_of_a_settings_choices_is_taken(name, choice):
    assert getattr(load({f"ABATE_{name.upper()}": choice}), name) == choice


@pytest.mark.parametrize("name", sorted({name for name, _ in CHOICES}))
@pytest.mark.parametrize("wrong", ["", "require", "OFF", "0"])
def test_a_misspelt_choice_is_refused_and_never_quietly_the_other_one(name, wrong):
    """``sandbox = "require"`` must not decode without walls."""
    with pytest.raises(InputError, match=f"setting {name} wants one of"):
        load({f"ABATE_{name.upper()}": wrong})
