"""Writing a drawn sample as a table of labels: all items of the population, the drawn ones marked and to be filled in.

The whole population goes into one file, because prevalence needs it beside the labels; a second file would be the one
that is lost.
"""

from pathlib import Path
from typing import Any

import numpy as np

from abate.domain.errors import InputError
from abate.measurement.sampled.design import Drawn
from abate.measurement.tables.columns import Words
from abate.measurement.weeks import NO_TIME

# late: pyarrow, pyarrow.csv, pyarrow.parquet - heavy, only where a file is written


def write_sample(sample: Drawn, path: Path) -> None:
    """Write the table: CSV or Parquet, as the name ends.

    :raises InputError: for another ending, or when the file cannot be written
    """
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    if path.suffix not in {".csv", ".parquet"}:
        msg = "a sample is written as .csv or .parquet; name such a file with --out"
        raise InputError(msg, where=str(path))
    table = pa.table(_columns(sample))
    try:
        if path.suffix == ".csv":
            pyarrow.csv.write_csv(table, path)
        else:
            pyarrow.parquet.write_table(table, path)
    except OSError as error:
        msg = f"the sample cannot be written ({error.strerror or error}); name another file with --out"
        raise InputError(msg, where=str(path)) from error


def _columns(sample: Drawn) -> dict[str, Any]:
    import pyarrow as pa

    items = sample.population
    names = pa.array(sample.strata.names, pa.string())
    chance = pa.array(sample.probability, mask=sample.probability <= 0)
    out: dict[str, Any] = {
        "item": _words(items.item),
        "drawn": pa.array(sample.drawn),
        "label": pa.array([""] * len(items), pa.string()),
        "stratum": pa.DictionaryArray.from_arrays(pa.array(sample.strata.place), names).cast(pa.string()),
        "inclusion_probability": chance,
    }
    if items.views is not None:
        out["views"] = pa.array(items.views, mask=items.views < 0)
    if items.score is not None:
        out["score"] = pa.array(items.score, mask=~np.isfinite(items.score))
    if items.channel is not None:
        out["channel"] = _words(items.channel)
    if items.posted_at is not None:
        out["posted_at"] = pa.array(items.posted_at, mask=items.posted_at == NO_TIME).cast(pa.timestamp("us", "UTC"))
    return out


def _words(column: Words) -> Any:  # noqa: ANN401 - Arrow is published without types
    import pyarrow as pa

    names = pa.array(list(column.names), pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(column.codes, mask=column.codes < 0), names).cast(pa.string())
