"""How good, fast and frugal linkage is, in the open, encoded, by night and on foreign data."""
