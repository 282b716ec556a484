"""Tables in: columns, files, and the store's own history."""
