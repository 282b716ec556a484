"""A rule's whole life in a real browser, by two people: written, mended, tried, in shadow, approved, met, undone."""

from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest

from abate.domain.item import Item, Kind
from abate.domain.person import Role
from abate.domain.rule import RuleState
from abate.domain.scan import Verdict
from abate.flows import cases, people, pipeline
from abate.flows.rules import life
from abate.testing import FrozenClock, make_kit

pytestmark = [
    pytest.mark.needs_program("chromium", "chromium"),
    pytest.mark.xdist_group("browser"),  # one browser at a time: it takes a core
]

PASSWORD = "four plain words suffice"
DESK = {"viewport": {"width": 1366, "height": 768}}
LOOKS = {
    "wide": DESK,
    "narrow": {"viewport": {"width": 360, "height": 740}},
    "dark": DESK | {"color_scheme": "dark"},
    "rtl": DESK | {"locale": "ar"},
}
LOUD = """rule(
    name="{name}",
    when=item.views > {views} and surface == "feed",
    then=review,
    because="Seen {{item.views}} times on {{surface}}.",
    owner="kim",
)
"""


def post(kit, name: str, views: int, surface: str = "feed"):
    """An item comes in now."""
    item = Item(
        id=name,
        kind=Kind.TEXT,
        text="plain words, كلمات",
        views=views,
        surface=surface,
        account=f"of-{name}",
        platform="harbour",
    )
    return pipeline.take_in(kit, [item], by="platform")[0]


@pytest.fixture(scope="module")
def kit(tmp_path_factory):
    made = make_kit(tmp_path_factory.mktemp("home"), clock=FrozenClock())
    people.add_user(made, "ann", PASSWORD, [Role.ANALYST], by="ada")
    people.add_user(made, "lee", PASSWORD, [Role.LEAD, Role.REVIEWER], by="ada")
    for day in range(20):  # a post a day of few views, and one of many each fifth day
        made.clock.move(days=1)
        post(made, f"calm-{day}", 10)
        if day % 5 == 0:
            post(made, f"loud-{day}", 5_000)
    made.clock.move(hours=1)
    return made


