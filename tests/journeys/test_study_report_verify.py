"""A study from the invented year to the newspaper: freeze, measure, verify, report; what a forger changes is found."""

import base64
import csv
import hashlib
import html
import io
import json
import re
import shutil
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from abate.cli.root import main
from abate.measurement.claims.evidence import resolve
from abate.measurement.claims.sentence import FORMS
from abate.measurement.study import bundle as bundles

ROOT = Path(__file__).resolve().parents[2]
PLAN = """
[study]
title = "The Order of the Grey Lantern after the takedown"
question = "Did weekly active channels fall?"
seed = 7

[metric]
primary = "presence"

[window]
before = 8
after = 8

[platforms]
unseen = ["Far Shore"]

[inputs]
sightings = "year/sightings.parquet"
checks = "year/checks.parquet"
lifetimes = "year/lifetimes.parquet"
interventions = "year/interventions.parquet"
incidents = "year/incidents.parquet"
labels = "year/replies.parquet"
surveys = "year/surveys.parquet"
truth = "year/truth.json"
"""


def run(folder: Path, *arguments: str) -> None:
    """Run a command in this folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ABATE_HOME", str(folder / "home"))
        patch.setattr(sys, "argv", ["abate", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 0


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the invented year, the plan and the bundle, which tests copy before they change anything."""
    folder = tmp_path_factory.mktemp("study")
    (folder / "home").mkdir()
    run(folder, "simulate", "platform", "--seed", "7", "--scale", "0.5", "--out", "year")
    (folder / "study.toml").write_text(PLAN)
    run(folder, "measure", "study", "study.toml", "--out", "bundle")
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy of it."""
    return Path(shutil.copytree(made, tmp_path / "study"))


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def test_the_howto_shows_this_plan_and_what_comes_out_of_it(made):
    page = (ROOT / "docs" / "howto" / "measure-claims.md").read_text("utf-8")
    assert f"```toml{PLAN}```" in page
    told = json.loads((made / "bundle" / "sentences.json").read_text("utf-8"))
    said = {f"[{one['verdict']}] {one['sentence']['text']}".replace("\u00a0", " ") for one in told["claims"]}
    shown = set(re.findall(r"^\[(?:measured|consistent with|scenario)\] .+$", page, flags=re.MULTILINE))
    assert len(shown) == 3
    assert shown <= said, "write what comes out now into docs/howto/measure-claims.md"


def test_the_plan_is_frozen_before_any_table_is_opened(abate, folder):
    (folder / "year" / "sightings.parquet").unlink()
    ended = abate.run("measure", "study", folder / "study.toml", "--out", folder / "other")
    assert (ended.code, "sightings.parquet" in ended.err) == (2, True)
    assert [path.name for path in (folder / "other").iterdir()] == ["frozen.json"]


def test_an_unchanged_plan_keeps_its_time_and_so_the_bundle_its_hash(abate, folder):
    before = bundles.bundle_hash(folder / "bundle")
    again = abate.run("measure", "study", folder / "study.toml", "--out", folder / "bundle")
    assert f"bundle {before}" in again.out


def test_a_changed_plan_is_refused_and_an_amended_one_says_so_in_the_report(abate, folder):
    before = json.loads((folder / "bundle" / "frozen.json").read_text("utf-8"))
    changed(folder / "study.toml", "after = 8", "after = 6")
    refused = abate.run("measure", "study", folder / "study.toml", "--out", folder / "bundle")
    assert (refused.code, "window.after: 8 → 6" in refused.err) == (2, True)
    assert json.loads((folder / "bundle" / "frozen.json").read_text("utf-8")) == before
    amended = abate.run("measure", "study", folder / "study.toml", "--out", folder / "bundle", "--amend", "--json").json
    assert amended["amended"] == ["window.after: 8 → 6"]
    frame = {one["key"]: one for one in amended["frame"]}
    numbers = {one["name"]: one["value"] for one in frame["frame.plan"]["numbers"]}
    assert numbers == {"day": before["frozen_at"], "hash": before["sha256"]}
    assert "window.after: 8 → 6" in frame["frame.amended"]["text"]
    assert frame["frame.amended.hash"]["numbers"][0]["value"] != before["sha256"]
    assert abate.run("measure", "verify", folder / "bundle").code == 0


def test_a_study_run_again_says_same_wherever_the_folder_stands(abate, folder):
    checked = abate.run("measure", "verify", folder / "bundle", "--json")
    assert (checked.code, checked.json["same"]) == (0, True)
    assert sum(one["same"] for one in checked.json["numbers"].values()) > 1000
    (folder / "year").rename(folder / "elsewhere")
    assert abate.run("measure", "verify", folder / "bundle").code == 2
    moved = abate.run("measure", "verify", folder / "bundle", "--inputs", folder / "elsewhere")
    assert (moved.code, moved.out.splitlines()[-1]) == (0, "same")


FORGERIES = {
    "number": ("numbers/since_presence.json", r'"relative": -0\.\d+', '"relative": -0.9'),
    "sentence": ("sentences.json", "A mean of", "At most"),
    "chart": ("charts/presence.json", r'"value": \d+\b', '"value": 1'),
    "picture": ("charts/presence.svg", "<svg", "<svg "),
}


def forge(folder: Path, name: str) -> str:
    file, old, new = FORGERIES[name]
    path = folder / "bundle" / file
    text, times = re.subn(old, new, path.read_text("utf-8"))
    assert times
    path.write_text(text, "utf-8")
    return file


@pytest.mark.parametrize("name", FORGERIES)
def test_what_is_changed_in_a_bundle_is_named_and_no_report_is_made_of_it(abate, folder, name):
    file = forge(folder, name)
    assert bundles.tampered(folder / "bundle") == [file]
    report = abate.run("measure", "report", folder / "bundle", "--out", folder / "r.html")
    assert (report.code, file in report.err, (folder / "r.html").exists()) == (2, True, False)


def test_a_forger_who_seals_the_bundle_anew_is_found_by_running_it_again(abate, folder):
    sealed = json.loads((folder / "bundle" / "manifest.json").read_text("utf-8"))
    for name in ("number", "sentence", "chart"):
        forge(folder, name)
    bundles.seal(folder / "bundle")
    checked = abate.run("measure", "verify", folder / "bundle", "--json")
    assert (checked.code, checked.json["same"], checked.json["tampered"]) == (1, False, [])
    apart = {name for name, one in checked.json["numbers"].items() if one["different"]}
    assert apart == {"since_presence", "sentences", "charts"}
    assert checked.json["sha256"] != bundles.digest(sealed["files"]), "and its hash is no longer the published one"
    told = abate.run("measure", "verify", folder / "bundle")
    assert "At most" in told.out
    assert told.out.splitlines()[-1] == "different"


def test_a_changed_input_and_a_changed_truth_are_found(abate, folder):
    changed(folder / "year" / "truth.json", '"audience": ', '"audience": 1')
    checked = abate.run("measure", "verify", folder / "bundle")
    assert checked.code == 1
    assert "changed input: truth" in checked.out
    assert "truth/audience" in checked.out


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("frozen.json", "{}", "no frozen plan"),
        ("frozen.json", None, "changed by hand"),
        ("inputs.json", '[{"name": "sightings"}]', "lists no inputs"),
        ("manifest.json", "[]", "no manifest"),
        ("numbers/effect.json", "no JSON", "no part of a bundle"),
    ],
)
def test_a_bundle_that_is_none_ends_in_one_sentence(abate, folder, file, content, said):
    path = folder / "bundle" / file
    forged = path.read_text("utf-8").replace('"seed": 7', '"seed": 8') if content is None else content
    path.write_text(forged, "utf-8")
    ended = abate.run("measure", "verify", folder / "bundle")
    assert (ended.code, said in ended.err) == (2, True), ended.err
    assert "Traceback" not in ended.err


def test_the_truth_stands_beside_each_estimate_that_the_generator_knows(made):
    told = json.loads((made / "bundle" / "sentences.json").read_text("utf-8"))
    claims, numbers = {one["claim"]: one for one in told["claims"]}, numbers_of(made)
    known = {"presence", "following", "enforcement", "recruitment", "disillusion", "threats"}
    assert {name for name, one in claims.items() if one["truth"] is not None} == known
    since, truth = numbers["since_presence"], numbers["truth"]
    low, high = since["relative_interval"]
    assert low <= truth["since_presence"] <= high
    assert claims["growth"]["verdict"] == "scenario"
    assert {claims[name]["verdict"] for name in ("recruitment", "disillusion", "threats")} == {"consistent with"}
    assert numbers["intervention"]["risen_controls"] == ["Tidewater"], "where the struck of Harbourline went"
    assert numbers["effect"]["settings"]["controls"] == ["Saltmarsh"]


class Reader(HTMLParser):
    """Reads a report as a browser would: figures with their pointers, addresses, inline texts, running text."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str, str]] = []
        self.addresses: list[tuple[str, str]] = []
        self.inline: dict[str, str] = {}
        self.attributes: list[tuple[str, str | None]] = []
        self.said: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag, attrs):
        known = {name: value or "" for name, value in attrs}
        self.attributes += attrs
        self.addresses += [(name, known[name]) for name in ("src", "href", "srcset", "data", "action") if name in known]
        if known.get("http-equiv") == "Content-Security-Policy":
            self.inline["policy"] = known["content"]
        if tag != "meta":
            self._open.append((tag, known))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self._open.pop()

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        tags = [tag for tag, _ in self._open]
        if tags and tags[-1] in {"style", "script"}:
            self.inline[tags[-1]] = self.inline.get(tags[-1], "") + text
        elif tags and tags[-1] == "data":
            known = self._open[-1][1]
            self.figures.append((known["title"], known["value"], text))
        elif "svg" not in tags and "code" not in tags and "bdi" not in tags and "summary" not in tags:
            self.said.append(text)


