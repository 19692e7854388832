"""The synthetic state as agencies write it: their layouts instead of contract files."""
