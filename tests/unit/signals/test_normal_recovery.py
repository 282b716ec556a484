"""Words of sixteen languages come back from every disguise, and their place in the original is exact."""

import random
import re
import unicodedata

import pytest

from abate.signals.normal import matching_views, normalise, normalise_many, squeeze
from abate.signals.normal.characters import FOLDED, SCRIPT_BITS
from abate.signals.normal.lookalike_letters import CLASSES
from plugin_needs import data_root

INVENTED = {
    "eng": "lantern harbour gathering noonday committee bookkeeper Order",
    "deu": "Straßenlaterne Größe Hafenlinie Flussufer Versammlung Grüße",
    "fra": "lumière réverbère assemblée français œuvre dîner Noël",
    "tur": "ışık İstanbul fenerci toplantı öğretmen çarşı",
    "ind": "pertemuan pelabuhan lentera berkumpul malam",
    "som": "faynuus dekedda kulanka waxbarasho caawa",
    "hau": "fitila tashar ƙungiya ɗakin taro ɓangare",
    "swh": "taa bandarini mkutano jioni kusanyiko",
    "uzn": "chiroq yigʻilish oʻqituvchi bandargoh",
    "rus": "фонарь собрание полдень гавань ёлка подъезд",
    "tgk": "фонус ҷамъомад бандар нисфирӯзӣ қишлоқ",
    "arb": "فانوس الاجتماع الميناء مكتبة يكتب رمادي",
    "pes": "فانوس گردهمایی بندرگاه کتابخانه خاکستری",
    "prs": "چراغ مکتب پوهنتون کابل خاکستری",
    "pbu": "څراغ ښوونځی ګډون کتابتون زلمی",
    "urd": "لالٹین اجتماع بندرگاہ کتابیں خاکستری",
}
FULL_TEXTS = ("arb", "ckb", "eng", "ind", "kmr", "pbu", "pes_1", "rus", "tgk", "tur", "urd", "uzn_cyrl", "uzn_latn")
PER_LANGUAGE = 120


def words_of(text):
    words = (unicodedata.normalize("NFC", word) for word in re.findall(r"[^\W\d_]+", text))
    return sorted({word for word in words if len(normalise(word)) >= 4 and " " not in normalise(word)})


@pytest.fixture(scope="module")
def invented():
    return [word for text in INVENTED.values() for word in words_of(text)]


@pytest.fixture(scope="module")
def known():
    chance = random.Random(16)
    words = []
    for name in FULL_TEXTS:
        found = words_of((data_root() / "lang_udhr" / f"{name}.txt").read_text("utf-8"))
        words += chance.sample(found, min(PER_LANGUAGE, len(found)))
    return words


def between(letters, what):
    return what.join(letters)


def drawn_from(small, large=None):
    """A map from A–Z and a–z to the alphabets that start at ``small`` and ``large``."""
    table = {ord("a") + i: small + i for i in range(26)}
    return table | {ord("A") + i: (large or small) + i for i in range(26)}


SHAPES = {
    "full-width": drawn_from(0xFF41, 0xFF21),
    "mathematical bold": drawn_from(0x1D41A, 0x1D400),
    "mathematical sans": drawn_from(0x1D5BA, 0x1D5A0),
    "monospace": drawn_from(0x1D68A, 0x1D670),
    "circled": drawn_from(0x24D0, 0x24B6),
    "black circles": drawn_from(0x1F150),
    "black squares": drawn_from(0x1F170),
    "squares": drawn_from(0x1F130),
}


def presentation(word):
    """Arabic letters as the forms that old encodings kept apart."""
    forms = {}
    for code in (*range(0xFB50, 0xFBB2), *range(0xFE80, 0xFEF5)):
        whole = unicodedata.normalize("NFKC", chr(code))
        if len(whole) == 1:
            forms.setdefault(whole, chr(code))
    return "".join(forms.get(letter, letter) for letter in word)


