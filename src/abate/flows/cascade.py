"""The second reader: a large model that is asked about few texts, those on which its word may change something.

It reads what the quick models leave open (their conformal set holds more than one class, or they cannot say), and what
is before a person anyway, so that it stands nearer to the front or the end of the queue. What it could change nothing
about it is not asked: a text that reads as a report, as counter-speech or as academic or legal text is spared whatever
a score says. Its scores stand beside those of the quick models, under the same guard (``policy/guard.py``).

Of any :data:`WINDOW` texts in a row it reads at most the share that the operator allows; within a batch those nearest
to the threshold come first. Names of designated organisations are no part of this: what it reads is chosen, and read,
without them.
"""

import math
import threading
from bisect import bisect_left, insort
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import Final, Protocol, runtime_checkable

from abate.domain.scan import Evidence, Verdict
from abate.domain.signal import UNDETERMINED, Language, NotScanned, Outlook, Score
from abate.extend.classifier import Classifier
from abate.policy.builtin import propose
from abate.policy.guard import heard

WINDOW: Final = 1_000
"""Texts in a row over which the share holds."""
KEPT: Final = 4 * WINDOW
"""Texts of which it is remembered what was said of them, by their hash."""
HALF: Final = 0.5
"""The threshold of a model that names none."""

Answer = tuple[Score, ...] | NotScanned
NOTHING: Final[Answer] = ()
"""The answer about a text that was not read."""
_LIKELY: Final = Score(name="", probability=1.0, outlook=Outlook.LIKELY)


@runtime_checkable
class Thresholded(Protocol):
    """What a classifier may offer besides: from where on its scores put a text before a person."""

    def threshold(self, language: str) -> float | None:
        """Return the least probability of all its labels together for that; ``None`` where it has none."""
        ...


class Cascade:
    """A large model with its share. Any number of threads may ask it; what it reads hangs on the order of texts alone.

    A text that was met before costs nothing: a batch that is judged again, because the banks changed meanwhile, neither
    waits for the model a second time nor counts twice, and no flood of one text uses the share up.
    """

    def __init__(
        self,
        model: Classifier,
        *,
        share: int,
        window: int = WINDOW,
        quick: Sequence[Classifier] = (),
        verified: frozenset[str] = frozenset(),
    ) -> None:
        """Take the model.

        :param share: the most texts that are read of ``window`` in a row
        :param quick: the models whose scores it comes after
        :param verified: names of the signal types whose plug says ``verified``
        """
        self._model = model
        self._share = share
        self._window = window
        self._quick = {one.name: one for one in quick}
        self._verified = verified
        self._lock = threading.Lock()
        self._met = 0
        self._reads: list[int] = []
        """Places of what was read, in rising order, as far as a window still reaches."""
        self._said: OrderedDict[bytes, Answer] = OrderedDict()

    def read(self, evidence: Sequence[Evidence], texts: Sequence[str]) -> list[Answer]:
        """Return what the model says of each text, in order; :data:`NOTHING` where it was not asked.

        ``NotScanned`` where it was, and has no answer: a language it was not trained on, a time-out.

        :param texts: the texts of ``evidence`` without anybody's name
        """
        keys = [_key(text, one.language) for text, one in zip(texts, evidence, strict=True)]
        with self._lock:
            chosen = self._chosen(evidence, keys)
            said = {key: self._said[key] for key in keys}
        if chosen:
            shown = [texts[place] for place in chosen], [evidence[place].language for place in chosen]
            said |= zip([keys[place] for place in chosen], self._model.score(*shown), strict=True)
        with self._lock:
            self._remember({keys[place]: said[keys[place]] for place in chosen})
        return [said[key] for key in keys]

    def _chosen(self, evidence: Sequence[Evidence], keys: Sequence[bytes]) -> list[int]:
        """Count the texts that are new, and return the places of those that are read now, the nearest first."""
        wanted: list[tuple[float, int, int]] = []
        for place, key in enumerate(keys):
            if key not in self._said:
                self._said[key] = NOTHING
                self._met += 1
                if self._may_change(evidence[place]):
                    wanted.append((self._distance(evidence[place]), self._met, place))
        chosen = [place for _, met, place in sorted(wanted) if self._has_room(met)]
        oldest = self._met + 2 - self._window
        del self._reads[: bisect_left(self._reads, oldest)]
        return chosen

    def _has_room(self, met: int) -> bool:
        """Take a place among what is read, where no window of texts that holds it is full."""
        at = bisect_left(self._reads, met)
        with_it = [*self._reads[max(0, at - self._share) : at], met, *self._reads[at : at + self._share]]
        full = any(last - first < self._window for first, last in zip(with_it, with_it[self._share :], strict=False))
        if not full:
            insort(self._reads, met)
        return not full

    def _may_change(self, one: Evidence) -> bool:
        """Say whether it is before a person anyway, or would be if the model said that it is likely."""
        found = one.matches or any(score.outlook is Outlook.LIKELY for score in one.scores)
        if found and propose(one, self._verified).verdict is not Verdict.NONE:
            return True
        return any(map(is_open, one.scores)) and bool(heard(replace(one, scores=(_LIKELY,))))

    def _distance(self, one: Evidence) -> float:
        """Return how far the nearest quick model's word is from its threshold."""
        together: dict[str, float] = {}
        for score in one.scores:
            name = score.name.partition(":")[0]
            together[name] = together.get(name, 0.0) + score.probability
        code = _code(one.language)
        return min((abs(sum_ - self._threshold(name, code)) for name, sum_ in together.items()), default=math.inf)

    def _threshold(self, name: str, language: str) -> float:
        model: object = self._quick.get(name)
        least = model.threshold(language) if isinstance(model, Thresholded) else None
        return HALF if least is None else least

    def _remember(self, answers: Mapping[bytes, Answer]) -> None:
        # What had no answer in time is remembered as well: a batch that is judged again may hold up the one writer.
        self._said.update(answers)
        while len(self._said) > KEPT:
            self._said.popitem(last=False)


def is_open(score: Score) -> bool:
    """Say whether a model leaves open what the text is."""
    return score.outlook in {Outlook.UNCERTAIN, Outlook.UNKNOWN}


def _code(language: Language | None) -> str:
    return UNDETERMINED if language is None else language.code


def _key(text: str, language: Language | None) -> bytes:
    """Return what stands for a text in memory: it is not kept itself."""
    return blake2b(f"{_code(language)}\0{text}".encode("utf-8", "surrogatepass"), digest_size=16).digest()
