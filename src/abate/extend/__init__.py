"""Every extension point, one file a point. They speak domain values and buffers; a plug touches three files."""
