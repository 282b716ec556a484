"""abate: curb terrorist and violent extremist content, and measure whether it really abates."""

__version__ = "0.1.0"
