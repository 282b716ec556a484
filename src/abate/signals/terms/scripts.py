"""Which scripts write words without spaces, and which write small words onto others."""


def unspaced(letter: str) -> bool:
    """Say whether the letter's script puts no space between words: few letters say much there.

    Thai and Lao, Burmese, Khmer, kana, Han.
    """
    return letter > "\u0dff" and (
        letter <= "\u0eff"
        or "\u1000" <= letter <= "\u109f"
        or "\u1780" <= letter <= "\u17ff"
        or "\u3040" <= letter <= "\u30ff"
        or "\u3400" <= letter <= "\u9fff"
        or "\U00020000" <= letter <= "\U0003ffff"
    )


def is_arabic(letter: str) -> bool:
    """Say whether the letter is of the Arabic script: Arabic, Persian, Urdu, Pashto and others."""
    return "\u0600" <= letter <= "\u06ff"


def letters_in(normal: str) -> int:
    """Return how many letters and digits a text in normal form has."""
    return len(normal) - normal.count(" ")


def without_surrogates(untrusted: str) -> str:
    """Put a question mark for each lone surrogate, which JSON can smuggle into a text and an automaton cannot take."""
    return untrusted if untrusted.isascii() else untrusted.encode("utf-8", "replace").decode("utf-8")
