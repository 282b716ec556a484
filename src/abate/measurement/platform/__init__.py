"""An invented platform with known truth."""
