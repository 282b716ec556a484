"""How a measure speaks: JSON, or a chart and a table on stdout; assumptions and warnings on stderr."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from abate import app as wiring
from abate.cli.output import as_json, printable, say
from abate.domain.errors import InputError
from abate.flows.kit import Asking
from abate.measurement.answer import Answer
from abate.measurement.drawing.chart import Chart, render
from abate.measurement.drawing.terminal_chart import terminal_chart

T = TypeVar("T")


def asked(answer: Callable[[Asking], T]) -> T:
    """Ask with a store that is opened only if the question comes to it."""
    with wiring.opened_when_asked() as kit:
        return answer(kit)


def tell(
    answer: Answer, drawn: Chart | None, *, chart: Path | None, json_: bool, sentences: Sequence[str] = ()
) -> bool:
    """Print an answer, and write its chart where a file was named.

    :param drawn: ``None`` for an answer that has nothing to draw
    :param sentences: what the answer says in words, printed below the chart
    :return: whether the caller should go on with its table: not after JSON
    :raises InputError: when the chart cannot be written
    """
    if chart is not None:
        _write(drawn, chart)
    if json_:
        as_json(answer.to_json())
        return False
    if drawn is not None:
        print(printable(terminal_chart(drawn)))  # noqa: T201 - the result
    for sentence in sentences:
        print(printable(sentence))  # noqa: T201 - the result
    for assumption in answer.footing.assumptions:
        say(f"assumed: {assumption}")
    for caveat in answer.footing.caveats:
        say(f"warning ({caveat.code}): {caveat.text}")
    return True


def _write(drawn: Chart | None, path: Path) -> None:
    if drawn is None:
        msg = "this answer has nothing to draw; leave --chart out"
        raise InputError(msg, where=str(path))
    try:
        path.write_text(render(drawn), "utf-8")
    except OSError as error:
        msg = f"the chart cannot be written ({error.strerror}); name another file"
        raise InputError(msg, where=str(path)) from error
