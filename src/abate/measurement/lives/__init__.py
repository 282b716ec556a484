"""How long things last, what ends them, and what comes back."""
