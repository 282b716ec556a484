"""The compiled normaliser is the definition, character by character, over all of Unicode."""

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from abate.signals.normal import compiled as gate
from abate.signals.normal import (
    deobfuscated,
    light,
    light_many,
    matching_views,
    matching_views_many,
    normalise,
    normalise_many,
    with_spans,
)
from abate.signals.normal import kernel as compiled
from abate.signals.normal.characters import FOLDED, fold, script_of
from abate.signals.normal.compiled import kernel
from abate.signals.normal.gates import LEET, MIXED, SPACED, TALL, flags
from abate.signals.normal.heavy import plain_spans, plainly

anything = st.characters(categories=[*"CLMNPSZ"])  # lone surrogates as well
telling = st.sampled_from("aaabbssß 1340$!@|+.-аоеρνӏ\u200b\u0301\u0345ﷺʟᴀ١Ａ𝐀🅰\n\x00\ud800\u3164")
texts = st.text(st.one_of(anything, telling), max_size=40)
disguised = st.text(telling, max_size=24)

CODES = range(0x110000)


@pytest.fixture(scope="module")
def defined():
    return list(map(fold, map(chr, CODES)))


def test_every_code_point_is_compiled_as_it_is_defined(defined):
    got, _ = kernel().normalise(list(map(chr, CODES)))
    assert got == [" ".join(form.split()) for form in defined]


def test_what_one_character_becomes_stays_and_needs_no_more_room_than_there_is(defined):
    forms = {letter for form in defined for letter in form}
    assert all(fold(letter) == letter for letter in forms)
    assert max(map(len, defined)) == compiled._LONGEST
    assert sum(len(form) + 1 for form in defined if len(form) > 1) < compiled._EXPANSIONS


def test_light_is_stable_on_every_code_point_and_shows_nothing_unseen():
    once = [light(chr(code)) for code in CODES]
    changed = [text for code, text in enumerate(once) if text != chr(code)]
    assert list(map(light, changed)) == changed
    shown = set("".join(once))
    assert not shown & set("\u200b\u200c\u200d\u200e\u202a\u202e\u2060\u2066\ufeff\ufe0f\xad\u061c")
    assert shown > set("ټډړښګڼېۍئىيیكکéïñёйşğı")


@given(texts)
def test_compiled_and_plain_give_the_same_form(text):
    (form,), _ = kernel().normalise([text])
    assert form == plainly(text) == normalise(text)


@given(st.lists(texts, max_size=8))
def test_a_batch_is_its_texts(some):
    assert normalise_many(some) == kernel().normalise(some)[0] == list(map(plainly, some))
    assert light_many(some) == list(map(light, some))


@given(st.one_of(texts, disguised))
def test_compiled_and_plain_give_the_same_map(text):
    form, starts, ends = kernel().with_spans(text)
    plain = plain_spans(text)
    assert (form, [*starts], [*ends]) == (plain.text, [*plain.starts], [*plain.ends])
    assert [*with_spans(text).starts] == [*plain.starts]


@given(disguised)
@example("m a ß e")
@example("aabbss")
def test_the_gates_of_both_open_for_the_same_texts(text):
    """But for the gate of digits and signs, which each draws as wide as is cheap there."""
    (form,), gates = kernel().normalise([text])
    found = int(gates[0])
    plain = flags(text, form)
    assert found & (SPACED | TALL | MIXED) == plain & (SPACED | TALL | MIXED)


@given(texts)
def test_normalising_lightly_twice_is_normalising_once(text):
    once = light(text)
    assert light(once) == once
    assert unicodedata.is_normalized("NFKC", once)


@given(st.text(st.characters(categories=["L", "Nd"]), max_size=12))
def test_light_keeps_what_heavy_reads(text):
    """But for a vowel sign that stands alone: NFKC makes a space of it that carries the mark, a mark is what it is."""
    assert normalise(light(text)).replace(" ", "") == normalise(text).replace(" ", "")


@given(st.text(st.sampled_from("a\u0301\u0316\u0f73\u0f75\u0345\u0307\u0327é"), min_size=1, max_size=60))
def test_marks_put_in_order_first_are_the_same_text(pile):
    """Long texts take another way to canonical order; with a long tail the short one takes it too."""
    tail = " ж" * 300
    assert light(pile * 2 + tail) == light(pile * 2) + tail


@given(st.one_of(texts, disguised))
def test_the_batch_of_readings_is_the_readings(text):
    def seen(views):
        return [(view.text, view.squeezed) for view in views]

    alone, batch = matching_views(text), matching_views_many([text, "Ж", text])
    assert list(map(seen, batch)) == [seen(alone), [("ж", False)], seen(alone)]


@given(st.one_of(texts, disguised))
@example("Γay")
@example("x aaa y")
@example("a b-c d")
@example("a.a.a b.b.b c.c.c")
def test_taking_disguises_off_twice_is_taking_them_off_once(text):
    once = deobfuscated(text)
    assert deobfuscated(once) == once
    assert normalise(once) == once


def test_small_batches_are_worked_without_the_compiler(monkeypatch):
    """What numba costs to load is not paid for a text or two: the answer is the same."""
    monkeypatch.setattr(gate, "_MODULE", "not.loaded")
    text = "Ж l а n т e r n " * 20
    assert normalise(text) == plainly(text) == normalise_many([text])[0]
    assert [*with_spans(text).ends] == [*plain_spans(text).ends]
    assert matching_views_many([text])[0][0].text == plainly(text)


def test_kernels_are_the_python_they_were_made_from():
    text = "l.a.n aabbcc 4a ﷺß\u0301 аb $a\u200b! m ß x x"
    codes = compiled._codes(text)
    ours = kernel()
    ours.normalise([text])
    tables = (ours._forms, ours._more, ours._kinds)
    out, flag = np.zeros(200, np.uint32), np.zeros(1, np.uint8)
    again, other = out.copy(), flag.copy()
    ends = np.array([codes.size])
    assert compiled.fold_texts(codes, ends, *tables, out, flag) == compiled.fold_texts.py_func(
        codes, ends, *tables, again, other
    )
    assert (out == again).all()
    assert flag[0] == other[0] == SPACED | TALL | MIXED | LEET
    for state in range(16):
        for kind in (0, compiled._WORD, compiled._WORD | compiled._FIGURE, compiled._AFTER, compiled._BEFORE, 1 << 13):
            assert compiled.hint(state, kind) == compiled.hint.py_func(state, kind)


def test_the_tables_of_plain_python_do_not_grow_without_end():
    for code in range(0x4E00, 0x4E00 + 70_000):
        FOLDED[code]
    assert len(FOLDED) <= 1 << 16
    assert script_of("語") == 0
