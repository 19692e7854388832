"""The public tables as rows and as files."""
