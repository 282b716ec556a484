import json
import time
from datetime import UTC, datetime

import pytest

from abate.domain.bank import Entry
from abate.domain.errors import InputError
from abate.signals.terms import MentionFinder, normalise_name

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def named(*names, **fields):
    return [
        Entry(
            id=str(i),
            bank="un",
            signal_type="name",
            value=normalise_name(name),
            label=name,
            added_at=NOW,
            **fields,
        )
        for i, name in enumerate(names)
    ]


def found(text, *names):
    return [text[m.start : m.end] for m in MentionFinder(named(*names)).find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the Order of the Grey Lantern met", ["Order of the Grey Lantern"]),
        ("ORDER OF THE GREY LANTERN", ["ORDER OF THE GREY LANTERN"]),
        ("order-of the\n grey  lantern.", ["order-of the\n grey  lantern"]),
        ("Order of the Grey Lanterns", []),
        ("Disorder of the Grey Lantern", []),
        ("Órder o\u200bf the Grey Lanteŕn\u0301", ["Órder o\u200bf the Grey Lanteŕn\u0301"]),
        ("", []),
    ],
)
def test_a_long_name_is_found_as_whole_words_in_any_dress(text, expected):
    assert found(text, "Order of the Grey Lantern") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fighters of the ADF said", ["ADF"]),
        ("the ADF's men, the ADF-led raid", ["ADF", "ADF"]),
        ("(ADF)", ["ADF"]),
        ("ADF", ["ADF"]),
        ("adf Adf ADFs xADF", []),
        ("LET US GO NOW", []),
        ("ALL OF US LET GO", []),
        ("troops of LET and others", ["LET"]),
        ("let us go; Let us", []),
        ("قال LET اليوم", ["LET"]),
    ],
)
def test_a_short_name_is_found_only_exactly_and_not_in_shouting(text, expected):
    assert found(text, "ADF", "LET") == expected


def test_a_short_name_with_small_letters_does_not_mind_shouting_around_it():
    assert found("AND Jit CAME", "Jit") == ["Jit"]


@pytest.mark.parametrize("name", ["G-PÈP", "G-PE\u0300P", "E. S. Co."])
def test_a_short_name_of_several_parts_is_found_as_a_whole(name):
    assert found(f"in the {name} area; {name}x", name) == [name]


def test_a_mark_makes_the_last_letter_another_letter():
    assert found("the ADF\u0301 area", "ADF") == []


@pytest.mark.parametrize("proclitic", ["", "و", "ف", "ب", "ك", "ل", "س", "ال", "وال", "بال", "فبال", "لل", "ولل"])
def test_a_name_in_arabic_script_is_found_behind_what_is_written_onto_it(proclitic):
    assert found(f"قال {proclitic}فانوس رمادي أمس", "فانوس رمادي") == ["فانوس رمادي"]


@pytest.mark.parametrize("proclitic", ["", "و", "ب", "وب", "ف"])
def test_a_name_with_its_article_is_found_behind_a_proclitic(proclitic):
    assert found(f"{proclitic}الفانوس الرمادي", "الفانوس الرمادي") == ["الفانوس الرمادي"]


@pytest.mark.parametrize("proclitic", ["ل", "ول", "فل"])
def test_to_swallows_the_articles_alef_and_the_name_is_found_all_the_same(proclitic):
    assert found(f"{proclitic}لفانوس الرمادي", "الفانوس الرمادي") == ["لفانوس الرمادي"]


@pytest.mark.parametrize("text", ["لفانوس الرمادي", "مالفانوس الرمادي", "الفانوس الرماديون", "ملفانوس الرمادي"])
def test_other_letters_before_or_behind_an_arabic_name_make_it_another_word(text):
    assert found(text, "الفانوس الرمادي") == []


def test_a_latin_name_takes_no_proclitic():
    assert found("وGrey Lantern", "Grey Lantern") == []


def test_a_name_in_a_script_without_spaces_is_found_inside_its_sentence():
    assert found("我们在灰色灯笼见面", "灰色灯笼") == ["灰色灯笼"]


def test_the_longer_name_hides_the_shorter_inside_it():
    assert found("Order of the Grey Lantern", "Grey Lantern", "Order of the Grey Lantern") == [
        "Order of the Grey Lantern"
    ]


def test_one_name_of_two_organisations_gives_two_mentions():
    entries = [
        *named("Grey Lantern", ref="QDe.1", sources=("list b",)),
        *named("Grey-Lantern", ref="QDe.2", sources=("list a",)),
    ]
    mentions = MentionFinder(entries).find("a Grey Lantern")
    assert [(m.list, m.ref, m.name) for m in mentions] == [
        ("list a", "QDe.2", "Grey-Lantern"),
        ("list b", "QDe.1", "Grey Lantern"),
    ]