@contextmanager
def window(browser, address, who: str, **look):
    """Somebody's window, whose complaints and calls outside fail the test."""
    context = browser.new_context(base_url=address, **look)
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    called: set[str] = set()
    page.on("request", lambda request: called.add(urlsplit(request.url).netloc))
    page.set_default_timeout(20_000)
    page.goto("/login")
    page.fill("[name=name]", who)
    page.fill("[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_selector("nav a[href='/rules']")
    yield page
    context.close()
    assert [one for one in complaints if "status of 4" not in one] == []  # what is refused on purpose is told of there
    assert called == {urlsplit(address).netloc}


def written(page) -> str:
    return page.input_value("textarea[name=text]")


def test_a_rule_from_draft_to_rollback(browser, address, kit):
    with window(browser, address, "ann", **DESK) as ann, window(browser, address, "lee", **DESK) as lee:
        write(ann)
        mend_and_save(ann)
        version = life.found(kit, "loud")
        assert version.state is RuleState.DRAFT
        see_what_it_would_have_done(ann)
        ann.fill("form[action$='/shadow'] input[name=note]", "let it run a day")
        ann.click("text=Put in shadow")
        ann.wait_for_selector("h1 .state-shadow")
        kit.clock.move(hours=2)
        assert post(kit, "in-shadow", 9_000).proposal.verdict is Verdict.NONE
        ann.reload()
        assert ann.inner_text(".counted dd >> nth=0") == "1"
        ann.fill("input[name=share]", "100")
        ann.click("text=Ask to go live")
        ann.wait_for_selector("text=Waits for a second person")
        assert ann.locator("text=Approve").count() == 0
        approve(lee)
        assert life.found(kit, "loud").state is RuleState.LIVE
        kit.clock.move(hours=1)
        assert post(kit, "in-force", 7_777).proposal.verdict is Verdict.REVIEW
        see_why(lee, kit)
        lee.click("a:has-text('loud')")
        lee.fill("#why-back", "it hits a fair")
        lee.click("text=Roll back")
        lee.wait_for_selector("h1 .state-retired")
        assert "it hits a fair" in lee.inner_text(".events")
        kit.clock.move(hours=1)
        assert post(kit, "afterwards", 9_999).proposal.verdict is Verdict.NONE
    assert [change.step.value for change in life.history(kit, "loud")][::-1] == [
        "drafted",
        "shadowed",
        "asked",
        "approved",
        "rolled_back",
    ]


def write(page) -> None:
    """By keyboard, with completion: of fields, of what stands in quotes, and of what a reason may show."""
    page.click("nav a[href='/rules']")
    page.click("text=Write a rule")
    page.wait_for_selector("form.alive")
    page.focus("textarea")
    page.keyboard.press("Control+a")
    page.keyboard.type('rule(name="loud", when=item.vi')
    page.wait_for_selector("#choices [aria-selected=true]:has-text('item.views')")
    active = page.get_attribute("textarea", "aria-activedescendant")
    assert page.inner_text(f"#{active} code") == "item.views"
    page.keyboard.press("Enter")
    page.keyboard.type(' > "many" and surf')
    page.wait_for_selector("#choices:not([hidden])")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Tab")
    page.keyboard.type(' == "')
    page.wait_for_selector("#choices li:has-text('feed')")
    page.keyboard.press("Enter")
    page.keyboard.type(",\n  then=rev")
    page.wait_for_selector("#choices:not([hidden])")
    page.keyboard.press("Escape")
    page.wait_for_selector("#choices", state="hidden")
    assert page.evaluate("document.activeElement.name") == "text"  # Escape closed the list and left nothing
    page.keyboard.type('iew, because="Seen {item.v')
    page.wait_for_selector("#choices li:has-text('item.views')")
    page.keyboard.press("Enter")
    page.keyboard.type(' times.", owner="ann")')
    assert written(page) == (
        'rule(name="loud", when=item.views > "many" and surface == "feed",\n'
        '  then=review, because="Seen {item.views} times.", owner="ann")'
    )


def mend_and_save(page) -> None:
    """What is wrong is said while she writes, at its place; one press goes there."""
    page.wait_for_selector(".mistakes >> text=compared with a text")
    assert page.locator(".under .wrong").count() == 1
    assert page.inner_text(".numbers-of .bad").strip() == "1"
    page.click(".mistakes button")
    at = page.evaluate("document.querySelector('textarea').selectionStart")
    assert written(page)[at:].startswith(('item.views > "many"', '"many"'))
    start = written(page).index('"many"')
    page.evaluate(f"document.querySelector('textarea').setSelectionRange({start}, {start + 6})")
    page.keyboard.type("1000")
    page.wait_for_selector(".message.good >> text=loud (review)")
    page.click("text=Save as draft")
    page.wait_for_selector("h1 .state-draft")


def see_what_it_would_have_done(page) -> None:
    page.click("button:has-text('30 days')")
    page.wait_for_selector("#tried >> text=It hits 4 of 24 items")
    assert page.locator("#tried .abate-chart rect.bar").count() > 4


def approve(page) -> None:
    page.click("nav a[href='/rules']")
    card = page.locator("article.waiting")
    assert "It hits 4 of 24 items" in card.inner_text()
    card.locator("input[name=note]").first.fill("read the backtest")
    card.locator("text=Approve").click()
    page.wait_for_selector("h1 .state-live")


def see_why(page, kit) -> None:
    case = cases.queue(kit)[0]
    assert case.item.id == "in-force"
    page.goto(f"/cases/{case.case.id}")
    assert "Seen 7777 times." in page.inner_text(".reasons")
    page.click(".why summary:has-text('loud')")
    clauses = page.inner_text(".why .clauses")
    assert "item.views > 1000" in clauses
    assert "7777" in clauses


def test_everything_works_without_scripts(browser, address, kit):
    with window(browser, address, "ann", java_script_enabled=False, **DESK) as page:
        page.goto("/rules/new")
        page.fill("textarea", "\n" + LOUD.format(name="plain", views="'x'"))
        page.click("text=Save as draft")
        page.wait_for_selector("text=It was not saved")
        assert "Line 4:" in page.inner_text(".mistakes")
        assert written(page).startswith("\nrule(")
        page.fill("textarea", LOUD.format(name="plain", views=4_000))
        page.click("text=Save as draft")
        page.wait_for_selector("h1 .state-draft")
        page.click("button:has-text('90 days')")
        page.wait_for_selector("#tried >> text=items from")
        page.click("text=Put in shadow")
        page.wait_for_selector("h1 .state-shadow")
    assert life.found(kit, "plain").state is RuleState.SHADOW


def test_the_panel_is_searched_and_puts_words_into_the_text(browser, address):
    with window(browser, address, "ann", **DESK) as page:
        page.goto("/rules/new")
        page.wait_for_selector("form.alive")
        page.fill("#search", "pseudonym")
        shown = page.eval_on_selector_all(".words-list li:not([hidden])", "rows => rows.map(row => row.dataset.word)")
        assert shown == ["item.account"]
        page.evaluate("document.querySelector('textarea').setSelectionRange(0, 0)")
        page.click(".word:has-text('item.account')")
        assert written(page).startswith("item.accountrule(")
        page.keyboard.press("Control+z")
        assert written(page).startswith("rule(")


def test_letters_of_every_plane_do_not_move_the_place_of_a_mistake(browser, address):
    with window(browser, address, "ann", **DESK) as page:
        page.goto("/rules/new")
        page.wait_for_selector("form.alive")
        before = "rule(because='🏮🏮', owner='𝔸', name='lamps', then=review, when="
        page.fill("textarea", f"{before}item.view > 1)")
        page.wait_for_selector(".mistakes >> text=there is no field item.view")
        page.click(".mistakes button")
        at = page.evaluate("document.querySelector('textarea').selectionStart")
        assert at == len(before.encode("utf-16-le")) // 2
        assert "item.view".startswith(page.inner_text(".under .wrong"))


@pytest.mark.parametrize("look", LOOKS)
def test_every_page_of_rules_fits_its_window_in_every_look(browser, address, kit, tmp_path, look):
    if not [one for one in life.listed(kit) if one.name == "wide"]:
        long = "w" * 60
        (version,) = life.draft(kit, LOUD.format(name="wide", views=1).replace("kim", long), by="operator")
        life.shadow(kit, version.id, by="operator", note="ملاحظة " + "x" * 300)
        life.draft(kit, LOUD.format(name="wide", views=2), by="operator")
        kit.clock.move(minutes=1)
    with window(browser, address, "lee", **LOOKS[look]) as page:
        width = LOOKS[look]["viewport"]["width"]
        for name, path in {
            "list": "/rules?retired=1",
            "rule": "/rules/wide",
            "older": f"/rules/wide?version={life.listed(kit)[-1].id}",
            "new": "/rules/new",
            "edit": "/rules/wide/edit",
        }.items():
            page.goto(path)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            page.screenshot(path=tmp_path / f"{look}-{name}.png", full_page=True)
        page.focus("textarea")
        page.keyboard.press("Control+End")
        page.keyboard.type("\n# ")
        page.keyboard.type("\nite")
        box = page.locator("#choices").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.evaluate("document.querySelector('textarea').value = document.querySelector('textarea').defaultValue")
        assert len(list(tmp_path.glob("*.png"))) == 5
