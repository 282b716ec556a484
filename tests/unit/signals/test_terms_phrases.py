import pytest

from abate.domain.errors import InputError
from abate.domain.item import Item, Kind, Material
from abate.domain.signal import Span
from abate.signals.terms import PhraseSeeker, Term

TERM = Term()


def seeker(*values):
    return Term().seeker(map(TERM.parse, values))


def found(text, *values):
    """Each phrase as its stretches of the text."""
    return {one.value: [text[s.start : s.end] for s in one.spans] for one in seeker(*values).find(text)}


def stretches(text, *values):
    return [stretch for places in found(text, *values).values() for stretch in places]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("Grey Lantern", "clitic:grey lantern"),
        ("EXACT: Grey  Lantern!", "exact:grey lantern"),
        ("substring:Lantern", "substring:lantern"),
        ("note: grey", "clitic:note grey"),
        ("gl5", "exact:gl5"),
        ("lamp", "exact:lamp"),
        ("la mp", "exact:la mp"),
        ("exact:exact:lamp", "exact:exact lamp"),
        ("灯笼", "exact:灯笼"),
        ("الفانوس", "clitic:الفانوس"),
        ("١٤٠٤", "exact:1404"),
    ],
)
def test_a_value_is_its_mode_and_its_normal_form(written, canonical):
    assert TERM.parse(written) == canonical
    assert TERM.parse(canonical) == canonical


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("x", "leave it out"),
        ("exact:", "leave it out"),
        ("…!", "leave it out"),
        ("\ud800", "leave it out"),
        ("substring:lamp", "write it as exact:lamp"),
        ("clitic:gl5", "write it as exact:gl5"),
        ("lantern " * 60, "longer than 400"),
    ],
)
def test_a_phrase_that_would_hit_anything_is_refused_with_the_remedy(written, said):
    with pytest.raises(InputError, match=said):
        TERM.parse(written)


def test_nothing_is_computed_since_what_an_item_has_depends_on_what_is_known():
    assert TERM.compute(Material(item=Item(id="1", kind=Kind.TEXT, text="a grey lantern"))) is None


def test_each_phrase_comes_once_with_all_its_places_in_reading_order():
    text = "Blue kite, Grey Lantern; the GREY-LANTERN and a blue kite."
    one, other = seeker("Grey Lantern", "blue kite").find(text)
    assert (one.type, one.value, one.spans) == (
        "term",
        "clitic:blue kite",
        (Span(start=0, end=9), Span(start=48, end=57)),
    )
    assert (other.value, [text[s.start : s.end] for s in other.spans]) == (
        "clitic:grey lantern",
        ["Grey Lantern", "GREY-LANTERN"],
    )


def test_one_phrase_in_three_modes_is_three_values():
    text = "lanternfish, the lantern's lantern"
    assert found(text, "exact:lantern", "clitic:lantern", "substring:lantern") == {
        "exact:lantern": ["lantern"],
        "clitic:lantern": ["lantern", "lantern"],
        "substring:lantern": ["lantern", "lantern", "lantern"],
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("the grey lantern met", ["grey lantern"]),
        ("Grey\u200b Lánte\u0301rn", ["Grey\u200b Lánte\u0301rn"]),
        ("grey lanterns", []),
        ("agrey lantern", []),
        (
            "the grey lantern's men, l'grey lantern, Grey Lantern’lerinden",
            ["grey lantern", "grey lantern", "Grey Lantern"],
        ),
        ("o'grey lantern", ["grey lantern"]),
        ("grey 'lantern'", ["grey 'lantern"]),
        ("grey lantern'abcdefghi", []),
        ("abcde'grey lantern", []),
        ("the grey lanterns' men", []),
        ("don't say grey lanterns", []),
    ],
)
def test_a_phrase_in_clitic_mode_ends_at_a_space_or_beside_an_apostrophe(text, expected):
    assert stretches(text, "Grey Lantern") == expected


def test_an_exact_phrase_ends_at_spaces_only():
    assert stretches("lantern's lantern l'lantern", "exact:lantern") == ["lantern"]


@pytest.mark.parametrize("before", ["", "و", "ف", "ب", "ك", "ل", "س", "ال", "وال", "بال", "كال", "لل", "ولل", "می"])
@pytest.mark.parametrize(
    "behind", ["", "ها", "هم", "نا", "كم", "ين", "ون", "ان", "ات", "اتهم", "ا", "‌های", "‌هایشان", "وں"]
)
def test_a_word_in_arabic_script_is_found_with_what_is_written_onto_it(before, behind):
    assert stretches(f"قال {before}فانوس{behind} أمس", "فانوس") == ["فانوس"]


