"""Evidence → proposal. Pure: no clock, no store, no plug. Start reading at ``builtin``."""
