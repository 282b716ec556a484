"""``abate measure quality``: how good the detection is, by what people decided."""

from typing import Annotated

import typer

from abate.cli.measuring.options import ChartFile, Seed, Until, moment_of
from abate.cli.measuring.tell import asked, tell
from abate.cli.options import Json
from abate.cli.output import table


def quality(
    suppress_below: Annotated[int, typer.Option(min=0, help="Hide cells of fewer cases.")] = 10,
    until: Until = "",
    seed: Seed = 0,
    chart: ChartFile = None,
    json_: Json = False,
) -> None:
    """Precision, recall and agreement, for each signal, bank and language, from the store's decisions."""
    from abate.flows.quality import quality_of  # numpy: only where it is asked for
    from abate.measurement.drawing.quality_chart import quality_chart
    from abate.measurement.quality import Share

    def shown(share: Share) -> str:
        if share.suppressed:
            return "too few"
        ends, value = share.estimate.interval, share.estimate.value
        return "" if value is None or ends is None else f"{value:.2f} [{ends[0]:.2f}, {ends[1]:.2f}] of {share.cases}"

    answer = asked(lambda kit: quality_of(kit, until=moment_of(until), suppress_below=suppress_below, seed=seed))
    if tell(answer, quality_chart(answer), chart=chart, json_=json_, sentences=answer.sentences()) and answer.decided:
        parts = {"signal": answer.signals, "bank": answer.banks, "language": answer.languages}
        rows = [
            ("all", "", answer.whole),
            *((part, name, row) for part, of in parts.items() for name, row in of.items()),
        ]
        table(
            ("of", "", "precision", "recall", "agreement"),
            ((part, name, *map(shown, (row.precision, row.recall, row.agreement.raw))) for part, name, row in rows),
        )
