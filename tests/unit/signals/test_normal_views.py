"""What is undone, what is left alone, and what a reading says about a hit in it."""

import csv
from itertools import chain

import pytest
from bench.lookalike_letters import TARGET, classes, module

from abate.signals.normal import deobfuscated, matching_views, normalise, squeeze
from abate.signals.normal.compiled import kernel
from abate.signals.normal.gates import ALL, flags
from abate.signals.normal.lookalike_letters import CLASSES
from abate.signals.normal.views import deobfuscated_form, views_of
from plugin_needs import data_root


def readings(text):
    return [view.text for view in matching_views(text)]


@pytest.mark.parametrize(
    "plain",
    [
        "The lantern is lit at noon, friends!",
        "Все люди рождаются свободными и равными в своём достоинстве",
        "Ҳамаи одамон озод ба дунё меоянд",
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι",
        "یولد جميع الناس أحرارا",
        "Im Jahr 1999 kamen 35000 Leute, 2000 blieben",
        "SMS-ом, USBшник и Wi-Fi",
        "call 0 800 1 2 3 4 5",
        "room 12 a, covid-19, 36×24, &#39;s",
        "pay $ 5 now! @friend hello!",
        "",
        "🔥🔥🔥",
    ],
)
def test_what_is_not_disguised_has_one_reading(plain):
    assert readings(plain) == [normalise(plain)]
    assert deobfuscated(plain) == normalise(plain)


@pytest.mark.parametrize("plain", ["Henry VIII and Louis XVIII, page iii", "www haha zzz", "2200 1000000"])
def test_numbers_and_words_of_one_letter_are_not_shortened(plain):
    assert deobfuscated(plain) == normalise(plain)


@pytest.mark.parametrize(
    ("disguised", "bare"),
    [
        ("the l a n t e r n is", "the lantern is"),
        ("the l.a.n.t.e.r.n is", "the lantern is"),
        ("g r e y   l a n t e r n", "grey lantern"),
        ("g.r.e.y l.a.n.t.e.r.n", "grey lantern"),
        ("s-p.a_c e*d", "spaced"),
        ("S t r a ß e", "strasse"),
        ("lаntеrn", "lantern"),
        ("Вomb НELLO", "bomb hello"),
        ("фoнaрь в гавани", "фонарь в гавани"),
        ("cемьи и дети", "семьи и дети"),
        ("ʟᴀɴᴛᴇʀɴ", "lantern"),
        ("laaaaanternnn", "lantern"),
        ("all l o n g gone", "all long gone"),
        ("a.b.c. d", "abc d"),
        ("р l а n t", "plant"),
    ],
)
def test_the_likeliest_reading_comes_first(disguised, bare):
    assert deobfuscated(disguised) == bare
    assert readings(disguised)[1] == bare


def test_where_gaps_may_be_noise_the_letters_are_read_without_them_as_well():
    assert {"lan tern", "lantern"} <= set(readings("l a n  t e r n"))


def test_a_word_of_lookalikes_only_is_read_in_both_scripts():
    """Five letters, all of which both scripts have: only the neighbours tell, and matching looks at both."""
    assert {"scope", "ѕсоре"} <= set(readings("sсоре"))
    assert deobfuscated("the sсоре of it all") == "the scope of it all"
    assert deobfuscated("это sсоре или нет") == "это ѕсоре или нет"


def test_doubled_letters_have_a_key_of_their_own():
    views = matching_views("so llaanntteerrnn, hellllo")
    (squeezed,) = [view for view in views if view.squeezed]
    assert squeezed.text == "so lantern helo"
    assert squeeze("hello lantern 2200") == "helo lantern 2200"


def test_a_hit_counts_where_something_was_undone_and_nowhere_else():
    text = "hello all l a n t e r n, soooo good"
    plain, other, squeezed = matching_views(text)
    assert plain.counts(0, 5)
    for view in (other, squeezed):
        for word in view.text.split():
            start = view.text.index(word)
            assert view.counts(start, start + len(word)) == (word in {"lantern", "so"})


def test_a_word_may_end_anywhere_among_letters_set_apart_but_not_inside_a_word():
    view = matching_views("I saw a l a n t e r n today")[1]
    assert view.text == "i saw alantern today"
    start = view.text.index("lantern")
    assert view.may_break(start)
    assert view.original(start, start + 7) == (8, 21)
    assert not view.may_break(3)
    assert [at for at in range(len(view.text) + 1) if view.may_break(at)] == [0, 1, 2, 5, 6, *range(7, 15), 15, 20]


def test_the_stretch_of_a_run_is_the_whole_run():
    text = "see laaaanternnnn."
    view = matching_views(text)[1]
    assert view.original(4, 11) == (4, 17)
    assert text[4:17] == "laaaanternnnn"


def test_a_sign_for_a_letter_is_in_the_stretch():
    view = next(view for view in matching_views("my pa$$word!") if view.text == "my password")
    assert view.original(3, 11) == (3, 11)
    assert view.counts(3, 11)
    assert not view.counts(0, 2)


@pytest.mark.needs_data("lang_confusables")
def test_the_table_is_what_the_script_makes_of_unicodes_data():
    source = data_root() / "lang_confusables" / "confusables.tsv"
    assert module(source) == TARGET.read_text("utf-8")
    assert len(classes(source)) == len(CLASSES.splitlines()) > 90


@pytest.mark.needs_data("txt_multi_sib200_a", "txt_en_davidson")
def test_gated_and_ungated_agree_on_every_real_post():
    """A prototype whose gates were looser guesses disagreed on 3.3 % of posts."""
    files = [*(data_root() / "txt_multi_sib200_a").rglob("*.tsv"), data_root() / "txt_en_davidson" / "data.tsv"]
    posts = list(chain.from_iterable(last_column(file)[:700] for file in files))
    forms, found = kernel().normalise(posts)
    for post, form, compiled in zip(posts, forms, found.tolist(), strict=True):
        open_to_all = [(view.text, view.squeezed) for view in views_of(post, form, ALL)]
        for gate in (compiled, flags(post, form)):
            assert [(view.text, view.squeezed) for view in views_of(post, form, gate)] == open_to_all
            assert deobfuscated_form(post, form, gate) == deobfuscated_form(post, form, ALL)
    assert len(posts) > 2000


def last_column(file):
    with file.open(encoding="utf-8", newline="") as lines:
        return [row[-1] for row in csv.reader(lines, delimiter="\t")]


@pytest.mark.parametrize("number", ["5G", "the 19th", "2nd", "B52", "covid19", "NHS111", "10km", "1990s", "4мм"])
def test_a_number_with_what_it_counts_or_names_is_no_disguise(number):
    assert [view.text for view in matching_views(f"word {number} word")] == [normalise(f"word {number} word")]
