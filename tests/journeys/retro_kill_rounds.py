"""Script of ``test_retro``: a run over history, killed anywhere, resumed, killed again, until it is done."""

import shutil
import time
from collections import Counter
from pathlib import Path
from typing import Any

import kill_harness
from abate.domain.audit import verify
from abate.domain.bank import BankPurpose
from abate.domain.item import Item, Kind
from abate.domain.retro import RetroState
from abate.extend.exchange import Listed
from abate.flows import banks, pipeline, retro
from abate.flows.kit import Kit
from abate.stores.open import open_store
from abate.testing import make_kit

POSTS = 160
ROUNDS_A_STORE = 6
"""After so many kills, what is left of a run is done without one, and must end like a run that was never killed."""
MORNINGS = 60
FLOOD = {"flood_items": 20}
EVERYTHING = "Good morning, harbour: the ferry leaves at eight."
WORDS = "The Order of the Grey Lantern calls its friends to the harbour, number {}."

# Small steps: many commits for a kill to fall between, or into.
retro.SPAN, retro.TOGETHER = 16, 3


def rounds(number_of_rounds: int, seed: int, folder: Path) -> kill_harness.Killed:
    template = _template(folder / "template")
    shutil.copytree(template, folder / "whole")
    began = time.monotonic()
    expected = _finish(folder / "whole")
    longest = 0.8 * (time.monotonic() - began)

    def work(number: int, say: kill_harness.Say) -> None:
        kit = _kit(_home(folder, template, number))
        (run,) = retro.listed(kit)
        retro.carry_on(kit, run.id, progress=lambda run: say(f"{run.position} {run.found}"))
        time.sleep(60)  # done before the kill: nothing more to lose

    def check(number: int, said: list[str]) -> None:
        home = _home(folder, template, number)
        _check(home, said, expected)
        if number % ROUNDS_A_STORE == ROUNDS_A_STORE - 1:
            assert _finish(home) == expected

    return kill_harness.kill_rounds(work, check, count=number_of_rounds, longest=longest, seed=seed)


def _home(folder: Path, template: Path, number: int) -> Path:
    home = folder / f"store-{number // ROUNDS_A_STORE}"
    if not home.exists():
        shutil.copytree(template, home)
    return home


def _kit(home: Path) -> Kit:
    store = open_store("", home=home)
    return make_kit(home, store=store, settings=FLOOD)


def _mornings() -> list[Item]:
    """Return what everybody posts: one entry of the list meets it all, and is set aside."""
    return [Item(id=f"m{n}", kind=Kind.TEXT, text=EVERYTHING, account=f"a{n % 30}") for n in range(MORNINGS)]


def _posts() -> list[Item]:
    return [Item(id=f"post-{n}", kind=Kind.TEXT, text=WORDS.format(n % 40), platform="harbour") for n in range(POSTS)]


def _template(home: Path) -> Path:
    home.mkdir()
    store = open_store("", home=home)
    store.migrate()
    kit = make_kit(home, store=store)
    for bank in ("first", "second"):
        banks.create(kit, bank, purpose=BankPurpose.KNOWN, group=bank, by="lead")
    values = [kit.signals["text"].compute(pipeline.Material(item=one)) for one in (*_posts()[:40], *_mornings()[:1])]
    listed = [Listed(where="l", untrusted_type="text", untrusted_value=value.value) for value in values if value]
    object.__setattr__(kit, "settings", make_kit(home, settings={"retro": False}).settings)
    banks.add_listed(kit, "first", listed[:10], by="lead")
    pipeline.take_in(kit, _posts()[:80] + _mornings() + _posts()[80:], by="platform")
    object.__setattr__(kit, "settings", make_kit(home).settings)
    banks.add_listed(kit, "second", [*listed[5:25], listed[-1]], by="lead")
    store.close()
    return home


def _finish(home: Path) -> dict[str, Any]:
    kit = _kit(home)
    (run,) = retro.listed(kit)
    done = retro.carry_on(kit, run.id)
    assert done.state is RetroState.DONE
    assert done.held_back == MORNINGS - FLOOD["flood_items"] + 1
    counts = (done.found, done.opened, done.joined, done.entry_count, done.held_back, done.set_aside[0].items)
    found = _state(kit) | {"counts": counts}
    kit.store.close()
    return found


def _state(kit: Kit) -> dict[str, Any]:
    """Return what the run led to: each case with what it met, every step of history and audit as often as it is."""
    with kit.store.read() as tx:
        cases = {case.id: (case.item, sorted(m.bank for m in case.matches)) for case in tx.cases.find()}
        tags = sorted(f"{record.tag} {record.subject}" for record in tx.audit.read() if record.tag.startswith("rules:"))
        steps = sorted(f"{event.step} {event.item} {event.group}" for event in tx.history.read())
        verify(tx.audit.read())
    return {"cases": cases, "tags": tags, "steps": steps}


def _check(home: Path, said: list[str], expected: dict[str, Any]) -> None:
    kit = _kit(home)
    (run,) = retro.listed(kit)
    state = _state(kit)
    for name in ("tags", "steps"):
        here, whole = Counter(state[name]), Counter(expected[name])
        assert here <= whole, f"{name}: done twice, or never by a whole run: {(here - whole).most_common(3)}"
    told = [line.split() for line in said]
    if told:
        assert run.found >= max(int(found) for _, found in told), "what was said to be found is lost"
    kit.store.close()


if __name__ == "__main__":
    kill_harness.main(rounds)
