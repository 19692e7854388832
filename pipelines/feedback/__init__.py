"""Reports back to submitters, and the check of a file before delivery. Floor 3."""