WHOLE = {
    "zero-width": lambda word: between(word, "\u200b"),
    "joiners": lambda word: between(word, "\u200d\u200c\u2060\ufeff"),
    "soft hyphens": lambda word: between(word, "\xad"),
    "override": lambda word: f"\u202e{word}\u202c",
    "isolates": lambda word: "".join(f"\u2067{letter}\u2069" for letter in word),
    "accents": lambda word: "".join(f"{letter}\u0301\u0327" for letter in word),
    "zalgo": lambda word: "".join(letter + "\u0336\u0315\u031b\u0489\u20dd" * 3 for letter in word),
    "variation selectors": lambda word: between(word, "\ufe0f\U000e0101"),
    "tags": lambda word: between(word, "\U000e0061"),
    "tatweel": lambda word: between(word, "ـــ"),
    "harakat": lambda word: "".join(f"{letter}\u064e\u0651" for letter in word),
    "presentation forms": presentation,
    "Persian keyboard": lambda word: word.translate(str.maketrans("يكىة", "یکیه")),
    "Arabic keyboard": lambda word: word.translate(str.maketrans("یک", "يك")),
    "decomposed": lambda word: unicodedata.normalize("NFKD", word),
    "capitals": str.upper,
    "apostrophes": lambda word: between(word, "’"),
} | {name: (lambda word, table=table: word.translate(table)) for name, table in SHAPES.items()}


@pytest.mark.parametrize("disguise", WHOLE)
def test_what_changes_letters_one_by_one_is_undone_by_normalising(disguise, invented):
    hidden = [WHOLE[disguise](word) for word in invented]
    assert normalise_many(hidden) == [normalise(word) for word in invented]
    assert hidden != invented


@pytest.mark.needs_data("lang_udhr")
def test_every_word_of_the_declaration_comes_back_whole(known):
    plain = [normalise(word) for word in known]
    for disguise in WHOLE.values():
        assert [normalise(disguise(word)) for word in known] == plain


def found(text, pattern, place):
    """Whether a view has the pattern as a word of its own, counted, at exactly this place of the original."""
    for view in matching_views(text):
        looked_for = squeeze(pattern) if view.squeezed else pattern
        start = view.text.find(looked_for)
        while start >= 0:
            end = start + len(looked_for)
            bounded = view.may_break(start) and view.may_break(end)
            if bounded and view.counts(start, end) and view.original(start, end) == place:
                return True
            start = view.text.find(looked_for, start + 1)
    return False


def share(words, disguise, *, around):
    """The share of words that are found, disguised, between two others."""
    hits = 0
    for word in words:
        hidden = disguise(word)
        before, after = around
        text = f"{before}{hidden}{after}"
        hits += found(text, normalise(word), (len(before), len(before) + len(hidden)))
    return hits / len(words)


SEPARATORS = [" ", ".", "-", "_", "*", "|", "/", "\\", "~", "·", "•", "+", "=", ",", "—",
              "…", ". ", " - ", "🔥", "\n", "\xa0", "\u3000", "\u2063 ", "[.]", "٫", "۔"]  # fmt: skip
AROUND = [("the ", " there"), ("", ""), ("a ", ""), ("и ", " я"), ("و ", " در"), ("I saw a ", " b"), ("(", ")")]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_letters_set_apart_are_joined_whatever_stands_between_them(separator, invented):
    for around in AROUND:
        assert share(invented, lambda word: between(word, separator), around=around) == 1, around


@pytest.mark.needs_data("lang_udhr")
def test_letters_set_apart_are_joined_in_every_language(known):
    chance = random.Random(7)
    rates = [share(known, lambda word: between(word, chance.choice(SEPARATORS)), around=one) for one in AROUND[:4]]
    assert min(rates) >= 0.99


def test_letters_in_brackets_are_joined(invented):
    brackets = drawn_from(0x249C)
    words = [word for word in invented if word.isascii()]
    assert share(words, lambda word: word.translate(brackets), around=("x ", " ok")) == 1


def test_letters_set_apart_with_anything_at_all_are_joined():
    chance = random.Random(3)
    for _ in range(300):
        word = "lantern"
        hidden = word[0] + "".join(chance.choice(SEPARATORS[:14]) + letter for letter in word[1:])
        assert found(f"the {hidden} ok", word, (4, 4 + len(hidden))), hidden


