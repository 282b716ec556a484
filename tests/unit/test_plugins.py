"""Plugs are found by entry point: packages written here, on a path of their own, as an installer would leave them."""

import subprocess
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from abate import plugins
from abate.domain.errors import InputError, PlugError
from abate.domain.item import Kind
from abate.plugins import check_signal_type, unannounced

GOOD = """
from abate.domain.item import Kind

class Reversed:
    name = "reversed"
    version = "1"
    kinds = frozenset({Kind.TEXT})
    index = "exact"
    radius = 0
    verified = False

    def compute(self, material): return None
    def parse(self, value): return value.lower()
    def examples(self): return {"CBA": "cba"}
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Write a package and its metadata into a folder on the path: what pip does, without pip."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def written(package, source, entries, group="abate.signals"):
        (tmp_path / f"{package}.py").write_text(source)
        meta = tmp_path / f"{package}-1.2.dist-info"
        meta.mkdir()
        (meta / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.2\n")
        lines = "\n".join(f"{name} = {package}:{attribute}" for name, attribute in entries.items())
        (meta / "entry_points.txt").write_text(f"[{group}]\n{lines}\n")
        monkeypatch.delitem(sys.modules, package, raising=False)

    return written


def refusal():
    with pytest.raises(PlugError) as caught:
        plugins.load_signals()
    return str(caught.value)


def test_the_built_ins_come_through_the_door_that_strangers_use():
    assert {"sha256", "md5", "pdq", "text", "url"} <= plugins.load_signals().keys()
    assert {"exact", "hamming"} <= plugins.load_indexes().keys()
    assert {"csv", "json", "threatexchange", "designated"} <= plugins.load_formats().keys()
    assert {"simulate", "webhook"} <= plugins.load_connector_types().keys()
    assert {"4cat", "telegram", "activitystreams", "jetstream"} <= plugins.load_importers().keys()
    assert all(name == plug.name for name, plug in plugins.load_signals().items())


def test_a_strangers_plug_stands_beside_them(install):
    install("stranger_a", GOOD, {"reversed": "Reversed"})
    assert plugins.load_signals()["reversed"].parse("ABC") == "abc"


def test_two_plugs_of_one_name_are_refused_with_both_packages_named(install):
    install("stranger_b", GOOD, {"reversed": "Reversed"})
    install("stranger_c", GOOD, {"reversed": "Reversed"})
    said = refusal()
    assert "stranger_b 1.2" in said
    assert "stranger_c 1.2" in said
    assert "uninstall all but one" in said


def test_a_package_cannot_take_the_place_of_a_built_in(install):
    install("stranger_d", GOOD.replace('"reversed"', '"sha256"'), {"sha256": "Reversed"})
    said = refusal()
    assert "stranger_d 1.2" in said
    assert "abate " in said


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("raise RuntimeError('no licence found')", "RuntimeError: no licence found"),
        ("import a_module_that_is_not_there", "ModuleNotFoundError"),
        ("Other = 1", "AttributeError"),
        (GOOD + "    def __init__(self, needed): ...", "TypeError"),
        (GOOD.replace("    radius = 0\n", ""), "lacks radius, which SignalType demands"),
        (GOOD.replace("def parse", "def read"), "lacks parse"),
        (GOOD + "\n    compute = None", "has compute, which is no method"),
        (GOOD.replace('name = "reversed"', 'name = "mirrored"'), "calls itself 'mirrored'"),
        (GOOD.replace('"CBA": "cba"', '"CBA": "abc"'), "parses its own example 'CBA' to 'cba', not 'abc'"),
        (GOOD.replace('{"CBA": "cba"}', "{}"), "gives no examples"),
    ],
)
def test_a_broken_plug_fails_loudly_and_names_its_package(install, source, says):
    install("stranger_e", source, {"reversed": "Reversed"})
    said = refusal()
    assert says in said
    assert "plug 'reversed' of abate.signals from stranger_e 1.2" in said


def test_a_plug_that_refuses_its_own_example_is_broken():
    class Fussy:
        name = "fussy"
        version = "1"
        kinds = frozenset({Kind.TEXT})
        index = "exact"
        radius = 0
        verified = False

        def compute(self, material): ...

        def parse(self, value):
            msg = "nothing pleases me"
            raise InputError(msg)

        def examples(self):
            return {"a": "a"}

    with pytest.raises(PlugError, match="does not parse its own example 'a': nothing pleases me"):
        check_signal_type(Fussy())


def test_other_groups_are_checked_by_their_own_protocol(install):
    install("stranger_f", "class Half:\n    name = 'half'\n", {"half": "Half"}, group="abate.indexes")
    with pytest.raises(PlugError, match="lacks build, which IndexType demands"):
        plugins.load_indexes()


def test_an_entry_point_without_a_package_is_still_named(monkeypatch):
    lost = EntryPoint(name="lost", value="nowhere:Lost", group="abate.actions")
    monkeypatch.setattr(plugins, "unannounced", lambda *_: [])
    monkeypatch.setattr(plugins, "entry_points", lambda **_: EntryPoints([lost]))
    with pytest.raises(PlugError, match=r"plug 'lost' of abate\.actions from an unnamed package"):
        plugins.load_connector_types()


PROJECT = '[project]\nname = "abate"\n[project.entry-points."abate.signals"]\nsha256 = "a:B"\nnew = "a:C"\n'


def test_a_line_added_after_the_editable_install_is_missed_and_the_remedy_said(tmp_path, monkeypatch):
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(PROJECT)
    monkeypatch.setattr(plugins, "_OURS", pyproject)
    said = refusal()
    assert f"{pyproject} lists new under abate.signals" in said
    assert "`pip install -e .`" in said


def test_another_projects_file_or_none_is_not_ours_to_compare(tmp_path):
    path = tmp_path / "pyproject.toml"
    assert unannounced("abate.signals", [], path) == []
    path.write_text(PROJECT.replace("abate", "other", 1))
    assert unannounced("abate.signals", [], path) == []
    path.write_text(PROJECT)
    assert unannounced("abate.signals", ["sha256"], path) == ["new"]
    assert unannounced("abate.indexes", [], path) == []


def test_loading_the_signal_types_does_not_wait_for_the_compiler():
    """numba takes most of a second to import; `abate --help` and a text-only scan never need it."""
    code = "import sys; from abate import plugins; plugins.load_signals(); print('numba' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
