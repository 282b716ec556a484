"""The model as something that is asked: tokens in, decision values out, in a thread that can be left behind."""

from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from abate.domain.errors import InputError
from abate.signals.onnx.folder import BINARY, DESCRIPTION, MODEL, TOKENIZER, Contents

LETTERS_A_TOKEN: Final = 16
"""Characters of a text that are tokenised for each token that the model is shown: none has so many on average."""
GRACE: Final = 1.0
"""Seconds that a batch has to end once it was told to."""
_FED: Final = ("input_ids", "attention_mask", "token_type_ids")
"""The inputs that can be filled, as Hugging Face's exporters name them."""

Tokens = list[int]
Doubles = npt.NDArray[np.float64]


class TooLateError(Exception):
    """A batch was not answered in time. The message is a sentence."""


class Runner:
    """An ONNX session on one processor, and its tokenizer. Any number of threads may ask it."""

    def __init__(self, contents: Contents, folder: Path) -> None:
        self._said = contents.description
        self._options, self._session = _session(contents, folder)
        self._tokenizer = _tokenizer(contents, folder)
        self._fed = self._checked_inputs(folder)
        self._output = self._checked_output(folder)
        self._left_behind: Thread | None = None

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of the beginning of ``text`` that the model is shown."""
        start = text[: LETTERS_A_TOKEN * self._said.max_tokens].encode("utf-8", "replace").decode("utf-8")
        found: Tokens = self._tokenizer.encode(start).ids
        return found

    def decisions(self, batch: Sequence[Tokens]) -> Doubles:
        """Return what is calibrated, shape ``(texts, labels)``; not finite where the model gave no number.

        With two labels, each one's log odds; with more, the logarithm of each one's share.

        :raises TooLateError: when the model does not answer in time, or is still busy with one that it did not answer
        :raises InputError: when it fails, or answers in another shape than its description says
        """
        if self._left_behind is not None and self._left_behind.is_alive():
            msg = "is still busy with a batch that it did not answer in time; restart abate if it stays so"
            raise TooLateError(msg)
        logits = self._in_time(self._feeds(batch))
        labels = len(self._said.labels)
        if logits.shape == (len(batch), 1) and labels == BINARY:
            return np.concatenate([-logits, logits], axis=1)
        if logits.shape != (len(batch), labels):
            shape = " × ".join(map(str, logits.shape))
            msg = (
                f"the model {self._said.name} answers {len(batch)} texts with {shape} numbers, and has {labels} labels"
            )
            msg += f"; correct {DESCRIPTION}"
            raise InputError(msg)
        return _decisions(logits)

    def _feeds(self, batch: Sequence[Tokens]) -> dict[str, npt.NDArray[np.int64]]:
        length = max(map(len, batch))
        made = {
            "input_ids": np.array([[*one, *[self._said.pad] * (length - len(one))] for one in batch], dtype=np.int64),
            "attention_mask": np.array([[1] * len(one) + [0] * (length - len(one)) for one in batch], dtype=np.int64),
            "token_type_ids": np.zeros((len(batch), length), dtype=np.int64),
        }
        return {name: made[name].astype(kind) for name, kind in self._fed.items()}

    def _in_time(self, feeds: dict[str, npt.NDArray[np.int64]]) -> Doubles:
        """Run the model in a thread of its own, and do not wait for it longer than is said.

        The runtime looks at ``terminate`` between two steps of the model. A step that does not end keeps its thread;
        then nothing more is asked of this model until it does, so that threads do not pile up.
        """
        options = self._options()
        answer: list[Any] = []

        def work() -> None:
            try:
                answer.append(self._session.run([self._output], feeds, options)[0])
            except Exception as error:  # noqa: BLE001 - whatever the runtime raises belongs to the caller's thread
                answer.append(error)

        thread = Thread(target=work, name=f"onnx {self._said.name}", daemon=True)
        thread.start()
        thread.join(self._said.seconds)
        if thread.is_alive():
            options.terminate = True
            thread.join(GRACE)
            self._left_behind = thread
            msg = f"did not answer within {self._said.seconds:g} seconds; take a smaller model, batch or max_tokens"
            raise TooLateError(msg)
        if isinstance(answer[0], Exception):
            msg = f"the model {self._said.name} failed ({_first_line(answer[0])}); export it anew"
            raise InputError(msg) from answer[0]
        return np.asarray(answer[0], dtype=np.float64)

    def _checked_inputs(self, folder: Path) -> dict[str, Any]:
        kinds = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
        wanted = {one.name: kinds.get(one.type) for one in self._session.get_inputs()}
        strange = sorted(name for name, kind in wanted.items() if name not in _FED or kind is None)
        if strange or "input_ids" not in wanted:
            msg = (
                f"the model wants the inputs {', '.join(sorted(wanted)) or 'none'}, and given are whole numbers for "
                f"{', '.join(_FED)}; export it as a text classifier"
            )
            raise InputError(msg, where=str(folder / MODEL))
        return wanted

    def _checked_output(self, folder: Path) -> str:
        names = [str(one.name) for one in self._session.get_outputs()]
        if self._said.output and self._said.output not in names:
            msg = f"the model has no output {self._said.output!r}, only {', '.join(names)}; correct {DESCRIPTION}"
            raise InputError(msg, where=str(folder / MODEL))
        return self._said.output or names[0]


def _session(contents: Contents, folder: Path) -> tuple[Any, Any]:
    """Return what makes options of a run, and the session: one thread, this machine's processor, no file but ours."""
    runtime = _library("onnxruntime", folder)
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # With a table of files given, external data comes from there or not at all; the manifest keeps it from being empty.
    others = {name: content for name, content in contents.files.items() if name not in {MODEL, TOKENIZER}}
    lengths = [len(content) for content in others.values()]
    options.add_external_initializers_from_files_in_memory(list(others), list(others.values()), lengths)
    try:
        session = runtime.InferenceSession(contents.files[MODEL], options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's own errors share no other root
        msg = f"onnxruntime cannot open it ({_first_line(error)}); export it anew, with all its data in the folder"
        raise InputError(msg, where=str(folder / MODEL)) from error
    return runtime.RunOptions, session


def _tokenizer(contents: Contents, folder: Path) -> Any:  # noqa: ANN401 - the library is an extra, absent for type checkers
    library = _library("tokenizers", folder)
    try:
        tokenizer = library.Tokenizer.from_str(contents.files[TOKENIZER].decode("utf-8"))
    except Exception as error:  # the library raises bare exceptions
        msg = f"is no tokenizer that can be read ({_first_line(error)}); save it with the tokenizers library"
        raise InputError(msg, where=str(folder / TOKENIZER)) from error
    tokenizer.enable_truncation(contents.description.max_tokens)
    tokenizer.no_padding()
    return tokenizer


def _library(name: str, folder: Path) -> Any:  # noqa: ANN401 - as above
    from importlib import import_module  # the extra is looked for when a model is opened, not before

    try:
        return import_module(name)
    except ImportError as error:
        msg = f"to open an ONNX model, {name} is needed: run `pip install 'abate[onnx]'`"
        raise InputError(msg, where=str(folder)) from error


def _decisions(logits: Doubles) -> Doubles:
    """Return the two labels' log odds, or the logarithms of more labels' shares; not finite where a logit is not."""
    with np.errstate(invalid="ignore"):
        if logits.shape[1] == BINARY:
            return logits - logits[:, ::-1]
        above = logits - logits.max(axis=1, keepdims=True)
        shares: Doubles = above - np.log(np.exp(above).sum(axis=1, keepdims=True))
        return shares


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
