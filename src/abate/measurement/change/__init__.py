"""When did a level change? Exact segmentation, and a penalty that neighbours which resemble each other cannot fool."""
