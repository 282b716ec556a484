"""Sightings looked through once, and what every later question needs of them kept in one small file."""
