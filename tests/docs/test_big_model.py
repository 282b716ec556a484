"""docs/howto/big-model.md, done as it says: described, sealed, calibrated, opened by the plug."""

import csv
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from abate.domain.signal import Language, NotScanned, Outlook
from abate.signals.onnx.classifier import OnnxClassifierType
from abate.signals.onnx.folder import Description
from shown_steps import files, steps

pytest.importorskip("onnx", reason="pip install '.[oracles]'")
pytest.importorskip("onnxruntime", reason="pip install '.[onnx]'")
pytest.importorskip("tokenizers", reason="pip install '.[onnx]'")
tiny_onnx = pytest.importorskip("tiny_onnx")

PAGE = Path(__file__).resolve().parents[2] / "docs" / "howto" / "big-model.md"
BLOCKS = files(PAGE)


@pytest.fixture
def sealed(tmp_path):
    """The folder that the page makes, described, sealed and calibrated as it says."""
    folder = tmp_path / "big-model"
    folder.mkdir()
    tiny_onnx.put(folder, tiny_onnx.word_counter())
    random = np.random.default_rng(4)
    with (tmp_path / "held-out.csv").open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["text", "label", "language"])
        for number in range(640):
            word, rough = random.choice(["calm", "storm"]), random.random() < 0.3
            out.writerow([word, "rough" if (word == "storm") ^ rough else "fine", "en" if number < 600 else "ps"])
    assert run("describe.py", tmp_path) == ""
    assert run("calibrate.py", tmp_path) == BLOCKS["printed.txt"]
    return folder


def test_the_page_describes_seals_and_calibrates_a_model_that_then_scores(sealed):
    model = OnnxClassifierType().open(str(sealed))
    languages = [Language(code=code, confidence=1) for code in ("en", "ps", "ru")]
    english, pashto, russian = model.score(["storm"] * 3, languages)
    assert english[0].name == "weather:rough"
    assert english[0].probability == pytest.approx(0.7, abs=0.08)
    assert pashto[0].outlook is Outlook.UNKNOWN
    assert isinstance(russian, NotScanned)


def test_the_model_reads_what_is_before_a_person_anyway(sealed, abate, monkeypatch):
    monkeypatch.chdir(sealed.parent)
    for command, expected in steps(PAGE):
        if command.startswith("export "):
            monkeypatch.setenv(*command.removeprefix("export ").split("=", 1))
        elif command.startswith("abate "):
            answer = abate.run(*shlex.split(command)[1:])
            assert answer.code == 0, answer.err
            for line in expected:
                assert re.search(re.escape(line).replace("…", ".*"), answer.out, re.DOTALL), answer.out
        else:
            subprocess.run(["bash", "-ec", command], check=True)


def run(name, folder):
    answer = subprocess.run(
        [sys.executable, "-c", BLOCKS[name]], cwd=folder, env=os.environ, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_the_page_speaks_of_fields_that_there_are():
    named = set(re.findall(r"^        (\w+)=", BLOCKS["describe.py"], re.MULTILINE))
    assert named <= set(Description.__dataclass_fields__)
    assert len(named) == 8