@pytest.mark.parametrize("behind", ["ي", "ية", "يون", "جي", "نامه"])
def test_what_makes_another_word_of_it_is_not_undone(behind):
    assert stretches(f"قال فانوس{behind} أمس", "فانوس") == []


@pytest.mark.parametrize(
    ("term", "token", "stretch"),
    [
        ("مدرسة", "ومدرستها", "مدرست"),
        ("مدرسة", "المدرستين", "مدرست"),
        ("حكومة", "حكومات", "حكومات"),
        ("حكومة", "حكوماتهم", "حكومات"),
        ("انشاء", "إنشائها", "إنشائ"),
        ("انشاء", "إنشاؤه", "إنشاؤ"),
        ("مستشفى", "مستشفاهم", "مستشفا"),
        ("الحكومة", "للحكومة", "لحكومة"),
        ("الحكومة", "وللحكومتين", "لحكومت"),
    ],
)
def test_a_word_that_changes_before_an_ending_is_found_changed(term, token, stretch):
    assert stretches(f"قال {token} أمس", term) == [stretch]


@pytest.mark.parametrize("token", ["حكومت", "حكوما", "مدرسها", "حكومها"])
def test_a_changed_shape_without_its_ending_is_another_word(token):
    assert stretches(f"قال {token} أمس", "حكومة", "مدرسة") == []


@pytest.mark.parametrize("text", ["我们在灰色灯笼见面", "ผมเห็นโคมไฟสีเทา", "灰色のランタン"])
def test_a_phrase_in_a_script_without_spaces_is_found_inside_its_sentence(text):
    phrase = text[2:6]
    for mode in ("exact", "clitic"):
        if mode == "exact" or len(phrase) >= 5:
            assert stretches(text, f"{mode}:{phrase}") == [phrase]


@pytest.mark.parametrize(
    "written",
    [
        "l.a.n.t.e.r.n",
        "l a n t e r n",
        "L-A-N-T-E-R-N",
        "laaaantern",
        "lannnnterrrn",
        "l\u0430ntern",
        "l4nt3rn",
        "ｌａｎｔｅｒｎ",
    ],
)
@pytest.mark.parametrize("mode", ["exact", "clitic", "substring"])
def test_a_disguised_word_is_found_where_it_stands(written, mode):
    assert stretches(f"see the {written}, now", f"{mode}:lantern") == [written]


@pytest.mark.parametrize("text", ["U S A N D B Y", "a l a m p s h o p", "teeeeent"])
def test_letters_that_stand_alone_or_are_drawn_out_give_no_short_phrase_by_chance(text):
    assert stretches(text, "sand", "lamp", "ten") == []


def test_the_same_place_seen_in_two_readings_is_told_once():
    assert stretches("lantern l.a.n.t.e.r.n lantern", "lantern") == ["lantern", "l.a.n.t.e.r.n", "lantern"]


def test_substrings_that_overlap_themselves_are_told_apart():
    assert stretches("ababababab", "substring:ababa") == ["ababa"]
    assert stretches("abababababa", "substring:ababa") == ["ababa", "ababa"]


def test_a_phrase_across_the_rim_of_a_window_of_a_long_text_is_found_once():
    from abate.signals.terms.search import WINDOW

    for shift in range(-14, 3):
        text = "x" * (WINDOW + shift - 1) + " grey lantern " + "y" * WINDOW + " grey lantern"
        assert stretches(text, "grey lantern") == ["grey lantern", "grey lantern"]


@pytest.mark.parametrize(
    "text",
    [
        "lantern" * 60_000,
        "lantern " * 60_000,
        "a" * 3_000_000,
        "lan\u200d" * 100_000 + "tern",
        "l\u0301" * 300_000,
        "l " * 50_000,
        "lantern'" * 50_000,
        "ف" * 1_000_000,
        "\ud800\x00" * 500_000,
    ],
)
def test_a_long_hostile_text_is_searched_to_its_end(text):
    """Each takes a second or two in linear time, and hours in its square."""
    by_value = found(f"{text} grey lantern", "grey lantern", "substring:lantern", "فانوس")
    assert by_value["clitic:grey lantern"] == ["grey lantern"]
    assert len(by_value["substring:lantern"]) == text.replace("\u200d", "").count("lantern") + 1


