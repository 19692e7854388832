"""What regions say on their pages, and what the state answers."""
