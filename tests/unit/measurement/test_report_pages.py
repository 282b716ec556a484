"""The report as a page: in another language, from right to left, with hostile names, and with little to draw."""

import re
import string
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abate.measurement.claims.evidence import Evidence, Missing
from abate.measurement.claims.seven import seven_claims
from abate.measurement.drawing import stored
from abate.measurement.drawing.chart import Chart, Event, Point, Series, Tick, render
from abate.measurement.drawing.heat_map import HeatMap
from abate.measurement.drawing.lettering import isolated, lettered, unsteered
from abate.measurement.drawing.small_chart import small_chart
from abate.measurement.drawing.values import as_csv
from abate.measurement.report.markdown import markdown
from abate.measurement.report.page import document, file_of, fragment, page_of
from abate.measurement.wording import ENGLISH

EVENT = {"date": "2026-05-14", "kind": "takedown", "platform": "Harbourline"}
FOOTING = {"method": "counted", "calibrated": None, "assumptions": ["all is seen"], "warnings": []}
SINCE = FOOTING | {
    "event": EVENT,
    "before": {"first": "2026-03-16", "last": "2026-05-04", "weeks": 8, "mean": 17.0},
    "after": {"first": "2026-05-18", "last": "2026-07-06", "weeks": 8, "mean": 8.0},
    "relative": -0.5,
    "relative_interval": [-0.6, -0.4],
}


def translated(key: str) -> str:
    """Say the same figures in the letters of another language."""
    names = [name for _, name, _, _ in string.Formatter().parse(ENGLISH[key]) if name]
    return " ".join(["كلمات", *(f"{{{name}}}" for name in names)])


CATALOGUE = {key: translated(key) for key in ENGLISH}


def drawn(name="Harbourline", **more):
    points = tuple(Point(x=float(n), value=float(n), low=n - 1.0, high=n + 1.0, label=f"week of {n}") for n in range(5))
    return Chart(title=name, description=name, points=points, events=(Event(x=2.0, label=name),), **more)


def paged(charts=None, title="", **answers):
    evidence = Evidence(
        answers={"since_presence": SINCE} | answers,
        missing={
            "survival": Missing(why="no lifetimes were given"),
            "stance": Missing(why="no labels", collect="some"),
        },
    )
    found = {"presence": drawn()} if charts is None else charts
    return page_of(seven_claims(evidence), found, command="abate measure report --out r.html", title=title)


def test_the_page_says_first_what_is_known_of_all_seven_claims():
    text = document(paged())
    assert text.index('class="glance"') < text.index('class="frame"') < text.index('class="claims"')
    assert text.count('class="chip ') == 14
    assert text.count('class="claim ') == 7
    assert len(re.findall(r'<a class="glance-\w+" href="#claim-', text)) == 7


def test_a_page_from_right_to_left_says_so_and_its_figures_keep_their_order():
    text = document(paged(), catalogue=CATALOGUE, language="ar", direction="rtl")
    assert '<html lang="ar" dir="rtl">' in text
    assert text.count('direction="ltr"') == text.count("<svg"), "time runs from left to right on every chart"
    assert re.search(r"\.figure \{[^}]*direction: ltr; unicode-bidi: isolate", text), "[−61, −48] is not [−48 ,−61]"
    sided = re.findall(r"(?:margin|padding|border)-(?:left|right)|[^-]text-align: (?:left|right)", text)
    assert set(sided) <= {" text-align: right"}, "only logical sides, but for the one rule of rtl itself"


def test_a_translation_is_a_mapping_with_the_same_keys_and_leaves_no_english_behind():
    page = paged()
    text = document(page, catalogue=CATALOGUE, language="ar", direction="rtl")
    prose = re.sub(r"<svg.*?</svg>|<style>.*?</style>|<script>.*?</script>|<[^>]+>", " ", text, flags=re.DOTALL)
    # What is left in Latin letters are figures, quoted words of the measures, commands and hashes.
    quoted = {word for one in page.claims.sentences() for figure in one.figures for word in figure.shown.split()}
    quoted |= {word for one in page.claims.evidence.missing.values() for word in one.why.split()}
    quoted |= set(page.foot.command.split()) | {page.foot.hash}
    left = {word for word in prose.split() if re.search("[A-Za-z]{2}", word)} - quoted
    assert left == set()
    assert "كلمات" in markdown(page, catalogue=CATALOGUE)


