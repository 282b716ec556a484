"""Invented posts in sixteen languages: words that look like a language's, in the frequencies in which words come.

A letter model of order two is learnt from a page of each language; it makes thirty thousand words. Texts draw them by
Zipf's law, and every third word is one of the few that like to follow the one before, so that turns of speech repeat
as they do in languages. Nothing that is said means anything. The same seed gives the same texts.
"""

import re
from collections import defaultdict
from pathlib import Path

import numpy as np

VOCABULARY = 30_000
LONGEST = 16
FOLLOWERS = 4
ZIPF = 1.05
STICKY = 0.33
"""Of the words that follow another, how many are one of its followers."""


def invented_words(sample: str, random: np.random.Generator) -> list[str]:
    """Return words, mostly short ones first: each letter is drawn by the two before it, as it followed them there."""
    follow: dict[str, list[str]] = defaultdict(list)
    for word in re.findall(r"[^\W\d_]+", sample):
        padded = f"\0\0{word}\0"
        for at in range(2, len(padded)):
            follow[padded[at - 2 : at]].append(padded[at])
    invented: dict[str, None] = {}
    while len(invented) < VOCABULARY:
        word = "\0\0"
        for draw in random.random(LONGEST).tolist():
            choices = follow[word[-2:]]
            letter = choices[int(draw * len(choices))]
            if letter == "\0":
                break
            word += letter
        invented[word.strip("\0")] = None
    return sorted(invented, key=lambda word: len(word) * random.uniform(0.5, 2))


class Language:
    """One language's invented words."""

    def __init__(self, sample: str, seed: int) -> None:
        random = np.random.default_rng(seed)
        self.words = np.array(invented_words(sample, random))
        weights = 1 / np.arange(1, VOCABULARY + 1) ** ZIPF
        self._sums = np.cumsum(weights / weights.sum())
        self._followers = random.integers(0, VOCABULARY, (VOCABULARY, FOLLOWERS))
        lengths = np.char.str_len(self.words)
        self._letters = (1 - STICKY) * float((lengths * weights / weights.sum()).sum()) + STICKY * float(lengths.mean())

    def numbers(self, random: np.random.Generator, posts: int, length: int) -> np.ndarray:
        """Return ``(posts, words)``: numbers of words, so many that a post has about ``length`` characters."""
        count = max(2, round(length / (self._letters + 1)))
        drawn = np.searchsorted(self._sums, random.random((posts, count))).clip(max=VOCABULARY - 1)
        sticks = random.random((posts, count)) < STICKY
        which = random.integers(0, FOLLOWERS, (posts, count))
        for at in range(1, count):
            follower = self._followers[drawn[:, at - 1], which[:, at]]
            drawn[:, at] = np.where(sticks[:, at], follower, drawn[:, at])
        return drawn

    def edited(self, random: np.random.Generator, numbers: np.ndarray, share: float) -> np.ndarray:
        """Return posts in which so many of the words were put in another's place, drawn like others."""
        other = np.searchsorted(self._sums, random.random(numbers.shape)).clip(max=VOCABULARY - 1)
        chosen = np.argsort(random.random(numbers.shape), axis=1) < round(share * numbers.shape[1])
        return np.where(chosen, other, numbers)

    def texts(self, numbers: np.ndarray) -> list[str]:
        return [" ".join(row) for row in self.words[numbers].tolist()]


def languages(data: Path) -> list[Language]:
    """Return the languages that the shared data set has a page of."""
    folder = data / "lang_udhr"
    pages = [path.read_text("utf-8") for path in sorted(folder.glob("*.txt"))]
    return [Language(page, seed) for seed, page in enumerate(pages)]
