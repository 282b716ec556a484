"""Which claims a set of tables can support: what is in them, what a claim takes, and what is still to be collected."""
