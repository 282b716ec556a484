"""How many examples a property takes when one example is a whole answer and not a single value."""

from hypothesis import settings

WHOLE_ANSWERS = settings(max_examples=max(settings().max_examples // 10, 40))
"""Each example reads tables, measures and compares: a tenth of the examples takes as long as others' all."""