def test_a_word_ends_where_a_script_without_spaces_begins():
    assert stretches("ライト社のLanternが点いた", "lantern") == ["Lantern"]
    assert stretches("ライト社のLanternsが点いた", "lantern") == []


def test_a_seeker_of_nothing_finds_nothing():
    assert (len(PhraseSeeker([])), list(PhraseSeeker([]).find("anything at all"))) == (0, [])
    assert list(seeker("Grey Lantern").find("")) == []


def test_a_phrase_that_comes_or_goes_is_followed_without_building_all_anew():
    term = Term()
    others = [f"exact:lamp {number}" for number in range(100)]
    text = "kites over the harbour, lantern by lantern and lamp 77"

    def values(one):
        return [signal.value for signal in one.find(text)]

    first = term.seeker(["clitic:lantern", "clitic:harbour", *others])
    assert values(first) == ["clitic:harbour", "clitic:lantern", "exact:lamp 77"]
    later = term.seeker(["clitic:lantern", "clitic:kites", *others])
    assert not isinstance(later, PhraseSeeker)
    assert values(later) == ["clitic:kites", "clitic:lantern", "exact:lamp 77"]
    assert values(term.seeker(["clitic:lantern", *others])) == ["clitic:lantern", "exact:lamp 77"]
    assert values(first) == ["clitic:harbour", "clitic:lantern", "exact:lamp 77"]
    few = term.seeker(["clitic:lantern"])
    assert isinstance(few, PhraseSeeker)
    assert values(few) == ["clitic:lantern"]
    again = term.seeker(["clitic:harbour", *others])
    assert not isinstance(again, PhraseSeeker), "few phrases that were looked for in between cost the large seeker"
    assert values(again) == ["clitic:harbour", "exact:lamp 77"]
    other = term.seeker(f"exact:lamp {number}" for number in range(77, 177))
    assert isinstance(other, PhraseSeeker)
    assert values(other) == ["exact:lamp 77"]


def test_many_texts_together_give_what_each_gives_alone():
    one = PhraseSeeker(["clitic:lantern", "exact:gl5"])
    texts = ["a lantern", "", "l.a.n.t.e.r.n gl5", "no", "laaantern's"] * 20
    assert [[*found] for found in one.find_many(texts)] == [[*one.find(text)] for text in texts]


def test_many_texts_longer_than_a_window_together_give_what_each_gives_alone():
    one = PhraseSeeker(["clitic:lantern", "substring:bourgrey", "exact:rey lan"])
    texts = [
        "harbour",
        "grey lantern " * 9_000,
        "grey",
        "lantern",
        "x" * 40_000,
        "lantern " + "y" * 40_000,
        "\0",
        "\ud800 lantern",
    ]
    found = one.find_many(texts)
    assert [[*own] for own in found] == [[*one.find(text)] for text in texts]
    assert [bool(own) for own in found] == [False, True, False, True, False, True, False, True]


def test_seekers_that_were_changed_find_in_many_texts_what_they_find_in_each():
    term = Term()
    others = [f"exact:lamp {number}" for number in range(100)]
    texts = ["kites over the harbour, lantern by lantern and lamp 77", "", "harbour", "k.i.t.e.s", "nothing"]
    term.seeker(["clitic:lantern", "clitic:harbour", *others])
    for values in (["clitic:lantern", "clitic:kites", *others], ["clitic:lantern", *others]):
        changed = term.seeker(values)
        assert not isinstance(changed, PhraseSeeker)
        assert [[*own] for own in changed.find_many(texts)] == [[*changed.find(text)] for text in texts]


def test_letters_beyond_those_that_have_a_byte_are_looked_for_too():
    """More letters than one byte tells apart, and some beyond the basic plane."""
    han = [f"exact:{chr(0x4E00 + n)}{chr(0x5E00 + n)}" for n in range(400)]
    phrases = [*han, "exact:\U00020000\U00020001", "clitic:lantern", "exact:灰色灯笼"]
    text = f"{chr(0x4E00 + 399)}{chr(0x5E00 + 399)} lantern\U00020000\U00020001 ? 灰色灯笼, Lantern ßßß"
    assert [one.value for one in PhraseSeeker(phrases).find(text)] == [
        f"exact:{chr(0x4E00 + 399)}{chr(0x5E00 + 399)}",
        "clitic:lantern",
        "exact:\U00020000\U00020001",
        "exact:灰色灯笼",
    ]


def test_a_phrase_with_double_letters_is_found_written_so_and_drawn_out_and_not_with_one():
    assert stretches("the letter, the letttterrr, the leter", "exact:letter") == ["letter", "letttterrr"]