def test_without_a_source_the_bank_stands_for_the_list_and_without_a_label_the_value():
    entry = Entry(id="1", bank="un", signal_type="name", value="grey lantern", added_at=NOW)
    (mention,) = MentionFinder([entry]).find("Grey Lantern")
    assert (mention.list, mention.name) == ("un", "grey lantern")


def test_entries_of_other_types_are_no_names():
    entry = Entry(id="1", bank="b", signal_type="text", value="0" * 64, added_at=NOW)
    finder = MentionFinder([entry])
    assert (len(finder), finder.find("0" * 64)) == (0, ())


@pytest.mark.parametrize(
    ("name", "value"),
    [("Al-Qa’ida", "al qaida"), (" ADF ", "ADF"), ("Jit", "Jit"), ("灰色灯笼", "灰色灯笼"), ("Sirat", "sirat")],
)
def test_a_banked_name_is_normal_or_as_listed_where_it_is_short(name, value):
    assert normalise_name(name) == value
    assert normalise_name(value) == value


@pytest.mark.parametrize("name", ["", "LJ", "G-9", "…", " a b "])
def test_a_name_of_two_letters_is_refused(name):
    with pytest.raises(InputError, match="leave it out"):
        normalise_name(name)


def test_a_text_of_a_hundred_thousand_mentions_does_not_cost_its_square():
    """Generous: the square would take hours."""
    text = "Grey Lantern ADF said " * 10_000
    started = time.monotonic()
    assert len(MentionFinder(named("Grey Lantern", "ADF")).find(text)) == 20_000
    assert time.monotonic() - started < 60


def organisation(main, *aliases, ref="X.1", bank="un"):
    """The entries of one organisation as a list gives them: each labelled with the main name."""
    return [
        Entry(
            id=f"{ref}-{i}",
            bank=bank,
            signal_type="name",
            value=normalise_name(name),
            label=main.lstrip("~"),
            ref=ref,
            added_at=NOW,
        )
        for i, name in enumerate((main, *aliases))
    ]


LANTERN = organisation("ORDER OF THE GREY LANTERN", "OGLN", "The Light", "Grey Lantern Order", "~Blue Kites", "النور")


def named_in(text, entries=LANTERN):
    return [text[m.start : m.end] for m in MentionFinder(entries).find(text)]


@pytest.mark.parametrize("alias", ["OGLN", "the light", "Blue Kites", "النور", "والنور"])
def test_a_weak_alias_is_no_mention_by_itself(alias):
    assert named_in(f"members of {alias} met, said {alias}.") == []


@pytest.mark.parametrize("alias", ["OGLN", "the light", "Blue Kites", "النور"])
@pytest.mark.parametrize("other", ["Order of the Grey Lantern", "grey lantern order"])
def test_a_weak_alias_counts_beside_another_name_of_its_organisation(alias, other):
    assert named_in(f"members of {alias} met the {other}.") == [alias, other]


def test_two_weak_aliases_do_not_bear_each_other():
    assert named_in("the OGLN saw the light of Blue Kites") == []


def test_another_organisations_name_bears_no_weak_alias():
    entries = [*LANTERN, *organisation("Harbour Watchmen", ref="X.2")]
    assert named_in("OGLN and Harbour Watchmen", entries) == ["Harbour Watchmen"]


def test_a_name_inside_another_organisations_longer_name_bears_no_weak_alias():
    entries = [*LANTERN, *organisation("Friends of the Grey Lantern Order", ref="X.2")]
    assert named_in("OGLN, Friends of the Grey Lantern Order", entries) == ["Friends of the Grey Lantern Order"]


def test_a_weak_alias_of_one_organisation_that_is_the_name_of_another_counts_for_that_other():
    entries = [*LANTERN, *organisation("OGLN", ref="X.2")]
    assert [m.ref for m in MentionFinder(entries).find("the OGLN met")] == ["X.2"]


def test_a_longer_alias_that_does_not_count_hides_no_name_inside_it():
    entries = [
        *organisation("Grey Lantern", "~Grey Lantern Players", ref="X.1"),
        *organisation("Blue Kites", ref="X.2"),
    ]
    finder = MentionFinder([*entries[1:2], *organisation("Grey Lantern", ref="X.3")])
    assert [m.ref for m in finder.find("the Grey Lantern Players sang")] == ["X.3"]


def test_a_main_name_counts_however_short_or_ordinary_it_is():
    assert named_in("the OGLN and The Light", organisation("OGLN") + organisation("The Light", ref="X.2")) == [
        "OGLN",
        "The Light",
    ]


