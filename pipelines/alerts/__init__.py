"""What engineers are alerted of, and how alerts reach them. Floor 2."""
