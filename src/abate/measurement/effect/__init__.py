"""What an intervention changed: the outcome beside what it would have been, with what speaks for and against it."""
