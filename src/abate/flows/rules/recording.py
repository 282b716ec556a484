"""What rules could read of an item, as it is kept; made in ``flows.rule_record``, which cases know too."""

from abate.flows.rule_record import event_of, read_event

__all__ = ["event_of", "read_event"]
