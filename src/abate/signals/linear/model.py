"""A trained model as a value: what it weighs, how it is calibrated, and what it says of texts."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.domain.signal import Outlook
from abate.signals.linear import calibration, conformal, drift
from abate.signals.linear.calibration import Curves
from abate.signals.linear.conformal import Least
from abate.signals.linear.drift import Histogram
from abate.signals.linear.features import Hashed, chunks, tables
from abate.signals.linear.tables import Doubles, Labels, Sums, Table

BINARY: Final = 2


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """How a model is trained."""

    name: str = "linear"
    """What its scores are called by."""
    violating: tuple[str, ...] = ()
    """The labels that are looked for: they get scores. Empty where classes are only told apart."""
    bits: int = 20
    """The number of buckets is two to this power, 10 to 22."""
    cost: float = 1.0
    """What an error costs against the length of the weights; greater fits closer."""
    balance: float = 1.0
    """How far rare labels are made up for: 0 not at all, 1 as if all labels were equally frequent."""
    rounds: int = 60
    """The most passes over the texts."""
    tolerance: float = 0.05
    """How far from the optimum training may stop, in units of the decision value."""
    seed: int = 0
    level: float = 0.9
    """How often a conformal set must hold the true label."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Calibration:
    """What held-out texts in one language said of the model."""

    rows: int
    pooled: bool
    """Whether the curves come from all languages together, because this one had too few texts."""
    curves: Curves
    least: Least
    reference: tuple[Histogram, ...]
    """A label: how its probabilities lay, for the drift alarm."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Model:
    """A model. It never changes; any number of threads may ask it."""

    name: str
    labels: tuple[str, ...]
    """Sorted."""
    languages: tuple[str, ...]
    """Those it was trained on, sorted."""
    violating: tuple[str, ...] = ()
    """The labels that get scores, sorted; of none, all get one, whose outlook is unknown: it only ranks."""
    review: Mapping[str, float] = field(default_factory=dict)
    """By language: the least probability of all violating labels together from which the outlook may be ``likely``.
    Where any is given, a language without one never has that outlook."""
    bits: int
    table: Table
    """Shape ``(2^bits, classes + 1)``; one class where there are two labels: the second."""
    scales: tuple[float, ...]
    """What one unit of each column of ``table`` is worth; the last: of the squared frequency."""
    biases: tuple[float, ...]
    pooled: Calibration | None = None
    """Of all languages together; ``None`` before :func:`calibrate`."""
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    """By language, of those that had held-out texts."""
    alarms: frozenset[str] = frozenset()
    """Languages whose drift alarm is on."""
    rows: int = 0
    """How many texts it was trained on."""
    rows_since: int = 0
    """How many it learnt from since it was calibrated."""

    @property
    def weights(self) -> Doubles:
        """Return what each bucket weighs, shape ``(2^bits, classes)``: already times the bucket's frequency."""
        weighed: Doubles = self.table[:, :-1] * np.asarray(self.scales[:-1])
        return weighed

    def decision(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return decision values, shape ``(texts, labels)``: the greatest is the label that the model would choose."""
        from abate.signals.linear.kernel import score_texts  # numba takes most of a second: paid at the first text

        sums = [np.zeros((0, len(self.scales)), dtype=np.int64)]
        for points, ends in chunks(texts):
            sums.append(np.zeros((len(ends), len(self.scales)), dtype=np.int64))
            score_texts(points, ends, tables(), self.bits, self.table, sums[-1])
        return self._of_sums(np.concatenate(sums))

    def decision_of_hashed(self, rows: Hashed) -> npt.NDArray[np.float32]:
        """Return the same of texts that were hashed before.

        :raises InputError: when they were hashed into another number of buckets
        """
        if rows.bits != self.bits:
            msg = f"the texts were hashed with {rows.bits} bits, the model has {self.bits}; hash them anew"
            raise InputError(msg)
        from abate.signals.linear.kernel import score_buckets  # as in decision

        sums = np.zeros((len(rows), len(self.scales)), dtype=np.int64)
        score_buckets(rows.buckets, rows.ends, self.table, sums)
        return self._of_sums(sums)

    def _of_sums(self, sums: Sums) -> npt.NDArray[np.float32]:
        length = np.sqrt(np.maximum(sums[:, -1:] * self.scales[-1], 1e-12))
        value = sums[:, :-1] * np.asarray(self.scales[:-1]) / length + np.asarray(self.biases)
        if len(self.labels) == BINARY:
            value = np.concatenate([-value, value], axis=1)
        found: npt.NDArray[np.float32] = value.astype(np.float32)
        return found

    def probabilities(self, texts: Sequence[str], languages: Sequence[str]) -> Doubles:
        """Return calibrated probabilities, shape ``(texts, labels)``, that add up to one.

        In a language of which too few texts were held out, or none, by the curves of all languages together: see
        :meth:`is_pooled`.

        :raises InputError: when the model was not calibrated
        """
        return self.calibrated(self.decision(texts), languages)

    def calibrated(self, decisions: npt.NDArray[np.float32], languages: Sequence[str]) -> Doubles:
        """Return the probabilities of decision values.

        :raises InputError: when the model was not calibrated
        """
        found = np.empty(decisions.shape, dtype=np.float64)
        for language, rows in calibration.by_language(languages).items():
            found[rows] = calibration.probabilities(decisions[rows].astype(np.float64), self._of(language).curves)
        return found

    def is_pooled(self, language: str) -> bool:
        """Say whether probabilities in ``language`` rest on the texts of other languages too."""
        return language not in self.calibrations or self.calibrations[language].pooled

    def sets(self, probabilities: Doubles, languages: Sequence[str]) -> conformal.Sets:
        """Return the conformal sets, shape ``(texts, labels)``; of a language without held-out texts, all labels."""
        found = np.ones(probabilities.shape, dtype=np.bool_)
        for language, rows in calibration.by_language(languages).items():
            if language in self.calibrations:
                found[rows] = conformal.sets(probabilities[rows], self.calibrations[language].least)
        return found

    def outlooks(self, probabilities: Doubles, languages: Sequence[str], label: str) -> list[Outlook]:
        """Return what each text's conformal set says of ``label``.

        :param probabilities: as :meth:`probabilities` gives them
        :raises InputError: when the model has no such label
        """
        (column,) = conformal.columns([label], self.labels)
        said = conformal.outlooks(self.sets(probabilities, languages), int(column))
        together = probabilities[:, [one in self.violating for one in self.labels]].sum(axis=1)
        return [
            self._tempered(outlook, language, value)
            for outlook, language, value in zip(said, languages, together.tolist(), strict=True)
        ]

    def _tempered(self, outlook: Outlook, language: str, together: float) -> Outlook:
        """Take back what a conformal set says where nothing may be said, or where reviewers would drown in it."""
        if language not in self.calibrations or language in self.alarms:
            return Outlook.UNKNOWN
        drowns = self.review and not together >= self.review.get(language, math.inf)
        return Outlook.UNCERTAIN if outlook is Outlook.LIKELY and drowns else outlook

    def alarmed(self, languages: Collection[str]) -> "Model":
        """Return the model with the drift alarm on in these languages, and in no other."""
        return replace(self, alarms=frozenset(languages))

    def _of(self, language: str) -> Calibration:
        if self.pooled is None:
            msg = f"the model {self.name!r} was not calibrated and has no probabilities; calibrate it on held-out texts"
            raise InputError(msg)
        return self.calibrations.get(language, self.pooled)


def calibrate(
    model: Model, texts: Sequence[str], labels: Sequence[str], languages: Sequence[str], *, level: float = 0.9
) -> Model:
    """Return the model with curves, conformal bounds and drift references from held-out texts.

    The texts must be none of those it was trained on; to calibrate anew after a drift alarm, reviewed texts drawn at
    random. The alarms of the languages among them go off. Texts in languages it was not trained on are left out.

    :raises InputError: when no text is left, a label is not the model's, or the lists differ in length
    """
    if not len(texts) == len(labels) == len(languages):
        msg = (
            f"{len(texts)} texts, {len(labels)} labels and {len(languages)} languages do not fit; give one each a text"
        )
        raise InputError(msg)
    return calibrate_decisions(model, model.decision(texts), labels, languages, level=level)


def calibrate_decisions(
    model: Model,
    decisions: npt.NDArray[np.float32],
    labels: Sequence[str],
    languages: Sequence[str],
    *,
    level: float = 0.9,
) -> Model:
    """Do as :func:`calibrate` with decision values of texts that whoever gave them had not seen.

    Where that was not this model but ones trained on parts of its texts (cross-fitting), the conformal guarantee holds
    about, not exactly (Vovk 2015).

    :raises InputError: as :func:`calibrate`
    """
    truth = conformal.columns(labels, model.labels)
    conformal.ranks(0, level)
    kept = {name: rows for name, rows in calibration.by_language(languages).items() if name in model.languages}
    if not kept:
        msg = f"no text to calibrate on is in {', '.join(model.languages)}; hold some of those it was trained on out"
        raise InputError(msg)
    values = decisions.astype(np.float64)
    everything = np.sort(np.concatenate(list(kept.values())))
    curves, pooled = _language(values[everything], truth[everything], None, level)
    each = {name: _language(values[rows], truth[rows], curves, level)[1] for name, rows in kept.items()}
    return replace(model, pooled=pooled, calibrations=each, alarms=model.alarms - kept.keys(), rows_since=0)


def _language(values: Doubles, truth: Labels, pooled: Curves | None, level: float) -> tuple[Curves, Calibration]:
    """Calibrate on the texts of one language, or with ``pooled`` of ``None`` of all.

    With two labels the curve keeps the order of the decision values, so the conformal bounds, which look at nothing
    but order, may come from the same texts. With more labels it does not: then one half gives the curves, and the
    other, that they have not seen, the bounds.
    """
    half = np.arange(len(truth)) % 2 == 1 if values.shape[1] > BINARY else np.ones(len(truth), dtype=np.bool_)
    first = ~half if values.shape[1] > BINARY else half
    own = pooled is None or calibration.enough(truth, values.shape[1])
    curves = calibration.curves(values[first], truth[first]) if pooled is None or own else pooled
    said = calibration.probabilities(values, curves)
    return curves, Calibration(
        rows=len(truth),
        pooled=pooled is not None and not own,
        curves=curves,
        least=conformal.least(said[half], truth[half], level=level),
        reference=tuple(drift.histogram(said[:, label]) for label in range(values.shape[1])),
    )