def report_of(abate, folder, suffix: str) -> str:
    out = folder / f"report.{suffix}"
    assert abate.run("measure", "report", folder / "bundle", "--out", out).code == 0
    return out.read_text("utf-8")


def numbers_of(folder: Path) -> dict[str, object]:
    return {path.stem: json.loads(path.read_text("utf-8")) for path in (folder / "bundle" / "numbers").glob("*.json")}


def forms_of(folder: Path) -> dict[tuple[str, str], set[str]]:
    """Return which forms each pointer is shown in, by the bundle's own sentences."""
    out: dict[tuple[str, str], set[str]] = {}

    def walk(value):
        if isinstance(value, dict):
            if "pointer" in value:
                out.setdefault((value["pointer"], value["shown"]), set()).add(value["format"])
            for part in value.values():
                walk(part)
        elif isinstance(value, list):
            for part in value:
                walk(part)

    walk(json.loads((folder / "bundle" / "sentences.json").read_text("utf-8")))
    return out


def test_every_figure_of_the_html_report_is_the_number_at_its_pointer_and_no_other_digit_is_said(abate, made, tmp_path):
    reader = Reader()
    reader.feed(report_of(abate, Path(shutil.copytree(made, tmp_path / "s")), "html"))
    numbers, forms = numbers_of(made), forms_of(made)
    assert len(reader.figures) > 60
    for pointer, value, shown in reader.figures:
        assert json.loads(value) == resolve(numbers, pointer)
        assert any(FORMS[form](resolve(numbers, pointer)) == shown for form in forms[pointer, shown])
    spoken = [text for text in reader.said if re.search(r"\d", text)]
    # What is left are names of files and algorithms, in words that are no claim.
    assert {text.strip() for text in spoken} <= {"SHA-256 of the bundle"}, spoken


