"""One module a feed: its delivered columns, its rows, and the corruptions of its rules."""
