"""What the weekly counts share: scope, exact distinct counts, breaks."""
