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
    text = "Grey Lantern ADF said " * 30_000
    started = time.monotonic()
    assert len(MentionFinder(named("Grey Lantern", "ADF")).find(text)) == 60_000
    assert time.monotonic() - started < 60


@pytest.mark.needs_data("list_un_entities", "news_en_agnews")
def test_every_listed_name_is_found_in_news_that_it_is_put_into(data):
    from abate.exchange.designated_names import DesignatedNames

    listed = list(DesignatedNames().read(data / "list_un_entities/entities.jsonl"))
    entries = [
        Entry(
            id=str(i), bank="un", signal_type="name", value=normalise_name(row.untrusted_value), label=row.label,
            ref=row.ref, added_at=NOW,
        )
        for i, row in enumerate(listed)
    ]  # fmt: skip
    finder = MentionFinder(entries)
    for row in listed:
        text = f"Oil prices rose on Monday, {row.untrusted_value} said in a report."
        assert row.ref in {m.ref for m in finder.find(text)}, row.untrusted_value


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