def test_every_figure_of_the_markdown_report_stands_in_its_table_with_its_pointer(abate, folder):
    text = report_of(abate, folder, "md")
    claims, table = text.split("## Every figure and its number")
    numbers, forms = numbers_of(folder), forms_of(folder)
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (/.+?) \|$", table, flags=re.MULTILINE)
    assert len(rows) > 40
    figures = set()
    for row in rows:
        shown, value, pointer = (re.sub(r"\\(.)", r"\1", cell) for cell in row)
        assert json.loads(value) == resolve(numbers, pointer)
        assert any(FORMS[form](resolve(numbers, pointer)) == shown for form in forms[pointer, shown])
        figures.add(row[0])
    # Each bold sentence is words and figures: without the figures, no digit is left.
    for sentence in re.findall(r"^\*\*(.+)\*\*$", claims, flags=re.MULTILINE):
        left = sentence
        for shown in sorted(figures, key=len, reverse=True):
            left = left.replace(shown, "")
        assert not re.search(r"\d", left), sentence


def test_the_html_report_loads_nothing_and_its_policy_names_what_stands_inside(abate, folder):
    text = report_of(abate, folder, "html")
    reader = Reader()
    reader.feed(text)
    assert all(value.startswith(("data:", "#")) for _, value in reader.addresses)
    assert {name for name, _ in reader.addresses} == {"href"}
    assert not [name for name, _ in reader.attributes if name.startswith("on") or name == "style"]
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org/2000/svg)", text)
    assert text.count("http://www.w3.org/2000/svg") == text.count("<svg")  # a name, and nothing that is fetched
    policy = dict(part.split(" ", 1) for part in reader.inline["policy"].split("; "))
    assert policy["default-src"] == "'none'"
    for part in ("style", "script"):
        digest = base64.b64encode(hashlib.sha256(reader.inline[part].encode()).digest()).decode()
        assert policy[f"{part}-src"] == f"'sha256-{digest}'"


