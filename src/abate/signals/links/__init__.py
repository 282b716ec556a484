"""Where a text leads: web addresses, invitations, registrable domains.

``spelling`` undoes how addresses are hidden; ``finding`` finds them in a text, and ``prose`` tells which hosts are
none; ``address`` gives each its one canonical form; ``content``, ``wrapped`` and ``invitations`` read what an address
itself carries; ``suffixes`` knows where a domain begins. ``url``, ``invite`` and ``domain`` are the signal types,
``reading`` what they share. ``safe_browsing`` is the algorithm of hash-prefix lists, a canonical form of its own.

Nothing in this room resolves a name or opens a connection: looking at a link tells its owner who is looking.
"""