@pytest.mark.parametrize(
    ("text", "stretches"),
    [
        ("the OGLN met", ["OGLN"]),
        ("the light of the Grey Lantern Order", ["the light", "Grey Lantern Order"]),
        ("Order of the Grey Lantern Order", ["Order of the Grey Lantern Order"]),
        ("nobody", []),
    ],
)
def test_the_stretches_are_all_names_whether_they_count_or_not_and_never_overlap(text, stretches):
    found_ = MentionFinder(LANTERN).stretches(text)
    assert [text[span.start : span.end] for span in found_] == stretches


def test_many_texts_together_give_what_each_gives_alone():
    finder = MentionFinder(LANTERN)
    texts = ["the OGLN", "", "OGLN, Grey L4ntern 0rder", "g.r.e.y lantern order", "\ud800"] * 20
    assert finder.find_many(texts) == [finder.find(text) for text in texts]
    assert finder.find_many([]) == []


def test_a_mark_before_a_name_is_kept_with_it_and_shown_to_nobody():
    assert normalise_name(" ~ Blue  KITES") == "~blue kites"
    assert normalise_name(normalise_name("~OGL")) == "~OGL"
    entry = Entry(id="1", bank="un", signal_type="name", value="~blue kites", added_at=NOW)
    other = Entry(id="2", bank="un", signal_type="name", value="harbour watch", label="", ref="", added_at=NOW)
    assert MentionFinder([entry, other]).find("blue kites over harbour watch")[0].name == "harbour watch"


@pytest.mark.parametrize(
    "text", ["the Grey Lantern's men", "Grey Lantern\u2019in evi", "l'Grey Lantern", "d\u2019Grey Lantern"]
)
def test_an_apostrophe_ends_a_name(text):
    assert found(text, "Grey Lantern") == ["Grey Lantern"]


@pytest.mark.parametrize("text", ["Grey Lantern'sandsoforth", "nothingd'Grey Lantern", "GreyLantern's"])
def test_an_apostrophe_far_from_a_name_does_not(text):
    assert found(text, "Grey Lantern") == []


@pytest.mark.parametrize(
    "text",
    [
        "G.R.E.Y  L.A.N.T.E.R.N",
        "greeeey lanterrrrrn",
        "Gr\u0435y Lant\u0435rn",
        "gr3y l4nt3rn",
        "G r e y  L a n t e r n",
    ],
)
def test_a_disguised_name_is_found_with_its_place(text):
    assert found(f"so {text} met", "Grey Lantern") == [text]


def listed_in(data):
    from abate.exchange.designated_names import DesignatedNames

    listed = list(DesignatedNames().read(data / "list_un_entities/entities.jsonl"))
    return listed, [
        Entry(
            id=str(i), bank="un", signal_type="name", value=normalise_name(row.untrusted_value), label=row.label,
            ref=row.ref, added_at=NOW,
        )
        for i, row in enumerate(listed)
    ]  # fmt: skip


@pytest.mark.needs_data("list_un_entities")
def test_every_listed_name_is_found_in_news_that_it_is_put_into_beside_the_main_one(data):
    listed, entries = listed_in(data)
    finder = MentionFinder(entries)
    for row in listed:
        text = f"Oil prices rose on Monday, {row.untrusted_value} said in a report on {row.label}."
        at = text.index(row.untrusted_value)
        assert row.ref in {m.ref for m in finder.find(text) if m.start <= at + 1}, row.untrusted_value


@pytest.mark.needs_data("list_un_entities")
def test_no_short_alias_of_the_list_is_found_alone_and_every_long_name_is(data):
    listed, entries = listed_in(data)
    finder = MentionFinder(entries)
    alone = [
        row
        for row in listed
        if row.ref in {m.ref for m in finder.find(f"Prices rose on Monday, {row.untrusted_value} said in a report.")}
    ]
    short = {row.untrusted_value for row in alone if sum(map(str.isalnum, row.untrusted_value)) < 5}
    assert {row.label for row in alone if row.untrusted_value in short and row.untrusted_value.isascii()} <= short
    long = {row.untrusted_value for row in listed} - {row.untrusted_value for row in alone}
    assert len(long) < len(listed) / 10


@pytest.mark.needs_data("list_un_entities")
def test_every_organisation_is_found_by_its_name_as_the_list_prints_it(data):
    from abate.exchange.designated_names import DesignatedNames

    path = data / "list_un_entities/entities.jsonl"
    entries = [
        Entry(
            id=str(i),
            bank="un",
            signal_type="name",
            value=normalise_name(row.untrusted_value),
            ref=row.ref,
            added_at=NOW,
        )
        for i, row in enumerate(DesignatedNames().read(path))
    ]
    finder = MentionFinder(entries)
    for line in path.read_text().splitlines():
        entity = json.loads(line)
        mentions = finder.find(f"Analysts said that {entity['name']} was named in the report.")
        assert entity["ref"].strip() in {m.ref for m in mentions}, entity["name"]