def test_what_the_report_offers_to_take_along_is_what_the_bundle_holds(abate, folder):
    reader = Reader()
    reader.feed(report_of(abate, folder, "html"))
    taken = [unquote(value.split(",", 1)[1]) for _, value in reader.addresses if value.startswith("data:")]
    drawn = {path.read_text("utf-8") for path in (folder / "bundle" / "charts").glob("*.svg")}
    assert {text for text in taken if text.startswith("<svg")} <= drawn
    offered = json.loads(next(text for text in taken if text.startswith("{")))
    assert offered["numbers"] == numbers_of(folder)
    tables = [text for text in taken if not text.startswith(("<", "{"))]
    assert len(tables) >= 8
    assert all(len({len(row) for row in csv.reader(io.StringIO(text))}) == 1 for text in tables)


HOSTILE = (
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "**[bold](https://lantern.example)**",
    "a\u202ecod.exe\u2069b",
)


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A year in which platforms carry names that try to be something else."""
    monkeypatch.chdir(tmp_path)
    rows, done = [], []
    for place, name in enumerate(HOSTILE):
        for week in range(40):
            channels = 6 if place or week < 20 else 3
            day = f"2025-{1 + week // 4:02d}-{1 + 7 * (week % 4):02d}T10:00Z"
            rows += [
                {
                    "observed_at": day,
                    "platform": name,
                    "channel": f"{name} {n}",
                    "item": f"{place % 2}-{week}-{n}",
                    "audience": f"p{place}-{(week + n) % 30}",
                }
                for n in range(channels)
            ]
    done.append({"date": "2025-06-02", "platform": HOSTILE[0], "kind": '"><img src=x onerror=alert(1)>'})
    for file, table in (("sightings.csv", rows), ("interventions.csv", done)):
        with Path(file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, table[0].keys())
            writer.writeheader()
            writer.writerows(table)
    Path("study.toml").write_text(
        f"[study]\ntitle = {json.dumps(HOSTILE[0])}\nquestion = {json.dumps(HOSTILE[2])}\n"
        f"[platforms]\nunseen = {json.dumps(list(HOSTILE))}\n"
        '[inputs]\nsightings = "sightings.csv"\ninterventions = "interventions.csv"\n'
    )
    return tmp_path


def test_names_that_try_to_be_something_else_stay_names(abate, hostile):
    assert abate.run("measure", "study", "study.toml", "--out", "bundle").code == 0
    page, prose = report_of(abate, hostile, "html"), report_of(abate, hostile, "md")
    reader = Reader()
    reader.feed(page)
    assert page.count("<script") == 1, "our own"
    assert not [name for name, _ in reader.attributes if name.startswith("on")]
    assert "<img" not in page
    assert html.escape(HOSTILE[0]) in page
    assert HOSTILE[2] not in prose
    assert "<script" not in re.sub(r"\\.", "", prose)
    assert not re.search(r"(?<!\\)https?:\/\/", prose.replace("https\\://", ""))
    assert "\u202e" not in prose
    for path in (hostile / "bundle" / "charts").glob("*.svg"):
        assert "\u202e" not in path.read_text("utf-8") or path.stem == "overlap", path
    for path in (hostile / "bundle" / "charts").glob("*.csv"):
        cells = [cell for row in csv.reader(io.StringIO(path.read_text("utf-8"))) for cell in row]
        formulas = [cell for cell in cells if cell[:1] in {"=", "+", "-", "@"} and not re.fullmatch(r"-[\d.e-]+", cell)]
        assert not formulas, path


def test_a_store_in_which_nothing_was_seen_gives_a_report_of_grey_rows(abate, tmp_path):
    out = tmp_path / "empty.html"
    told = abate.run("measure", "report", "--out", out, "--json")
    assert told.code == 0
    assert {one["verdict"] for one in told.json["claims"]} == {"cannot be seen from here"}
    assert out.read_text("utf-8").count('class="claim claim-unseen"') == 7


def test_what_cannot_become_a_report_is_one_sentence(abate, folder, tmp_path):
    assert abate.run("measure", "report", "--out", tmp_path / "x.pdf").code == 2
    both = abate.run("measure", "report", folder / "bundle", "--study", folder / "study.toml", "--out", "x.md")
    assert (both.code, "not both" in both.err) == (2, True)
    nowhere = abate.run("measure", "report", folder / "bundle", "--out", tmp_path / "no" / "x.md")
    assert (nowhere.code, "cannot be written" in nowhere.err) == (2, True)
    assert abate.run("measure", "report", tmp_path, "--out", tmp_path / "x.md").code == 2


def test_a_draft_by_a_plan_says_that_nobody_froze_it(abate, folder):
    out = folder / "draft.md"
    assert abate.run("measure", "report", "--study", folder / "study.toml", "--out", out).code == 0
    assert "No plan was frozen before the outcome was read" in out.read_text("utf-8")
    assert not (folder / "frozen.json").exists()


def test_the_claims_of_tables_read_as_their_page_does(abate, folder):
    year = folder / "year"
    told = abate.run(
        "measure",
        "claims",
        *("--sightings", year / "sightings.parquet", "--checks", year / "checks.parquet"),
        *("--interventions", year / "interventions.parquet", "--lifetimes", year / "lifetimes.parquet"),
        *("--truth", year / "truth.json", "--unseen", "Far Shore"),
    )
    assert told.code == 0
    assert "1  Presence fell  [measured]" in told.out
    assert "The truth: −" in told.out
    assert "Not seen: Far Shore." in told.err
    assert "\N{REPLACEMENT CHARACTER}" not in told.out, "a space that keeps a unit with its number steers no terminal"
    wrong = abate.run("measure", "claims", "--sightings", year / "sightings.parquet", "--truth", folder / "study.toml")
    assert (wrong.code, "truth of an invented year" in wrong.err) == (2, True)
