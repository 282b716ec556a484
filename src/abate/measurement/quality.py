"""How good the detection is, and how much the people who judge agree: from what was decided, no more.

Precision: of the decided cases that a signal (a bank, a language) led to, the share decided as violating. Recall: of
the items decided as violating, the share that it had found. What nobody ever looked at is in neither, so that recall is
relative to what was decided, and flatters a signal to the degree that cases come from matches in the first place.

Agreement comes from cases that a second person decided after the first decision was taken back. Those are not a random
sample: somebody doubted the first decision. Raw agreement is given with Clopper and Pearson's interval, beside it
Krippendorff's alpha (nominal, two readings a case), which takes out what chance alone would give.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from abate.measurement.answer import Estimate
from abate.measurement.footing import Caveat, Footing, Json
from abate.numeric.intervals import LEVEL, clopper_pearson

SUPPRESS_BELOW = 10
_DRAWS = 2000
_METHOD = "shares of decided cases with Clopper-Pearson intervals; Krippendorff's alpha over second decisions"
_ASSUMPTIONS = (
    "the decision in force is right",
    "precision is of decided cases only; open ones would have been decided alike",
    "recall is relative to what was decided as violating: what nobody looked at is in no number here",
    "a signal's recall counts only items that it can read",
    "cases decided twice are those that somebody doubted, and not a random sample of cases",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A case that a person decided."""

    violating: bool
    signals: frozenset[str] = frozenset()
    """The signal types that matched."""
    banks: frozenset[str] = frozenset()
    language: str = "und"
    readable_by: frozenset[str] = frozenset()
    """The signal types that can be computed on this kind of item; recall asks no other of it."""
    second: tuple[bool, bool] | None = None
    """Two decisions by different people: violating or not; ``None`` where one person decided."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """A share of cases, or why there is none."""

    estimate: Estimate
    cases: int
    hits: int
    suppressed: bool = False
    reason: str = ""

    def to_json(self) -> Json:
        """Return the share; a suppressed one says nothing of its size either."""
        if self.suppressed:
            return {"value": None, "interval": None, "suppressed": True}
        out = self.estimate.to_json() | {"n": self.cases}
        return out | {"reason": self.reason} if self.reason else out


@dataclass(frozen=True, kw_only=True, slots=True)
class Agreement:
    """How often two people decided a case alike."""

    raw: Share
    alpha: Estimate

    def to_json(self) -> Json:
        """Return raw agreement and alpha."""
        hidden = self.raw.suppressed or self.raw.estimate.value is None
        return self.raw.to_json() | {"alpha": None if hidden else self.alpha.to_json()}


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One signal, bank or language."""

    precision: Share
    recall: Share
    agreement: Agreement

    def to_json(self) -> Json:
        """Return the three."""
        return {
            "precision": self.precision.to_json(),
            "recall": self.recall.to_json(),
            "agreement": self.agreement.to_json(),
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Quality:
    """Precision, recall and agreement, of all and apart."""

    whole: Row
    signals: dict[str, Row]
    banks: dict[str, Row]
    languages: dict[str, Row]
    decided: int
    open: int
    found_otherwise: int
    """Decided cases that no signal had led to."""
    reason: str
    """Why there is nothing; empty otherwise."""
    footing: Footing

    def sentences(self) -> tuple[str, ...]:
        """Say in words what the decisions rest on."""
        if self.reason:
            return (f"{self.reason[0].upper()}{self.reason[1:]}.",)
        return (f"{self.decided} cases decided, {self.open} open; {self.found_otherwise} decided without any match.",)

    def to_json(self) -> Json:
        """Return the contract's object."""
        parts = (("signal", self.signals), ("bank", self.banks), ("language", self.languages))
        return (
            self.footing.to_json()
            | {name: {value: row.to_json() for value, row in rows.items()} for name, rows in parts}
            | {
                "overall": self.whole.to_json(),
                "decided": self.decided,
                "open": self.open,
                "found_otherwise": self.found_otherwise,
                "reason": self.reason or None,
            }
        )


def quality(
    judged: Sequence[Judged], *, open_cases: int = 0, suppress_below: int = SUPPRESS_BELOW, seed: int = 0
) -> Quality:
    """Compute precision, recall and agreement.

    :param judged: every case that a person decided
    :param open_cases: how many more wait
    :param suppress_below: cells of fewer cases show no number
    """
    make = _Maker(judged=judged, below=suppress_below, seed=seed)
    otherwise = sum(not one.signals for one in judged)
    signals = sorted({name for one in judged for name in one.signals})
    banks = sorted({name for one in judged for name in one.banks})
    languages = sorted({one.language for one in judged})
    return Quality(
        whole=make.row(lambda one: bool(one.signals), _any_case, blind=not otherwise),
        signals={name: make.row(_has_signal(name), _readable(name)) for name in signals},
        banks={name: make.row(_in_bank(name), _any_case) for name in banks},
        languages={name: make.row(*_language(name), blind=not otherwise) for name in languages},
        decided=len(judged),
        open=open_cases,
        found_otherwise=otherwise,
        reason="" if judged else "no person has decided a case yet, so that nothing says what was right",
        footing=_footing(make, otherwise, seed),
    )


Test = Callable[[Judged], bool]


def _any_case(_: Judged) -> bool:
    return True


def _has_signal(name: str) -> Test:
    return lambda one: name in one.signals


def _readable(name: str) -> Test:
    return lambda one: name in one.signals or name in one.readable_by


def _in_bank(name: str) -> Test:
    return lambda one: name in one.banks


def _language(name: str) -> tuple[Test, Test]:
    return lambda one: one.language == name and bool(one.signals), lambda one: one.language == name


@dataclass(slots=True)
class _Maker:
    """Makes rows, and remembers whether any cell was hidden."""

    judged: Sequence[Judged]
    below: int
    seed: int
    hid: bool = False

    def row(self, found: Test, asked: Test, *, blind: bool = False) -> Row:
        """Compute one row.

        :param found: which cases it led to
        :param asked: which items it could have found
        :param blind: nothing was found in any other way, so that nothing shows what it missed
        """
        led = [one for one in self.judged if found(one)]
        wrong = [one for one in self.judged if one.violating and asked(one)]
        recall = self._share(found(one) for one in wrong)
        if blind and wrong and not recall.suppressed:
            reason = "every decided case came from a match; nothing shows what was missed"
            recall = Share(estimate=Estimate(value=None), cases=len(wrong), hits=recall.hits, reason=reason)
        twice = [one.second for one in self.judged if one.second is not None and (found(one) or asked(one))]
        return Row(precision=self._share(one.violating for one in led), recall=recall, agreement=self._agreement(twice))

    def _share(self, hits: Iterable[bool]) -> Share:
        told = list(hits)
        count, good = len(told), sum(told)
        if not count:
            return Share(estimate=Estimate(value=None), cases=0, hits=0, reason="no such case was decided")
        if count < self.below:
            self.hid = True
            return Share(estimate=Estimate(value=None), cases=count, hits=good, suppressed=True)
        return Share(
            estimate=Estimate(value=good / count, interval=clopper_pearson(good, count)), cases=count, hits=good
        )

    def _agreement(self, twice: Sequence[tuple[bool, bool]]) -> Agreement:
        raw = self._share(first == second for first, second in twice)
        if not twice:
            reason = "no case was decided a second time by another person"
            raw = Share(estimate=Estimate(value=None), cases=0, hits=0, reason=reason)
        return Agreement(raw=raw, alpha=krippendorff(twice, seed=self.seed))


def krippendorff(pairs: Sequence[tuple[bool, bool]], *, seed: int = 0) -> Estimate:
    """Return Krippendorff's alpha for two readings a case, with a bootstrap interval over cases.

    ``None`` where every reading is the same: chance would agree as well, and alpha has no value.
    (Krippendorff, *Content Analysis*, 2018, ch. 12; Hayes and Krippendorff 2007 for the bootstrap.)
    """
    both = sum(first and second for first, second in pairs)
    neither = sum(not first and not second for first, second in pairs)
    counts = np.array([both, neither, len(pairs) - both - neither], dtype=np.float64)
    value = float(_alpha(counts[None, :])[0]) if len(pairs) else np.nan
    if not np.isfinite(value):
        return Estimate(value=None)
    drawn = np.random.default_rng(seed).multinomial(len(pairs), counts / len(pairs), size=_DRAWS)
    alphas = _alpha(drawn.astype(np.float64))
    # A draw whose readings are all alike shows perfect agreement and nothing to tell apart.
    alphas = np.where(np.isfinite(alphas), alphas, 1.0)
    tail = (1 - LEVEL) / 2
    low, high = np.quantile(alphas, [tail, 1 - tail])
    return Estimate(value=value, interval=(float(low), float(high)))


def _alpha(counts: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Return alpha for rows of (both, neither, apart); NaN where all readings are the same."""
    pairs = counts.sum(axis=1)
    yes = 2 * counts[:, 0] + counts[:, 2]
    no = 2 * pairs - yes
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = 2 * yes * no / (2 * pairs * (2 * pairs - 1))
        return np.asarray(1 - (counts[:, 2] / pairs) / expected, dtype=np.float64)


def _footing(make: _Maker, otherwise: int, seed: int) -> Footing:
    caveats = []
    if make.hid:
        text = f"cells of fewer than {make.below} cases show no number"
        caveats.append(Caveat(code="small-cells", text=text))
    if make.judged and not otherwise:
        text = "every decided case came from a match: no recall beyond that of one signal beside the others is known"
        caveats.append(Caveat(code="poor-fit", text=text))
    return Footing(
        method=_METHOD,
        assumptions=_ASSUMPTIONS,
        caveats=tuple(caveats),
        calibrated=True if make.judged else None,
        seed=seed,
    )
