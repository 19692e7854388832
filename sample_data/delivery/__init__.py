"""From lives to files: feeds' rows, planted corruptions, bad files, late arrivals, writing."""
