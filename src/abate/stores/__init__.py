"""Everything that survives: memory, SQLite and PostgreSQL behind one Protocol. ``open`` is the door; start there."""
