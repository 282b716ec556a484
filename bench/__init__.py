"""One script a claim: ``python -m bench.NAME``. Ours beside the named other, in one process, taking turns."""
