"""Pages of the site: for each kind, what it shows and in what order."""
