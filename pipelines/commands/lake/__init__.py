"""`pathways lake`, for installations that have one: what it needs is loaded when a command runs."""
