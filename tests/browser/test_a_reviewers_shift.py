"""The console in a real browser: by keyboard, without scripts, narrow, wide, from right to left and in the dark."""

from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from PIL import Image, ImageDraw

from abate.app import SystemClock
from abate.domain.bank import BankPurpose
from abate.domain.case import CaseState
from abate.domain.item import Item, Kind
from abate.domain.person import Role
from abate.domain.scan import Verdict
from abate.flows import banks, cases, orders, people, pipeline
from abate.testing import decoding_kit

pytestmark = [
    pytest.mark.needs_program("chromium", "chromium"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: it takes a core
]

PASSWORD = "four plain words suffice"
WORDS = "The Order of the Grey Lantern lights the harbour tonight, bring the grey flame and tell nobody."
ARABIC = "غدًا نلتقي عند المرفأ ونتحدث عن البحر. "
LOOKS = {
    "wide": {"viewport": {"width": 1366, "height": 768}},
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": {"viewport": {"width": 1366, "height": 768}, "color_scheme": "dark"},
    "rtl": {"viewport": {"width": 1366, "height": 768}, "locale": "ar"},
    "still": {"viewport": {"width": 800, "height": 900}, "reduced_motion": "reduce"},
}


def paint(path) -> None:
    """Hills under a sun: nothing that anybody could mind."""
    picture = Image.new("RGB", (640, 480), (200, 220, 235))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((440, 50, 540, 150), fill=(250, 220, 90))
    for n in range(5):
        left = n * 130
        hill = [(left, 480), (left + 90, 170 + 40 * (n % 3)), (left + 200, 480)]
        draw.polygon(hill, fill=(60, 80 + 20 * n, 70))
    picture.save(path, quality=88)


def fill(kit, folder) -> None:
    now = kit.clock.now()
    known = folder / "known"
    known.mkdir()
    paint(known / "hills.jpg")
    (known / "pledge.txt").write_text(WORDS)
    banks.create(kit, "lantern", purpose=BankPurpose.KNOWN, group="Order of the Grey Lantern", by="ada")
    banks.add_files(kit, "lantern", sorted(known.iterdir()), by="ada")
    common = {"platform": "harbour", "channel": "quay", "posted_at": now - timedelta(hours=2)}
    pipeline.take_in(
        kit,
        [
            Item(
                id="منشور-٧",
                kind=Kind.TEXT,
                text="غدًا نلتقي عند المرفأ ونتحدث عن البحر. " * 5,
                account="حساب-٣",
                **common,
            ),
            Item(id="photo-88", kind=Kind.PHOTO, path=str(known / "hills.jpg"), account="u-19", views=90, **common),
            Item(id="post-1041", kind=Kind.TEXT, text=WORDS, account='u-<i>7</i>"', language="en", **common),
        ],
        by="platform",
    )
    form = orders.OrderForm(
        authority="Ministry of Harbours",
        authority_reference="GL-17",
        issuing_state="DE",
        received_at=(now - timedelta(minutes=50)).isoformat(),
        raw=b"Remove it.",
        items=("منشور-٧",),
        urls=("https://harbour.example/7",),
        material_types=("INCITES",),
        reasons="The post asks its readers to commit offences at the harbour.",
    )
    orders.receive(kit, form, by="ada")


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    with decoding_kit(folder, clock=SystemClock()) as made:
        people.add_user(made, "grace", PASSWORD, [Role.REVIEWER, Role.LEAD, Role.LEGAL], by="ada")
        fill(made, folder)
        yield made


def broken(request) -> list[str]:
    """What failed, unless the window simply went on to the next page meanwhile."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"{request.failure}: {request.url}"]


@contextmanager
def window(browser, address, **look):
    """A fresh window whose complaints and calls outside fail the test."""
    context = browser.new_context(base_url=address, **look)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}") if said.type != "log" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("requestfailed", lambda request: complaints.extend(broken(request)))
    called: set[str] = set()
    page.on("request", lambda request: called.add(urlsplit(request.url).netloc))
    page.set_default_timeout(20_000)
    yield page
    context.close()
    assert complaints == []
    assert called == {urlsplit(address).netloc}


def log_in(page) -> None:
    page.goto("/login")
    page.wait_for_function("() => document.activeElement.name === 'name'")
    page.keyboard.type("grace")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    arrive(page, "h2#waits")


def arrive(page, selector: str) -> None:
    """Wait until a page is there and listens: its script runs before the load is complete."""
    page.wait_for_selector(selector)
    page.wait_for_load_state("load")


def settle(page) -> None:
    """Wait until decision keys count: a key that still bounces from the last page must not decide the next case."""
    page.wait_for_load_state("load")
    page.wait_for_timeout(500)  # the page counts from when its script began, which was before its load was complete


def case_id(page) -> str:
    return urlsplit(page.url).path.rsplit("/", 1)[1]


def test_a_reviewer_decides_and_undoes_without_touching_the_mouse(browser, address, kit):
    with window(browser, address, **LOOKS["wide"]) as page:
        log_in(page)
        page.keyboard.press("q")
        arrive(page, "h1:has-text('Queue')")
        page.keyboard.press("j")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.matches('tbody tr:first-child a[data-row]')")
        page.keyboard.press("Enter")
        arrive(page, ".page-case")
        first = case_id(page)
        assert first == cases.queue(kit)[0].case.id
        settle(page)
        page.focus("textarea")
        page.keyboard.type("kl")  # letters in a note are letters
        page.keyboard.press("Escape")
        page.keyboard.press("l")
        arrive(page, ".banner")
        assert case_id(page) != first
        view = cases.show(kit, first)
        assert (view.case.state, view.decisions[-1].verdict, view.decisions[-1].note) == (
            CaseState.DECIDED,
            Verdict.LIMIT,
            "kl",
        )
        settle(page)
        page.keyboard.press("u")
        page.wait_for_selector("text=The decision was taken back")
        assert case_id(page) == first
        assert cases.show(kit, first).case.state is CaseState.OPEN


def test_a_key_that_still_bounces_from_the_last_page_decides_nothing(browser, address, kit):
    with window(browser, address, **LOOKS["wide"]) as page:
        log_in(page)
        page.add_init_script("performance.now = () => 100")  # the page stays a tenth of a second young
        case = cases.queue(kit)[0].case.id
        page.goto(f"/cases/{case}")
        page.keyboard.press("r")
        page.keyboard.press("q")  # what decides nothing may be pressed at once
        page.wait_for_selector("h1:has-text('Queue')")
        assert cases.show(kit, case).case.state is CaseState.OPEN


def test_the_picture_shows_while_the_key_or_the_button_is_held_and_not_longer(browser, address, kit):
    photo = next(view.case.id for view in cases.queue(kit) if view.item.kind is Kind.PHOTO)
    with window(browser, address, **LOOKS["wide"]) as page:
        log_in(page)
        page.goto(f"/cases/{photo}")
        assert page.is_visible("img.veiled")
        assert page.is_hidden("img.grey")
        assert page.evaluate("document.querySelector('img.veiled').naturalWidth") == 16
        page.keyboard.down("v")
        page.wait_for_function("() => document.querySelector('img.grey').naturalWidth > 100")
        assert page.is_visible("img.grey")
        page.keyboard.up("v")
        assert page.is_hidden("img.grey")
        page.hover(".hold")
        page.mouse.down()
        page.wait_for_selector("img.grey", state="visible")
        page.mouse.up()
        assert page.is_hidden("img.grey")


def test_everything_works_without_scripts(browser, address, kit):
    with window(browser, address, java_script_enabled=False, **LOOKS["wide"]) as page:
        log_in(page)
        page.click("text=Open the first")
        page.wait_for_selector(".page-case")
        case = case_id(page)
        page.select_option("[name=ground]", "DSA_ART16")
        page.click("button.keep")
        page.wait_for_selector(".banner")
        assert cases.show(kit, case).decisions[-1].verdict is Verdict.NONE
        page.click(".banner button")
        page.wait_for_selector("text=taken back")
        assert cases.show(kit, case).case.state is CaseState.OPEN


def test_the_keys_are_listed_and_the_list_closes(browser, address):
    with window(browser, address, **LOOKS["wide"]) as page:
        log_in(page)
        page.keyboard.press("?")
        assert page.is_visible("dialog#keys")
        page.keyboard.press("j")  # a key pressed behind the list moves nothing
        page.keyboard.press("Escape")
        assert page.is_hidden("dialog#keys")


def test_the_clock_runs_down_before_ones_eyes(browser, address):
    with window(browser, address, **LOOKS["wide"]) as page:
        log_in(page)
        before = page.inner_text(".countdown .count")
        moved = "before => document.querySelector('.countdown .count').textContent !== before"
        page.wait_for_function(moved, arg=before)
        assert page.get_attribute(".countdown", "class") == "countdown soon"


def test_on_a_desk_nothing_must_be_scrolled_to_decide(browser, address, kit):
    with window(browser, address, **LOOKS["wide"]) as page:
        log_in(page)
        for view in cases.queue(kit):
            page.goto(f"/cases/{view.case.id}")
            for name in ("keep", "limit", "remove"):
                box = page.locator(f"button.{name}").bounding_box()
                assert box["y"] + box["height"] <= 768
            assert page.evaluate("document.documentElement.scrollHeight") <= 768


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_fits_its_window_in_every_look(browser, address, kit, tmp_path, look):
    photo = next(view.case.id for view in cases.queue(kit) if view.item.kind is Kind.PHOTO)
    order = orders.listed(kit)[0].id
    with window(browser, address, **LOOKS[look]) as page:
        log_in(page)
        width = LOOKS[look]["viewport"]["width"]
        reads = page.evaluate("getComputedStyle(document.documentElement).direction")
        assert reads == ("rtl" if look == "rtl" else "ltr")
        for name, path in {
            "today": "/",
            "queue": "/queue",
            "case": f"/cases/{photo}",
            "orders": "/orders",
            "order": f"/orders/{order}",
            "enter": "/orders/new",
            "measure": "/measure",
            "actions": "/actions",
            "audit": "/audit",
            "account": "/account",
        }.items():
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.screenshot(path=tmp_path / f"{look}-{name}.png", full_page=True)
        assert len(list(tmp_path.glob("*.png"))) == 10
