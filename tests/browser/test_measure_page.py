"""The seven claims in a real browser: what is seen first, what can be pointed at and taken along, in every look."""

import csv
import io
import json
import xml.etree.ElementTree as ET
from contextlib import contextmanager
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import pytest

from abate.app import SystemClock
from abate.domain.history import HistoryEvent, Intervention, Step
from abate.domain.person import Role
from abate.flows import people
from abate.flows.claims import TRUTH_FILE, claims_from_store
from abate.flows.report import report
from abate.measurement.weeks import monday, to_micros, week_of
from abate.testing import decoding_kit

pytestmark = [
    pytest.mark.needs_program("chromium", "chromium"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: it takes a core
]

PASSWORD = "four plain words suffice"
WEEKS, STRUCK = 36, 24
LOOKS = {
    "narrow": {"viewport": {"width": 390, "height": 844}},
    "wide": {"viewport": {"width": 1280, "height": 800}},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "rtl": {"viewport": {"width": 390, "height": 844}, "locale": "ar"},
}


def fill(kit) -> None:
    """Let the loop have seen nine channels a week with some forty readers, and half of both after a takedown."""
    now = kit.clock.now()
    first = now - timedelta(weeks=WEEKS, days=now.weekday())
    events = []
    for week in range(WEEKS):
        share = 2 if week > STRUCK else 1
        at = first + timedelta(weeks=week, hours=3)
        common = {"at": at, "platform": "Harbourline", "group": "Order of the Grey Lantern"}
        events += [
            HistoryEvent(step=Step.MATCHED, item=f"{week}-{n}", channel=f"c{n}", posted_at=at, language="en", **common)
            for n in range((9 + week % 3) // share)
        ]
        events += [
            HistoryEvent(step=Step.REACTED, channel=f"c{n % 4}", audience=f"p{(7 * week + n) % 160}", **common)
            for n in range((40 + week % 5) // share)
        ]
    done = Intervention(id="i1", date=first + timedelta(weeks=STRUCK, days=2), platform="Harbourline", kind="takedown")
    with kit.store.write() as tx:
        tx.history.append(events)
        tx.interventions.add(done)
    (kit.settings.home / TRUTH_FILE).write_text(json.dumps(truth(first)))


def truth(first: datetime) -> dict[str, object]:
    start = week_of(to_micros(first))
    weeks = [
        {
            "week": monday(start + week).isoformat(),
            "presence": (9 + week % 3) // (2 if week > STRUCK else 1),
            "without_takedown": 9 + week % 3,
        }
        for week in range(WEEKS)
    ]
    return {"platform": "Harbourline", "audience": 160, "weeks": weeks}


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with decoding_kit(folder, clock=SystemClock()) as made:
        people.add_user(made, "grace", PASSWORD, [Role.ANALYST], by="ada")
        fill(made)
        claims_from_store(made)  # counted once before anybody looks, as in a process that has run for a while
        yield made


@pytest.fixture(scope="module")
def session(browser, address):
    """A login, made once: the password takes its time on purpose."""
    context = browser.new_context(base_url=address)
    page = context.new_page()
    page.goto("/login")
    page.fill("[name=name]", "grace")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("a[href='/measure']")
    kept = context.storage_state()
    context.close()
    return kept


@contextmanager
def window(browser, address, **look):
    """A fresh window whose complaints and calls outside fail the test."""
    context = browser.new_context(base_url=address, **look)
    page = context.new_page()
    page.set_default_timeout(20_000)
    complaints: list[str] = []
    called: set[str] = set()
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}") if said.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: called.add(urlsplit(request.url).netloc))
    yield page
    context.close()
    assert complaints == []
    assert called <= {urlsplit(address).netloc if address else ""}


@pytest.fixture
def measure(browser, address, session):
    """Open the page in a look."""

    @contextmanager
    def opened(look: str):
        with window(browser, address, storage_state=session, **LOOKS[look]) as page:
            page.goto("/measure")
            yield page

    return opened


def box(page, selector: str) -> dict[str, float]:
    return page.locator(selector).first.bounding_box()


def test_the_first_thing_seen_is_all_seven_claims_with_their_chips(measure):
    with measure("wide") as page:
        tiles = page.locator(".glance a")
        assert tiles.count() == 7
        assert [tiles.nth(n).locator(".chip").inner_text() for n in range(7)] == [
            "measured",
            "measured",
            "consistent with",
            "cannot be seen from here",
            "cannot be seen from here",
            "cannot be seen from here",
            "scenario",
        ]
        last = box(page, ".glance li:last-child")
        assert last["y"] + last["height"] < 420, "above the fold of a small desk"
        assert "−5" in page.inner_text(".glance li:first-child .glance-brief")
        assert page.inner_text(".glance li:first-child .glance-truth").startswith("in truth −")


@pytest.mark.parametrize("look", LOOKS)
def test_nothing_is_cut_or_lies_on_something_else_in_any_look(measure, tmp_path, look):
    with measure(look) as page:
        width = LOOKS[look]["viewport"]["width"]
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for selector in (".claim", ".picture", ".glance a", ".claim-sentence", ".claim-chart svg", ".picture svg"):
            for place in page.locator(selector).all():
                found = place.bounding_box()
                if found is None:
                    continue
                assert found["x"] >= 0, selector
                assert found["x"] + found["width"] <= width + 0.5, selector
                assert place.evaluate("e => e.scrollWidth <= e.clientWidth + 1 || e.clientWidth === 0"), selector
        overlaps = page.evaluate(
            """() => [...document.querySelectorAll(".picture svg.abate-chart, .claim-chart svg")].flatMap((svg) => {
                const boxes = [...svg.querySelectorAll("text")].map((text) => text.getBoundingClientRect())
                    .filter((one) => one.width > 0);
                return boxes.flatMap((one, place) => boxes.slice(place + 1)
                    .filter((other) => one.left < other.right - 1 && other.left < one.right - 1
                        && one.top < other.bottom - 3 && other.top < one.bottom - 3)
                    .map(() => svg.querySelector("title").textContent));
            })"""
        )
        assert overlaps == [], "letters lie on letters"
        page.screenshot(path=tmp_path / f"{look}.png", full_page=True)
        assert (tmp_path / f"{look}.png").stat().st_size > 10_000


def test_figures_keep_their_order_from_right_to_left(measure):
    with measure("rtl") as page:
        assert page.evaluate("getComputedStyle(document.documentElement).direction") == "rtl"
        order = page.evaluate(
            """() => [...document.querySelectorAll(".figure")].filter((one) => one.offsetParent).map((one) => {
                const text = one.firstChild, range = document.createRange(), at = (place) => {
                    range.setStart(text, place); range.setEnd(text, place + 1);
                    return range.getBoundingClientRect().left;
                };
                return one.textContent.length < 2 || at(0) < at(one.textContent.length - 1);
            })"""
        )
        assert len(order) > 20
        assert all(order)


def test_a_chart_says_its_values_when_pointed_at_and_by_arrow_keys(measure):
    with measure("wide") as page:
        chart = page.locator("#chart-of-presence .chart-place")
        chart.scroll_into_view_if_needed()
        chart.hover()
        said = page.locator("output.reading")
        assert said.is_visible()
        assert "week of 20" in said.inner_text()
        page.mouse.move(0, 0)
        assert said.is_hidden()
        chart.focus()
        page.keyboard.press("ArrowRight")
        first = said.inner_text()
        page.keyboard.press("ArrowRight")
        assert said.inner_text() != first
        page.keyboard.press("Escape")
        assert said.is_hidden()


def test_how_far_to_trust_it_opens_under_every_chart_and_claim_that_has_numbers(measure):
    with measure("wide") as page:
        panels = page.locator("details.trust")
        assert panels.count() >= 6
        assert page.locator(".trust-method").first.is_hidden()
        page.locator("#claim-presence details.trust summary").click()
        assert page.locator("#claim-presence .trust-method").first.is_visible()
        assert "It assumes" in page.inner_text("#claim-presence details.trust")


def test_every_chart_can_be_taken_along_as_a_picture_and_as_values(measure):
    with measure("wide") as page:
        links = page.locator(".picture .downloads a")
        pictures = page.locator(".picture").count()
        assert links.count() == 2 * pictures
        for place in (0, 1):
            with page.expect_download() as waited:
                links.nth(place).click()
            content = waited.value.path().read_text("utf-8")
            if waited.value.suggested_filename.endswith(".svg"):
                assert ET.fromstring(content).tag.endswith("svg")  # noqa: S314 - ours
            else:
                assert next(csv.reader(io.StringIO(content)))[:2] == ["week", "series"]


def test_each_figure_names_the_number_that_it_shows(measure):
    with measure("wide") as page:
        numbers = page.evaluate("async () => (await (await fetch('/measure/numbers.json')).json()).numbers")
        figures = page.locator(".claims data.figure").all()
        assert len(figures) > 20
        for figure in figures[:40]:
            value = numbers
            for part in figure.get_attribute("title").split("/")[1:]:
                value = value[int(part) if isinstance(value, list) else part.replace("~1", "/").replace("~0", "~")]
            assert value == json.loads(figure.get_attribute("value"))


def test_without_scripts_everything_is_still_there(browser, address, session):
    with window(browser, address, storage_state=session, java_script_enabled=False, **LOOKS["wide"]) as page:
        page.goto("/measure")
        assert page.locator(".claim").count() == 7
        assert page.locator("#chart-of-presence svg .hit title").count() > 20


@pytest.mark.parametrize("look", LOOKS)
def test_the_report_is_one_file_that_opens_by_itself_and_calls_nobody(browser, kit, tmp_path, look):
    out = tmp_path / "report.html"
    report(kit, bundle=None, plan=None, out=out)
    if look == "rtl":
        out.write_text(out.read_text("utf-8").replace('dir="ltr"', 'dir="rtl"', 1), "utf-8")
    with window(browser, "", **LOOKS[look]) as page:
        page.goto(out.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= LOOKS[look]["viewport"]["width"]
        assert page.evaluate("getComputedStyle(document.querySelector('.claim')).borderTopStyle") == "solid", "styled"
        page.locator("#chart-of-presence .chart-place").hover()
        assert page.locator("output.reading").is_visible(), "its own script ran"
        assert page.get_attribute("a[download='abate-numbers.json']", "href").startswith("data:application/json")
