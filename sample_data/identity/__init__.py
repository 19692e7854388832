"""Names and numbers, true ones and those each agency has on file."""
