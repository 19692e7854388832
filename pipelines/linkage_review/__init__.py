"""Why links were made, and how good linkage is. Floor 4."""
