"""From labelled texts to a model, at once or bit by bit.

A linear support-vector machine with squared hinge loss, one class against the rest, by dual coordinate descent over
hashed texts (Hsieh, Chang, Lin, Keerthi and Sundararajan 2008; what liblinear's L2-regularised L2-loss solver does).
A text's vector has the inverse document frequency (Sparck Jones 1972) of each of its buckets and is brought to length
one. It is never written down: the weights are kept as products with the frequencies, and a step on a text adds to each
of its buckets a multiple of the squared frequency.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.signals.linear.conformal import columns
from abate.signals.linear.features import Hashed, first_word, hashed
from abate.signals.linear.model import BINARY, Model, Options
from abate.signals.linear.tables import Doubles, Floats, Labels, Table

_WORD_WEIGHT = 3.0
"""What a word counts against a letter group, squared: a text has twenty times as many of those. 1 and 9 do worse."""


def fit(
    texts: Sequence[str], labels: Sequence[str], languages: Sequence[str], *, options: Options | None = None
) -> Model:
    """Return a model of these texts, not yet calibrated. The same texts, in the same order, give the same model.

    :raises InputError: when there are fewer than two labels, the lists differ in length, or an option makes no sense
    """
    options = options or Options()
    _sensible(options)
    return fit_hashed(hashed(texts, bits=options.bits), labels, languages, options=options)


def fit_hashed(
    rows: Hashed, labels: Sequence[str], languages: Sequence[str], *, options: Options | None = None
) -> Model:
    """Do as :func:`fit` with texts that were hashed before.

    :raises InputError: as :func:`fit`
    """
    options = options or Options(bits=rows.bits)
    _sensible(options)
    if not len(rows) == len(labels) == len(languages):
        msg = f"{len(rows)} texts, {len(labels)} labels and {len(languages)} languages do not fit; give one each a text"
        raise InputError(msg)
    known = tuple(sorted(set(labels)))
    if len(known) < BINARY:
        msg = f"{len(known)} label in the texts is too few to learn from; give texts of two labels or more"
        raise InputError(msg)
    strange = sorted(set(options.violating) - set(known))
    if strange:
        msg = f"no text has the violating label {strange[0]!r}; name some of {', '.join(known)}"
        raise InputError(msg)
    square = _whole(squared_frequencies(rows))
    start = np.zeros((len(square), _classes(known)))
    truth = columns(labels, known)
    weights, biases = _trained(rows, truth, (start, np.zeros(_classes(known)), square), options)
    table, scales = _table(weights, square)
    return Model(
        name=options.name,
        labels=known,
        languages=tuple(sorted(set(languages))),
        violating=tuple(sorted(set(options.violating))),
        bits=rows.bits,
        table=table,
        scales=scales,
        biases=tuple(map(float, biases)),
        rows=len(rows),
    )


def partial_fit(model: Model, rows: Hashed, labels: Sequence[str], *, options: Options | None = None) -> Model:
    """Return the model with what some more texts teach: as near to what it was as fits them (a proximal step).

    For the hours between two nightly refits. Its calibration stays, which is now a little off: audit its coverage, and
    calibrate at the refit.

    :raises InputError: when a label is not the model's, or the lists differ in length
    """
    options = options or Options(bits=model.bits)
    _sensible(options)
    if len(rows) != len(labels) or rows.bits != model.bits:
        msg = f"{len(rows)} texts and {len(labels)} labels do not fit; give a label each, hashed with {model.bits} bits"
        raise InputError(msg)
    square = model.table[:, -1].astype(np.float64)
    start = (model.weights, np.asarray(model.biases), square * model.scales[-1])
    weights, biases = _trained(rows, columns(labels, model.labels), start, options)
    table, scales = _table(weights, start[2])
    return replace(
        model,
        table=table,
        scales=scales,
        biases=tuple(map(float, biases)),
        rows=model.rows + len(rows),
        rows_since=model.rows_since + len(rows),
    )


def _sensible(options: Options) -> None:
    """Refuse what no training can be done with."""
    if not 10 <= options.bits <= 22:  # noqa: PLR2004 - as Options says
        msg = f"{options.bits} bits of buckets cannot be had; give 10 to 22"
        raise InputError(msg)
    sound = options.rounds > 0 and options.seed >= 0 and 0 <= options.balance <= 1
    if not (sound and 0 < options.cost < np.inf and 0 < options.tolerance < np.inf):
        msg = f"training cannot be done with {options}; give positive numbers, and a balance of 0 to 1"
        raise InputError(msg)


def _classes(labels: Sequence[str]) -> int:
    return 1 if len(labels) == BINARY else len(labels)


def _whole(square: Doubles) -> Doubles:
    """Round the squared frequencies to what the table will hold, so that training sees what scoring sees."""
    unit = (float(square.max(initial=0.0)) or 1.0) / np.iinfo(np.int16).max
    rounded: Doubles = np.where(square > 0, np.maximum(np.rint(square / unit), 1), 0) * unit
    return rounded


def _trained(
    rows: Hashed, truth: Labels, start: tuple[Doubles, Doubles, Doubles], options: Options
) -> tuple[Doubles, Doubles]:
    """Train each class against the rest, from where it stood: weights, biases, squared frequencies."""
    from abate.signals.linear.kernel import descend, inverse_lengths  # numba takes most of a second: paid at the first

    weights, biases = start[0].copy(), start[1].copy()
    pairs: Floats = np.stack([np.zeros_like(start[2]), start[2]], axis=1).astype(np.float32)
    texts = np.empty((len(rows), 3), dtype=np.float64)
    scale = np.empty(len(rows), dtype=np.float64)
    inverse_lengths(rows.buckets, rows.ends, pairs, scale)
    for column in range(weights.shape[1]):
        yes = truth == (column if weights.shape[1] > 1 else 1)
        pairs[:, 0] = weights[:, column]
        costs = options.cost * _made_up(yes, options.balance)
        texts[:, 0], texts[:, 1], texts[:, 2] = np.where(yes, 1, -1), 0.5 / costs, scale
        steer = (options.seed, options.rounds, options.tolerance)
        biases[column] = descend(rows.buckets, rows.ends, texts, pairs, float(biases[column]), steer)
        weights[:, column] = pairs[:, 0]
    return weights, biases


def squared_frequencies(rows: Hashed) -> Doubles:
    """Return the squared inverse document frequency of each bucket, shape ``(2^bits,)``; 0 where no text has it."""
    held = np.bincount(rows.buckets, minlength=1 << rows.bits)
    frequency = np.log((1 + len(rows)) / (1 + held)) + 1
    square: Doubles = np.where(held > 0, frequency * frequency, 0.0)
    square[first_word(rows.bits) :] *= _WORD_WEIGHT
    return square


def _made_up(yes: npt.NDArray[np.bool_], balance: float) -> Doubles:
    """Return what an error on each text costs, so that rare labels are not drowned."""
    share = max(float(yes.mean()), 1.0 / max(len(yes), 1)) if len(yes) else 0.5
    cost: Doubles = np.where(yes, (0.5 / share) ** balance, (0.5 / max(1 - share, 1e-9)) ** balance)
    return cost


def _table(weights: Doubles, square: Doubles) -> tuple[Table, tuple[float, ...]]:
    """Return the weights as small integers, with what one unit of each column is worth."""
    every = np.concatenate([weights, square[:, None]], axis=1)
    top = np.abs(every).max(axis=0, initial=0.0)
    scales = np.where(top > 0, top, 1.0) / np.iinfo(np.int16).max
    return np.rint(every / scales).astype(np.int16), tuple(map(float, scales))
