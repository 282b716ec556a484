"""Cuts py3langid's model down to what our language identifier reads, and checks that what is kept is that.

``python -m bench.language_model --write | --check``

The published model knows 139 languages of every script: 68 MB unpacked, two thirds of a second to open. Ours keeps, for
each of three scripts, the states that a text in lower-case letters of that script can reach, the features seen there,
and the columns of the languages that ``abate.signals.language.scripts`` lists. Nothing is rounded or trained anew, so
the answers are py3langid's own; ``tests/unit/signals/test_language_model.py`` holds them together.
"""

import argparse
import io
import sys
import unicodedata
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from abate.signals.language import scripts
from abate.signals.language.scripts import BMP, SCRIPTS, Script
from abate.signals.language.tables import MODEL

Arrays = dict[str, np.ndarray]


def published() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError:
        sys.exit("the model is missing: pip install py3langid")
    return LanguageIdentifier.from_model_file(MODEL_FILE)


def characters() -> Arrays:
    every = [chr(code) for code in range(BMP)]
    return {
        "as_read": np.array([scripts.as_read(one) for one in every], dtype=np.uint16),
        "kinds": np.array([scripts.kind(one) for one in every], dtype=np.uint8),
    }


def reachable(moves: np.ndarray, rows: np.ndarray, words: list[bytes]) -> np.ndarray:
    """The states that a sequence of ``words`` can pass through, in order of their numbers."""
    seen, between = np.zeros(len(rows), bool), np.zeros(len(rows), bool)
    seen[0] = True
    leads: dict[int, list[int]] = {}
    for word in words:
        leads.setdefault(word[0], []).extend(word[1:2])
    front = np.array([0])
    while len(front):
        found = np.zeros(len(rows), bool)
        for lead, trails in leads.items():
            states = np.unique(moves[rows[front], lead])
            (between if trails else found)[states] = True
            for trail in trails:
                found[moves[rows[states], trail]] = True
        front = np.flatnonzero(found & ~seen)
        seen |= found
    return np.flatnonzero(seen | between)


def of_script(model: Any, script: Script) -> Arrays:
    moves = np.asarray(model.tk_nextmove).reshape(-1, 256)
    rows, output = np.asarray(model.tk_row), np.asarray(model.tk_output, dtype=np.int64)
    words = [letter.encode() for letter in scripts.alphabet(script)]
    states = reachable(moves, rows, words)
    used = sorted({byte for word in words for byte in word})
    number = np.zeros(len(rows), np.int64)
    number[states] = np.arange(len(states))
    # Moves on bytes that cannot follow lead to states that were not kept; they are never made.
    onward = number[moves[np.unique(rows[states])][:, used]]
    shared, place = np.unique(onward, axis=0, return_inverse=True)
    row_of_state = place.ravel()[np.searchsorted(np.unique(rows[states]), rows[states])]
    kept, feature = np.unique(output[states], return_inverse=True)
    first = int(kept[0] == -1)
    columns = [
        at for label in (*script.ours, *script.others) for at, own in enumerate(model.nb_classes) if own == label
    ]
    assert len(states) < BMP, f"{script.name} reaches {len(states)} states, more than a 16-bit number tells apart"
    bytes_read = np.zeros(256, np.uint8)
    bytes_read[used] = np.arange(len(used))
    return {
        "bytes": bytes_read,
        "moves": shared.astype(np.uint16),
        "rows": row_of_state.astype(np.uint16),
        "features": (feature.ravel() - first).astype(np.int32),
        "weights": np.ascontiguousarray(model.nb_ptc[kept[first:]][:, columns].T),
        "priors": model.nb_pc[columns].astype(np.float32),
        "labels": np.array([model.nb_classes[at] for at in columns]),
    }


def cut(model: Any) -> Arrays:
    arrays = characters()
    for script in SCRIPTS:
        arrays |= {f"{script.name}_{name}": array for name, array in of_script(model, script).items()}
    source = f"py3langid {version('py3langid')}, Unicode {unicodedata.unidata_version}"
    return arrays | {"source": np.array(source)}


def written(arrays: Arrays) -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_LZMA) as archive:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.save(member, array, allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_LZMA)
    return sink.getvalue()


def differing(kept: Path, arrays: Arrays) -> list[str]:
    """The names of the arrays that are not in the file as they are made here.

    Another version of Unicode knows characters that are new; then those of the characters are passed over.
    """
    with np.load(kept, allow_pickle=False) as held:
        passed = set() if held["source"] == arrays["source"] else {"source", "as_read", "kinds"}
        names = sorted({*held.files, *arrays} - passed)
        return [
            name
            for name in names
            if name not in held.files or name not in arrays or not np.array_equal(held[name], arrays[name])
        ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    wanted = parser.add_mutually_exclusive_group(required=True)
    wanted.add_argument("--write", action="store_true", help=f"write {MODEL.name}")
    wanted.add_argument("--check", action="store_true", help="say what differs from the file")
    options = parser.parse_args()
    arrays = cut(published())
    if options.write:
        MODEL.write_bytes(written(arrays))
        print(f"{MODEL.name}: {MODEL.stat().st_size} bytes, {sum(a.nbytes for a in arrays.values())} unpacked")
    elif wrong := differing(MODEL, arrays):
        sys.exit(f"{', '.join(wrong)} differ from what py3langid's model gives: run with --write and look at the tests")


if __name__ == "__main__":
    main()
