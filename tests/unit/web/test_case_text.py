"""A case whose text was read: the reviewer sees where it met what is known, in which language, and how it reads."""

from abate.domain.bank import SELF, Match
from abate.domain.case import Case
from abate.domain.item import Item, Kind
from abate.domain.person import Permission, Role
from abate.domain.scan import Proposal, Reason, Verdict
from abate.domain.signal import Context, ContextLabel, Language, Mention, Outlook, Score, Span

WORDS = "<b>by lamp</b> and by oar, says the Grey Lantern"


def put(site, **read):
    item = Item(id="post-1", kind=Kind.TEXT, text=WORDS, language="en", platform="harbour")
    start = WORDS.index("by lamp")
    met = Match(
        bank="mottoes",
        entry="e1",
        signal_type="term",
        distance=0,
        sources=(SELF,),
        spans=(Span(start=start, end=start + 7),),
    )
    named = Mention(name="Grey Lantern", list="UN", ref="1", start=WORDS.index("Grey"), end=len(WORDS))
    proposal = Proposal(verdict=Verdict.REVIEW, reasons=(Reason(rule="exact_but_no_proof", text="Same phrase."),))
    case = Case(
        id="c1",
        item=item.id,
        opened_at=site.kit.clock.now(),
        proposal=proposal,
        matches=(met,),
        mentions=(named,),
        **read,
    )
    with site.kit.store.write() as tx:
        tx.items.add(item)
        tx.cases.add(case)
    site.log_in(Role.REVIEWER)
    page = site.client.get("/cases/c1")
    assert page.status_code == 200
    return page.text


def test_the_words_that_were_met_are_marked_and_nothing_of_the_text_becomes_markup(site):
    page = put(site)
    assert '&lt;b&gt;<mark class="match">by lamp</mark>&lt;/b&gt; and by oar' in page
    assert '<mark class="mention">Grey Lantern</mark>' in page
    assert "<b>by lamp" not in page


def test_language_context_and_scores_stand_beside_the_text(site):
    page = put(
        site,
        language=Language(code="fa", confidence=0.75),
        context=Context(label=ContextLabel.COUNTER_SPEECH, probability=0.9),
        scores=(Score(name="ranker:abuse", probability=0.25, outlook=Outlook.UNCERTAIN),),
    )
    for words in ("fa", "75 %", "counter-speech", "90 %", "ranker:abuse", "25 %", "cannot tell", "is protected"):
        assert words in page


def test_without_a_reader_the_platforms_language_stands(site):
    page = put(site)
    assert "<dd>en</dd>" in page
    assert "Reads as" not in page


def test_a_language_that_only_the_platform_named_has_no_figure(site):
    assert "<dd>ps</dd>" in put(site, language=Language(code="ps", confidence=None))


def test_the_api_tells_the_same(site):
    put(site, language=Language(code="fa", confidence=0.75))
    told = site.client.get("/v1/cases", headers=site.bearer(Role.REVIEWER, scopes=[Permission.CASES_READ])).json()[
        "cases"
    ][0]
    assert told["language"] == {"code": "fa", "confidence": 0.75}
    assert told["context"] == {"label": "unknown", "probability": None}
    assert told["matches"][0]["spans"] == [{"start": WORDS.index("by lamp"), "end": WORDS.index("by lamp") + 7}]
    assert told["mentions"][0]["name"] == "Grey Lantern"