def test_every_word_of_the_page_comes_from_the_catalogue():
    asked = set()

    class Watched(dict):
        def __getitem__(self, key):
            asked.add(key)
            return super().__getitem__(key)

    for page in (paged(), paged(charts={}), paged(presence=FOOTING)):
        document(page, catalogue=Watched(ENGLISH))
        markdown(page, catalogue=Watched(ENGLISH))
    assert {"page.title", "page.trust", "claim.presence", "verdict.measured", "section.presence.lead"} <= asked
    with pytest.raises(KeyError):
        document(paged(), catalogue={key: text for key, text in ENGLISH.items() if key != "page.rival"})


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=x>',
    "=cmd()",
    "a\u202eb\u2069c",
    "\x00\x1b[31m",
    "{0}{x}",
)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_from_outside_is_a_name_on_the_page_in_the_chart_and_in_the_tables(name):
    chart = drawn(name, more=(Series(name=name, points=(Point(x=1.0, value=2.0),)),), ticks=(Tick(x=0.0, text=name),))
    event = SINCE | {"event": EVENT | {"platform": name, "kind": name}}
    page = paged({"presence": chart}, title=name, since_presence=event)
    text = document(page)
    assert "<script>alert" not in text
    assert "<img" not in text
    for svg in (render(chart), file_of(chart, "svg")):
        ET.fromstring(svg)  # noqa: S314 - drawn a line above
        assert not re.search("[\u202e\x00\x1b]", svg)
    ET.fromstring(small_chart(chart, name="s").replace("<svg", "<svg", 1))  # noqa: S314 - drawn here
    assert not re.search(r"^[=+@]", as_csv(chart).split(",")[-1])
    assert not re.search("[\u202e\x00\x1b]|(?<!\\\\)<", markdown(page))


@given(st.text(max_size=30))
def test_any_text_can_be_drawn(name):
    ET.fromstring(render(drawn(name)))  # noqa: S314 - drawn here
    assert not set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068") & set(lettered(name))
    assert isolated(name).startswith("\u2068")
    assert isolated(name).count("\u2069") == 1


def test_letters_of_every_script_stay():
    for name in ("الفانوس\u200cالرمادي", "ግራጫ ፋኖስ", "slow\u00a0boat"):
        assert unsteered(name) == name == lettered(name)


def test_a_command_that_holds_a_backtick_stays_a_command():
    page = page_of(seven_claims(Evidence(answers={})), {}, command="abate measure verify a`b``c")
    assert "``` abate measure verify a`b``c ```" in markdown(page)


def test_sections_that_cannot_be_drawn_say_why():
    text = fragment(paged(charts={}), lambda name, kind: f"/{name}.{kind}")
    assert "Nothing to draw: <bdi>no lifetimes were given</bdi>." in text
    assert "<svg" not in text


def test_charts_survive_being_stored():
    chart = drawn(more=(Series(name="a", points=(Point(x=1.0, value=None),)),), ticks=(Tick(x=0.0, text="t"),))
    heat = HeatMap(
        title="t",
        description="d",
        names=("a", "=b"),
        values=((1.0, None), (None, 1.0)),
        intervals=((None, (0.1, 0.2)),) * 2,
    )
    for one in (chart, heat):
        assert stored.from_json(stored.to_json(one)) == one
    assert "'=b" in file_of(heat, "csv")
    assert file_of(heat, "svg").startswith("<svg")
    assert fragment(paged({"overlap": heat}), lambda name, kind: name).count("<svg") == 1


def test_the_truth_of_invented_data_is_announced():
    page = page_of(
        seven_claims(Evidence(answers={"since_presence": SINCE, "truth": {"since_presence": -0.52}})),
        {},
        command="x",
        invented=True,
    )
    for text in (document(page), markdown(page)):
        assert ENGLISH["page.truth_lead"] in text
        assert "in truth" in text or "over the same weeks" in text


def test_what_is_written_to_be_pointed_at_is_a_pointer():
    text = document(paged())
    figures = re.findall(r'<data class="figure" value="([^"]*)" title="([^"]*)">', text)
    assert ("-0.5", "/since_presence/relative") in figures