def lookalikes():
    """For each letter those of the same case in another script that look like it."""
    found = {}
    for members in ([chr(int(code, 16)) for code in line.split()] for line in CLASSES.splitlines()):
        for letter in members:
            script = SCRIPT_BITS[FOLDED[ord(letter)]]
            found[letter] = [
                other
                for other in members
                if other.isupper() == letter.isupper() and SCRIPT_BITS[FOLDED[ord(other)]] not in {script, 0}
            ]
    return found


LOOKALIKES = lookalikes()


def mixed_up(word, chance):
    """Put lookalikes of one other script for some of the letters, not for all."""
    places = [at for at, letter in enumerate(word) if LOOKALIKES.get(letter)]
    chosen = chance.sample(places, chance.randint(1, min(len(places), len(normalise(word)) - 1)))
    letters = list(word)
    for at in chosen:
        letters[at] = chance.choice(LOOKALIKES[word[at]])
    return "".join(letters)


def can_be_mixed(word):
    return sum(bool(LOOKALIKES.get(letter)) for letter in word) > 0 and len(word) > 1


def test_letters_of_another_script_are_taken_back(invented):
    chance = random.Random(5)
    words = [word for word in invented if can_be_mixed(word)]
    missed = [
        (word, hidden)
        for word in words
        for hidden in (mixed_up(word, chance) for _ in range(20))
        if not found(f"({hidden}) ok", normalise(word), (1, 1 + len(hidden)))
    ]
    assert not missed
    assert len(words) > 50


@pytest.mark.needs_data("lang_udhr")
def test_letters_of_another_script_are_taken_back_in_every_language(known):
    chance = random.Random(6)
    words = [word for word in known if can_be_mixed(word)]
    assert share(words, lambda word: mixed_up(word, chance), around=("", "")) == 1


def stretched(word, chance):
    """Write one letter or more three to seven times."""
    tall = set(chance.sample(range(len(word)), chance.randint(1, len(word))))
    return "".join(letter * chance.randint(3, 7) if at in tall else letter for at, letter in enumerate(word))


@pytest.mark.needs_data("lang_udhr")
def test_words_drawn_out_are_shortened(invented, known):
    chance = random.Random(8)
    words = [word for word in invented + known if len(set(normalise(word))) > 1]
    assert share(words, lambda word: stretched(word, chance), around=("so ", " yes")) == 1
    assert share(words, lambda word: "".join(letter * 2 for letter in word), around=("so ", " yes")) == 1


LEET = str.maketrans({"o": "0", "i": "1", "e": "3", "a": "4", "s": "5", "t": "7", "b": "8", "g": "9"})


def test_digits_and_signs_for_letters_are_read_as_letters():
    words = words_of("lantern gathering harbour bandargoh pertemuan toplanti kusanyiko")
    assert share(words, lambda word: word.translate(LEET), around=("the ", " ok")) == 1
    assert share(words, lambda word: between(word.translate(LEET), " "), around=("the ", " ok")) == 1
    plain = {"1antern": "lantern", "pa$$word": "password", "h@rb0ur": "harbour", "l!ght|y": "lightly"}
    for hidden, word in (plain | {"ф0нарь": "фонарь", "€ntry": "entry"}).items():
        views = [view for view in matching_views(f"a {hidden} b") if view.text == f"a {word} b"]
        assert [view.original(2, 2 + len(word)) for view in views] == [(2, 2 + len(hidden))], hidden


def test_disguises_on_top_of_one_another_come_off_together():
    many = ["l@@@ntеrnn", "𝐥 𝐚 𝐧 𝐭 𝟑 𝐫 𝐧"]
    for hidden in [*many, "l а n т e r n", "Ｌ.Ａ.Ｎ.Т.Ｅ.Ｒ.Ｎ", "l\u200ba\u200bааnт\u0301еrn"]:
        assert found(f"x {hidden} ok", "lantern", (2, 2 + len(hidden))), hidden
