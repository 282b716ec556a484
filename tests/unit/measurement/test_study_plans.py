"""Plans and bundles: what a plan refuses, what two plans differ in, what a bundle says of its files."""

from datetime import UTC, date, datetime

import pytest

from abate.domain.errors import InputError
from abate.measurement.study import bundle
from abate.measurement.study.canonical import canonical, digest
from abate.measurement.study.plan import differences, plan_from, read_plan

SMALLEST = {"inputs": {"sightings": "s.csv"}}


def planned(**parts):
    return plan_from(SMALLEST | parts, where="study.toml")


def test_a_plan_of_nothing_but_sightings_has_the_house_windows():
    plan = planned()
    assert (plan.primary, plan.before, plan.after, plan.controls, plan.seed) == ("presence", 8, 8, None, 0)
    assert planned(controls={"platforms": []}).controls == (), "no controls is another plan than those at hand"


def test_the_same_plan_has_the_same_hash_however_its_lists_stand():
    one = planned(exclude={"channels": ["b", "a"]}, inputs={"sightings": "s.csv", "checks": "c.csv"})
    other = planned(inputs={"checks": "c.csv", "sightings": "s.csv"}, exclude={"channels": ["a", "b"]})
    assert one.sha256 == other.sha256
    assert one.sha256 != planned().sha256


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ({"windows": {"before": 8}}, r"\[windows\] is no part of a plan"),
        ({"window": {"befor": 8}}, r"\[window\] has no key 'befor'"),
        ({"window": 8}, r"\[window\] is no part"),
        ({"window": {"before": -1}}, "a whole number"),
        ({"window": {"before": True}}, "a whole number"),
        ({"window": {"before": 3}}, "4 weeks or more"),
        ({"window": {"after": 2}}, "4 weeks or more"),
        ({"window": {"leave_out_weeks": ["2026-03-31"]}}, "no Monday"),
        ({"window": {"leave_out_weeks": ["soon"]}}, "no date"),
        ({"window": {"start": 7}}, "a date or a time"),
        ({"metric": {"primary": "reach"}}, "choose one of presence, following"),
        ({"study": {"title": 7}}, "a text"),
        ({"exclude": {"channels": "a"}}, "a list of texts"),
        ({"inputs": {}}, "needs study.until"),
        ({"inputs": {"checks": "c.csv"}}, "no sightings"),
        ({"inputs": {"sightings": "s.csv", "map": {"a": 1}}}, "a table of texts"),
    ],
)
def test_a_plan_that_means_nothing_here_is_refused_in_one_sentence(parts, said):
    with pytest.raises(InputError, match=said) as refused:
        planned(**parts)
    assert refused.value.where == "study.toml"


def test_dates_may_be_written_in_every_way_that_toml_knows(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(
        "schema = 1\n[study]\nuntil = 2026-05-01\n[window]\nstart = 2026-03-02T10:00:00\nafter = 0\n"
        'leave_out_weeks = [2026-03-30, "2026-01-05"]\n[inputs.map]\nseen = "observed_at"\n'
    )
    plan = read_plan(path)
    assert plan.until == datetime(2026, 5, 1, tzinfo=UTC)
    assert plan.start == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert plan.leave_out_weeks == (date(2026, 1, 5), date(2026, 3, 30))
    assert (plan.after, dict(plan.mapping)) == (0, {"seen": "observed_at"})
    written = planned(study={"until": "2026-05-01T02:00:00+02:00"}, window={"start": path_time()})
    assert (written.until, written.start) == (datetime(2026, 5, 1, tzinfo=UTC), path_time())


def path_time() -> datetime:
    return datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize("content", [b"[study", b"\xff\xfe", None])
def test_a_file_that_is_no_plan_is_refused(tmp_path, content):
    path = tmp_path / "study.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match="the plan cannot be read"):
        read_plan(path)


def test_two_plans_differ_in_words():
    old, new = planned().to_json(), planned(window={"before": 12}, platforms={"unseen": ["Far Shore"]}).to_json()
    assert differences(old, old) == []
    assert differences(old, new) == ["window.before: 8 → 12", "platforms.unseen: none → Far Shore"]
    assert differences({"a": "x"}, {"b": {"c": 1}}) == ["a: x → none", "b: none → {'c': 1}"]


def test_one_value_has_one_text():
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
    assert digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))


@pytest.fixture
def sealed(tmp_path):
    for name in (bundle.FROZEN, bundle.INPUTS, bundle.VERSIONS, bundle.SENTENCES):
        bundle.write_json(tmp_path / name, {"name": name})
    bundle.write_json(tmp_path / bundle.NUMBERS / "effect.json", {"relative": -0.4})
    bundle.write_text(tmp_path / bundle.CHARTS / "effect.csv", "week,value\r\n")
    bundle.seal(tmp_path)
    return tmp_path


def test_a_sealed_bundle_is_whole_and_each_change_is_named(sealed):
    assert bundle.tampered(sealed) == []
    bundle.write_json(sealed / bundle.NUMBERS / "effect.json", {"relative": -0.5})
    bundle.write_json(sealed / bundle.NUMBERS / "added.json", {})
    (sealed / bundle.VERSIONS).unlink()
    assert bundle.tampered(sealed) == ["numbers/added.json", "numbers/effect.json", "versions.json"]


def test_the_hash_of_a_bundle_is_that_of_its_files(sealed):
    before = bundle.bundle_hash(sealed)
    assert before == bundle.seal(sealed)
    bundle.write_json(sealed / bundle.NUMBERS / "effect.json", {"relative": -0.5})
    assert bundle.seal(sealed) != before


def test_places_that_cannot_be_read_or_written_are_said(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="cannot be written"):
        bundle.write_text(tmp_path / "file" / "x.json", "x")
    with pytest.raises(InputError, match="cannot be read"):
        bundle.file_sha256(tmp_path / "nowhere")
    with pytest.raises(InputError, match="no part of a bundle"):
        bundle.read_json(tmp_path / "file")
    bundle.write_json(tmp_path / bundle.MANIFEST, {"files": []})
    with pytest.raises(InputError, match="is no manifest"):
        bundle.bundle_hash(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "same", "apart"),
    [
        ({"a": 1.0}, {"a": 1.0 + 1e-12}, 1, []),
        ({"a": 1.0}, {"a": 1.0 + 1e-6}, 0, ["/a"]),
        ({"a": True}, {"a": 1}, 0, ["/a"]),
        ({"a": 1}, {"a": "1"}, 0, ["/a"]),
        ({"a": None}, {}, 0, ["/a", ""]),
        ({"a/b": [1, {"~": 2}]}, {"a/b": [1, {"~": 3}]}, 1, ["/a~1b/1/~0"]),
        ({}, {}, 1, []),
        ([], None, 0, [""]),
    ],
)
def test_two_runs_are_compared_value_by_value(old, new, same, apart):
    count, differing = bundle.compare("m", old, new)
    assert (count, [one.pointer for one in differing]) == (same, apart)
