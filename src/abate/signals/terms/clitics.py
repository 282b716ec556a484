"""What is written onto a word in Arabic script without a space, in the heavy normal form.

Before it: "and", "so", "with", "as", "to", the article, and what they make together. Behind it: the pronouns of
possession, the endings of number, gender and case; and, for Persian, Urdu and Pashto, their endings of number, owner
and comparison (the zero-width non-joiner before them is gone in the normal form).

Three kinds of word change where something is put behind them, and are looked for in the changed shape as well:

- one that ends in heh or teh marbuta, which are one letter here: the last letter turns into teh before a pronoun or the
  dual, and goes before the plural;
- one that ends in alef with hamza: the hamza's seat follows the case;
- one that ends in yeh, which may stand for alef maksura: it turns into alef before a pronoun.

Not here: plurals that change the word from within, verbs' inflection, the pronoun "my" and the construct state in yeh
(both look like the ending that makes an adjective of a name), and what is put onto the inner words of a phrase.
Measured on the hand-made judgements in ``tests/data/arabic_terms.tsv``.
"""

from collections.abc import Iterator
from itertools import product
from typing import Final

from abate.signals.normal import normalise


def _set(*written: str) -> frozenset[str]:
    """Return each in normal form, and nothing at all as one of them where it is written."""
    return frozenset(normalise(one) for one in written)


ARTICLE: Final = normalise("ال")
LAM: Final = normalise("ل")
_CONJUNCTIONS: Final = ("", normalise("و"), normalise("ف"))
_PREPOSITIONS: Final = ("", normalise("ب"), normalise("ك"), LAM, normalise("س"))
_PERSIAN_BEFORE: Final = _set("می", "نمی")
PROCLITICS: Final = (
    frozenset("".join(parts) for parts in product(_CONJUNCTIONS, _PREPOSITIONS, ("", ARTICLE)))
    | frozenset(f"{conjunction}{LAM}{LAM}" for conjunction in _CONJUNCTIONS)
    | _PERSIAN_BEFORE
)
TO_THE: Final = frozenset(f"{conjunction}{LAM}" for conjunction in _CONJUNCTIONS)
"""What stands before the second lam where "to" swallowed the article's alef."""
LONGEST_BEFORE: Final = max(map(len, PROCLITICS))

_PRONOUNS: Final = _set("ه", "ها", "هما", "هم", "هن", "ك", "كما", "كم", "كن", "نا")
_NUMBER_AND_CASE: Final = _set("", "ا", "ان", "ين", "ون", "ات", "تان", "تين")
_ARABIC_BEHIND: Final = (
    _NUMBER_AND_CASE | _PRONOUNS | frozenset("".join(parts) for parts in product(_set("ات", "ا", "ي", "و"), _PRONOUNS))
) - _set("يه")
"""Without "of his two", which is written as the feminine of an adjective made of a name, and is far rarer."""
_OWNERS: Final = ("", "م", "ت", "ش", "مان", "تان", "شان")
_PERSIAN_BEHIND: Final = _set(
    *("ها" + owner for owner in _OWNERS), *("های" + owner for owner in _OWNERS), "هایی",
    "ام", "اش", "مان", "تان", "شان", "تر", "ترین", "را",
)  # fmt: skip
_URDU_BEHIND: Final = _set("وں", "یں", "یاں", "یوں", "ؤں", "ئیں")
_PASHTO_BEHIND: Final = _set("ونه", "ونو", "انو", "انې")
WHOLE: Final = _ARABIC_BEHIND | _PERSIAN_BEHIND | _URDU_BEHIND | _PASHTO_BEHIND
"""What may stand behind a word that keeps its shape; nothing at all is one of them."""
AFTER_TEH: Final = _PRONOUNS | _set("ي", "ا", "ان", "ين") | frozenset("ي" + one for one in _PRONOUNS)
AFTER_PLURAL: Final = _PRONOUNS | {""}
PRONOUN: Final = _PRONOUNS
LONGEST_BEHIND: Final = max(map(len, WHOLE | AFTER_TEH))

_HEH, _TEH, _HAMZA, _YEH, _ALEF, _WAW = (normalise(one) for one in ("ه", "ت", "ء", "ي", "ا", "و"))


def changed(phrase: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the shapes that ``phrase`` takes before an ending, each with the endings that ask for it."""
    stem, last = phrase[:-1], phrase[-1]
    if last == _HEH:
        yield stem + _TEH, AFTER_TEH
        yield stem + _ALEF + _TEH, AFTER_PLURAL
    elif last == _HAMZA:
        yield stem + _WAW, PRONOUN
        yield stem + _YEH, PRONOUN
    elif last == _YEH:
        yield stem + _ALEF, PRONOUN
