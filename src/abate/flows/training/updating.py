"""What people decided since a model learnt, taught to it in between two trainings.

Texts are read out of the items that still hold them, hashed, and forgotten: what is destroyed on its date is learnt
from no more. See ADR 0013 for why features are not stored.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from abate.domain.errors import InputError
from abate.extend.store import Store
from abate.flows.training.decisions import label_in, newest_of_people, rows_of
from abate.flows.training.evaluate import Opened, save_from
from abate.flows.training.labelled import Identify, Labelled, as_asked, taken
from abate.signals.linear.features import hashed
from abate.signals.linear.learning import partial_fit
from abate.signals.linear.model import Model


@dataclass(frozen=True, kw_only=True, slots=True)
class Updated:
    """What a model learnt."""

    version: str
    """The SHA-256 of the model that it is now."""
    rows: Labelled
    """What it learnt from."""
    since: str
    """Decisions after this moment counted; empty for all."""
    rows_since: int
    """Texts that it learnt from since it was calibrated."""


def update(opened: Opened, store: Store, identify: Identify, out: Path) -> Updated:
    """Teach a model what people decided since it learnt last, and write what it is then to ``out``.

    Its calibration and its thresholds stay, and are now a little off. The same decisions give the same model.

    :raises InputError: when nothing that it could learn was decided since, or ``out`` cannot be written
    """
    since = str(opened.about.trained.get("decided_until", ""))
    rows = decided_since(opened.model, store, identify, since)
    learnt = partial_fit(opened.model, hashed(as_asked(rows.texts), bits=opened.model.bits), rows.labels)
    more = {"decided_until": rows.until, "updated_with": rows.counts()}
    about = replace(opened.about, trained=opened.about.trained | more)
    return Updated(version=save_from(opened, learnt, about, out), rows=rows, since=since, rows_since=learnt.rows_since)


def decided_since(model: Model, store: Store, identify: Identify, since: str) -> Labelled:
    """Return what was decided after ``since``, under the model's labels, in its languages.

    :raises InputError: when there is nothing
    """
    after = datetime.fromisoformat(since) if since else None
    with store.read() as tx:
        newest = newest_of_people(tx)
        fresh = {item: one for item, one in newest.items() if after is None or one.at > after}
        named = {item: label_in(one, model.labels, model.violating) for item, one in fresh.items()}
        rows = rows_of(tx, {item: one for item, one in fresh.items() if named[item]}, named.__getitem__, identify)
    known = taken(rows, [place for place, code in enumerate(rows.languages) if code in model.languages])
    if not known.texts:
        msg = (
            f"nobody decided about a text that {model.name} could learn since {since or 'the beginning'}; wait for some"
        )
        raise InputError(msg, where="--update")
    return known
