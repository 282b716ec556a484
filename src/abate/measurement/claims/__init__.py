"""The seven claims: what the numbers support, in sentences whose every figure points at its number."""
