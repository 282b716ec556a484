"""What several rooms count with."""
