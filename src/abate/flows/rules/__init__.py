"""An operator's rules: kept, in force, tried on what was."""
