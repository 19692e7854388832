"""One module per feed: its contract and every fact of it."""
